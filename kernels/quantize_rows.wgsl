// quantize_rows: rows of f32 as int8 (−128 to 127), each row with a scale of its own.
//
//   scale[r] = max |x[r]| / 127.5        q[r, k] = round(x[r, k] / scale[r])        x[r, k] ≈ scale[r] q[r, k]
//
//   x      [rows, columns]  contiguous
//   q      [rows, words]    words of four int8, the first in the lowest byte; words = ceil(columns / 4), and what is
//                           past the last column is 0
//   scale  [rows]           at least 2^−23; NaN or ∞ for a row that holds one, so that what is computed with it shows
//
// No element is off by more than half a scale. The integers are the same on every device: a division may be wrong in
// its last bits on a GPU, so it only proposes an integer, and products, which round the same everywhere, decide.
//
// `lanes` neighbouring threads serve one row, so a workgroup of 64 serves 64 / lanes rows, as in softmax.wgsl.
//
// Dispatch: ceil(rows · lanes / 64) workgroups of 64 threads; lanes = 1 up to 32 columns, else 64.
// Gradient: none (inference only).   CPU twin: src/backend/cpu/quantize_rows.ts.   Layer: src/nn/quantized_linear.ts.
// Source: the symmetric int8 of PyTorch's observers (torch.ao.quantization).

struct Params {
  rows: u32,
  columns: u32,
  lanes: u32,
  x_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> q: array<i32>;
@group(0) @binding(3) var<storage, read_write> scale: array<f32>;

const INFINITY_BITS = 0x7f800000u;

var<workgroup> partial: array<u32, 64>;

// The integer k for which (k − ½) s < v ≤ (k + ½) s.
fn nearest(v: f32, s: f32) -> i32 {
  var k = round(v / s);
  if (v > (k + 0.5) * s) { k += 1.0; } else if (v <= (k - 0.5) * s) { k -= 1.0; }
  return i32(clamp(k, -128.0, 127.0));
}

@compute @workgroup_size(64, 1, 1)
fn quantize_rows(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,
                 @builtin(num_workgroups) groups: vec3<u32>) {
  let lanes = params.lanes;
  let row = (group.x + group.y * groups.x) * (64u / lanes) + local / lanes;
  let lane = local % lanes;
  let inside = row < params.rows;
  let end = select(0u, params.columns, inside);
  let base = params.x_offset + row * params.columns;

  // Magnitudes are compared by their bits, whose order is theirs, with ∞ and NaN above all.
  var largest = 0u;
  for (var c = lane; c < end; c += lanes) { largest = max(largest, bitcast<u32>(x[base + c]) & 0x7fffffffu); }
  if (lanes > 1u) {
    partial[local] = largest;
    workgroupBarrier();
    for (var half = lanes / 2u; half > 0u; half /= 2u) {
      if (lane < half) { partial[local] = max(partial[local], partial[local + half]); }
      workgroupBarrier();
    }
    largest = partial[local - lane];
  }

  let finite = largest < INFINITY_BITS;
  let s = max(bitcast<f32>(select(0u, largest, finite)) * (1.0 / 127.5), 1.1920929e-7);
  let words = select(0u, (params.columns + 3u) / 4u, inside);
  for (var w = lane; w < words; w += lanes) {
    var word = 0;
    for (var i = 0u; i < 4u; i++) {
      let c = 4u * w + i;
      if (c < params.columns && finite) { word |= (nearest(x[base + c], s) & 0xff) << (8u * i); }
    }
    q[row * words + w] = word;
  }
  if (lane == 0u && inside) { scale[row] = select(bitcast<f32>(largest), s, finite); }
}
