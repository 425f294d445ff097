// matmul_direct: matmul without workgroup memory, for adapters that run on the processor.
//
//   out[n] = act(A[n] · B[n] + bias)
//
//   a [batch, rows, inner], b [batch, inner, columns]    every axis with its own stride
//   bias [columns], pre and out [batch, rows, columns]   as in matmul.wgsl
//
// On a software adapter a barrier costs more than what workgroup memory saves: each thread keeps an 8×8 piece of
// the output in registers, as four blocks of 4×4, and walks along the inner axis 4 at a time, straight from the
// buffers (the caches do the sharing). Blocks of A and B are WGSL matrices, and their product is an operator.
// Rows and columns past an edge are read wherever that leads; their sums are never stored.
//
// Dispatch: one thread per 8×8 elements; ceil(columns / 64) · ceil(rows / 64) · batch workgroups of 8×8 threads.
// Gradient: as matmul.wgsl.   CPU twin: src/backend/cpu/matmul.ts.

// Four neighbours that start on a multiple of 4 are one load: 1 = along the rows, 2 = along the columns, 0 = none.
override a_vectors: u32 = 0u;
override b_vectors: u32 = 0u;
override activation: u32 = 0u;

struct Params {
  batch: u32, batch_inner: u32, rows: u32, inner: u32, columns: u32, accumulate: u32, has_bias: u32, keep_pre: u32,
  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32, a_batch_inner: u32,
  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32, b_batch_inner: u32, bias_offset: u32, out_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(4) var<storage, read_write> pre: array<f32>;  // optional
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

const TILE = 64u;
const STEPS = vec4<u32>(0u, 1u, 2u, 3u);

// Four elements that lie `step` apart, one by one.
fn a_four(at: u32, step: u32) -> vec4<f32> {
  let i = at + STEPS * step;
  return vec4<f32>(a[i.x / 4u][i.x % 4u], a[i.y / 4u][i.y % 4u], a[i.z / 4u][i.z % 4u], a[i.w / 4u][i.w % 4u]);
}
fn b_four(at: u32, step: u32) -> vec4<f32> {
  let i = at + STEPS * step;
  return vec4<f32>(b[i.x / 4u][i.x % 4u], b[i.y / 4u][i.y % 4u], b[i.z / 4u][i.z % 4u], b[i.w / 4u][i.w % 4u]);
}

// Blocks A[row .. row + 3, k .. k + 3] and B[k .. k + 3, column .. column + 3], a row to a vector; `at` is where
// the first element lies.
fn a_block(at: u32) -> mat4x4<f32> {
  let s = params.a_column;
  let r = at + STEPS * params.a_row;
  let c = (at + STEPS * s) / 4u;
  switch a_vectors {
    case 1u: { return mat4x4<f32>(a[r.x / 4u], a[r.y / 4u], a[r.z / 4u], a[r.w / 4u]); }
    case 2u: { return transpose(mat4x4<f32>(a[c.x], a[c.y], a[c.z], a[c.w])); }
    default: { return mat4x4<f32>(a_four(r.x, s), a_four(r.y, s), a_four(r.z, s), a_four(r.w, s)); }
  }
}
fn b_block(at: u32) -> mat4x4<f32> {
  let s = params.b_column;
  let r = at + STEPS * params.b_row;
  let c = (at + STEPS * s) / 4u;
  switch b_vectors {
    case 1u: { return mat4x4<f32>(b[r.x / 4u], b[r.y / 4u], b[r.z / 4u], b[r.w / 4u]); }
    case 2u: { return transpose(mat4x4<f32>(b[c.x], b[c.y], b[c.z], b[c.w])); }
    default: { return mat4x4<f32>(b_four(r.x, s), b_four(r.y, s), b_four(r.z, s), b_four(r.w, s)); }
  }
}

// Each element of one times each of the other; row r of the result is a[r] · b.
fn outer_product(b4: vec4<f32>, a4: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(a4.x * b4, a4.y * b4, a4.z * b4, a4.w * b4);
}

fn act(v: f32) -> f32 {
  if ((bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u) { return v; }  // NaN, which max would lose
  if (activation == 1u) { return max(v, 0.0); }
  if (activation == 3u) { return v / (1.0 + exp(-clamp(1.59576912 * (v + 0.044715 * v * v * v), -80.0, 80.0))); }
  let t = 1.0 / (1.0 + 0.23164189 * abs(v));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 0.5 * v * (1.0 + sign(v) * (1.0 - series * exp(-0.5 * v * v)));
}

fn store(n: u32, row: u32, column: u32, square: mat4x4<f32>) {
  var sums = square;
  let end = min(vec2<u32>(row, column) + 4u, vec2<u32>(params.rows, params.columns));
  for (var r = row; r < end.x; r++) {
    for (var c = column; c < end.y; c++) {
      var v = sums[r - row][c - column];
      if (params.has_bias == 1u) { v += bias[params.bias_offset + c]; }
      let i = (n * params.rows + r) * params.columns + c;
      if (params.keep_pre == 1u) { pre[i] = v; }
      if (activation != 0u) { v = act(v); }
      let at = params.out_offset + i;
      if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }
    }
  }
}

@compute @workgroup_size(8, 8, 1)
fn matmul_direct(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,
                 @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles of 64×64 in reading order; more than 65,535 of them fold into y.
  let tile = group.x + group.y * groups.x;
  let across = (params.columns + TILE - 1u) / TILE;
  let down = (params.rows + TILE - 1u) / TILE;
  let n = tile / (across * down);
  let row = (tile / across) % down * TILE + local.y * 8u;
  let column = tile % across * TILE + local.x * 8u;
  if (n >= params.batch || row >= params.rows || column >= params.columns) { return; }
  let outer = n / params.batch_inner;
  let inner = n % params.batch_inner;
  var at_a = params.a_offset + outer * params.a_batch + inner * params.a_batch_inner + row * params.a_row;
  var at_b = params.b_offset + outer * params.b_batch + inner * params.b_batch_inner + column * params.b_column;

  // Rows 0 to 3, columns 0 to 3; sums_01 is to the right of it, sums_10 below.
  var sums_00 = mat4x4<f32>(); var sums_01 = mat4x4<f32>();
  var sums_10 = mat4x4<f32>(); var sums_11 = mat4x4<f32>();
  var k = 0u;
  for (; k + 4u <= params.inner; k += 4u) {
    let a_0 = a_block(at_a);
    let a_1 = a_block(at_a + 4u * params.a_row);
    let b_0 = b_block(at_b);
    let b_1 = b_block(at_b + 4u * params.b_column);
    // A WGSL matrix is a list of columns; ours are lists of rows, so the factors change places.
    sums_00 += b_0 * a_0; sums_01 += b_1 * a_0;
    sums_10 += b_0 * a_1; sums_11 += b_1 * a_1;
    at_a += 4u * params.a_column;
    at_b += 4u * params.b_row;
  }
  for (; k < params.inner; k++) {  // what is left of the inner axis
    let a_0 = a_four(at_a, params.a_row);
    let a_1 = a_four(at_a + 4u * params.a_row, params.a_row);
    let b_0 = b_four(at_b, params.b_column);
    let b_1 = b_four(at_b + 4u * params.b_column, params.b_column);
    sums_00 += outer_product(b_0, a_0); sums_01 += outer_product(b_1, a_0);
    sums_10 += outer_product(b_0, a_1); sums_11 += outer_product(b_1, a_1);
    at_a += params.a_column;
    at_b += params.b_row;
  }
  store(n, row, column, sums_00);
  store(n, row, column + 4u, sums_01);
  store(n, row + 4u, column, sums_10);
  store(n, row + 4u, column + 4u, sums_11);
}
