// matmul_masked_direct: matmul_masked without workgroup memory, for adapters that run on the processor.
//
//   out[n] = (A[n] ∘ M[n]) · B[n] + bias[n]     masked 0
//   out[n] = A[n] · (B[n] ∘ M[n]) + bias[n]     masked 1
//   out[n] = (A[n] · B[n]) ∘ M[n] + bias[n]     masked 2
//
//   a     [batch, rows, inner]       every axis with its own stride
//   b     [batch, inner, columns]    likewise
//   mask  [batch, mask_rows, width]  0 where dropped, else 1 / (1 − rate); as wide as what it multiplies
//   bias  [batch, columns]           optional
//   out   [batch, rows, columns]     its rows lie in memory as out_batch and out_row say; added to when accumulate is 1
//
// As in matmul_direct.wgsl (read that first), each thread keeps an 8×8 piece of the output in registers, as blocks
// of 4×4. All sizes, offsets and strides but the number of rows are multiples of 4, so every load brings four
// numbers. Rows and columns past an edge are read wherever that leads; their sums are never stored.
//
// Dispatch: one thread per 8×8 elements; ceil(columns / 64) · ceil(rows / 64) · batch workgroups of 8×8 threads.
// Gradient: as matmul_masked.wgsl.   CPU twin: src/backend/cpu/matmul_masked.ts.

override masked: u32 = 0u;
// Four neighbours lie 1 = along the rows, 2 = along the columns.
override a_vectors: u32 = 1u;
override b_vectors: u32 = 1u;

struct Params {
  batch: u32, rows: u32, inner: u32, columns: u32,
  accumulate: u32, has_bias: u32,
  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32,
  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32,
  mask_offset: u32, mask_rows: u32,
  out_offset: u32, out_row: u32, out_batch: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mask: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;  // optional
@group(0) @binding(5) var<storage, read_write> out: array<vec4<f32>>;

const TILE = 64u;
const STEPS = vec4<u32>(0u, 1u, 2u, 3u);

// Blocks A[row .. row + 3, k .. k + 3] and B[k .. k + 3, column .. column + 3], a row to a vector; `at` is where
// the first element lies.
fn a_block(at: u32) -> mat4x4<f32> {
  if (a_vectors == 1u) {
    let r = (at + STEPS * params.a_row) / 4u;
    return mat4x4<f32>(a[r.x], a[r.y], a[r.z], a[r.w]);
  }
  let c = (at + STEPS * params.a_column) / 4u;
  return transpose(mat4x4<f32>(a[c.x], a[c.y], a[c.z], a[c.w]));
}
fn b_block(at: u32) -> mat4x4<f32> {
  if (b_vectors == 1u) {
    let r = (at + STEPS * params.b_row) / 4u;
    return mat4x4<f32>(b[r.x], b[r.y], b[r.z], b[r.w]);
  }
  let c = (at + STEPS * params.b_column) / 4u;
  return transpose(mat4x4<f32>(b[c.x], b[c.y], b[c.z], b[c.w]));
}

// Where four neighbouring rows of the mask start, and the block of it that starts there.
fn mask_start(n: u32, row: u32) -> vec4<u32> {
  let width = select(params.columns, params.inner, masked == 0u);
  return (params.mask_offset + (n * params.mask_rows + (row + STEPS) % params.mask_rows) * width) / 4u;
}
fn times_mask(v: mat4x4<f32>, at: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(v[0] * mask[at.x], v[1] * mask[at.y], v[2] * mask[at.z], v[3] * mask[at.w]);
}

fn store(n: u32, row: u32, column: u32, square: mat4x4<f32>) {
  if (column >= params.columns) { return; }
  var sums = square;
  if (masked == 2u) { sums = times_mask(sums, mask_start(n, row) + column / 4u); }
  for (var r = 0u; r < min(4u, params.rows - min(row, params.rows)); r++) {
    var v = sums[r];
    if (params.has_bias == 1u) { v += bias[(n * params.columns + column) / 4u]; }
    let at = (params.out_offset + n * params.out_batch + (row + r) * params.out_row + column) / 4u;
    if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }
  }
}

@compute @workgroup_size(8, 8, 1)
fn matmul_masked_direct(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,
                        @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles of 64×64 in reading order; more than 65,535 of them fold into y.
  let tile = group.x + group.y * groups.x;
  let across = (params.columns + TILE - 1u) / TILE;
  let down = (params.rows + TILE - 1u) / TILE;
  let n = tile / (across * down);
  let row = (tile / across) % down * TILE + local.y * 8u;
  let column = tile % across * TILE + local.x * 8u;
  if (n >= params.batch || row >= params.rows || column >= params.columns) { return; }
  var at_a = params.a_offset + n * params.a_batch + row * params.a_row;
  var at_b = params.b_offset + n * params.b_batch + column * params.b_column;
  let a_mask_0 = mask_start(n, row);
  let a_mask_1 = mask_start(n, row + 4u);

  var sums_00 = mat4x4<f32>();  // rows 0 to 3, columns 0 to 3; sums_01 is to the right of it, sums_10 below
  var sums_01 = mat4x4<f32>();
  var sums_10 = mat4x4<f32>();
  var sums_11 = mat4x4<f32>();
  for (var k = 0u; k < params.inner; k += 4u) {
    var a_0 = a_block(at_a);
    var a_1 = a_block(at_a + 4u * params.a_row);
    var b_0 = b_block(at_b);
    var b_1 = b_block(at_b + 4u * params.b_column);
    if (masked == 0u) {
      a_0 = times_mask(a_0, a_mask_0 + k / 4u);
      a_1 = times_mask(a_1, a_mask_1 + k / 4u);
    }
    if (masked == 1u) {
      let b_mask = mask_start(n, k) + column / 4u;
      b_0 = times_mask(b_0, b_mask);
      b_1 = times_mask(b_1, b_mask + 1u);
    }
    // A WGSL matrix is a list of columns; ours are lists of rows, so the factors change places.
    sums_00 += b_0 * a_0;
    sums_01 += b_1 * a_0;
    sums_10 += b_0 * a_1;
    sums_11 += b_1 * a_1;
    at_a += 4u * params.a_column;
    at_b += 4u * params.b_row;
  }
  store(n, row, column, sums_00);
  store(n, row, column + 4u, sums_01);
  store(n, row + 4u, column, sums_10);
  store(n, row + 4u, column + 4u, sums_11);
}
