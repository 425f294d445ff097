// reduce: sum, maximum or minimum along the middle axis of [outer, length, inner].
//
//   out[o, i] = scale · Σ_k x[o, k, i]^power        (operation 0; power 1 or 2)
//   out[o, i] = max_k or min_k x[o, k, i]           (operations 1 and 2)
//
//   x    [outer, length, inner]  each axis with its own stride
//   out  [outer, inner]          contiguous, from out_offset on; added to when accumulate is 1
//
// A workgroup serves `lanes` neighbouring columns of one o; its 256 / lanes threads per column each take every
// (256 / lanes)-th k, and their partial results are combined in a fixed order, so that a run repeats bit for bit.
//
// Dispatch: outer · ceil(inner / lanes) workgroups of 256 threads, lanes = 32, or 1 when inner is 1.
// Gradient: a broadcast copy (sum, mean) or a mask (max, min), src/ops/reduce.ts.
// CPU twin: src/backend/cpu/reduce.ts.

override operation: u32 = 0u;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
  lanes: u32,
  x_offset: u32,
  x_outer: u32,
  x_length: u32,
  x_inner: u32,
  scale: f32,
  power: u32,
  accumulate: u32,
  out_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

var<workgroup> partial: array<f32, 256>;

fn start() -> f32 {
  switch operation {
    case 1u: { return -3.0e38; }
    case 2u: { return 3.0e38; }
    default: { return 0.0; }
  }
}

// max and min lose NaN, and what went wrong must not look right. Drivers optimise v != v away; the bits tell.
fn either_nan(l: f32, r: f32) -> bool {
  return ((bitcast<u32>(l) & 0x7fffffffu) > 0x7f800000u) || ((bitcast<u32>(r) & 0x7fffffffu) > 0x7f800000u);
}

fn combine(l: f32, r: f32) -> f32 {
  switch operation {
    case 1u: { return select(max(l, r), l + r, either_nan(l, r)); }
    case 2u: { return select(min(l, r), l + r, either_nan(l, r)); }
    default: { return l + r; }
  }
}

@compute @workgroup_size(256, 1, 1)
fn reduce(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
          @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let slices = 256u / lanes;
  let slice = local / lanes;
  // A tile is `lanes` columns of one o; more than 65,535 of them fold into y. No thread may leave before the
  // barriers, so those past the end go along without reading or storing.
  let tiles = (params.inner + lanes - 1u) / lanes;
  let tile = group.x + group.y * groups.x;
  let o = tile / tiles;
  let i = (tile % tiles) * lanes + local % lanes;
  let inside = o < params.outer && i < params.inner;

  var sum = start();
  if (inside) {
    let base = params.x_offset + o * params.x_outer + i * params.x_inner;
    for (var k = slice; k < params.length; k += slices) {
      let v = x[base + k * params.x_length];
      sum = combine(sum, select(v, v * v, params.power == 2u));
    }
  }
  partial[local] = sum;
  workgroupBarrier();
  for (var half = 128u; half >= lanes; half /= 2u) {
    if (local < half) { partial[local] = combine(partial[local], partial[local + half]); }
    workgroupBarrier();
  }
  if (slice == 0u && inside) {
    let at = params.out_offset + o * params.inner + i;
    let result = partial[local] * params.scale;
    if (params.accumulate == 1u) { out[at] += result; } else { out[at] = result; }
  }
}
