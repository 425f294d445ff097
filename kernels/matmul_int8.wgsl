// matmul_int8: products of int8 rows, summed as whole numbers and then scaled back.
//
//   out[r, c] = x_scale[r] w_scale[c] Σ_k x[r, k] w[c, k] + bias[c]
//
//   x        [rows, words]     words of four int8, the first in the lowest byte (quantize_rows.wgsl)
//   x_scale  [rows]
//   w        [columns, words]  likewise: a weight in PyTorch's layout, [out, in]
//   w_scale  [columns]
//   bias     [columns]         optional
//   out      [rows, columns]   contiguous
//
// The sum is exact: at most 131,071 terms of at most 128 · 128 stay below 2^31.
// Each thread keeps 4×4 sums in registers and unpacks four words of x and four of w at a time. Rows and columns past an
// edge are read wherever that leads; their sums are never stored.
//
// Dispatch: ceil(columns / 32) · ceil(rows / 32) workgroups of 8×8 threads, a thread per 4×4 elements.
// Gradient: none (inference only).   CPU twin: src/backend/cpu/matmul_int8.ts.   Layer: src/nn/quantized_linear.ts.
// Source: Jacob et al. 2018 (integer-only inference), symmetric, so without zero points.

struct Params {
  rows: u32,
  words: u32,
  columns: u32,
  has_bias: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<i32>;
@group(0) @binding(2) var<storage, read> x_scale: array<f32>;
@group(0) @binding(3) var<storage, read> w: array<i32>;
@group(0) @binding(4) var<storage, read> w_scale: array<f32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(6) var<storage, read_write> out: array<f32>;

const TILE = 32u;

// Four int8 as i32: each byte is moved to the top, and comes back down with its sign.
fn unpack(word: i32) -> vec4<i32> {
  return (vec4<i32>(word) << vec4<u32>(24u, 16u, 8u, 0u)) >> vec4<u32>(24u);
}

// One row times each of four rows.
fn products(a: vec4<i32>, b_0: vec4<i32>, b_1: vec4<i32>, b_2: vec4<i32>, b_3: vec4<i32>) -> vec4<i32> {
  return vec4<i32>(dot(a, b_0), dot(a, b_1), dot(a, b_2), dot(a, b_3));
}

fn store(row: u32, column: u32, sums: vec4<i32>) {
  if (row >= params.rows) { return; }
  for (var i = 0u; i < 4u && column + i < params.columns; i++) {
    let c = column + i;
    var v = f32(sums[i]) * (x_scale[row] * w_scale[c]);
    if (params.has_bias == 1u) { v += bias[c]; }
    out[row * params.columns + c] = v;
  }
}

@compute @workgroup_size(8, 8, 1)
fn matmul_int8(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,
               @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles of 32×32 in reading order; more than 65,535 of them fold into y.
  let tile = group.x + group.y * groups.x;
  let across = (params.columns + TILE - 1u) / TILE;
  let row = tile / across * TILE + local.y * 4u;
  let column = tile % across * TILE + local.x * 4u;
  if (row >= params.rows || column >= params.columns) { return; }

  let step = params.words;
  var at_x = row * step;
  var at_w = column * step;
  var sums_0 = vec4<i32>();  // row 0 of the four, columns 0 to 3
  var sums_1 = vec4<i32>();
  var sums_2 = vec4<i32>();
  var sums_3 = vec4<i32>();
  for (var k = 0u; k < step; k++) {
    let w_0 = unpack(w[at_w]);
    let w_1 = unpack(w[at_w + step]);
    let w_2 = unpack(w[at_w + 2u * step]);
    let w_3 = unpack(w[at_w + 3u * step]);
    sums_0 += products(unpack(x[at_x]), w_0, w_1, w_2, w_3);
    sums_1 += products(unpack(x[at_x + step]), w_0, w_1, w_2, w_3);
    sums_2 += products(unpack(x[at_x + 2u * step]), w_0, w_1, w_2, w_3);
    sums_3 += products(unpack(x[at_x + 3u * step]), w_0, w_1, w_2, w_3);
    at_x += 1u;
    at_w += 1u;
  }
  store(row, column, sums_0);
  store(row + 1u, column, sums_1);
  store(row + 2u, column, sums_2);
  store(row + 3u, column, sums_3);
}
