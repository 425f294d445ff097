// residual_norm_backward: the gradients of both inputs of residual_norm, whose mask it draws again.
//
//   x̂ = (sum[i] − μ) · s        g = dout[i] · weight[c]                      i = r · columns + c
//   d = s · (g − Σ_k g / columns − x̂ · Σ_k g x̂ / columns) + dsum[i]
//   dx[i] = d                    dsublayer[i] = keep[i] ? scale · d : 0
//
//   sum        [rows, columns]  from residual_norm
//   stats      [rows, 2]        μ and s = 1 / √(σ² + ε), from residual_norm
//   weight     [columns]        1 when has_weight is 0
//   dout       [rows, columns]  the gradient of the norm, contiguous
//   dsum       [rows, columns]  what else the sum was used for, contiguous; 0 when has_dsum is 0
//   counter    [seed, step]     as it was in the forward pass; needed when threshold is not 0
//   dx         [rows, columns]  contiguous; 1 in write_x writes, 2 adds, 0 leaves out
//   dsublayer  [rows, columns]  likewise, write_sublayer
//
// Threads share rows as in residual_norm.wgsl.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on
// software adapters).
// Gradient: none (first order only).   CPU twin: src/backend/cpu/residual_norm_backward.ts.
// Layer: src/nn/transformer_block.ts.

struct Params {
  rows: u32, columns: u32, lanes: u32,
  operation: u32, threshold: u32, scale: f32,
  weight_offset: u32, has_weight: u32,
  dout_offset: u32, dsum_offset: u32, has_dsum: u32,
  write_x: u32, write_sublayer: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sum: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;  // optional
@group(0) @binding(4) var<storage, read> dout: array<f32>;
@group(0) @binding(5) var<storage, read> dsum: array<f32>;  // optional
@group(0) @binding(6) var<storage, read> counter: array<u32>;  // optional
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;  // optional
@group(0) @binding(8) var<storage, read_write> dsublayer: array<f32>;  // optional

var<workgroup> partial: array<vec2<f32>, 64>;

fn pcg4d(input: vec4<u32>) -> vec4<u32> {
  var v = input * 1664525u + 1013904223u;
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  v ^= v >> vec4<u32>(16u);
  v.x += v.y * v.w;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v.w += v.y * v.z;
  return v;
}

// x̂ and g of an element.
fn terms(i: u32, c: u32, mean: f32, scale: f32) -> vec2<f32> {
  var g = dout[params.dout_offset + i];
  if (params.has_weight == 1u) { g *= weight[params.weight_offset + c]; }
  return vec2<f32>((sum[i] - mean) * scale, g);
}

@compute @workgroup_size(64, 1, 1)
fn residual_norm_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                          @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;
  let lane = local % lanes;
  let first = row * params.columns;
  let end = select(0u, first + params.columns, row < params.rows);
  let start = first / 4u + lane;
  let mean = stats[2u * min(row, params.rows - 1u)];
  let scale = stats[2u * min(row, params.rows - 1u) + 1u];

  var sums = vec2<f32>();  // Σ g, Σ g x̂
  for (var j = start; j * 4u < end; j += lanes) {
    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {
      let t = terms(i, i - first, mean, scale);
      sums += vec2<f32>(t.y, t.x * t.y);
    }
  }
  if (lanes > 1u) {
    partial[local] = sums;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    sums = partial[local - lane];
  }
  let means = sums / f32(params.columns);

  for (var j = start; j * 4u < end; j += lanes) {
    var bits = vec4<u32>();
    if (params.threshold > 0u) { bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j)); }
    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {
      let t = terms(i, i - first, mean, scale);
      var d = scale * (t.y - means.x - t.x * means.y);
      if (params.has_dsum == 1u) { d += dsum[params.dsum_offset + i]; }
      if (params.write_x == 1u) { dx[i] = d; }
      if (params.write_x == 2u) { dx[i] += d; }
      let v = select(0.0, params.scale * d, (bits[i % 4u] >> 8u) >= params.threshold);
      if (params.write_sublayer == 1u) { dsublayer[i] = v; }
      if (params.write_sublayer == 2u) { dsublayer[i] += v; }
    }
  }
}
