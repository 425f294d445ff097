// attention_backward_keys: the gradients of attention's keys and values.
//
//   p[t, j] = exp(s[t, j] − lse[t])      ds[t, j] = p[t, j] · (keep[t, j] · dout[t] · v[j] − delta[t])
//   dk[j] = scale · Σ_t ds[t, j] · q[t]  dv[j] = Σ_t keep[t, j] · p[t, j] · dout[t]
//
//   q, k, v, mask, padding, and what decides keep   as in attention.wgsl
//   stats    [batch, heads, queries, 2]             lse and delta, from attention_backward_delta
//   dout     [batch, queries, heads, head_dim]      the gradient of the output; strides
//   dkv      [batch, keys, heads, head_dim]         dk and dv, from two offsets; added to when accumulate is 1
//
// attention.wgsl turned around: a workgroup serves 8 keys of a head, and takes the queries in tiles of 32.
// Dispatch: ceil(keys / 8) · batch · heads workgroups of 64 threads.   Layer: src/nn/multihead_attention.ts.
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
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read> mask: array<u32>;  // words, optional
@group(0) @binding(5) var<storage, read> padding: array<i32>;  // optional
@group(0) @binding(6) var<storage, read> stats: array<f32>;
@group(0) @binding(7) var<storage, read> dout: array<f32>;
@group(0) @binding(8) var<storage, read_write> dkv: array<f32>;

const MASKED = -1.0e38;
const LOWEST = -3.0e38;
const STEPS = vec4<u32>(0u, 1u, 2u, 3u);
var<workgroup> q_tile: array<vec4<f32>, 288>;  // [32 of head_dim, 9], four queries to a vector; 9 spreads the banks
var<workgroup> dout_tile: array<vec4<f32>, 288>;
var<workgroup> p_tile: array<vec4<f32>, 64>;  // [8 keys, 8]: keep · p of four queries to a vector
var<workgroup> ds_tile: array<vec4<f32>, 64>;

fn score(b: u32, h: u32, t: u32, j: u32, dot_qk: f32) -> f32 {
  if (j >= params.keys || (params.causal == 1u && j > params.query_start + t)) { return LOWEST; }
  if (params.has_padding == 1u && padding[params.padding_offset + b * params.padding_batch + j] != 0) { return LOWEST; }
  let s = params.scale * dot_qk;
  if (params.mask_kind == 0u) { return s; }
  let at = params.mask_offset + b * params.mask_batch + h * params.mask_head;
  let word = mask[at + t * params.mask_row + j * params.mask_column];
  return select(s + bitcast<f32>(word), select(s, LOWEST, word != 0u), params.mask_kind == 2u);
}

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

// keep · p and ds of a query and a key.
fn pair(b: u32, h: u32, t: u32, j: u32, dot_qk: f32, dp: f32) -> vec2<f32> {
  if (t >= params.queries) { return vec2<f32>(); }
  let row = (b * params.heads + h) * params.queries + t;
  let p = weight(score(b, h, t, j, dot_qk), stats[2u * row]);
  let kept = p * keep(row * params.keys + j);
  return vec2<f32>(kept, kept * dp - p * stats[2u * row + 1u]);
}
fn q_four(i: u32) -> vec4<f32> { return vec4<f32>(q[i], q[i + 1u], q[i + 2u], q[i + 3u]); }
fn dout_four(i: u32) -> vec4<f32> { return vec4<f32>(dout[i], dout[i + 1u], dout[i + 2u], dout[i + 3u]); }

fn store(at: u32, lane: u32, values: mat4x4<f32>) {
  var sums = values;
  for (var c = 4u * lane; c < params.head_dim; c += select(29u, 1u, c % 4u < 3u)) {
    dkv[at + c] = select(0.0, dkv[at + c], params.accumulate == 1u) + sums[c / 32u][c % 4u];
  }
}

