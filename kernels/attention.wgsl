// attention: softmax(Q·Kᵀ) · V of every head, without storing the scores.
//
//   s[t, j] = scale · q[t] · k[j] + mask[t, j]               −3e38 where the pair is masked
//   out[t]  = Σ_j keep[t, j] · exp(s[t, j] − lse[t]) · v[j]  lse[t] = log Σ_j exp(s[t, j])
//
//   q        [batch, queries, heads, head_dim]  strides for batch, row and head: heads are read where a projection
//   k, v     [batch, keys, heads, head_dim]     wrote them; head_dim ≤ 128, its elements are neighbours
//   mask     [batch, heads, queries, keys]      optional, any strides; kind 1: f32, added; 2: i32, not 0 = masked
//   padding  [batch, keys]  i32                 optional; not 0 = a key that no query sees
//   out      [batch, queries, heads, head_dim]  strides; zeros for a query that sees no key
//   lse      [batch, heads, queries]            all that the gradient needs beside the inputs; 0 where it sees none
//
// Causal: query t sees the keys up to query_start + t. Dropout: keep is 0 or keep_scale, by the bits that dropout.wgsl
// draws for [batch, heads, queries, keys]. A workgroup serves 8 queries of a head, 8 threads each, and takes the keys
// in tiles of 32. Online softmax: m is the largest score so far; a larger one scales down what was summed before it.
// Dispatch: ceil(queries / 8) · batch · heads workgroups of 64 threads.   Layer: src/nn/multihead_attention.ts.
// Gradient: attention_backward_delta.wgsl, then _queries and _keys.   CPU twin: src/backend/cpu/attention.ts.
// Source: Vaswani et al. 2017; online softmax: Milakov & Gimelshein 2018; in tiles: Dao et al. 2022.

