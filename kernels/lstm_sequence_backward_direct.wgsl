// lstm_sequence_backward_direct: lstm_sequence_backward with vector loads, for adapters that run on the processor.
//
//   for every time step, in the opposite order:
//     dh = dout + dh_carry + Whᵀ·dpre_next       do = dh ∘ tanh(c)
//     dc = dc_carry + dh ∘ o ∘ (1 − tanh²(c))    di = dc ∘ g    df = dc ∘ c_prev    dg = dc ∘ i
//     dpre = (di ∘ i(1−i), df ∘ f(1−f), dg ∘ (1−g²), do ∘ o(1−o))        dc_carry = dc ∘ f
//
//   gates, wh, c, dout, dh_carry, dc_carry, mask, keep: as in lstm_sequence_backward.wgsl
//
// As in lstm_sequence_direct.wgsl, loads are what costs: a thread has eight neighbouring units and eight sequences.
// hidden is a multiple of 4, positions count vectors, and the sums run in the order of lstm_sequence_backward.wgsl.
//
// Dispatch: one workgroup of 8 threads per eight sequences; each thread takes every 8th eight units.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/lstm_sequence_backward.ts.
// Source: Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000.

override recurrent_dropout: bool = false;

struct Params {
  batch: u32, hidden: u32, steps: u32,
  reverse: u32,    // the forward pass ran from the last time step to the first
  has_carry: u32,  // 0: the last state has no gradient, and the carries are not read at first
  has_state: u32,  // 0: the forward pass began at a zero state, whose slot is not read
  has_dout: u32, has_mask: u32,
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

// Adds four rows of Wh of four units, each times its dpre of four sequences: a vector per sequence.
fn plus(sums: mat4x4<f32>, w: mat4x4<f32>, d: mat4x4<f32>) -> mat4x4<f32> {
  var s = sums;
  for (var k = 0; k < 4; k++) { s += mat4x4<f32>(w[k] * d[k].x, w[k] * d[k].y, w[k] * d[k].z, w[k] * d[k].w); }
  return s;
}

// The share of one gate, times what recurrent dropout made of h of four units and four sequences on its way there.
fn kept(v: mat4x4<f32>, gate: u32, rows: vec4<u32>, j: u32) -> mat4x4<f32> {
  if (!recurrent_dropout) { return v; }
  let i = (gate * params.batch + rows) * (params.hidden / 4u) + j;
  return mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]);
}

fn w_block(i: u32, H: u32) -> mat4x4<f32> {
  return mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]);
}

fn d_block(at: vec4<u32>, k: u32) -> mat4x4<f32> {
  return transpose(mat4x4<f32>(gates[at.x + k], gates[at.y + k], gates[at.z + k], gates[at.w + k]));
}

fn add(b: u32, j: u32, from_next: mat4x4<f32>) {
  let H = params.hidden / 4u;
  var sums = from_next;
  for (var n = 0u; n < 4u; n++) { if (b + n < params.batch && j < H) { dh_carry[(b + n) * H + j] += sums[n]; } }
}

fn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_carry: bool, has_state: bool) {
  let H = params.hidden / 4u;
  let at = (time * params.batch + b) * 4u * H + j;
  let carry = b * H + j;
  var dh = vec4<f32>();
  var dc = vec4<f32>();
  if (has_carry) { dh = dh_carry[carry]; dc = dc_carry[carry]; }
  if (params.has_dout == 1u) {
    let u = params.dout_unit;
    let d = params.dout_offset + b * params.dout_batch + time * params.dout_time + 4u * j * u;
    dh += vec4<f32>(dout[d], dout[d + u], dout[d + 2u * u], dout[d + 3u * u]);
  }
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }
    dh_carry[carry] = dh;
    dc_carry[carry] = dc;
    return;
  }
  let i = gates[at]; let f = gates[at + H];
  let g = gates[at + 2u * H]; let o = gates[at + 3u * H];
  let tanh_c = safe_tanh(c[(after * params.batch + b) * H + j]);
  var c_prev = vec4<f32>();
  if (has_state) { c_prev = c[(before * params.batch + b) * H + j]; }
  dc += dh * o * (1.0 - tanh_c * tanh_c);
  gates[at] = dc * g * i * (1.0 - i);
  gates[at + H] = dc * c_prev * f * (1.0 - f);
  gates[at + 2u * H] = dc * i * (1.0 - g * g);
  gates[at + 3u * H] = dh * tanh_c * o * (1.0 - o);
  dh_carry[carry] = vec4<f32>();
  dc_carry[carry] = dc * f;
}

@compute @workgroup_size(8, 1, 1)
fn lstm_sequence_backward_direct(@builtin(local_invocation_index) thread: u32,
                                 @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden / 4u;
  let b = group.x * 8u;
  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.batch - 1u));
  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(params.batch - 1u));
  for (var m = params.steps; m > 0u; m--) {
    let n = m - 1u;  // the forward pass did this step as its n-th
    let time = select(n, params.steps - 1u - n, params.reverse == 1u);
    let next_time = select(n + 1u, params.steps - 2u - n, params.reverse == 1u);
    let before = select(n, params.steps - n, params.reverse == 1u);
    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);
    let has_next = n + 1u < params.steps;
    let has_carry = has_next || params.has_carry == 1u;
    let has_state = n > 0u || params.has_state == 1u;
    for (var j = 2u * thread; j < H; j += 16u) {
      // Whᵀ·dpre_next, gate by gate, since each has its own dropout mask: of the units from 4j on (left) and from
      // 4j + 4 on (right), of the first four sequences and the last four.
      var left_0 = mat4x4<f32>(); var right_0 = mat4x4<f32>(); var left_1 = mat4x4<f32>(); var right_1 = mat4x4<f32>();
      for (var gate = 0u; gate < select(0u, 4u, has_next); gate++) {
        let at_0 = ((next_time * params.batch + rows_0) * 4u + gate) * H;
        let at_1 = ((next_time * params.batch + rows_1) * 4u + gate) * H;
        var l_0 = mat4x4<f32>(); var l_1 = mat4x4<f32>(); var r_0 = mat4x4<f32>(); var r_1 = mat4x4<f32>();
        for (var k = 0u; k < H; k++) {
          let i = 4u * (gate * H + k) * H + j;
          let d_0 = d_block(at_0, k); let d_1 = d_block(at_1, k);
          l_0 = plus(l_0, w_block(i, H), d_0); r_0 = plus(r_0, w_block(i + 1u, H), d_0);
          l_1 = plus(l_1, w_block(i, H), d_1); r_1 = plus(r_1, w_block(i + 1u, H), d_1);
        }
        left_0 += kept(l_0, gate, rows_0, j); right_0 += kept(r_0, gate, rows_0, j + 1u);
        left_1 += kept(l_1, gate, rows_1, j); right_1 += kept(r_1, gate, rows_1, j + 1u);
      }
      if (has_next) {
        add(b, j, left_0); add(b, j + 1u, right_0); add(b + 4u, j, left_1); add(b + 4u, j + 1u, right_1);
      }
      for (var u = j; u < min(j + 2u, H); u++) {
        for (var r = b; r < min(b + 8u, params.batch); r++) { cell(r, u, time, before, after, has_carry, has_state); }
      }
    }
    storageBarrier();
  }
}
