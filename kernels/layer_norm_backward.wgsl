// layer_norm_backward: the gradient of layer_norm's input.
//
//   x̂ = (x[r, c] − μ) · s            g = dout[r, c] · weight[c]
//   dx[r, c] = s · (g − Σ_k g / columns − x̂ · Σ_k g x̂ / columns)
//
//   x       [rows, columns]  contiguous, as in the forward pass
//   stats   [rows, 2]        μ and s = 1 / √(σ² + ε), from layer_norm
//   weight  [columns]        1 when has_weight is 0
//   dout    [rows, columns]  the gradient of the output, contiguous
//   dx      [rows, columns]  contiguous; added to when accumulate is 1
//
// Threads share rows as in softmax.wgsl.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on
// software adapters).
// Gradient: none (first order only).   CPU twin: src/backend/cpu/layer_norm_backward.ts.
// Layer: src/nn/layer_norm.ts.

struct Params {
  rows: u32,
  columns: u32,
  lanes: u32,
  x_offset: u32,
  weight_offset: u32,
  dout_offset: u32,
  has_weight: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;  // optional
@group(0) @binding(4) var<storage, read> dout: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

var<workgroup> partial: array<vec2<f32>, 64>;

// x̂ and g of an element.
fn terms(row: u32, c: u32, mean: f32, scale: f32) -> vec2<f32> {
  let i = row * params.columns + c;
  var g = dout[params.dout_offset + i];
  if (params.has_weight == 1u) { g *= weight[params.weight_offset + c]; }
  return vec2<f32>((x[params.x_offset + i] - mean) * scale, g);
}

@compute @workgroup_size(64, 1, 1)
fn layer_norm_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                       @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;
  let lane = local % lanes;
  let inside = row < params.rows;
  let end = select(0u, params.columns, inside);
  var mean = 0.0;
  var scale = 0.0;
  if (inside) {
    mean = stats[2u * row];
    scale = stats[2u * row + 1u];
  }

  var sums = vec2<f32>();  // Σ g, Σ g x̂
  for (var c = lane; c < end; c += lanes) {
    let t = terms(row, c, mean, scale);
    sums += vec2<f32>(t.y, t.x * t.y);
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

  for (var c = lane; c < end; c += lanes) {
    let t = terms(row, c, mean, scale);
    let d = scale * (t.y - means.x - t.x * means.y);
    let i = row * params.columns + c;
    if (params.accumulate == 1u) { dx[i] += d; } else { dx[i] = d; }
  }
}
