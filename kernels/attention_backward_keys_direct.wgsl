// attention_backward_keys_direct: attention_backward_keys for adapters that run on the processor.
//
// Equations and operands as there; head_dim is a multiple of 8, offsets and strides are of 4. A thread has four keys
// and up to 32 columns of dk and dv, and takes four queries at a time, as attention_direct.wgsl does with keys. The
// sums would not fit the registers anyhow, so they are arrays, which compile much faster than sixteen names.
//
// Dispatch: a thread per 4 keys and 32 columns of a head, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_keys.ts.

struct Params {
  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,
  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,
  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32,
  dout_offset: u32, dout_batch: u32, dout_row: u32, dout_head: u32,
  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,
  has_padding: u32, padding_offset: u32, padding_batch: u32,
  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,
  dk_offset: u32, dv_offset: u32, dkv_batch: u32, dkv_row: u32, dkv_head: u32, accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional
@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional
@group(0) @binding(6) var<storage, read> stats: array<f32>;
@group(0) @binding(7) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> dkv: array<vec4<f32>>;

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
fn weights(s: vec4<f32>, lse: f32) -> vec4<f32> { return select(exp(s - lse), vec4<f32>(), s <= MASKED); }
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
fn dout_block(at: vec4<u32>) -> mat4x4<f32> { return mat4x4<f32>(dout[at.x], dout[at.y], dout[at.z], dout[at.w]); }
// What a query adds to the keys j to j + 3: keep · p, as shares of dout[t], and scale · ds, as shares of q[t].
fn shares(b: u32, h: u32, t: u32, j: u32, dots: vec4<f32>, dp: vec4<f32>) -> mat2x4<f32> {
  if (t >= params.queries) { return mat2x4<f32>(); }
  let row = (b * params.heads + h) * params.queries + t;
  let p = weights(scores(b, h, t, j, dots), stats[2u * row]);
  let kept = p * keep(row * params.keys + j);
  return mat2x4<f32>(kept, params.scale * (kept * dp - p * stats[2u * row + 1u]));
}
fn store(at: vec4<u32>, j: u32, square: mat4x4<f32>) {
  var sums = square;
  for (var i = 0u; i < min(4u, params.keys - j); i++) {
    dkv[at[i]] = select(vec4<f32>(), dkv[at[i]], params.accumulate == 1u) + sums[i];
  }
}

@compute @workgroup_size(64, 1, 1)
fn attention_backward_keys_direct(@builtin(global_invocation_id) id: vec3<u32>,
                                  @builtin(num_workgroups) groups: vec3<u32>) {
  let fours = (params.keys + 3u) / 4u;
  let parts = (params.head_dim + 31u) / 32u;
  let i = id.x + id.y * groups.x * 64u;
  let n = i / fours / parts;
  if (n >= params.batch * params.heads) { return; }
  let b = n / params.heads;
  let h = n % params.heads;
  let j = i % fours * 4u;
  let D = params.head_dim / 4u;  // from here on, places count vectors
  let column = i / fours % parts * 8u;
  let width = D - column;
  let rows = min(j + STEPS, vec4<u32>(params.keys - 1u));
  let at_k = (params.k_offset + b * params.k_batch + h * params.k_head + rows * params.k_row) / 4u;
  let at_v = (params.v_offset + b * params.v_batch + h * params.v_head + rows * params.v_row) / 4u;
  let q_base = (params.q_offset + b * params.q_batch + h * params.q_head) / 4u;
  let dout_base = (params.dout_offset + b * params.dout_batch + h * params.dout_head) / 4u;
  let begin = select(0u, max(j, params.query_start) - params.query_start, params.causal == 1u);
  var dk = array<mat4x4<f32>, 8>();
  var dv = array<mat4x4<f32>, 8>();
  for (var t = begin; t < params.queries; t += 4u) {
    let queries = min(t + STEPS, vec4<u32>(params.queries - 1u));
    let at_q = q_base + queries * (params.q_row / 4u);
    let at_dout = dout_base + queries * (params.dout_row / 4u);
    var s = mat4x4<f32>();  // a query to a vector
    var dp = mat4x4<f32>();
    for (var d = 0u; d < D; d++) { s += transpose(k_block(at_k + d)) * q_block(at_q + d); }
    for (var d = 0u; d < D; d++) { dp += transpose(v_block(at_v + d)) * dout_block(at_dout + d); }
    let w_0 = shares(b, h, t, j, s[0], dp[0]);
    let w_1 = shares(b, h, t + 1u, j, s[1], dp[1]);
    let w_2 = shares(b, h, t + 2u, j, s[2], dp[2]);
    let w_3 = shares(b, h, t + 3u, j, s[3], dp[3]);
    let p = transpose(mat4x4<f32>(w_0[0], w_1[0], w_2[0], w_3[0]));  // a key to a vector
    let ds = transpose(mat4x4<f32>(w_0[1], w_1[1], w_2[1], w_3[1]));
    for (var x = 0u; x < min(8u, width); x++) {
      dk[x] += q_block(at_q + column + x) * ds;
      dv[x] += dout_block(at_dout + column + x) * p;
    }
  }
  let base = rows * params.dkv_row + b * params.dkv_batch + h * params.dkv_head;
  for (var x = 0u; x < min(8u, width); x++) {
    store((params.dk_offset + base) / 4u + column + x, j, dk[x]);
    store((params.dv_offset + base) / 4u + column + x, j, dv[x]);
  }
}
