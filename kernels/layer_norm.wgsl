// layer_norm: each row with mean 0 and deviation 1, then scaled and shifted by column.
//
//   μ = Σ_c x[r, c] / columns        σ² = Σ_c (x[r, c] − μ)² / columns
//   out[r, c] = (x[r, c] − μ) / √(σ² + ε) · weight[c] + bias[c]
//
//   x       [rows, columns]  contiguous
//   weight  [columns]        1 when has_weight is 0
//   bias    [columns]        0 when has_bias is 0
//   out     [rows, columns]  contiguous
//   stats   [rows, 2]        μ and 1 / √(σ² + ε), for the backward pass
//
// The mean is known before the squares are added up: Σ x² − n μ² would cancel where the mean is large.
//
// `lanes` neighbouring threads serve one row, as in softmax.wgsl.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on
// software adapters).
// Gradient: layer_norm_backward.wgsl, layer_norm_backward_weights.wgsl.   CPU twin: src/backend/cpu/layer_norm.ts.
// Layer: src/nn/layer_norm.ts.
// Source: Ba, Kiros & Hinton 2016.

struct Params {
  rows: u32,
  columns: u32,
  lanes: u32,
  x_offset: u32,
  weight_offset: u32,
  bias_offset: u32,
  has_weight: u32,
  has_bias: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;  // optional
@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64, 1, 1)
fn layer_norm(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
              @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;
  let lane = local % lanes;
  let first = local - lane;  // the thread that ends up with the row's result
  let end = select(0u, params.columns, row < params.rows);
  let base = params.x_offset + row * params.columns;

  var sum = 0.0;
  for (var c = lane; c < end; c += lanes) { sum += x[base + c]; }
  if (lanes > 1u) {
    partial[local] = sum;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    sum = partial[first];
    workgroupBarrier();
  }
  let mean = sum / f32(params.columns);

  var squares = 0.0;
  for (var c = lane; c < end; c += lanes) {
    let distance = x[base + c] - mean;
    squares += distance * distance;
  }
  if (lanes > 1u) {
    partial[local] = squares;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    squares = partial[first];
  }
  let scale = 1.0 / sqrt(squares / f32(params.columns) + params.eps);

  for (var c = lane; c < end; c += lanes) {
    var v = (x[base + c] - mean) * scale;
    if (params.has_weight == 1u) { v *= weight[params.weight_offset + c]; }
    if (params.has_bias == 1u) { v += bias[params.bias_offset + c]; }
    out[row * params.columns + c] = v;
  }
  if (lane == 0u && row < params.rows) {
    stats[2u * row] = mean;
    stats[2u * row + 1u] = scale;
  }
}
