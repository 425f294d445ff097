// argmax: where the largest (or smallest) element along the middle axis of [outer, length, inner] is.
//
//   out[o, i] = the first k at which x[o, k, i] is largest
//
//   x    [outer, length, inner]  each axis with its own stride
//   out  [outer, inner]          i32, contiguous
//
// NaN never wins; a column of nothing but NaN gives 0.
//
// A workgroup serves `lanes` neighbouring columns of one o, as in reduce.wgsl: its 256 / lanes threads per column
// each take every (256 / lanes)-th k, and pairs of candidates are compared until one is left.
//
// Dispatch: outer · ceil(inner / lanes) workgroups of 256 threads, lanes = 32, or 1 when inner is 1.
// Gradient: none.   CPU twin: src/backend/cpu/argmax.ts.

override smallest: bool = false;

struct Params {
  outer: u32,
  length: u32,
  inner: u32,
  lanes: u32,
  x_offset: u32,
  x_outer: u32,
  x_length: u32,
  x_inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<i32>;

const NONE = 0xffffffffu;

var<workgroup> best: array<f32, 256>;
var<workgroup> best_k: array<u32, 256>;

// Drivers optimise v != v away; the bit pattern tells.
fn is_nan(v: f32) -> bool {
  return (bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u;
}

// Whether candidate (v, k) goes before candidate (w, l).
fn wins(v: f32, k: u32, w: f32, l: u32) -> bool {
  if (k == NONE) { return false; }
  return l == NONE || v > w || (v == w && k < l);
}

@compute @workgroup_size(256, 1, 1)
fn argmax(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
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

  var value = 0.0;
  var at = NONE;
  if (inside) {
    let base = params.x_offset + o * params.x_outer + i * params.x_inner;
    for (var k = slice; k < params.length; k += slices) {
      let v = select(x[base + k * params.x_length], -x[base + k * params.x_length], smallest);
      if (!is_nan(v) && wins(v, k, value, at)) {
        value = v;
        at = k;
      }
    }
  }
  best[local] = value;
  best_k[local] = at;
  workgroupBarrier();
  for (var half = 128u; half >= lanes; half /= 2u) {
    if (local < half && wins(best[local + half], best_k[local + half], best[local], best_k[local])) {
      best[local] = best[local + half];
      best_k[local] = best_k[local + half];
    }
    workgroupBarrier();
  }
  if (slice == 0u && inside) {
    out[o * params.inner + i] = i32(select(best_k[local], 0u, best_k[local] == NONE));
  }
}
