// cross_entropy_backward: the gradient of cross_entropy.wgsl for its logits.
//
//   dlogits[r, c] = g · (exp(x[r, c] − lse[r]) − (1 − s) · [c = t] − s / classes)
//   g = dout[r · dout_stride] / divisor        t = targets[r], s = smoothing
//
// That is softmax minus the target distribution. Where t is ignore_index, the gradient is 0.
//
//   logits   [rows, classes]  contiguous
//   targets  [rows]           class ids, clamped to 0 … classes − 1
//   lse      [rows]           from the forward pass
//   dout     [] or [rows]     the gradient of the loss; dout_stride is 0 for one that all rows share
//   result   [3]              from cross_entropy_total.wgsl: the divisor is its last; left out for losses per row
//   dlogits  [rows, classes]  contiguous; added to when accumulate is 1
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/cross_entropy_backward.ts.

struct Params {
  count: u32,
  classes: u32,
  logits_offset: u32,
  targets_offset: u32,
  dout_offset: u32,
  dout_stride: u32,
  ignore_index: i32,
  smoothing: f32,
  divided: u32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> dout: array<f32>;
@group(0) @binding(5) var<storage, read> result: array<f32>;  // optional
@group(0) @binding(6) var<storage, read_write> dlogits: array<f32>;

@compute @workgroup_size(64, 1, 1)
fn cross_entropy_backward(@builtin(global_invocation_id) id: vec3<u32>,
                          @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let row = i / params.classes;
  let target_id = targets[params.targets_offset + row];
  let t = u32(clamp(target_id, 0, i32(params.classes) - 1));
  var g = dout[params.dout_offset + row * params.dout_stride];
  if (params.divided == 1u) { g /= result[2]; }
  let softmax = exp(logits[params.logits_offset + i] - lse[row]);
  let share = params.smoothing / f32(params.classes);
  let wanted = select(share, share + 1.0 - params.smoothing, i % params.classes == t);
  let v = select(g * (softmax - wanted), 0.0, target_id == params.ignore_index);
  if (params.accumulate == 1u) { dlogits[i] += v; } else { dlogits[i] = v; }
}
