// categorical_cross_entropy_backward: the gradient of categorical_cross_entropy.wgsl for its probabilities.
//
//   dp[r, c] = g · (inside[r] − t[r, c] / q[r, c]) / sums[r]        q = p / sums
//   g = scale · dout[r · dout_stride]
//
// The term t / q is left out where q was clipped.
//
//   p             [rows, classes]  contiguous
//   targets       as in the forward pass
//   sums, inside  [rows]           from the forward pass
//   dout          [] or [rows]     the gradient of the loss; dout_stride is 0 for one that all rows share
//   dp            [rows, classes]  contiguous; added to when accumulate is 1
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/categorical_cross_entropy_backward.ts.

override integer_targets: bool = false;

struct Params {
  count: u32,
  classes: u32,
  p_offset: u32,
  targets_offset: u32,
  dout_offset: u32,
  dout_stride: u32,
  clip: f32,
  scale: f32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32
@group(0) @binding(3) var<storage, read> sums: array<f32>;
@group(0) @binding(4) var<storage, read> inside: array<f32>;
@group(0) @binding(5) var<storage, read> dout: array<f32>;
@group(0) @binding(6) var<storage, read_write> dp: array<f32>;

fn target_at(row: u32, i: u32) -> f32 {
  if (integer_targets) { return select(0.0, 1.0, targets[params.targets_offset + row] == i % params.classes); }
  return bitcast<f32>(targets[params.targets_offset + i]);
}

@compute @workgroup_size(64, 1, 1)
fn categorical_cross_entropy_backward(@builtin(global_invocation_id) id: vec3<u32>,
                                      @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let row = i / params.classes;
  let q = p[params.p_offset + i] / sums[row];
  var slope = inside[row];
  if (q >= params.clip && q <= 1.0 - params.clip) { slope -= target_at(row, i) / q; }
  let v = params.scale * dout[params.dout_offset + row * params.dout_stride] * slope / sums[row];
  if (params.accumulate == 1u) { dp[i] += v; } else { dp[i] = v; }
}
