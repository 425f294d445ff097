// rnn_sequence: a plain recurrent network (Elman network) over the steps of a sequence.
//
//   for every time step, in order:
//     h = f(pre + Wh·h_prev)                f = tanh or relu
//
//   pre   [time, batch, hidden]      Wx·x + b of all time steps: one matmul, done before
//   wh    [hidden, hidden]           recurrent weights
//   h     [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse
//   mask  [batch, time]  i32         optional; 0 = padding: the state passes through
//   keep  [batch, hidden]            optional; recurrent dropout: what h_prev is multiplied by, 0 or 1 / (1 − rate),
//                                    the same at every step (Gal & Ghahramani 2016)
//
// A launch does the steps begin, …, end − 1 of the run. Where a step is little work, one launch does them all with one
// workgroup per four sequences: only these threads read each other's states, so a barrier between steps is enough.
// Where a step is much work, `spread` workgroups share its units, and every step is a launch (src/ops/recurrent.ts).
//
// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.
// Gradient: rnn_sequence_backward.wgsl.   CPU twin: src/backend/cpu/rnn_sequence.ts.
// Layer: src/nn/rnn.ts.
// Source: Elman 1990.

override relu: bool = false;
override recurrent_dropout: bool = false;

struct Params {
  batch: u32,
  hidden: u32,
  steps: u32,
  begin: u32,
  end: u32,
  spread: u32,
  reverse: u32,
  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read
  has_mask: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pre: array<f32>;
@group(0) @binding(2) var<storage, read> wh: array<f32>;
@group(0) @binding(3) var<storage, read_write> h: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(5) var<storage, read> keep: array<f32>;  // optional

// max and clamp lose NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.
fn activation(v: f32) -> f32 {
  let f = select(tanh(clamp(v, -15.0, 15.0)), max(v, 0.0), relu);
  return select(f, v, is_nan(v));
}

// h_prev of unit k in four sequences, as it goes into Wh.
fn state(at: vec4<u32>, rows: vec4<u32>, k: u32) -> vec4<f32> {
  let v = vec4<f32>(h[at.x + k], h[at.y + k], h[at.z + k], h[at.w + k]);
  if (!recurrent_dropout) { return v; }
  let i = rows * params.hidden + k;
  return v * vec4<f32>(keep[i.x], keep[i.y], keep[i.z], keep[i.w]);
}

fn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_h: f32) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let next = (after * params.batch + b) * H + j;
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    var h_prev = 0.0;
    if (has_state) { h_prev = h[(before * params.batch + b) * H + j]; }
    h[next] = h_prev;
    return;
  }
  h[next] = activation(pre[(time * params.batch + b) * H + j] + wh_h);
}

@compute @workgroup_size(64, 1, 1)
fn rnn_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  // Rows past the batch read the last sequence; cell() does not store them.
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var n = params.begin; n < params.end; n++) {
    let time = select(n, params.steps - 1u - n, params.reverse == 1u);
    let before = select(n, params.steps - n, params.reverse == 1u);
    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);
    let has_state = n > 0u || params.has_state == 1u;
    let at = (before * params.batch + rows) * H;
    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {
      var sum = vec4<f32>();  // Wh·h_prev of unit j, one per sequence
      for (var k = 0u; k < select(0u, H, has_state); k++) {
        sum += wh[j * H + k] * state(at, rows, k);
      }
      cell(b, j, time, before, after, has_state, sum.x);
      cell(b + 1u, j, time, before, after, has_state, sum.y);
      cell(b + 2u, j, time, before, after, has_state, sum.z);
      cell(b + 3u, j, time, before, after, has_state, sum.w);
    }
    storageBarrier();
  }
}