@compute @workgroup_size(64, 1, 1)
fn attention_backward_keys(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                           @builtin(num_workgroups) groups: vec3<u32>) {
  let parts = (params.keys + 7u) / 8u;
  let part = group.x + group.y * groups.x;
  let n = part / parts;  // a head of a sequence; past the last one nothing is stored
  let b = min(n / params.heads, params.batch - 1u);
  let h = n % params.heads;
  let first = part % parts * 8u;
  let j = min(first + local / 8u, params.keys - 1u);
  let lane = local % 8u;
  let k_base = params.k_offset + b * params.k_batch + j * params.k_row + h * params.k_head;
  let v_base = params.v_offset + b * params.v_batch + j * params.v_row + h * params.v_head;
  let q_base = params.q_offset + b * params.q_batch + h * params.q_head;
  let dout_base = params.dout_offset + b * params.dout_batch + h * params.dout_head;
  let D = params.head_dim;
  let begin = select(0u, max(first, params.query_start) - params.query_start, params.causal == 1u);
  var dk = mat4x4<f32>();  // the columns 4 · lane to 4 · lane + 3, and those 32, 64 and 96 further
  var dv = mat4x4<f32>();
  for (var tile = begin; tile < params.queries; tile += 32u) {
    var dots = vec4<f32>();  // q · k of four queries
    var dp = vec4<f32>();  // dout · v
    for (var d0 = 0u; d0 < D; d0 += 32u) {
      for (var i = local; i < 256u; i += 64u) {
        let rows = min(tile + i / 32u * 4u + STEPS, vec4<u32>(params.queries - 1u));
        let at_q = q_base + rows * params.q_row + min(d0 + i % 32u, D - 1u);
        let at_d = dout_base + rows * params.dout_row + min(d0 + i % 32u, D - 1u);
        q_tile[i % 32u * 9u + i / 32u] = vec4<f32>(q[at_q.x], q[at_q.y], q[at_q.z], q[at_q.w]);
        dout_tile[i % 32u * 9u + i / 32u] = vec4<f32>(dout[at_d.x], dout[at_d.y], dout[at_d.z], dout[at_d.w]);
      }
      workgroupBarrier();
      for (var d = 0u; d < min(32u, D - d0); d++) {
        dots += k[k_base + d0 + d] * q_tile[d * 9u + lane];
        dp += v[v_base + d0 + d] * dout_tile[d * 9u + lane];
      }
      workgroupBarrier();
    }
    let t = tile + 4u * lane;
    let w_0 = pair(b, h, t, j, dots.x, dp.x);
    let w_1 = pair(b, h, t + 1u, j, dots.y, dp.y);
    let w_2 = pair(b, h, t + 2u, j, dots.z, dp.z);
    let w_3 = pair(b, h, t + 3u, j, dots.w, dp.w);
    p_tile[local] = vec4<f32>(w_0.x, w_1.x, w_2.x, w_3.x);
    ds_tile[local] = vec4<f32>(w_0.y, w_1.y, w_2.y, w_3.y);
    workgroupBarrier();
    for (var i = 0u; i < 32u; i++) {
      let p = p_tile[local - lane + i / 4u][i % 4u];
      let ds = ds_tile[local - lane + i / 4u][i % 4u];
      let at_q = q_base + 4u * lane + min(tile + i, params.queries - 1u) * params.q_row;
      let at_d = dout_base + 4u * lane + min(tile + i, params.queries - 1u) * params.dout_row;
      dk[0] += ds * q_four(at_q); dv[0] += p * dout_four(at_d);
      if (D > 32u) { dk[1] += ds * q_four(at_q + 32u); dv[1] += p * dout_four(at_d + 32u); }
      if (D > 64u) { dk[2] += ds * q_four(at_q + 64u); dv[2] += p * dout_four(at_d + 64u); }
      if (D > 96u) { dk[3] += ds * q_four(at_q + 96u); dv[3] += p * dout_four(at_d + 96u); }
    }
  }
  if (n >= params.batch * params.heads || first + local / 8u >= params.keys) { return; }
  let at = b * params.dkv_batch + j * params.dkv_row + h * params.dkv_head;
  store(params.dk_offset + at, lane, dk * params.scale);
  store(params.dv_offset + at, lane, dv);
}
