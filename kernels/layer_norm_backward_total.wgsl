// layer_norm_backward_total: the gradients of layer_norm's weight and bias, from the sums of its blocks of rows.
//
//   dweight[c] = Σ_b sums[b, 0, c]        dbias[c] = Σ_b sums[b, 1, c]
//
//   sums     [blocks, 2, columns]  from layer_norm_backward_weights
//   dweight  [columns]             contiguous; 1 in write_weight writes, 2 adds, 0 leaves out
//   dbias    [columns]             likewise, write_bias
//
// A workgroup serves 32 neighbours of the 2 · columns sums; each of its 8 slices takes every 8th block, and their
// partial results are combined in a fixed order, so that a run repeats bit for bit.
//
// Dispatch: ceil(2 · columns / 32) workgroups of 256 threads.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/layer_norm_backward_total.ts.
// Layer: src/nn/layer_norm.ts.

struct Params {
  blocks: u32,
  columns: u32,
  write_weight: u32,
  write_bias: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> dweight: array<f32>;  // optional
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;  // optional

const LANES = 32u;
const SLICES = 8u;

var<workgroup> partial: array<f32, 256>;

@compute @workgroup_size(256, 1, 1)
fn layer_norm_backward_total(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>) {
  let at = group.x * LANES + local % LANES;
  let slice = local / LANES;
  let width = 2u * params.columns;
  let blocks = select(0u, params.blocks, at < width);

  var sum = 0.0;
  for (var b = slice; b < blocks; b += SLICES) { sum += sums[b * width + at]; }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = SLICES / 2u; half > 0u; half /= 2u) {
    if (slice < half) { partial[local] += partial[local + half * LANES]; }
    workgroupBarrier();
  }
  if (slice > 0u || at >= width) { return; }
  let total = partial[local];
  if (at < params.columns) {
    if (params.write_weight == 1u) { dweight[at] = total; }
    if (params.write_weight == 2u) { dweight[at] += total; }
  } else {
    let c = at - params.columns;
    if (params.write_bias == 1u) { dbias[c] = total; }
    if (params.write_bias == 2u) { dbias[c] += total; }
  }
}
