// lstm_sequence_backward: the gradient of a whole sequence in one dispatch, from the last step to the first.
//
//   for every time step, in the opposite order:
//     dh = dout + dh_carry + Whᵀ·dpre_next       do = dh ∘ tanh(c)
//     dc = dc_carry + dh ∘ o ∘ (1 − tanh²(c))    di = dc ∘ g    df = dc ∘ c_prev    dg = dc ∘ i
//     dpre = (di ∘ i(1−i), df ∘ f(1−f), dg ∘ (1−g²), do ∘ o(1−o))        dc_carry = dc ∘ f
//
//   gates     [time, batch, 4 * hidden]  in: the activated gates i f g o; out: dpre, in their place
//   wh        [4 * hidden, hidden]       recurrent weights
//   c         [time + 1, batch, hidden]  cell states
//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional
//   dh_carry  [batch, hidden]            in: gradient of the last state; out: what reaches the first around the gates
//   dc_carry  [batch, hidden]            in: gradient of the last cell state; out: of the first
//   mask      [batch, time]  i32         optional; at padding dpre is 0 and both carries pass through
//   keep      [4, batch, hidden]         optional; recurrent dropout: as in the forward pass
//
// This is lstm_cell_backward.wgsl (read that first) inside a loop over time.
//
// Dispatch: one workgroup of 64 threads per four sequences; each thread takes every 64th unit.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/lstm_sequence_backward.ts.
// Layer: src/nn/lstm.ts.   Example: examples/moliere_lstm.ts.
// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.

override recurrent_dropout: bool = false;

struct Params {
  batch: u32,
  hidden: u32,
  steps: u32,
  reverse: u32,    // the forward pass ran from the last time step to the first
  has_carry: u32,  // 0: the last state has no gradient, and the carries are not read at first
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
@group(0) @binding(2) var<storage, read> wh: array<f32>;
@group(0) @binding(3) var<storage, read> c: array<f32>;
@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional
@group(0) @binding(5) var<storage, read_write> dh_carry: array<f32>;
@group(0) @binding(6) var<storage, read_write> dc_carry: array<f32>;
@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(8) var<storage, read> keep: array<f32>;  // optional

fn safe_tanh(v: f32) -> f32 {
  return tanh(clamp(v, -15.0, 15.0));
}

// What recurrent dropout made of h[b, k] on its way to the gates i f g o.
fn kept(b: u32, k: u32) -> vec4<f32> {
  if (!recurrent_dropout) { return vec4<f32>(1.0); }
  let gate = params.batch * params.hidden;
  let i = b * params.hidden + k;
  return vec4<f32>(keep[i], keep[gate + i], keep[2u * gate + i], keep[3u * gate + i]);
}

fn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_carry: bool, has_state: bool, from_next: vec4<f32>) {
  if (b >= params.batch) { return; }
  let H = params.hidden;
  let at = (time * params.batch + b) * 4u * H + j;
  let carry = b * H + j;
  var dh = dot(from_next, kept(b, j));
  var dc = 0.0;
  if (has_carry) { dh += dh_carry[carry]; dc = dc_carry[carry]; }
  if (params.has_dout == 1u) {
    dh += dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];
  }
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = 0.0; }
    dh_carry[carry] = dh;
    dc_carry[carry] = dc;
    return;
  }
  let i = gates[at];
  let f = gates[at + H];
  let g = gates[at + 2u * H];
  let o = gates[at + 3u * H];
  let tanh_c = safe_tanh(c[(after * params.batch + b) * H + j]);
  var c_prev = 0.0;
  if (has_state) { c_prev = c[(before * params.batch + b) * H + j]; }
  dc += dh * o * (1.0 - tanh_c * tanh_c);
  gates[at] = dc * g * i * (1.0 - i);
  gates[at + H] = dc * c_prev * f * (1.0 - f);
  gates[at + 2u * H] = dc * i * (1.0 - g * g);
  gates[at + 3u * H] = dh * tanh_c * o * (1.0 - o);
  dh_carry[carry] = 0.0;
  dc_carry[carry] = dc * f;
}

@compute @workgroup_size(64, 1, 1)
fn lstm_sequence_backward(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden;
  let b = group.x * 4u;
  let rows = min(vec4<u32>(b, b + 1u, b + 2u, b + 3u), vec4<u32>(params.batch - 1u));
  for (var m = params.steps; m > 0u; m--) {
    let n = m - 1u;  // the forward pass did this step as its n-th
    let time = select(n, params.steps - 1u - n, params.reverse == 1u);
    let next_time = select(n + 1u, params.steps - 2u - n, params.reverse == 1u);
    let before = select(n, params.steps - n, params.reverse == 1u);
    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);
    let has_next = n + 1u < params.steps;
    let at = (select(0u, next_time, has_next) * params.batch + rows) * 4u * H;
    for (var j = thread; j < H; j += 64u) {
      // Whᵀ·dpre_next of unit j by sequence, with the four gates' shares apart: each has its own dropout mask.
      var sum_0 = vec4<f32>();
      var sum_1 = vec4<f32>();
      var sum_2 = vec4<f32>();
      var sum_3 = vec4<f32>();
      for (var k = 0u; k < select(0u, H, has_next); k++) {
        let w = vec4<f32>(wh[k * H + j], wh[(H + k) * H + j], wh[(2u * H + k) * H + j], wh[(3u * H + k) * H + j]);
        let i = at + k;
        sum_0 += w * vec4<f32>(gates[i.x], gates[i.x + H], gates[i.x + 2u * H], gates[i.x + 3u * H]);
        sum_1 += w * vec4<f32>(gates[i.y], gates[i.y + H], gates[i.y + 2u * H], gates[i.y + 3u * H]);
        sum_2 += w * vec4<f32>(gates[i.z], gates[i.z + H], gates[i.z + 2u * H], gates[i.z + 3u * H]);
        sum_3 += w * vec4<f32>(gates[i.w], gates[i.w + H], gates[i.w + 2u * H], gates[i.w + 3u * H]);
      }
      let has_carry = has_next || params.has_carry == 1u;
      let has_state = n > 0u || params.has_state == 1u;
      cell(b, j, time, before, after, has_carry, has_state, sum_0);
      cell(b + 1u, j, time, before, after, has_carry, has_state, sum_1);
      cell(b + 2u, j, time, before, after, has_carry, has_state, sum_2);
      cell(b + 3u, j, time, before, after, has_carry, has_state, sum_3);
    }
    storageBarrier();
  }
}
