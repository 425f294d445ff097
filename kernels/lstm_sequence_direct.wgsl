// lstm_sequence_direct: lstm_sequence with vector loads, for adapters that run on the processor.
//
//   for every time step, in order:
//     i, f, o = σ(pre + Wh·h_prev)     g = tanh(pre + Wh·h_prev)
//     c = f ∘ c_prev + i ∘ g           h = o ∘ tanh(c)
//
//   gates, wh, h, c, mask, keep: as in lstm_sequence.wgsl
//
// A load costs such an adapter far more than a multiplication. A thread has four neighbouring units and adds
// Wh·h_prev to two gates at a time, for eight sequences: 64 sums, so that each weight is loaded for eight of them and
// each h for eight, four numbers at a time: hidden is a multiple of 4, and positions count vectors. The sums run
// in the order of lstm_sequence.wgsl, so the numbers are the same to the last bit.
//
// Dispatch: one workgroup of 16 threads per eight sequences; each thread takes every 16th four units.
// Gradient: lstm_sequence_backward_direct.wgsl.   CPU twin: src/backend/cpu/lstm_sequence.ts.
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
@group(0) @binding(1) var<storage, read_write> gates: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> wh: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> h: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> c: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> mask: array<i32>;  // optional
@group(0) @binding(6) var<storage, read> keep: array<vec4<f32>>;  // optional

// clamp loses NaN, and a state that went wrong must not look right. Drivers optimise v != v away; the bits tell.
fn is_nan(v: vec4<f32>) -> vec4<bool> {
  return (bitcast<vec4<u32>>(v) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
}

fn sigmoid(v: vec4<f32>) -> vec4<f32> {
  return select(1.0 / (1.0 + exp(-clamp(v, vec4<f32>(-87.0), vec4<f32>(87.0)))), v, is_nan(v));
}

// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.
fn safe_tanh(v: vec4<f32>) -> vec4<f32> {
  return select(tanh(clamp(v, vec4<f32>(-15.0), vec4<f32>(15.0))), v, is_nan(v));
}

// Columns 4k to 4k + 3 of Wh, of four units from 4j on of a gate: a column to a vector.
fn w_block(gate: u32, j: u32, k: u32) -> mat4x4<f32> {
  let H = params.hidden / 4u;
  let i = (gate * H + j) * 4u * H + k;
  return transpose(mat4x4<f32>(wh[i], wh[i + H], wh[i + 2u * H], wh[i + 3u * H]));
}

// What a gate sees of h_prev of four sequences, units 4k to 4k + 3: a unit to a vector.
fn kept(v: mat4x4<f32>, gate: u32, rows: vec4<u32>, k: u32) -> mat4x4<f32> {
  if (!recurrent_dropout) { return transpose(v); }
  let i = (gate * params.batch + rows) * (params.hidden / 4u) + k;
  return transpose(mat4x4<f32>(v[0] * keep[i.x], v[1] * keep[i.y], v[2] * keep[i.z], v[3] * keep[i.w]));
}

// Adds four columns of four units' weights, each times its unit of four sequences' h: a vector per sequence.
fn plus(sums: mat4x4<f32>, w: mat4x4<f32>, h4: mat4x4<f32>) -> mat4x4<f32> {
  var s = sums;
  for (var k = 0; k < 4; k++) { s += mat4x4<f32>(w[k] * h4[k].x, w[k] * h4[k].y, w[k] * h4[k].z, w[k] * h4[k].w); }
  return s;
}

fn add(time: u32, b: u32, column: u32, wh_h: mat4x4<f32>) {
  var sums = wh_h;
  for (var n = 0u; n < 4u; n++) {
    if (b + n < params.batch) { gates[(time * params.batch + b + n) * params.hidden + column] += sums[n]; }
  }
}

fn cell(b: u32, j: u32, time: u32, before: u32, after: u32, has_state: bool) {
  let H = params.hidden / 4u;
  let prev = (before * params.batch + b) * H + j;
  let next = (after * params.batch + b) * H + j;
  let at = (time * params.batch + b) * 4u * H + j;
  var c_prev = vec4<f32>();
  if (has_state) { c_prev = c[prev]; }
  if (params.has_mask == 1u && mask[b * params.steps + time] == 0) {
    var h_prev = vec4<f32>();
    if (has_state) { h_prev = h[prev]; }
    h[next] = h_prev;
    c[next] = c_prev;
    for (var gate = 0u; gate < 4u; gate++) { gates[at + gate * H] = vec4<f32>(); }
    return;
  }
  let i = sigmoid(gates[at]);
  let f = sigmoid(gates[at + H]);
  let g = safe_tanh(gates[at + 2u * H]);
  let o = sigmoid(gates[at + 3u * H]);
  let c_new = f * c_prev + i * g;
  c[next] = c_new;
  h[next] = o * safe_tanh(c_new);
  gates[at] = i;
  gates[at + H] = f;
  gates[at + 2u * H] = g;
  gates[at + 3u * H] = o;
}

@compute @workgroup_size(16, 1, 1)
fn lstm_sequence_direct(@builtin(local_invocation_index) thread: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let H = params.hidden / 4u;
  let b = group.x * 8u;
  // Rows past the batch read the last sequence; their sums are not stored.
  let rows_0 = min(b + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.batch - 1u));
  let rows_1 = min(b + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(params.batch - 1u));
  for (var n = 0u; n < params.steps; n++) {
    let time = select(n, params.steps - 1u - n, params.reverse == 1u);
    let before = select(n, params.steps - n, params.reverse == 1u);
    let after = select(n + 1u, params.steps - 1u - n, params.reverse == 1u);
    let has_state = n > 0u || params.has_state == 1u;
    let at_0 = (before * params.batch + rows_0) * H;
    let at_1 = (before * params.batch + rows_1) * H;
    for (var j = thread; j < H; j += 16u) {
      for (var gate = 0u; gate < select(0u, 4u, has_state); gate += 2u) {  // i and f, then g and o
        var a_0 = mat4x4<f32>(); var a_1 = mat4x4<f32>();  // Wh·h_prev of the four units, a vector per sequence
        var b_0 = mat4x4<f32>(); var b_1 = mat4x4<f32>();  // likewise, of the next gate
        for (var k = 0u; k < H; k++) {
          let h_0 = mat4x4<f32>(h[at_0.x + k], h[at_0.y + k], h[at_0.z + k], h[at_0.w + k]);
          let h_1 = mat4x4<f32>(h[at_1.x + k], h[at_1.y + k], h[at_1.z + k], h[at_1.w + k]);
          let w_a = w_block(gate, j, k); let w_b = w_block(gate + 1u, j, k);
          a_0 = plus(a_0, w_a, kept(h_0, gate, rows_0, k)); b_0 = plus(b_0, w_b, kept(h_0, gate + 1u, rows_0, k));
          a_1 = plus(a_1, w_a, kept(h_1, gate, rows_1, k)); b_1 = plus(b_1, w_b, kept(h_1, gate + 1u, rows_1, k));
        }
        add(time, b, gate * H + j, a_0); add(time, b, (gate + 1u) * H + j, b_0);
        add(time, b + 4u, gate * H + j, a_1); add(time, b + 4u, (gate + 1u) * H + j, b_1);
      }
      for (var row = b; row < min(b + 8u, params.batch); row++) { cell(row, j, time, before, after, has_state); }
    }
    storageBarrier();
  }
}
