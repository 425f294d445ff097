// gru_sequence_backward: the gradient of a gated recurrent unit, from the last step of a sequence to the first.
//
//   for every time step, in the opposite order:
//     dh = dout + dh_carry + Whᵀ·(dpre_r, dpre_z, dq)_next
//     dpre_n = dh ∘ (1 − z) ∘ (1 − n²)           dpre_z = dh ∘ (h_prev − n) ∘ z(1 − z)
//     dpre_r = dpre_n ∘ q ∘ r(1 − r)             dq = dpre_n ∘ r                         dh_carry = dh ∘ z
//
//   gates     [time, batch, 3 * hidden]  in: the activated gates r z n; out: dpre, in their place
//   q         [time, batch, hidden]      in: Wh·h_prev + b of the rows of n; out: dq, in its place
//   wh        [3 * hidden, hidden]       recurrent weights
//   h         [time + 1, batch, hidden]  states
//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional
//   dh_carry  [batch, hidden]            in: gradient of the last state; out: of the first (after turn `steps`)
//   mask      [batch, time]  i32         optional; at padding dpre and dq are 0 and the carry passes through
//   keep      [3, batch, hidden]         optional; recurrent dropout, as in the forward pass
//
// A launch does the turns begin, …, end − 1: turn m is the step that the forward pass did m steps before its last, and
// turn `steps` hands on the gradient of the state before the first step.
//
// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/gru_sequence_backward.ts.
// Layer: src/nn/gru.ts.
// Source: Cho et al. 2014; backpropagation through time: Werbos 1990.

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
  has_state: u32,  // 0: the forward pass began at a zero state, whose slot is not read
  has_dout: u32,
  has_mask: u32,
  dout_offset: u32,
  dout_batch: u32,
  dout_time: u32,
  dout_unit: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gates: array<f32>;
@group(0) @binding(2) var<storage, read_write> q: array<f32>;
@group(0) @binding(3) var<storage, read> wh: array<f32>;
@group(0) @binding(4) var<storage, read> h: array<f32>;
@group(0) @binding(5) var<storage, read> dout: array<f32>;  // optional
@group(0) @binding(6) var<storage, read_write> dh_carry: array<f32>;
@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(8) var<storage, read> keep: array<f32>;  // optional

fn kept(b: u32, k: u32) -> vec3<f32> {
  if (!recurrent_dropout) { return vec3<f32>(1.0); }
  let gate = params.batch * params.hidden;
  let i = b * params.hidden + k;
  return vec3<f32>(keep[i], keep[gate + i], keep[2u * gate + i]);
}

fn cell(b: u32, j: u32, m: u32, time: u32, before: u32, from_next: vec3<f32>) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let carry = b * H + j;
  var dh = dot(from_next, kept(b, j));
  if (m > 0u || params.has_carry == 1u) { dh += dh_carry[carry]; }
  if (m == params.steps) {
    dh_carry[carry] = dh;
    return;
  }
  if (params.has_dout == 1u) {
    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];
  }
  let at = (time * params.batch + b) * 3u * H + j;
  let at_q = (time * params.batch + b) * H + j;
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }
    q[at_q] = 0.0;
    dh_carry[carry] = dh;
    return;
  }
  let r = gates[at];
  let z = gates[at + H];
  let n = gates[at + 2u * H];
  var h_prev = 0.0;
  if (m + 1u < params.steps || params.has_state == 1u) { h_prev = h[(before * params.batch + b) * H + j]; }
  let dn = dh * (1.0 - z) * (1.0 - n * n);
  gates[at] = dn * q[at_q] * r * (1.0 - r);
  gates[at + H] = dh * (h_prev - n) * z * (1.0 - z);
  gates[at + 2u * H] = dn;
  q[at_q] = dn * r;
  dh_carry[carry] = dh * z;
}

@compute @workgroup_size(64, 1, 1)
fn gru_sequence_backward(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var m = params.begin; m < params.end; m++) {
    let step = max(params.steps, m + 1u) - 1u - m;  // turn `steps` has none, and uses neither of these three
    let time = select(step, params.steps - 1u - step, params.reverse == 1u);
    let before = select(step, params.steps - step, params.reverse == 1u);
    let next_time = select(params.steps - m, max(m, 1u) - 1u, params.reverse == 1u);
    let at = select(0u, next_time, m > 0u) * params.batch + rows;
    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {
      // Whᵀ·(dpre_r, dpre_z, dq)_next of unit j by sequence, the gates' shares apart: each has its own dropout mask.
      var sum_0 = vec3<f32>();
      var sum_1 = vec3<f32>();
      var sum_2 = vec3<f32>();
      var sum_3 = vec3<f32>();
      for (var k = 0u; k < select(0u, H, m > 0u); k++) {
        let w = vec3<f32>(wh[k * H + j], wh[(H + k) * H + j], wh[(2u * H + k) * H + j]);
        let i = at * 3u * H + k;
        let i_q = at * H + k;
        sum_0 += w * vec3<f32>(gates[i.x], gates[i.x + H], q[i_q.x]);
        sum_1 += w * vec3<f32>(gates[i.y], gates[i.y + H], q[i_q.y]);
        sum_2 += w * vec3<f32>(gates[i.z], gates[i.z + H], q[i_q.z]);
        sum_3 += w * vec3<f32>(gates[i.w], gates[i.w + H], q[i_q.w]);
      }
      cell(b, j, m, time, before, sum_0);
      cell(b + 1u, j, m, time, before, sum_1);
      cell(b + 2u, j, m, time, before, sum_2);
      cell(b + 3u, j, m, time, before, sum_3);
    }
    storageBarrier();
  }
}
