// softmax_backward: the gradient of softmax.
//
//   dx[r, c] = y[r, c] · (dout[r, c] − Σ_k dout[r, k] · y[r, k])
//
//   y     [rows, columns]  the output of softmax, contiguous
//   dout  [rows, columns]  the gradient of the output, contiguous
//   dx    [rows, columns]  contiguous; added to when accumulate is 1
//
// Masked elements have y = 0 and so get no gradient. Threads share rows as in softmax.wgsl.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/softmax_backward.ts.

struct Params {
  rows: u32,
  columns: u32,
  lanes: u32,
  dout_offset: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dout: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64, 1, 1)
fn softmax_backward(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                    @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;
  let lane = local % lanes;
  let end = select(0u, params.columns, row < params.rows);
  let base = row * params.columns;
  let dout_base = params.dout_offset + base;

  var sum = 0.0;
  for (var c = lane; c < end; c += lanes) { sum += dout[dout_base + c] * y[base + c]; }
  if (lanes > 1u) {
    partial[local] = sum;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    sum = partial[local - lane];
  }

  for (var c = lane; c < end; c += lanes) {
    let d = y[base + c] * (dout[dout_base + c] - sum);
    if (params.accumulate == 1u) { dx[base + c] += d; } else { dx[base + c] = d; }
  }
}
