// log_softmax: the logarithm of softmax, without leaving the range of f32 on the way.
//
//   out[r, c] = x[r, c] − m − log Σ_k e^(x[r, k] − m)        m = the largest x of the row
//
//   x    [rows, columns]  contiguous
//   out  [rows, columns]  contiguous
//
// Elements at or below −1e38 are masked: the logarithm of their weight 0 is written as −3e38.
// Threads share rows as in softmax.wgsl.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.
// Gradient: log_softmax_backward.wgsl.   CPU twin: src/backend/cpu/log_softmax.ts.

struct Params {
  rows: u32,
  columns: u32,
  lanes: u32,
  x_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

const MASKED = -1.0e38;
const LOWEST = -3.0e38;

var<workgroup> partial: array<f32, 64>;

// Some drivers' max, exp and log lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the
// bits tell.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn weight(v: f32, largest: f32) -> f32 {
  if (v <= MASKED) { return 0.0; }
  if (is_nan(v)) { return v; }
  return exp(v - largest);
}

@compute @workgroup_size(64, 1, 1)
fn log_softmax(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
               @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;
  let lane = local % lanes;
  let first = local - lane;  // the thread that ends up with the row's result
  let end = select(0u, params.columns, row < params.rows);
  let base = params.x_offset + row * params.columns;

  var largest = LOWEST;
  for (var c = lane; c < end; c += lanes) { largest = max(largest, x[base + c]); }
  if (lanes > 1u) {
    partial[local] = largest;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] = max(partial[local], partial[local + half]); }
      workgroupBarrier();
    }
    largest = partial[first];
    workgroupBarrier();
  }

  var sum = 0.0;
  for (var c = lane; c < end; c += lanes) { sum += weight(x[base + c], largest); }
  if (lanes > 1u) {
    partial[local] = sum;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    sum = partial[first];
  }

  // Below 1 only where every element is masked.
  let log_sum = select(log(max(sum, 1.0)), sum, is_nan(sum));
  for (var c = lane; c < end; c += lanes) {
    let v = x[base + c];
    out[row * params.columns + c] = select(v - largest - log_sum, LOWEST, v <= MASKED);
  }
}
