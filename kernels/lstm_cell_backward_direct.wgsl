// lstm_cell_backward_direct: lstm_cell_backward with vector loads, for adapters that run on the processor.
//
//   dh = dout + dh_carry + Whᵀ·dpre_next       do = dh ∘ tanh(c)
//   dc = dc_carry + dh ∘ o ∘ (1 − tanh²(c))    di = dc ∘ g    df = dc ∘ c_prev    dg = dc ∘ i
//   dpre = (di ∘ i(1−i), df ∘ f(1−f), dg ∘ (1−g²), do ∘ o(1−o))        dc_carry = dc ∘ f
//
//   gates     [time, batch, 4 * hidden]  in: the activated gates i f g o of this step, and dpre of the step after;
//                                        out: dpre of this step, in place of its gates
//   wh        [4 * hidden, hidden]       recurrent weights
//   c         [time + 1, batch, hidden]  cell states: c_prev in slot `from`, c in slot `to`
//   dout      [batch, time, hidden]      gradient of h at every step, read through strides; optional
//   dh_carry  [batch, hidden]            gradient that reaches h around the gates (the last state; padded steps)
//   dc_carry  [batch, hidden]            gradient of c from the step after
//   mask      [batch, time]  i32         optional; at padding dpre is 0 and both carries pass through
//   keep      [4, batch, hidden]         optional; recurrent dropout: as in the forward pass
//
// As in lstm_cell_direct.wgsl, a thread has four neighbouring units, positions count vectors, and the sums run in
// the order of lstm_cell_backward.wgsl.
//
// Dispatch: one thread per four units and eight sequences; 64 neighbouring threads to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/lstm_cell_backward.ts.
// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.

override recurrent_dropout: bool = false;

struct Params {
  batch: u32, hidden: u32, steps: u32,
  time: u32, next_time: u32, from_slot: u32, to_slot: u32,
  has_next: u32,   // 0 at the step that the forward pass did last
  has_carry: u32,  // 0: the carries are zero and not read
  has_state: u32,  // 0: c_prev is zero and not read
  has_dout: u32,
  has_mask: u32,
  dout_offset: u32, dout_batch: u32, dout_time: u32, dout_unit: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> wh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dout: array<f32>;  // optional
@group(0) @binding(5) var<storage, read_write> dh_carry: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dc_carry: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(8) var<storage, read> keep: array<vec4<f32>>;  // optional

fn safe_tanh(v: vec4<f32>) -> vec4<f32> {
  return tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0)));
}

// Four units by four sequences: what each unit's weight makes of each sequence's d.
fn products(w: vec4<f32>, d: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(w * d.x, w * d.y, w * d.z, w * d.w);
}

// dpre_next of units 4k to 4k + 3, a unit to a vector, of the sequences that start at `at`.
fn d_block(at: vec4<u32>, k: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(gates[at.x + k], gates[at.y + k], gates[at.z + k], gates[at.w + k]));
}

// The share of one gate, times what recurrent dropout made of h of four units and four sequences on its way there.
fn kept(v: mat4x4<f32>, gate: u32, rows: vec4<u32>, j: u32) -> mat4x4<f32> {
  if (!recurrent_dropout) { return v; }
  let i = (gate * params.batch + rows) * (params.hidden / 4u) + j;
  return mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]);
}

fn cell(b: u32, j: u32, from_next: vec4<f32>) {
  if (b >= params.batch) { return; }
  let H = params.hidden / 4u;
  let at = (params.time * params.batch + b) * 4u * H + j;
  let carry = b * H + j;
  var dh = from_next;
  var dc = vec4<f32>();
  if (params.has_carry == 1u) { dh += dh_carry[carry]; dc = dc_carry[carry]; }
  if (params.has_dout == 1u) {
    let u = params.dout_unit;
    let d = params.dout_offset + b * params.dout_batch + params.time * params.dout_time + 4u * j * u;
    dh += vec4<f32>(dout[d], dout[d + u], dout[d + 2u * u], dout[d + 3u * u]);
  }
  if (params.has_mask == 1u && mask[b * params.steps + params.time] == 0) {
    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }
    dh_carry[carry] = dh;
    dc_carry[carry] = dc;
    return;
  }
  let i = gates[at];
  let f = gates[at + H];
  let g = gates[at + 2u * H];
  let o = gates[at + 3u * H];
  let tanh_c = safe_tanh(c[(params.to_slot * params.batch + b) * H + j]);
  var c_prev = vec4<f32>();
  if (params.has_state == 1u) { c_prev = c[(params.from_slot * params.batch + b) * H + j]; }
  dc += dh * o * (1.0 - tanh_c * tanh_c);
  gates[at] = dc * g * i * (1.0 - i);
  gates[at + H] = dc * c_prev * f * (1.0 - f);
  gates[at + 2u * H] = dc * i * (1.0 - g * g);
  gates[at + 3u * H] = dh * tanh_c * o * (1.0 - o);
  dh_carry[carry] = vec4<f32>();
  dc_carry[carry] = dc * f;
}

@compute @workgroup_size(64, 1, 1)
fn lstm_cell_backward_direct(@builtin(global_invocation_id) id: vec3<u32>) {
  let H = params.hidden / 4u;
  let j = id.x;
  if (j >= H) { return; }
  let b = id.y * 8u;
  // Rows past the batch read the last sequence; cell() does not store them.
  let last = vec4<u32>(params.batch - 1u);
  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), last);
  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), last);
  let at_0 = (params.next_time * params.batch + rows_0) * 4u * H;
  let at_1 = (params.next_time * params.batch + rows_1) * 4u * H;
  var total_0 = mat4x4<f32>();  // Whᵀ·dpre_next of the four units, a vector per sequence
  var total_1 = mat4x4<f32>();
  for (var gate = 0u; gate < 4u * params.has_next; gate++) {
    var sums_0 = mat4x4<f32>();
    var sums_1 = mat4x4<f32>();
    for (var k = gate * H; k < gate * H + H; k++) {
      let i = 4u * k * H + j;
      let w = mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]);
      let d_0 = d_block(at_0, k);
      let d_1 = d_block(at_1, k);
      sums_0 += products(w[0], d_0[0]);
      sums_0 += products(w[1], d_0[1]);
      sums_0 += products(w[2], d_0[2]);
      sums_0 += products(w[3], d_0[3]);
      sums_1 += products(w[0], d_1[0]);
      sums_1 += products(w[1], d_1[1]);
      sums_1 += products(w[2], d_1[2]);
      sums_1 += products(w[3], d_1[3]);
    }
    total_0 += kept(sums_0, gate, rows_0, j);
    total_1 += kept(sums_1, gate, rows_1, j);
  }
  for (var n = 0u; n < 4u; n++) {
    cell(b + n, j, total_0[n]);
    cell(b + n + 4u, j, total_1[n]);
  }
}
