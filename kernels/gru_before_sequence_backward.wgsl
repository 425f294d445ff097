// gru_before_sequence_backward: the gradient of a GRU whose reset gate acts before the product.
//
//   for every time step, in the opposite order:
//     dh = dout + dh_carry + Whᵀ·(dpre_r, dpre_z)_next
//     dpre_n = dh ∘ (1 − z) ∘ (1 − n²)           dpre_z = dh ∘ (h_prev − n) ∘ z(1 − z)
//     dq = Whᵀ·dpre_n                            dpre_r = dq ∘ h_prev ∘ r(1 − r)
//     dh_carry = dh ∘ z + dq ∘ r
//
//   gates     [time, batch, 3 * hidden]  in: the activated gates r z n; out: dpre, in their place
//   q         [time, batch, hidden]      r ∘ h_prev, with the dropout of n in it
//   wh        [3 * hidden, hidden]       recurrent weights
//   h         [time + 1, batch, hidden]  states
//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional
//   dh_carry  [batch, hidden]            in: gradient of the last state; out: of the first (after turn `steps`)
//   mask      [batch, time]  i32         optional; at padding dpre is 0 and the carry passes through
//   keep      [3, batch, hidden]         optional; recurrent dropout, as in the forward pass
//
// A launch does the turns begin, …, end − 1, counted as in gru_sequence_backward.wgsl (read that first): both halves of
// each, or one half of one turn, as in gru_before_sequence.wgsl.
//
// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/gru_before_sequence_backward.ts.
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
  halves: u32,     // 1: all but dq and what comes of it; 2: that; 3: both
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
@group(0) @binding(2) var<storage, read> q: array<f32>;
@group(0) @binding(3) var<storage, read> wh: array<f32>;
@group(0) @binding(4) var<storage, read> h: array<f32>;
@group(0) @binding(5) var<storage, read> dout: array<f32>;  // optional
@group(0) @binding(6) var<storage, read_write> dh_carry: array<f32>;
@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(8) var<storage, read> keep: array<f32>;  // optional

fn kept(gate: u32, b: u32, k: u32) -> f32 {
  if (!recurrent_dropout) { return 1.0; }
  return keep[(gate * params.batch + b) * params.hidden + k];
}

fn first_half(b: u32, j: u32, m: u32, time: u32, before: u32, from_next: vec2<f32>) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let carry = b * H + j;
  var dh = from_next.x * kept(0u, b, j) + from_next.y * kept(1u, b, j);
  if (m > 0u || params.has_carry == 1u) { dh += dh_carry[carry]; }
  if (m == params.steps) {
    dh_carry[carry] = dh;
    return;
  }
  if (params.has_dout == 1u) {
    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];
  }
  let at = (time * params.batch + b) * 3u * H + j;
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }
    dh_carry[carry] = dh;
    return;
  }
  let z = gates[at + H];
  let n = gates[at + 2u * H];
  var h_prev = 0.0;
  if (m + 1u < params.steps || params.has_state == 1u) { h_prev = h[(before * params.batch + b) * H + j]; }
  gates[at + H] = dh * (h_prev - n) * z * (1.0 - z);
  gates[at + 2u * H] = dh * (1.0 - z) * (1.0 - n * n);
  dh_carry[carry] = dh * z;
}

// At padding r and dpre_n are 0 by now, and so is all that this adds.
fn second_half(b: u32, j: u32, time: u32, dq: f32) {
  if (b >= params.batch) { return; }
  let at = (time * params.batch + b) * params.hidden;
  let r = gates[3u * at + j];
  gates[3u * at + j] = dq * q[at + j] * (1.0 - r);
  dh_carry[b * params.hidden + j] += dq * r * kept(2u, b, j);
}

@compute @workgroup_size(64, 1, 1)
fn gru_before_sequence_backward(@builtin(local_invocation_index) thread: u32,
                                @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var m = params.begin; m < params.end; m++) {
    let step = max(params.steps, m + 1u) - 1u - m;  // turn `steps` has none, and uses neither of these two
    let time = select(step, params.steps - 1u - step, params.reverse == 1u);
    let before = select(step, params.steps - step, params.reverse == 1u);
    let next_time = select(params.steps - m, max(m, 1u) - 1u, params.reverse == 1u);
    let next = (select(0u, next_time, m > 0u) * params.batch + rows) * 3u * H;
    for (var j = thread + 64u * group.y; j < H * (params.halves & 1u); j += 64u * params.spread) {
      var sum_r = vec4<f32>();  // Whᵀ·dpre_next of unit j for each gate, one sum per sequence
      var sum_z = vec4<f32>();
      for (var k = 0u; k < select(0u, H, m > 0u); k++) {
        let r = next + k;
        let z = r + H;
        sum_r += wh[k * H + j] * vec4<f32>(gates[r.x], gates[r.y], gates[r.z], gates[r.w]);
        sum_z += wh[(H + k) * H + j] * vec4<f32>(gates[z.x], gates[z.y], gates[z.z], gates[z.w]);
      }
      for (var s = 0u; s < 4u; s++) { first_half(b + s, j, m, time, before, vec2<f32>(sum_r[s], sum_z[s])); }
    }
    storageBarrier();
    let at = (time * params.batch + rows) * 3u * H + 2u * H;
    let units = select(0u, H * (params.halves >> 1u), m < params.steps);
    for (var j = thread + 64u * group.y; j < units; j += 64u * params.spread) {
      var dq = vec4<f32>();  // Whᵀ·dpre_n of unit j, one sum per sequence
      for (var k = 0u; k < H; k++) {
        let dpre_n = vec4<f32>(gates[at.x + k], gates[at.y + k], gates[at.z + k], gates[at.w + k]);
        dq += wh[(2u * H + k) * H + j] * dpre_n;
      }
      for (var s = 0u; s < 4u; s++) { second_half(b + s, j, time, dq[s]); }
    }
    storageBarrier();
  }
}
