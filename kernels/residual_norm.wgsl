// residual_norm: a residual connection, dropout on what is added, and the norm of the sum, in one pass.
//
//   sum[i] = x[i] + (keep[i] ? scale · sublayer[i] : 0)            i = r · columns + c
//   out[r, c] = (sum[r, c] − μ) / √(σ² + ε) · weight[c] + bias[c]   μ and σ² of row r of the sum
//
//   x, sublayer  [rows, columns]  contiguous
//   counter      [seed, step]     of the device; needed when threshold is not 0
//   weight       [columns]        1 when has_weight is 0
//   bias         [columns]        0 when has_bias is 0
//   sum, out     [rows, columns]  contiguous
//   stats        [rows, 2]        μ and 1 / √(σ² + ε), for the backward pass
//
// keep[i] is as in dropout.wgsl, to the bit: four neighbours of the whole tensor share the random bits, so a thread
// takes four at a time, of which those of other rows are not its own. It reads again only what it wrote itself.
// `lanes` neighbouring threads serve one row, as in softmax.wgsl.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64 (8 on
// software adapters).
// Gradient: residual_norm_backward.wgsl, layer_norm_backward_weights.wgsl, layer_norm_backward_total.wgsl.
// CPU twin: src/backend/cpu/residual_norm.ts.   Layer: src/nn/transformer_block.ts.
// Source: He et al. 2016 (residual connections); Ba, Kiros & Hinton 2016; Srivastava et al. 2014.

struct Params {
  rows: u32, columns: u32, lanes: u32,
  operation: u32, threshold: u32, scale: f32, eps: f32,
  x_offset: u32, sublayer_offset: u32,
  weight_offset: u32, has_weight: u32, bias_offset: u32, has_bias: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> sublayer: array<f32>;
@group(0) @binding(3) var<storage, read> counter: array<u32>;  // optional
@group(0) @binding(4) var<storage, read> weight: array<f32>;  // optional
@group(0) @binding(5) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(6) var<storage, read_write> sum: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;
@group(0) @binding(8) var<storage, read_write> stats: array<f32>;

var<workgroup> partial: array<f32, 64>;

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

@compute @workgroup_size(64, 1, 1)
fn residual_norm(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                 @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;
  let lane = local % lanes;
  let first = row * params.columns;
  let end = select(0u, first + params.columns, row < params.rows);
  let start = first / 4u + lane;  // this thread's first four

  var total = 0.0;
  for (var j = start; j * 4u < end; j += lanes) {
    var bits = vec4<u32>();
    if (params.threshold > 0u) { bits = pcg4d(vec4<u32>(counter[0], counter[1], params.operation, j)); }
    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {
      let keep = (bits[i % 4u] >> 8u) >= params.threshold;
      let v = x[params.x_offset + i] + select(0.0, params.scale * sublayer[params.sublayer_offset + i], keep);
      sum[i] = v;
      total += v;
    }
  }
  if (lanes > 1u) {
    partial[local] = total;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    total = partial[local - lane];
    workgroupBarrier();
  }
  let mean = total / f32(params.columns);

  var squares = 0.0;
  for (var j = start; j * 4u < end; j += lanes) {
    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {
      let distance = sum[i] - mean;
      squares += distance * distance;
    }
  }
  if (lanes > 1u) {
    partial[local] = squares;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    squares = partial[local - lane];
  }
  let scale = 1.0 / sqrt(squares / f32(params.columns) + params.eps);

  for (var j = start; j * 4u < end; j += lanes) {
    for (var i = max(first, j * 4u); i < min(end, j * 4u + 4u); i++) {
      var v = (sum[i] - mean) * scale;
      if (params.has_weight == 1u) { v *= weight[params.weight_offset + i - first]; }
      if (params.has_bias == 1u) { v += bias[params.bias_offset + i - first]; }
      out[i] = v;
    }
  }
  if (lane == 0u && row < params.rows) {
    stats[2u * row] = mean;
    stats[2u * row + 1u] = scale;
  }
}
