// rnn_sequence_backward: the gradient of a plain recurrent network, from the last step of a sequence to the first.
//
//   for every time step, in the opposite order:
//     dh = dout + dh_carry + Whᵀ·dpre_next
//     dpre = dh ∘ f′                        f′ = 1 − h² for tanh, 1 where h > 0 for relu
//
//   dpre      [time, batch, hidden]      out; Wx, Wh and b get their gradients from it, one matmul or sum each
//   wh        [hidden, hidden]           recurrent weights
//   h         [time + 1, batch, hidden]  states
//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional
//   dh_carry  [batch, hidden]            in: gradient of the last state; out: of the first (after turn `steps`)
//   mask      [batch, time]  i32         optional; at padding dpre is 0 and the carry passes through
//   keep      [batch, hidden]            optional; recurrent dropout, as in the forward pass
//
// A launch does the turns begin, …, end − 1: turn m is the step that the forward pass did m steps before its last, and
// turn `steps` hands on the gradient of the state before the first step. One launch for all or one for each turn, as
// in rnn_sequence.wgsl.
//
// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/rnn_sequence_backward.ts.
// Layer: src/nn/rnn.ts.
// Source: Elman 1990; backpropagation through time: Werbos 1990.

override relu: bool = false;
override recurrent_dropout: bool = false;

struct Params {
  batch: u32,
  hidden: u32,
  steps: u32,
  begin: u32,
  end: u32,
  spread: u32,
  reverse: u32,    // the forward pass ran from the last time step to the first
  has_carry: u32,  // 0: the last state has no gradient, and the carry is not read at first
  has_dout: u32,
  has_mask: u32,
  dout_offset: u32,
  dout_batch: u32,
  dout_time: u32,
  dout_unit: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dpre: array<f32>;
@group(0) @binding(2) var<storage, read> wh: array<f32>;
@group(0) @binding(3) var<storage, read> h: array<f32>;
@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional
@group(0) @binding(5) var<storage, read_write> dh_carry: array<f32>;
@group(0) @binding(6) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(7) var<storage, read> keep: array<f32>;  // optional

fn cell(b: u32, j: u32, m: u32, time: u32, after: u32, from_next: f32) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let carry = b * H + j;
  var dh = from_next;
  if (recurrent_dropout) { dh *= keep[carry]; }
  if (m > 0u || params.has_carry == 1u) { dh += dh_carry[carry]; }
  if (m == params.steps) {
    dh_carry[carry] = dh;
    return;
  }
  if (params.has_dout == 1u) {
    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];
  }
  let at = (time * params.batch + b) * H + j;
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    dpre[at] = 0.0;
    dh_carry[carry] = dh;
    return;
  }
  let v = h[(after * params.batch + b) * H + j];
  dpre[at] = dh * select(1.0 - v * v, select(1.0, 0.0, v <= 0.0), relu);
  dh_carry[carry] = 0.0;
}

@compute @workgroup_size(64, 1, 1)
fn rnn_sequence_backward(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var m = params.begin; m < params.end; m++) {
    // The step's time and that of the step after it; where there is none, they are not used.
    let n = max(params.steps, m + 1u) - 1u - m;
    let time = select(n, params.steps - 1u - n, params.reverse == 1u);
    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);
    let next_time = select(params.steps - m, max(m, 1u) - 1u, params.reverse == 1u);
    let at = (select(0u, next_time, m > 0u) * params.batch + rows) * H;
    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {
      var sum = vec4<f32>();  // Whᵀ·dpre_next of unit j, one per sequence
      for (var k = 0u; k < select(0u, H, m > 0u); k++) {
        let i = at + k;
        sum += wh[k * H + j] * vec4<f32>(dpre[i.x], dpre[i.y], dpre[i.z], dpre[i.w]);
      }
      cell(b, j, m, time, after, sum.x);
      cell(b + 1u, j, m, time, after, sum.y);
      cell(b + 2u, j, m, time, after, sum.z);
      cell(b + 3u, j, m, time, after, sum.w);
    }
    storageBarrier();
  }
}
