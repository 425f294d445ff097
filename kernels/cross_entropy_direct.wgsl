// cross_entropy_direct: cross_entropy.wgsl for adapters that run on the processor.
//
//   lse[r]     = m + log Σ_c exp(x[r, c] − m)                                  m = max_c x[r, c]
//   loss[r]    = lse[r] − (1 − s) · x[r, t] − s / classes · Σ_c x[r, c]        t = targets[r], s = smoothing
//   correct[r] = 1 when t is the first class with the largest logit, else 0
//
//   logits   [rows, classes]  contiguous
//   targets  [rows]           class ids, clamped to 0 … classes − 1; ignore_index makes loss and correct 0
//   loss, lse, correct  [rows]
//
// There a barrier costs more than the work between two of them, so one thread serves a row.
//
// Dispatch: one thread per row, 64 to a workgroup.
// Gradient: cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/cross_entropy.ts.

struct Params {
  rows: u32,
  classes: u32,
  logits_offset: u32,
  targets_offset: u32,
  ignore_index: i32,
  smoothing: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<i32>;
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> lse: array<f32>;
@group(0) @binding(5) var<storage, read_write> correct: array<f32>;

// Some drivers' max, exp and log lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the
// bits tell.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn safe_exp(v: f32) -> f32 {
  return select(exp(v), v, is_nan(v));
}

@compute @workgroup_size(64, 1, 1)
fn cross_entropy_direct(@builtin(global_invocation_id) id: vec3<u32>,
                        @builtin(num_workgroups) groups: vec3<u32>) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= params.rows) { return; }
  let classes = params.classes;
  let base = params.logits_offset + row * classes;
  let target_id = targets[params.targets_offset + row];
  let t = u32(clamp(target_id, 0, i32(classes) - 1));

  var m = -3.0e38;
  for (var c = 0u; c < classes; c++) { m = max(m, logits[base + c]); }

  // Σ exp(x − m), Σ (m − x), and how many classes before t are as likely as the likeliest.
  var exps = 0.0;
  var distances = 0.0;
  var earlier = 0u;
  for (var c = 0u; c < classes; c++) {
    let below = m - logits[base + c];
    exps += safe_exp(-below);
    distances += below;
    earlier += select(0u, 1u, c < t && below <= 0.0);
  }

  let log_sum = select(log(exps), exps, is_nan(exps));
  let below = m - logits[base + t];
  var v = log_sum + (1.0 - params.smoothing) * below;
  // Logits masked with −3.0e38 make the sum infinite, so it is left alone where it does not count.
  if (params.smoothing > 0.0) { v += params.smoothing * (distances / f32(classes)); }
  let ignored = target_id == params.ignore_index;
  loss[row] = select(v, 0.0, ignored);
  correct[row] = select(0.0, 1.0, below <= 0.0 && earlier == 0u && !ignored);
  lse[row] = m + log_sum;
}