struct Params {
  batch: u32, heads: u32, queries: u32, keys: u32, head_dim: u32, scale: f32, causal: u32, query_start: u32,
  q_offset: u32, q_batch: u32, q_row: u32, q_head: u32, k_offset: u32, k_batch: u32, k_row: u32, k_head: u32,
  v_offset: u32, v_batch: u32, v_row: u32, v_head: u32, out_offset: u32, out_batch: u32, out_row: u32, out_head: u32,
  mask_kind: u32, mask_offset: u32, mask_batch: u32, mask_head: u32, mask_row: u32, mask_column: u32,
  has_padding: u32, padding_offset: u32, padding_batch: u32,
  seed: u32, step: u32, operation: u32, threshold: u32, keep_scale: f32,  // threshold 0: nothing is dropped
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional
@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<storage, read_write> lse: array<f32>;

const MASKED = -1.0e38;
const LOWEST = -3.0e38;
const STEPS = vec4<u32>(0u, 1u, 2u, 3u);
var<workgroup> k_tile: array<vec4<f32>, 288>;  // [32 of head_dim, 9]: four keys to a vector; the 9th spreads the banks
var<workgroup> partial: array<f32, 64>;
var<workgroup> p_tile: array<vec4<f32>, 64>;  // [8 queries, 8]: the weights of four keys to a vector

fn score(b: u32, h: u32, t: u32, j: u32, dot_qk: f32) -> f32 {
  if (j >= params.keys || (params.causal == 1u && j > params.query_start + t)) { return LOWEST; }
  if (params.has_padding == 1u && padding[params.padding_offset + b * params.padding_batch + j] != 0) { return LOWEST; }
  let s = params.scale * dot_qk;
  if (params.mask_kind == 0u) { return s; }
  let at = params.mask_offset + b * params.mask_batch + h * params.mask_head;
  let word = mask[at + t * params.mask_row + j * params.mask_column];
  return select(s + bitcast<f32>(word), select(s, LOWEST, word != 0u), params.mask_kind == 2u);
}

// exp loses NaN on some drivers, and what went wrong must not look right; v != v is optimised away, the bits tell.
fn weight(s: f32, m: f32) -> f32 {
  return select(select(exp(s - m), 0.0, s <= MASKED), s, (bitcast<u32>(s) & 0x7fffffffu) > 0x7f800000u);
}

// What dropout makes of the weight at place i of [batch, heads, queries, keys]; the hash is pcg4d (dropout.wgsl).
fn keep(i: u32) -> f32 {
  if (params.threshold == 0u) { return 1.0; }
  var x = vec4<u32>(params.seed, params.step, params.operation, i / 4u) * 1664525u + 1013904223u;
  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;
  x ^= x >> vec4<u32>(16u);
  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;
  return select(0.0, params.keep_scale, (x[i % 4u] >> 8u) >= params.threshold);
}

fn v_four(i: u32) -> vec4<f32> { return vec4<f32>(v[i], v[i + 1u], v[i + 2u], v[i + 3u]); }
// Four neighbouring columns of four rows of v, each row times its weight.
fn mixed(p: vec4<f32>, at: vec4<u32>) -> vec4<f32> {
  return p.x * v_four(at.x) + p.y * v_four(at.y) + p.z * v_four(at.z) + p.w * v_four(at.w);
}

fn store(at: u32, lane: u32, values: mat4x4<f32>) {
  var sums = values;
  for (var c = 4u * lane; c < params.head_dim; c += 32u) {
    for (var i = 0u; i < min(4u, params.head_dim - c); i++) { out[at + c + i] = sums[c / 32u][i]; }
  }
}

@compute @workgroup_size(64, 1, 1)
fn attention(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
             @builtin(num_workgroups) groups: vec3<u32>) {
  let parts = (params.queries + 7u) / 8u;
  let part = group.x + group.y * groups.x;
  let n = part / parts;  // a head of a sequence; past the last one nothing is stored
  let b = min(n / params.heads, params.batch - 1u);
  let h = n % params.heads;
  let first = part % parts * 8u;
  let t = min(first + local / 8u, params.queries - 1u);
  let lane = local % 8u;
  let q_base = params.q_offset + b * params.q_batch + t * params.q_row + h * params.q_head;
  let k_base = params.k_offset + b * params.k_batch + h * params.k_head;
  let v_base = params.v_offset + b * params.v_batch + h * params.v_head + 4u * lane;
  let D = params.head_dim;
  let end = min(params.keys, select(params.keys, params.query_start + first + 8u, params.causal == 1u));
  var m = LOWEST;
  var l = 0.0;  // Σ exp(s − m) over this thread's share of the keys
  var acc = mat4x4<f32>();  // Σ p v in the columns 4 · lane to 4 · lane + 3, and those 32, 64 and 96 further
  for (var tile = 0u; tile < end; tile += 32u) {
    var dots = vec4<f32>();
    for (var d0 = 0u; d0 < D; d0 += 32u) {
      for (var i = local; i < 256u; i += 64u) {
        let rows = min(tile + i / 32u * 4u + STEPS, vec4<u32>(params.keys - 1u));
        let at = k_base + rows * params.k_row + min(d0 + i % 32u, D - 1u);
        k_tile[i % 32u * 9u + i / 32u] = vec4<f32>(k[at.x], k[at.y], k[at.z], k[at.w]);
      }
      workgroupBarrier();
      for (var d = 0u; d < min(32u, D - d0); d++) { dots += q[q_base + d0 + d] * k_tile[d * 9u + lane]; }
      workgroupBarrier();
    }
    let j = tile + 4u * lane;
    let s = vec4<f32>(score(b, h, t, j, dots.x), score(b, h, t, j + 1u, dots.y),
                      score(b, h, t, j + 2u, dots.z), score(b, h, t, j + 3u, dots.w));
    partial[local] = max(max(s.x, s.y), max(s.z, s.w));
    workgroupBarrier();
    let m_before = m;
    for (var i = 0u; i < 8u; i++) { m = max(m, partial[local - lane + i]); }
    let p = vec4<f32>(weight(s.x, m), weight(s.y, m), weight(s.z, m), weight(s.w, m));
    let place = (n * params.queries + t) * params.keys + j;
    p_tile[local] = p * vec4<f32>(keep(place), keep(place + 1u), keep(place + 2u), keep(place + 3u));
    workgroupBarrier();
    let rescale = exp(m_before - m);
    l = l * rescale + dot(p, vec4<f32>(1.0));
    acc = acc * rescale;
    for (var i = 0u; i < 8u; i++) {
      let p = p_tile[local - lane + i];
      let at = v_base + params.v_row * min(tile + 4u * i + STEPS, vec4<u32>(params.keys - 1u));
      acc[0] += mixed(p, at);
      if (D > 32u) { acc[1] += mixed(p, at + 32u); }
      if (D > 64u) { acc[2] += mixed(p, at + 64u); }
      if (D > 96u) { acc[3] += mixed(p, at + 96u); }
    }
  }
  partial[local] = l;
  workgroupBarrier();
  var sum = 0.0;
  for (var i = 0u; i < 8u; i++) { sum += partial[local - lane + i]; }
  if (n >= params.batch * params.heads || first + local / 8u >= params.queries) { return; }
  let at = params.out_offset + b * params.out_batch + t * params.out_row + h * params.out_head;
  store(at, lane, acc * select(1.0 / sum, 0.0, sum == 0.0));
  if (lane == 0u) { lse[n * params.queries + t] = select(m + log(sum), 0.0, sum == 0.0); }
}
