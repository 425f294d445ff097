// layer_norm_backward_weights: the gradients of layer_norm's weight and bias, block of rows by block.
//
//   sums[b, 0, c] = Σ_r dout[r, c] · (x[r, c] − μ) · s        sums[b, 1, c] = Σ_r dout[r, c]        rows r of block b
//
//   x      [rows, columns]       contiguous, as in the forward pass
//   stats  [rows, 2]             μ and s = 1 / √(σ² + ε), from layer_norm
//   dout   [rows, columns]       the gradient of the output, contiguous
//   sums   [blocks, 2, columns]  added up over the blocks by layer_norm_backward_total.wgsl
//
// A workgroup serves 32 neighbouring columns of one block; each of its 8 slices takes every 8th row, and their partial
// results are combined in a fixed order, so that a run repeats bit for bit.
//
// Dispatch: ceil(columns / 32) by ceil(rows / rows_per_block) workgroups of 256 threads.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/layer_norm_backward_weights.ts.
// Layer: src/nn/layer_norm.ts.

struct Params {
  rows: u32,
  columns: u32,
  rows_per_block: u32,
  x_offset: u32,
  dout_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;

const LANES = 32u;
const SLICES = 8u;

var<workgroup> partial: array<vec2<f32>, 256>;

@compute @workgroup_size(256, 1, 1)
fn layer_norm_backward_weights(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let c = group.x * LANES + local % LANES;
  let slice = local / LANES;
  let first = group.y * params.rows_per_block;
  let last = select(first, min(first + params.rows_per_block, params.rows), c < params.columns);

  var sum = vec2<f32>();
  for (var row = first + slice; row < last; row += SLICES) {
    let i = row * params.columns + c;
    let d = dout[params.dout_offset + i];
    sum += vec2<f32>(d * (x[params.x_offset + i] - stats[2u * row]) * stats[2u * row + 1u], d);
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = SLICES / 2u; half > 0u; half /= 2u) {
    if (slice < half) { partial[local] += partial[local + half * LANES]; }
    workgroupBarrier();
  }
  if (slice == 0u && c < params.columns) {
    let at = 2u * group.y * params.columns + c;
    sums[at] = partial[local].x;
    sums[at + params.columns] = partial[local].y;
  }
}
