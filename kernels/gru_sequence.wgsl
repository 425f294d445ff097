// gru_sequence: a gated recurrent unit over the steps of a sequence, with the reset gate after the product.
//
//   for every time step, in order:
//     r, z = σ(pre + Wh·h_prev + b)        q = Wh·h_prev + b  (the rows of n)
//     n = tanh(pre + r ∘ q)                h = (1 − z) ∘ n + z ∘ h_prev
//
//   gates  [time, batch, 3 * hidden]  in: pre = Wx·x + b_x, blocks in the order r z n; out: the activated gates
//   q      [time, batch, hidden]      out; the gradient needs it
//   wh     [3 * hidden, hidden]       recurrent weights, same blocks
//   bias   [3 * hidden]               b, the recurrent bias; optional
//   h      [time + 1, batch, hidden]  states; the first one lies in slot 0, or in slot `time` in reverse
//   mask   [batch, time]  i32         optional; 0 = padding: the state passes through, gates and q are 0
//   keep   [3, batch, hidden]         optional; recurrent dropout: what h_prev is multiplied by on its way to each
//                                     gate, 0 or 1 / (1 − rate), the same at every step (Gal & Ghahramani 2016)
//
// This is the GRU of PyTorch, and of Keras with reset_after=True. In the original, r acts before the product:
// gru_before_sequence.wgsl. Some textbooks exchange z and 1 − z.
//
// A launch does the steps begin, …, end − 1 of the run: all of them with spread 1, or one with `spread` workgroups to
// share its units (rnn_sequence.wgsl says when).
//
// Dispatch: ceil(batch / 4) · spread workgroups of 64 threads; each thread takes every (64 · spread)-th unit.
// Gradient: gru_sequence_backward.wgsl.   CPU twin: src/backend/cpu/gru_sequence.ts.
// Layer: src/nn/gru.ts.
// Source: Cho et al. 2014; the reset gate after the product: cuDNN (Appleyard et al. 2016).

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
  has_bias: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gates: array<f32>;
@group(0) @binding(2) var<storage, read_write> q: array<f32>;
@group(0) @binding(3) var<storage, read> wh: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(5) var<storage, read_write> h: array<f32>;
@group(0) @binding(6) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(7) var<storage, read> keep: array<f32>;  // optional

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

// What recurrent dropout makes of h[b, k] on its way to the gates r z n.
fn kept(b: u32, k: u32) -> vec3<f32> {
  if (!recurrent_dropout) { return vec3<f32>(1.0); }
  let gate = params.batch * params.hidden;
  let i = b * params.hidden + k;
  return vec3<f32>(keep[i], keep[gate + i], keep[2u * gate + i]);
}

fn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool, wh_h: vec3<f32>) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let at = (time * params.batch + b) * 3u * H + j;
  let at_q = (time * params.batch + b) * H + j;
  let next = (after * params.batch + b) * H + j;
  var h_prev = 0.0;
  if (has_state) { h_prev = h[(before * params.batch + b) * H + j]; }
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    h[next] = h_prev;
    for (var gate = 0u; gate < 3u; gate++) { gates[at + gate * H] = 0.0; }
    q[at_q] = 0.0;
    return;
  }
  var recurrent = wh_h;
  if (params.has_bias == 1u) { recurrent += vec3<f32>(bias[j], bias[H + j], bias[2u * H + j]); }
  let r = sigmoid(gates[at] + recurrent.x);
  let z = sigmoid(gates[at + H] + recurrent.y);
  let n = safe_tanh(gates[at + 2u * H] + r * recurrent.z);
  h[next] = (1.0 - z) * n + z * h_prev;
  gates[at] = r;
  gates[at + H] = z;
  gates[at + 2u * H] = n;
  q[at_q] = recurrent.z;
}

@compute @workgroup_size(64, 1, 1)
fn gru_sequence(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  // Rows past the batch read the last sequence; cell() does not store them.
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var step = params.begin; step < params.end; step++) {
    let time = select(step, params.steps - 1u - step, params.reverse == 1u);
    let before = select(step, params.steps - step, params.reverse == 1u);
    let after = select(step + 1u, params.steps - 1u - step, params.reverse == 1u);
    let has_state = step > 0u || params.has_state == 1u;
    let at = (before * params.batch + rows) * H;
    for (var j = thread + 64u * group.y; j < H; j += 64u * params.spread) {
      var sum_0 = vec3<f32>();  // Wh·h_prev for the gates r z n of unit j, one sum per sequence
      var sum_1 = vec3<f32>();
      var sum_2 = vec3<f32>();
      var sum_3 = vec3<f32>();
      for (var k = 0u; k < select(0u, H, has_state); k++) {
        let w = vec3<f32>(wh[j * H + k], wh[(H + j) * H + k], wh[(2u * H + j) * H + k]);
        sum_0 += w * h[at.x + k] * kept(rows.x, k);
        sum_1 += w * h[at.y + k] * kept(rows.y, k);
        sum_2 += w * h[at.z + k] * kept(rows.z, k);
        sum_3 += w * h[at.w + k] * kept(rows.w, k);
      }
      cell(b, j, time, before, after, has_state, sum_0);
      cell(b + 1u, j, time, before, after, has_state, sum_1);
      cell(b + 2u, j, time, before, after, has_state, sum_2);
      cell(b + 3u, j, time, before, after, has_state, sum_3);
    }
    storageBarrier();
  }
}
