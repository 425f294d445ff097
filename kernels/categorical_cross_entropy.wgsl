// categorical_cross_entropy: the loss of each row of probabilities against a distribution or a class id.
//
//   q[r, c] = p[r, c] / Σ_c p[r, c]
//   loss[r] = −Σ_c t[r, c] · log(clamp(q[r, c], clip, 1 − clip))
//
// sums[r] = Σ_c p[r, c] and inside[r] = Σ t[r, c] over the classes that were not clipped, for the gradient.
//
//   p        [rows, classes]  contiguous
//   targets  [rows, classes]  t as f32; or, with integer_targets, [rows] class ids as i32 that stand for one-hot rows
//   loss, sums, inside  [rows]
//
// A workgroup serves a row: each of its 64 threads takes every 64th class, and their partial results are combined
// in a fixed order, so that a run repeats bit for bit.
//
// Dispatch: one workgroup per row, at most 65,535; they take turns.
// Gradient: categorical_cross_entropy_backward.wgsl.   CPU twin: src/backend/cpu/categorical_cross_entropy.ts.
// Source: Keras's categorical_crossentropy, which normalises before it clips.

override integer_targets: bool = false;

struct Params {
  rows: u32,
  classes: u32,
  p_offset: u32,
  targets_offset: u32,
  clip: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> p: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32
@group(0) @binding(3) var<storage, read_write> loss: array<f32>;
@group(0) @binding(4) var<storage, read_write> sums: array<f32>;
@group(0) @binding(5) var<storage, read_write> inside: array<f32>;

const THREADS = 64u;

var<workgroup> partial: array<vec2<f32>, 64>;

fn target_at(row: u32, c: u32) -> f32 {
  if (integer_targets) { return select(0.0, 1.0, targets[params.targets_offset + row] == c); }
  return bitcast<f32>(targets[params.targets_offset + row * params.classes + c]);
}

// clamp, max and, on some drivers, log lose NaN, and what went wrong must not look right. The bits tell.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

@compute @workgroup_size(64, 1, 1)
fn categorical_cross_entropy(@builtin(local_invocation_index) local: u32,
                             @builtin(workgroup_id) group: vec3<u32>,
                             @builtin(num_workgroups) groups: vec3<u32>) {
  for (var row = group.x; row < params.rows; row += groups.x) {
    let base = params.p_offset + row * params.classes;
    var sum = 0.0;
    for (var c = local; c < params.classes; c += THREADS) { sum += p[base + c]; }
    partial[local] = vec2<f32>(sum, 0.0);
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (local < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    sum = select(max(partial[0].x, 1.0e-30), partial[0].x, is_nan(partial[0].x));
    workgroupBarrier();

    var v = vec2<f32>();
    for (var c = local; c < params.classes; c += THREADS) {
      let t = target_at(row, c);
      if (t != 0.0) {
        let q = p[base + c] / sum;
        let clipped = clamp(q, params.clip, 1.0 - params.clip);
        v += vec2<f32>(select(-t * log(clipped), q, is_nan(q)), select(0.0, t, q == clipped));
      }
    }
    partial[local] = v;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (local < half) { partial[local] += partial[local + half]; }
      workgroupBarrier();
    }
    if (local == 0u) {
      loss[row] = partial[0].x;
      sums[row] = sum;
      inside[row] = partial[0].y;
    }
    workgroupBarrier();
  }
}
