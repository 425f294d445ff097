// gru_before_sequence: a gated recurrent unit over the steps of a sequence, with the reset gate before the product.
//
//   for every time step, in order:
//     r, z = σ(pre + Wh·h_prev)            q = r ∘ h_prev
//     n = tanh(pre + Wh·q)                 h = (1 − z) ∘ n + z ∘ h_prev
//
//   gates  [time, batch, 3 * hidden]  in: pre = Wx·x + b, blocks in the order r z n; out: the activated gates
//   q      [time, batch, hidden]      out; the gradient needs it
//   wh     [3 * hidden, hidden]       recurrent weights, same blocks
//   h      [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse
//   mask   [batch, time]  i32         optional; 0 = padding: the state passes through, gates and q are 0
//   keep   [3, batch, hidden]         optional; recurrent dropout, as in gru_sequence.wgsl; q has that of n in it
//
// This is the GRU as it was published, and Keras's with reset_after=False. gru_sequence.wgsl (read that first) needs
// one product with h_prev in a step; here the product with q must wait for r of all units, so a step has two halves.
// A launch does the steps begin, …, end − 1 of the run, both halves with a barrier in between and spread 1; or one
// half of one step with `spread` workgroups to share its units.
//
// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.
// Gradient: gru_before_sequence_backward.wgsl.   CPU twin: src/backend/cpu/gru_before_sequence.ts.
// Layer: src/nn/gru.ts.
// Source: Cho et al. 2014.

override recurrent_dropout: bool = false;

struct Params {
  batch: u32,
  hidden: u32,
  steps: u32,
  begin: u32,
  end: u32,
  spread: u32,
  halves: u32,     // 1: r, z and q; 2: n and h; 3: both
  reverse: u32,
  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read
  has_mask: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gates: array<f32>;
@group(0) @binding(2) var<storage, read_write> q: array<f32>;
@group(0) @binding(3) var<storage, read> wh: array<f32>;
@group(0) @binding(4) var<storage, read_write> h: array<f32>;
@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(6) var<storage, read> keep: array<f32>;  // optional

// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn sigmoid(v: f32) -> f32 {
  return select(1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0))), v, is_nan(v));
}

// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.
fn safe_tanh(v: f32) -> f32 {
  return select(tanh(clamp(v, -15.0, 15.0)), v, is_nan(v));
}

// What recurrent dropout makes of h[b, k] on its way to a gate, for one sequence and for four.
fn kept(gate: u32, b: u32, k: u32) -> f32 {
  if (!recurrent_dropout) { return 1.0; }
  return keep[(gate * params.batch + b) * params.hidden + k];
}

fn kept_rows(gate: u32, rows: vec4<u32>, k: u32) -> vec4<f32> {
  return vec4<f32>(kept(gate, rows.x, k), kept(gate, rows.y, k), kept(gate, rows.z, k), kept(gate, rows.w, k));
}

fn is_padding(b: u32, time: u32) -> bool {
  return params.has_mask == 1u && mask[b * params.steps + time] == 0;
}

fn first_half(b: u32, j: u32, time: u32, before: u32, has_state: bool, wh_h: vec2<f32>) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let at = (time * params.batch + b) * 3u * H + j;
  let at_q = (time * params.batch + b) * H + j;
  if (is_padding(b, time)) {
    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }
    q[at_q] = 0.0;
    return;
  }
  let r = sigmoid(gates[at] + wh_h.x);
  gates[at] = r;
  gates[at + H] = sigmoid(gates[at + H] + wh_h.y);
  var h_prev = 0.0;
  if (has_state) { h_prev = h[(before * params.batch + b) * H + j]; }
  q[at_q] = r * (h_prev * kept(2u, b, j));
}

fn second_half(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_q: f32) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let at = (time * params.batch + b) * 3u * H + j;
  var h_new = 0.0;
  if (has_state) { h_new = h[(before * params.batch + b) * H + j]; }
  if (!is_padding(b, time)) {
    let z = gates[at + H];
    let n = safe_tanh(gates[at + 2u * H] + wh_q);
    gates[at + 2u * H] = n;
    h_new = (1.0 - z) * n + z * h_new;
  }
  h[(after * params.batch + b) * H + j] = h_new;
}

@compute @workgroup_size(64, 1, 1)
fn gru_before_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  // Rows past the batch read the last sequence; the halves do not store them.
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var step = params.begin; step < params.end; step++) {
    let time = select(step, params.steps - 1u - step, params.reverse == 1u);
    let before = select(step, params.steps - step, params.reverse == 1u);
    let after = select(step + 1u, params.steps - 1u - step, params.reverse == 1u);
    let has_state = step > 0u || params.has_state == 1u;
    let products = select(0u, H, has_state);
    let at = (before * params.batch + rows) * H;
    for (var j = thread + 64u * group.y; j < H * (params.halves & 1u); j += 64u * params.spread) {
      var sum_r = vec4<f32>();  // Wh·h_prev of unit j for each gate, one sum per sequence
      var sum_z = vec4<f32>();
      for (var k = 0u; k < products; k++) {
        let h_prev = vec4<f32>(h[at.x + k], h[at.y + k], h[at.z + k], h[at.w + k]);
        sum_r += wh[j * H + k] * (h_prev * kept_rows(0u, rows, k));
        sum_z += wh[(H + j) * H + k] * (h_prev * kept_rows(1u, rows, k));
      }
      for (var s = 0u; s < 4u; s++) {
        first_half(b + s, j, time, before, has_state, vec2<f32>(sum_r[s], sum_z[s]));
      }
    }
    storageBarrier();
    let at_q = (time * params.batch + rows) * H;
    for (var j = thread + 64u * group.y; j < H * (params.halves >> 1u); j += 64u * params.spread) {
      var sum = vec4<f32>();  // Wh·q for n of unit j, one sum per sequence
      for (var k = 0u; k < products; k++) {
        sum += wh[(2u * H + j) * H + k] * vec4<f32>(q[at_q.x + k], q[at_q.y + k], q[at_q.z + k], q[at_q.w + k]);
      }
      for (var s = 0u; s < 4u; s++) { second_half(b + s, j, time, before, after, has_state, sum[s]); }
    }
    storageBarrier();
  }
}
