// attention_backward_queries_direct: attention_backward_queries for adapters that run on the processor.
//
//   p[t, j]  = exp(s[t, j] − lse[t])                            the weights again, from q and k
//   ds[t, j] = p[t, j] · (keep[t, j] · dout[t] · v[j] − delta[t])
//   dq[t]    = scale · Σ_j ds[t, j] · k[j]
//
//   Operands as in attention_backward_queries.wgsl; head_dim is a multiple of 8, offsets and strides are of 4.
//
// A thread has four queries and up to 32 columns of dq, and takes four keys at a time, as in attention_direct.wgsl.
//
// Dispatch: a thread per 4 queries and 32 columns of a head, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_queries.ts.

struct Params {
  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,
  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,
  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32,
  dout_offset: u32, dout_batch: u32, dout_row: u32, dout_head: u32,
  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,
  has_padding: u32, padding_offset: u32, padding_batch: u32,
  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,
  dq_offset: u32, dq_batch: u32, dq_row: u32, dq_head: u32, accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional
@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional
@group(0) @binding(6) var<storage, read> stats: array<f32>;
@group(0) @binding(7) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> dq: array<vec4<f32>>;

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
fn stats_of(row: u32) -> vec2<f32> { return vec2<f32>(stats[2u * row], stats[2u * row + 1u]); }
fn store(at: vec4<u32>, t: u32, left: mat4x4<f32>, right: mat4x4<f32>) {
  var sums = array<mat4x4<f32>, 2>(left, right);
  for (var i = 0u; i < 2u * min(4u, params.queries - t); i++) {
    let to = at[i / 2u] + i % 2u;
    dq[to] = select(vec4<f32>(), dq[to], params.accumulate == 1u) + sums[i % 2u][i / 2u];
  }
}

@compute @workgroup_size(64, 1, 1)
fn attention_backward_queries_direct(@builtin(global_invocation_id) id: vec3<u32>,
                                     @builtin(num_workgroups) groups: vec3<u32>) {
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
  let at_dout = (params.dout_offset + b * params.dout_batch + h * params.dout_head + rows * params.dout_row) / 4u;
  let k_base = (params.k_offset + b * params.k_batch + h * params.k_head) / 4u;
  let v_base = (params.v_offset + b * params.v_batch + h * params.v_head) / 4u;
  let first = n * params.queries;
  let stat = mat4x2<f32>(stats_of(first + rows.x), stats_of(first + rows.y),
                         stats_of(first + rows.z), stats_of(first + rows.w));
  let end = select(params.keys, min(params.keys, params.query_start + t + 4u), params.causal == 1u);
  var acc_0 = mat4x4<f32>(); var acc_1 = mat4x4<f32>(); var acc_2 = mat4x4<f32>(); var acc_3 = mat4x4<f32>();
  var acc_4 = mat4x4<f32>(); var acc_5 = mat4x4<f32>(); var acc_6 = mat4x4<f32>(); var acc_7 = mat4x4<f32>();
  for (var j = 0u; j < end; j += 4u) {
    let keys = min(j + STEPS, vec4<u32>(params.keys - 1u));
    let at_k = k_base + keys * (params.k_row / 4u);
    let at_v = v_base + keys * (params.v_row / 4u);
    var s = mat4x4<f32>();  // a query to a vector
    var dp = mat4x4<f32>();
    for (var d = 0u; d < D; d++) {
      s += transpose(k_block(at_k + d)) * q_block(at_q + d);
      dp += transpose(v_block(at_v + d)) * dout_block(at_dout + d);
    }
    let place = (n * params.queries + rows) * params.keys + j;
    let ds = mat4x4<f32>(
      weights(scores(b, h, rows.x, j, s[0]), stat[0].x) * (dp[0] * keep(place.x) - stat[0].y),
      weights(scores(b, h, rows.y, j, s[1]), stat[1].x) * (dp[1] * keep(place.y) - stat[1].y),
      weights(scores(b, h, rows.z, j, s[2]), stat[2].x) * (dp[2] * keep(place.z) - stat[2].y),
      weights(scores(b, h, rows.w, j, s[3]), stat[3].x) * (dp[3] * keep(place.w) - stat[3].y));
    let at = at_k + column;
    acc_0 += k_block(at) * ds; acc_1 += k_block(at + 1u) * ds;
    if (width > 2u) { acc_2 += k_block(at + 2u) * ds; acc_3 += k_block(at + 3u) * ds; }
    if (width > 4u) { acc_4 += k_block(at + 4u) * ds; acc_5 += k_block(at + 5u) * ds; }
    if (width > 6u) { acc_6 += k_block(at + 6u) * ds; acc_7 += k_block(at + 7u) * ds; }
  }
  let f = params.scale;
  let at = (params.dq_offset + b * params.dq_batch + h * params.dq_head + rows * params.dq_row) / 4u + column;
  store(at, t, acc_0 * f, acc_1 * f);
  if (width > 2u) { store(at + 2u, t, acc_2 * f, acc_3 * f); }
  if (width > 4u) { store(at + 4u, t, acc_4 * f, acc_5 * f); }
  if (width > 6u) { store(at + 6u, t, acc_6 * f, acc_7 * f); }
}
