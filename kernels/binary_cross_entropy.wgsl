// binary_cross_entropy: the loss of each yes-or-no prediction.
//
//   out[i] = max(x, 0) − x · t + log(1 + exp(−|x|))        from logits
//   out[i] = −t · log p − (1 − t) · log(1 − p)             from probabilities, each logarithm at least −100
//
//   x        [rows, columns]  contiguous: logits or probabilities; p is x clipped to clip … 1 − clip
//   targets  [rows, columns]  t as f32 (targets_kind 0) or i32 (1); or [rows] class ids as i32 that stand for one-hot
//                             rows, t = [column = id] (2)
//   out      [rows, columns]  contiguous
//
// Dispatch: one thread per element, 64 to a workgroup.
// Gradient: binary_cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/binary_cross_entropy.ts.
// Source: Bishop 2006, 4.3.2; the floor of −100: PyTorch's BCELoss.

override from_logits: bool = true;
override targets_kind: u32 = 0u;

struct Params {
  count: u32,
  columns: u32,
  x_offset: u32,
  targets_offset: u32,
  clip: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32
@group(0) @binding(3) var<storage, read_write> out: array<f32>;

fn target_at(i: u32) -> f32 {
  switch targets_kind {
    case 1u: { return f32(bitcast<i32>(targets[params.targets_offset + i])); }
    case 2u: { return select(0.0, 1.0, targets[params.targets_offset + i / params.columns] == i % params.columns); }
    default: { return bitcast<f32>(targets[params.targets_offset + i]); }
  }
}

// Every normal f32 has a logarithm above −88; what lies below them may count as 0 on a GPU.
fn floored_log(v: f32) -> f32 {
  return select(log(max(v, 1.2e-38)), -100.0, v < 1.2e-38);
}

// clamp, max and, on some drivers, log lose NaN, and what went wrong must not look right. The bits tell.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64, 1, 1)
fn binary_cross_entropy(@builtin(global_invocation_id) id: vec3<u32>,
                        @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= params.count) { return; }
  let v = x[params.x_offset + i];
  if (is_nan(v)) {
    out[i] = v;
    return;
  }
  let t = target_at(i);
  if (from_logits) {
    out[i] = max(v, 0.0) - v * t + log(1.0 + exp(-abs(v)));
  } else {
    let p = clamp(v, params.clip, 1.0 - params.clip);
    // Not 1 − p: rounding to f32 would move the upper end.
    let q = clamp(1.0 - v, params.clip, 1.0 - params.clip);
    out[i] = -t * floored_log(p) - (1.0 - t) * floored_log(q);
  }
}
