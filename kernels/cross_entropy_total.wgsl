// cross_entropy_total: from the losses of the rows to the loss of the batch, and its accuracy.
//
//   result[0] = Σ_r loss[r] / divisor
//   result[1] = Σ_r correct[r] / count          the share of rows that are predicted right
//   result[2] = divisor                         count for the mean, 1 for the sum
//
// count is the number of rows whose target is not ignore_index, and at least 1.
//
//   loss, correct  [rows]  from cross_entropy.wgsl, 0 in ignored rows
//   targets        [rows]  class ids
//   result         [3]
//
// Dispatch: one workgroup of 256 threads; each takes every 256th row, then they are combined in a fixed order.
// Gradient: cross_entropy_backward.wgsl reads the divisor.   CPU twin: src/backend/cpu/cross_entropy_total.ts.

struct Params {
  rows: u32,
  targets_offset: u32,
  ignore_index: i32,
  mean: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> loss: array<f32>;
@group(0) @binding(2) var<storage, read> correct: array<f32>;
@group(0) @binding(3) var<storage, read> targets: array<i32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;

const THREADS = 256u;

var<workgroup> sums: array<vec3<f32>, 256>;

@compute @workgroup_size(256, 1, 1)
fn cross_entropy_total(@builtin(local_invocation_index) local: u32) {
  var sum = vec3<f32>();
  for (var row = local; row < params.rows; row += THREADS) {
    let counts = targets[params.targets_offset + row] != params.ignore_index;
    sum += vec3<f32>(loss[row], correct[row], select(0.0, 1.0, counts));
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (local < half) { sums[local] += sums[local + half]; }
    workgroupBarrier();
  }
  if (local == 0u) {
    let count = max(sums[0].z, 1.0);
    let divisor = select(1.0, count, params.mean == 1u);
    result[0] = sums[0].x / divisor;
    result[1] = sums[0].y / count;
    result[2] = divisor;
  }
}
