// metric_counts: what the metrics of an epoch are made of, counted where the predictions are.
//
//   counts[0] += rows whose largest prediction is at the target's largest element     categorical accuracy
//   counts[1] += elements with t = (p > threshold)                                    binary accuracy
//   counts[2] += elements with p > threshold and t ≠ 0                                true positives
//   counts[3] += elements with p > threshold                                          precision's divisor
//   counts[4] += elements with t ≠ 0                                                  recall's divisor
//   counts[5] += rows          counts[6] += elements          counts[7] stays
//
//   predictions  [rows, classes]  p, contiguous
//   targets      [rows, classes]  t as f32 (targets_kind 0) or i32 (1); or [rows] class ids as i32 that stand for
//                                 one-hot rows, t = [column = id] (2)
//   mask         [rows]           rows with 0 do not count; f32 or i32; read when has_mask is 1
//   counts       [8, 2]           low and high word of each count, added to
//
// The first of equal elements is the largest. NaN is never right and never the largest.
//
// f32 holds whole numbers to 16.7 million only, and an epoch has more elements, so counts are integers of 64 bits.
// Integers add up to the same in any order, so workgroups may add with atomics and a run still repeats.
// `lanes` neighbouring threads serve one row, as in softmax.wgsl; workgroups take turns.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads, at most 1,024; lanes = 1 up to 32 classes, else 64.
// Gradient: none.   CPU twin: src/backend/cpu/metric_counts.ts.

override targets_kind: u32 = 0u;

struct Params {
  rows: u32,
  classes: u32,
  lanes: u32,
  predictions_offset: u32,
  targets_offset: u32,
  mask_offset: u32,
  has_mask: u32,
  threshold: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> predictions: array<f32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;  // words: f32 or i32
@group(0) @binding(3) var<storage, read> mask: array<u32>;  // words: f32 or i32; optional
@group(0) @binding(4) var<storage, read_write> counts: array<atomic<u32>>;

const THREADS = 64u;
const NONE = 0xffffffffu;

// Largest prediction and target so far, and where they are.
var<workgroup> best: array<vec2<f32>, 64>;
var<workgroup> best_at: array<vec2<u32>, 64>;
var<workgroup> elements: array<vec4<u32>, 64>;
var<workgroup> rows: array<vec2<u32>, 64>;

// Drivers optimise v != v away; the bit pattern tells.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

fn target_at(row: u32, c: u32) -> f32 {
  let i = params.targets_offset + row * params.classes + c;
  switch targets_kind {
    case 1u: { return f32(bitcast<i32>(targets[i])); }
    case 2u: { return select(0.0, 1.0, targets[params.targets_offset + row] == c); }
    default: { return bitcast<f32>(targets[i]); }
  }
}

// Without its sign bit, 0 is 0 in both formats.
fn counted(row: u32) -> bool {
  return row < params.rows && (params.has_mask == 0u || (mask[params.mask_offset + row] << 1u) != 0u);
}

// Whether candidate (v, k) goes before candidate (w, l).
fn wins(v: f32, k: u32, w: f32, l: u32) -> bool {
  if (k == NONE || is_nan(v)) { return false; }
  return l == NONE || v > w || (v == w && k < l);
}

fn add_to(count: u32, n: u32) {
  if (n == 0u) { return; }
  let before = atomicAdd(&counts[2u * count], n);
  if (before + n < before) { atomicAdd(&counts[2u * count + 1u], 1u); }
}

@compute @workgroup_size(64, 1, 1)
fn metric_counts(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                 @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let lane = local % lanes;
  let share = THREADS / lanes;
  var element_sums = vec4<u32>();  // right, true positives, predicted positives, actual positives
  var row_sums = vec2<u32>();  // right, counted

  for (var first = group.x * share; first < params.rows; first += groups.x * share) {
    let row = first + local / lanes;
    let inside = counted(row);
    let end = select(0u, params.classes, inside);
    var value = vec2<f32>();
    var at = vec2<u32>(NONE);
    if (targets_kind == 2u && lane < end) { at.y = targets[params.targets_offset + row]; }
    for (var c = lane; c < end; c += lanes) {
      let p = predictions[params.predictions_offset + row * params.classes + c];
      let t = target_at(row, c);
      let positive = !is_nan(p) && p > params.threshold;
      let is_right = !is_nan(p) && t == select(0.0, 1.0, positive);
      let marks = vec4<bool>(is_right, positive && t != 0.0, positive, t != 0.0);
      element_sums += select(vec4<u32>(), vec4<u32>(1u), marks);
      if (wins(p, c, value.x, at.x)) { value.x = p; at.x = c; }
      if (targets_kind != 2u && wins(t, c, value.y, at.y)) { value.y = t; at.y = c; }
    }
    if (lanes > 1u) {
      best[local] = value;
      best_at[local] = at;
      workgroupBarrier();
      for (var half = lanes / 2u; half > 0u; half /= 2u) {
        if (lane < half) {
          let v = best[local + half];
          let k = best_at[local + half];
          if (wins(v.x, k.x, value.x, at.x)) { value.x = v.x; at.x = k.x; }
          if (wins(v.y, k.y, value.y, at.y)) { value.y = v.y; at.y = k.y; }
          best[local] = value;
          best_at[local] = at;
        }
        workgroupBarrier();
      }
    }
    if (lane == 0u && inside) { row_sums += vec2<u32>(select(0u, 1u, at.x != NONE && at.x == at.y), 1u); }
  }

  elements[local] = element_sums;
  rows[local] = row_sums;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (local < half) {
      elements[local] += elements[local + half];
      rows[local] += rows[local + half];
    }
    workgroupBarrier();
  }
  if (local == 0u) {
    add_to(0u, rows[0].x);
    for (var k = 0u; k < 4u; k++) { add_to(k + 1u, elements[0][k]); }
    add_to(5u, rows[0].y);
    add_to(6u, rows[0].y * params.classes);
  }
}
