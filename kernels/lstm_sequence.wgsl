// lstm_sequence: a whole sequence through an LSTM in one dispatch.
//
//   for every time step, in order:
//     i, f, o = σ(pre + Wh·h_prev)     g = tanh(pre + Wh·h_prev)
//     c = f ∘ c_prev + i ∘ g           h = o ∘ tanh(c)
//
//   gates    [time, batch, 4 * hidden]  in: pre = Wx·x + b, blocks in the order i f g o; out: the activated gates
//   wh       [4 * hidden, hidden]       recurrent weights, same blocks
//   h, c     [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse
//   mask     [batch, time]  i32         optional; 0 = padding: the state passes through, the gates are 0
//   keep     [4, batch, hidden]         optional; recurrent dropout: what h_prev is multiplied by on its way
//                                       to each gate, 0 or 1 / (1 − rate)
//
// This is lstm_cell.wgsl (read that first) inside a loop over time. Only sequences of one workgroup read each
// other's states, so a barrier between steps is enough. It saves dispatches where one step is little work; where a
// step is much work, one dispatch per step spreads it over more threads (src/ops/lstm.ts chooses).
//
// Dispatch: one workgroup of 64 threads per four sequences; each thread takes every 64th unit.
// Gradient: lstm_sequence_backward.wgsl.   CPU twin: src/backend/cpu/lstm_sequence.ts.
// Layer: src/nn/lstm.ts.   Example: examples/moliere_lstm.ts.
// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.

override recurrent_dropout: bool = false;

struct Params {
  batch: u32,
  hidden: u32,
  steps: u32,
  reverse: u32,
  has_state: u32,  // 0: the state before the first step is zero, and its slot is not read
  has_mask: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gates: array<f32>;
@group(0) @binding(2) var<storage, read> wh: array<f32>;
@group(0) @binding(3) var<storage, read_write> h: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;
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

// What recurrent dropout makes of h[b, k] on its way to the gates i f g o.
fn kept(b: u32, k: u32) -> vec4<f32> {
  if (!recurrent_dropout) { return vec4<f32>(1.0); }
  let gate = params.batch * params.hidden;
  let i = b * params.hidden + k;
  return vec4<f32>(keep[i], keep[gate + i], keep[2u * gate + i], keep[3u * gate + i]);
}

fn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_h: vec4<f32>) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let prev = (before * params.batch + b) * H + j;
  let next = (after * params.batch + b) * H + j;
  let at = (time * params.batch + b) * 4u * H + j;
  var c_prev = 0.0;
  if (has_state) { c_prev = c[prev]; }
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    var h_prev = 0.0;
    if (has_state) { h_prev = h[prev]; }
    h[next] = h_prev;
    c[next] = c_prev;
    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = 0.0; }
    return;
  }
  let i = sigmoid(gates[at] + wh_h.x);
  let f = sigmoid(gates[at + H] + wh_h.y);
  let g = safe_tanh(gates[at + 2u * H] + wh_h.z);
  let o = sigmoid(gates[at + 3u * H] + wh_h.w);
  let c_new = f * c_prev + i * g;
  c[next] = c_new;
  h[next] = o * safe_tanh(c_new);
  gates[at] = i;
  gates[at + H] = f;
  gates[at + 2u * H] = g;
  gates[at + 3u * H] = o;
}

@compute @workgroup_size(64, 1, 1)
fn lstm_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  // Rows past the batch read the last sequence; cell() does not store them.
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var n = 0u; n < params.steps; n++) {
    let time = select(n, params.steps - 1u - n, params.reverse == 1u);
    let before = select(n, params.steps - n, params.reverse == 1u);
    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);
    let has_state = n > 0u || params.has_state == 1u;
    let at = (before * params.batch + rows) * H;
    for (var j = thread; j < H; j += 64u) {
      var sum_0 = vec4<f32>();  // Wh·h_prev for the gates i f g o of unit j, one sum per sequence
      var sum_1 = vec4<f32>();
      var sum_2 = vec4<f32>();
      var sum_3 = vec4<f32>();
      for (var k = 0u; k < select(0u, H, has_state); k++) {
        let w = vec4<f32>(wh[j * H + k], wh[(H + j) * H + k], wh[(2u * H + j) * H + k], wh[(3u * H + j) * H + k]);
        sum_0 += w * (h[at.x + k] * kept(rows.x, k));
        sum_1 += w * (h[at.y + k] * kept(rows.y, k));
        sum_2 += w * (h[at.z + k] * kept(rows.z, k));
        sum_3 += w * (h[at.w + k] * kept(rows.w, k));
      }
      cell(b, j, time, before, after, has_state, sum_0);
      cell(b + 1u, j, time, before, after, has_state, sum_1);
      cell(b + 2u, j, time, before, after, has_state, sum_2);
      cell(b + 3u, j, time, before, after, has_state, sum_3);
    }
    storageBarrier();
  }
}
