// attention_direct: attention without workgroup memory, for adapters that run on the processor.
//
//   s[t, j] = scale · q[t] · k[j] + mask[t, j]               −3e38 where the pair is masked
//   out[t]  = Σ_j keep[t, j] · exp(s[t, j] − lse[t]) · v[j]  lse[t] = log Σ_j exp(s[t, j])
//
//   Operands as in attention.wgsl; head_dim is a multiple of 8, offsets and strides are of 4: a load brings 4 numbers.
//
// A thread has four queries and up to 32 columns of the result, and takes four keys at a time: scores and weights are
// matrices, a query to a vector. For wider heads, other threads compute the same scores for the other columns.
//
// Dispatch: a thread per 4 queries and 32 columns of a head, 64 to a workgroup.
// Gradient: attention_backward_queries_direct.wgsl, _keys_direct.   CPU twin: src/backend/cpu/attention.ts.

struct Params {
  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,
  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,
  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32, out_offset: u32, out_batch: u32, out_row: u32, out_head: u32,
  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,
  has_padding: u32, padding_offset: u32, padding_batch: u32,
  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional
@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional
@group(0) @binding(6) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> lse: array<f32>;

const MASKED = vec4<f32>(-1.0e38);
const LOWEST = vec4<f32>(-3.0e38);
const STEPS = vec4<u32>(0u, 1u, 2u, 3u);
// A query's scores of the keys j to j + 3, as in attention.wgsl.
fn scores(b: u32, h: u32, t: u32, j: u32, dots: vec4<f32>) -> vec4<f32> {
  var s = params.scale * dots;
  let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));
  if (params.mask_kind != 0u) {
    let at = params.mask_offset + b * params.mask_batch + h * params.mask_head + t * params.mask_row;
    let i = at + keys * params.mask_column;
    let words = vec4<u32>(mask[i.x], mask[i.y], mask[i.z], mask[i.w]);
    s = select(s + bitcast<vec4<f32>>(words), select(s, LOWEST, words != vec4<u32>()), params.mask_kind == 2u);
  }
  if (params.has_padding == 1u) {
    let i = params.padding_offset + b * params.padding_batch + keys;
    s = select(s, LOWEST, vec4<i32>(padding[i.x], padding[i.y], padding[i.z], padding[i.w]) != vec4<i32>());
  }
  let end = select(params.keys, min(params.keys, params.query_start + t + 1u), params.causal == 1u);
  return select(s, LOWEST, j + STEPS >= vec4<u32>(end));
}
fn weights(s: vec4<f32>, m: f32) -> vec4<f32> {
  let is_nan = (bitcast<vec4<u32>>(s) & vec4<u32>(0x7fffffffu)) > vec4<u32>(0x7f800000u);
  return select(select(exp(s - m), vec4<f32>(), s <= MASKED), s, is_nan);
}
fn pcg4d(i: u32) -> vec4<u32> {
  var x = vec4<u32>(params.seed, params.step, params.operation, i) * 1664525u + 1013904223u;
  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;
  x ^= x >> vec4<u32>(16u);
  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;
  return x;
}
// What dropout makes of four neighbouring weights, the first at place i.
fn keep(i: u32) -> vec4<f32> {
  if (params.threshold == 0u) { return vec4<f32>(1.0); }
  let r = i % 4u;
  var x = pcg4d(i / 4u);
  if (r != 0u) {
    let y = pcg4d(i / 4u + 1u);
    x = select(select(vec4<u32>(x.w, y.xyz), vec4<u32>(x.zw, y.xy), r == 2u), vec4<u32>(x.yzw, y.x), r == 1u);
  }
  return select(vec4<f32>(), vec4<f32>(params.keep_scale), (x >> vec4<u32>(8u)) >= vec4<u32>(params.threshold));
}
fn q_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(q[at.x], q[at.y], q[at.z], q[at.w]); }
fn k_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(k[at.x], k[at.y], k[at.z], k[at.w]); }
fn v_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(v[at.x], v[at.y], v[at.z], v[at.w]); }
fn largest(s: vec4<f32>) -> f32 { return max(max(s.x, s.y), max(s.z, s.w)); }
fn scaled(square: mat4x4<f32>, f: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(square[0] * f.x, square[1] * f.y, square[2] * f.z, square[3] * f.w);
}
fn store(at: vec4<u32>, rows: u32, square: mat4x4<f32>) {
  var sums = square;
  for (var r = 0u; r < min(4u, rows); r++) { out[at[r]] = sums[r]; }
}

