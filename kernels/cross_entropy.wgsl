// cross_entropy: the loss of each row of logits against a class id.
//
//   lse[r]     = m + log Σ_c exp(x[r, c] − m)                                  m = max_c x[r, c]
//   loss[r]    = lse[r] − (1 − s) · x[r, t] − s / classes · Σ_c x[r, c]        t = targets[r], s = smoothing
//   correct[r] = 1 when t is the first class with the largest logit, else 0
//
// Without smoothing that is −log softmax(x)[t]. Where t is ignore_index, loss and correct are 0.
//
//   logits   [rows, classes]  contiguous
//   targets  [rows]           class ids, clamped to 0 … classes − 1
//   loss, lse, correct  [rows]
//
// A workgroup serves a row: each of its 64 threads takes every 64th class, and their partial results are combined
// in a fixed order, so that a run repeats bit for bit.
//
// Dispatch: one workgroup per row, at most 65,535; they take turns.
// Gradient: cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/cross_entropy.ts.
// For software adapters: cross_entropy_direct.wgsl, same interface.
// Source: Bishop 2006, 4.3.4; label smoothing: Szegedy et al. 2016.

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

const THREADS = 64u;

var<workgroup> largest: array<f32, 64>;
var<workgroup> sums: array<vec3<f32>, 64>;

// Some drivers' max, exp and log lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the
// bits tell.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn safe_exp(v: f32) -> f32 {
  return select(exp(v), v, is_nan(v));
}

@compute @workgroup_size(64, 1, 1)
fn cross_entropy(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                 @builtin(num_workgroups) groups: vec3<u32>) {
  let classes = params.classes;
  for (var row = group.x; row < params.rows; row += groups.x) {
    let base = params.logits_offset + row * classes;
    let target_id = targets[params.targets_offset + row];
    let t = u32(clamp(target_id, 0, i32(classes) - 1));

    var m = -3.0e38;
    for (var c = local; c < classes; c += THREADS) { m = max(m, logits[base + c]); }
    largest[local] = m;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (local < half) { largest[local] = max(largest[local], largest[local + half]); }
      workgroupBarrier();
    }
    m = largest[0];

    // Σ exp(x − m), Σ (m − x), and how many classes before t are as likely as the likeliest.
    var sum = vec3<f32>();
    for (var c = local; c < classes; c += THREADS) {
      let below = m - logits[base + c];
      sum += vec3<f32>(safe_exp(-below), below, select(0.0, 1.0, c < t && below <= 0.0));
    }
    sums[local] = sum;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (local < half) { sums[local] += sums[local + half]; }
      workgroupBarrier();
    }

    if (local == 0u) {
      sum = sums[0];
      let log_sum = select(log(sum.x), sum.x, is_nan(sum.x));
      let below = m - logits[base + t];
      var v = log_sum + (1.0 - params.smoothing) * below;
      // Logits masked with −3.0e38 make the sum infinite, so it is left alone where it does not count.
      if (params.smoothing > 0.0) { v += params.smoothing * (sum.y / f32(classes)); }
      let ignored = target_id == params.ignore_index;
      loss[row] = select(v, 0.0, ignored);
      correct[row] = select(0.0, 1.0, below <= 0.0 && sum.z == 0.0 && !ignored);
      lse[row] = m + log_sum;
    }
    workgroupBarrier();
  }
}
