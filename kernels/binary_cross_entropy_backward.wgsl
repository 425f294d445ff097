// binary_cross_entropy_backward: the gradient of binary_cross_entropy.wgsl for its predictions.
//
//   dx[i] = g · (σ(x) − t)                          from logits
//   dx[i] = g · (p − t) / max(p · (1 − p), 1e-12)    from probabilities; 0 where p was clipped
//   g = scale · dout[i · dout_stride]
//
//   x        [rows, columns]        contiguous: logits or probabilities
//   targets  as in the forward pass
//   dout     [] or [rows, columns]  the gradient of the loss; dout_stride is 0 for one that all share
//   dx       [rows, columns]        contiguous; added to when accumulate is 1
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: none (first order only).   CPU twin: src/backend/cpu/binary_cross_entropy_backward.ts.
// Source: the floor of 1e-12: PyTorch's BCELoss.

override from_logits: bool = true;
override targets_kind: u32 = 0u;

struct Params {
  count: u32,
  columns: u32,
  x_offset: u32,
  targets_offset: u32,
  dout_offset: u32,
  dout_stride: u32,
  clip: f32,
  scale: f32,
  accumulate: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32
@group(0) @binding(3) var<storage, read> dout: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

fn target_at(i: u32) -> f32 {
  switch targets_kind {
    case 1u: { return f32(bitcast<i32>(targets[params.targets_offset + i])); }
    case 2u: { return select(0.0, 1.0, targets[params.targets_offset + i / params.columns] == i % params.columns); }
    default: { return bitcast<f32>(targets[params.targets_offset + i]); }
  }
}

@compute @workgroup_size(64, 1, 1)
fn binary_cross_entropy_backward(@builtin(global_invocation_id) id: vec3<u32>,
                                 @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let p = x[params.x_offset + i];
  let t = target_at(i);
  var slope = 0.0;
  if (from_logits) {
    slope = 1.0 / (1.0 + exp(-clamp(p, -87.0, 87.0))) - t;
  } else if (p >= params.clip && 1.0 - p >= params.clip) {
    slope = (p - t) / max(p * (1.0 - p), 1.0e-12);
  }
  let v = params.scale * dout[params.dout_offset + i * params.dout_stride] * slope;
  if (params.accumulate == 1u) { dx[i] += v; } else { dx[i] = v; }
}
