// attention_backward_queries: the gradient of attention's queries.
//
//   p[t, j]  = exp(s[t, j] − lse[t])                            the weights again, from q and k
//   ds[t, j] = p[t, j] · (keep[t, j] · dout[t] · v[j] − delta[t])
//   dq[t]    = scale · Σ_j ds[t, j] · k[j]
//
//   q, k, v, mask, padding, and what decides keep   as in attention.wgsl
//   stats    [batch, heads, queries, 2]             lse and delta, from attention_backward_delta
//   dout     [batch, queries, heads, head_dim]      the gradient of the output; strides
//   dq       [batch, queries, heads, head_dim]      strides; added to when accumulate is 1
//
// Threads share the work as in attention.wgsl; the keys and values of a tile lie in workgroup memory.
//
// Dispatch: ceil(queries / 8) · batch · heads workgroups of 64 threads.   Layer: src/nn/multihead_attention.ts.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/attention_backward_queries.ts.
// Source: Dao et al. 2022.

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
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional
@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional
@group(0) @binding(6) var<storage, read> stats: array<f32>;
@group(0) @binding(7) var<storage, read> dout: array<f32>;
@group(0) @binding(8) var<storage, read_write> dq: array<f32>;

const MASKED = -1.0e38;
const LOWEST = -3.0e38;
const STEPS = vec4<u32>(0u, 1u, 2u, 3u);
var<workgroup> k_tile: array<vec4<f32>, 288>;  // [32 of head_dim, 9]: four keys to a vector; the 9th spreads the banks
var<workgroup> v_tile: array<vec4<f32>, 288>;
var<workgroup> ds_tile: array<vec4<f32>, 64>;  // [8 queries, 8]: four keys to a vector

fn score(b: u32, h: u32, t: u32, j: u32, dot_qk: f32) -> f32 {
  if (j >= params.keys || (params.causal == 1u && j > params.query_start + t)) { return LOWEST; }
  if (params.has_padding == 1u && padding[params.padding_offset + b * params.padding_batch + j] != 0) { return LOWEST; }
  let s = params.scale * dot_qk;
  if (params.mask_kind == 0u) { return s; }
  let at = params.mask_offset + b * params.mask_batch + h * params.mask_head;
  let word = mask[at + t * params.mask_row + j * params.mask_column];
  return select(s + bitcast<f32>(word), select(s, LOWEST, word != 0u), params.mask_kind == 2u);
}

// As in attention.wgsl, where the comments are; lse in place of m.
fn weight(s: f32, lse: f32) -> f32 {
  return select(select(exp(s - lse), 0.0, s <= MASKED), s, (bitcast<u32>(s) & 0x7fffffffu) > 0x7f800000u);
}

fn keep(i: u32) -> f32 {
  if (params.threshold == 0u) { return 1.0; }
  var x = vec4<u32>(params.seed, params.step, params.operation, i / 4u) * 1664525u + 1013904223u;
  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;
  x ^= x >> vec4<u32>(16u);
  x.x += x.y * x.w; x.y += x.z * x.x; x.z += x.x * x.y; x.w += x.y * x.z;
  return select(0.0, params.keep_scale, (x[i % 4u] >> 8u) >= params.threshold);
}

fn k_four(i: u32) -> vec4<f32> { return vec4<f32>(k[i], k[i + 1u], k[i + 2u], k[i + 3u]); }
// Four neighbouring columns of four rows of k, each row times its weight.
fn mixed(w: vec4<f32>, at: vec4<u32>) -> vec4<f32> {
  return w.x * k_four(at.x) + w.y * k_four(at.y) + w.z * k_four(at.z) + w.w * k_four(at.w);
}

fn store(at: u32, lane: u32, values: mat4x4<f32>) {
  var sums = values;
  for (var c = 4u * lane; c < params.head_dim; c += 32u) {
    for (var i = 0u; i < min(4u, params.head_dim - c); i++) {
      let before = select(0.0, dq[at + c + i], params.accumulate == 1u);
      dq[at + c + i] = before + sums[c / 32u][i];
    }
  }
}

@compute @workgroup_size(64, 1, 1)
fn attention_backward_queries(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
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
  let v_base = params.v_offset + b * params.v_batch + h * params.v_head;
  let dout_base = params.dout_offset + b * params.dout_batch + t * params.dout_row + h * params.dout_head;
  let at_stats = 2u * ((b * params.heads + h) * params.queries + t);
  let lse = stats[at_stats];
  let delta = stats[at_stats + 1u];
  let D = params.head_dim;
  let end = min(params.keys, select(params.keys, params.query_start + first + 8u, params.causal == 1u));
  var acc = mat4x4<f32>();  // Σ ds k in the columns 4 · lane to 4 · lane + 3, and those 32, 64 and 96 further
  for (var tile = 0u; tile < end; tile += 32u) {
    var dots = vec4<f32>();  // q · k of four keys
    var dp = vec4<f32>();  // dout · v
    for (var d0 = 0u; d0 < D; d0 += 32u) {
      for (var i = local; i < 256u; i += 64u) {
        let rows = min(tile + i / 32u * 4u + STEPS, vec4<u32>(params.keys - 1u));
        let column = min(d0 + i % 32u, D - 1u);
        let at_k = k_base + rows * params.k_row + column;
        let at_v = v_base + rows * params.v_row + column;
        k_tile[i % 32u * 9u + i / 32u] = vec4<f32>(k[at_k.x], k[at_k.y], k[at_k.z], k[at_k.w]);
        v_tile[i % 32u * 9u + i / 32u] = vec4<f32>(v[at_v.x], v[at_v.y], v[at_v.z], v[at_v.w]);
      }
      workgroupBarrier();
      for (var d = 0u; d < min(32u, D - d0); d++) {
        dots += q[q_base + d0 + d] * k_tile[d * 9u + lane];
        dp += dout[dout_base + d0 + d] * v_tile[d * 9u + lane];
      }
      workgroupBarrier();
    }
    let j = tile + 4u * lane;
    let p = vec4<f32>(weight(score(b, h, t, j, dots.x), lse), weight(score(b, h, t, j + 1u, dots.y), lse),
                      weight(score(b, h, t, j + 2u, dots.z), lse), weight(score(b, h, t, j + 3u, dots.w), lse));
    let place = (n * params.queries + t) * params.keys + j;
    ds_tile[local] = p * (dp * vec4<f32>(keep(place), keep(place + 1u), keep(place + 2u), keep(place + 3u)) - delta);
    workgroupBarrier();
    for (var i = 0u; i < 8u; i++) {
      let ds = ds_tile[local - lane + i];
      let at = k_base + 4u * lane + params.k_row * min(tile + 4u * i + STEPS, vec4<u32>(params.keys - 1u));
      acc[0] += mixed(ds, at);
      if (D > 32u) { acc[1] += mixed(ds, at + 32u); }
      if (D > 64u) { acc[2] += mixed(ds, at + 64u); }
      if (D > 96u) { acc[3] += mixed(ds, at + 96u); }
    }
  }
  if (n >= params.batch * params.heads || first + local / 8u >= params.queries) { return; }
  store(params.dq_offset + b * params.dq_batch + t * params.dq_row + h * params.dq_head, lane, acc * params.scale);
}