@compute @workgroup_size(64, 1, 1)
fn attention_direct(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let fours = (params.queries + 3u) / 4u;
  let parts = (params.head_dim + 31u) / 32u;
  let i = id.x + id.y * groups.x * 64u;
  let n = i / fours / parts;
  if (n >= params.batch * params.heads) { return; }
  let b = n / params.heads;
  let h = n % params.heads;
  let t = i % fours * 4u;
  let D = params.head_dim / 4u;  // from here on, places count vectors
  let column = i / fours % parts * 8u;
  let width = D - column;
  let rows = min(t + STEPS, vec4<u32>(params.queries - 1u));
  let at_q = (params.q_offset + b * params.q_batch + h * params.q_head + rows * params.q_row) / 4u;
  let k_base = (params.k_offset + b * params.k_batch + h * params.k_head) / 4u;
  let v_base = (params.v_offset + b * params.v_batch + h * params.v_head) / 4u + column;
  let end = select(params.keys, min(params.keys, params.query_start + t + 4u), params.causal == 1u);
  var m = LOWEST;
  var l = vec4<f32>();
  var acc_0 = mat4x4<f32>(); var acc_1 = mat4x4<f32>(); var acc_2 = mat4x4<f32>(); var acc_3 = mat4x4<f32>();
  var acc_4 = mat4x4<f32>(); var acc_5 = mat4x4<f32>(); var acc_6 = mat4x4<f32>(); var acc_7 = mat4x4<f32>();
  for (var j = 0u; j < end; j += 4u) {
    let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));
    let at_k = k_base + keys * (params.k_row / 4u);
    var s = mat4x4<f32>();
    for (var d = 0u; d < D; d++) { s += transpose(k_block(at_k + d)) * q_block(at_q + d); }
    s = mat4x4<f32>(scores(b, h, rows.x, j, s[0]), scores(b, h, rows.y, j, s[1]),
                    scores(b, h, rows.z, j, s[2]), scores(b, h, rows.w, j, s[3]));
    let m_new = max(m, vec4<f32>(largest(s[0]), largest(s[1]), largest(s[2]), largest(s[3])));
    if (any(m_new > m)) {
      let f = exp(m - m_new);
      m = m_new;
      l *= f;
      acc_0 = scaled(acc_0, f); acc_1 = scaled(acc_1, f); acc_2 = scaled(acc_2, f); acc_3 = scaled(acc_3, f);
      acc_4 = scaled(acc_4, f); acc_5 = scaled(acc_5, f); acc_6 = scaled(acc_6, f); acc_7 = scaled(acc_7, f);
    }
    let p = mat4x4<f32>(weights(s[0], m.x), weights(s[1], m.y), weights(s[2], m.z), weights(s[3], m.w));
    l += vec4<f32>(1.0) * p;  // the sum of each vector
    let at = (n * params.queries + rows) * params.keys + j;
    let w = mat4x4<f32>(p[0] * keep(at.x), p[1] * keep(at.y), p[2] * keep(at.z), p[3] * keep(at.w));
    let at_v = v_base + keys * (params.v_row / 4u);
    acc_0 += v_block(at_v) * w; acc_1 += v_block(at_v + 1u) * w;
    if (width > 2u) { acc_2 += v_block(at_v + 2u) * w; acc_3 += v_block(at_v + 3u) * w; }
    if (width > 4u) { acc_4 += v_block(at_v + 4u) * w; acc_5 += v_block(at_v + 5u) * w; }
    if (width > 6u) { acc_6 += v_block(at_v + 6u) * w; acc_7 += v_block(at_v + 7u) * w; }
  }
  let f = select(1.0 / l, vec4<f32>(), l == vec4<f32>());
  let at = (params.out_offset + b * params.out_batch + h * params.out_head + rows * params.out_row) / 4u + column;
  let count = params.queries - t;
  store(at, count, scaled(acc_0, f)); store(at + 1u, count, scaled(acc_1, f));
  if (width > 2u) { store(at + 2u, count, scaled(acc_2, f)); store(at + 3u, count, scaled(acc_3, f)); }
  if (width > 4u) { store(at + 4u, count, scaled(acc_4, f)); store(at + 5u, count, scaled(acc_5, f)); }
  if (width > 6u) { store(at + 6u, count, scaled(acc_6, f)); store(at + 7u, count, scaled(acc_7, f)); }
  let sums = select(m + log(l), vec4<f32>(), l == vec4<f32>());
  for (var r = 0u; r < min(4u, count) && column == 0u; r++) { lse[n * params.queries + t + r] = sums[r]; }
}
