// matmul_direct: matmul without workgroup memory, for adapters that run on the processor.
//
//   out[n] = act(A[n] · B[n] + bias)
//
//   a     [batch, rows, inner]     every axis with its own stride
//   b     [batch, inner, columns]  likewise
//   bias  [columns]                optional
//   out   [batch, rows, columns]   contiguous; added to when accumulate is 1
//
// On a software adapter a barrier costs more than what workgroup memory saves: each thread keeps its own 4×4
// piece of the output in registers and reads A and B straight from their buffers (the caches do the sharing).
// Reads past an edge are moved to the last row or column; their sums are never stored.
//
// Dispatch: one thread per 4×4 elements: ceil(columns / 32) · ceil(rows / 32) · batch workgroups of 8×8.
// Gradient: as matmul.wgsl.   CPU twin: src/backend/cpu/matmul.ts.

struct Params {
  batch: u32,
  batch_inner: u32,
  rows: u32,
  inner: u32,
  columns: u32,
  accumulate: u32,
  has_bias: u32,
  activation: u32,
  a_offset: u32,
  a_row: u32,
  a_column: u32,
  a_batch: u32,
  a_batch_inner: u32,
  b_offset: u32,
  b_row: u32,
  b_column: u32,
  b_batch: u32,
  b_batch_inner: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

const TILE = 32u;

fn store(base: u32, row: u32, column: u32, sum: f32) {
  if (row >= params.rows || column >= params.columns) { return; }
  var v = sum;
  if (params.has_bias == 1u) { v += bias[column]; }
  if (params.activation == 1u) { v = max(v, 0.0); }
  let at = base + row * params.columns + column;
  if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }
}

fn store_row(base: u32, row: u32, column: u32, sums: vec4<f32>) {
  store(base, row, column, sums.x);
  store(base, row, column + 1u, sums.y);
  store(base, row, column + 2u, sums.z);
  store(base, row, column + 3u, sums.w);
}

@compute @workgroup_size(8, 8, 1)
fn matmul_direct(@builtin(local_invocation_id) local: vec3<u32>, @builtin(workgroup_id) group: vec3<u32>,
                 @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles of 32×32 in reading order; more than 65,535 of them fold into y.
  let tile = group.x + group.y * groups.x;
  let across = (params.columns + TILE - 1u) / TILE;
  let down = (params.rows + TILE - 1u) / TILE;
  let n = tile / (across * down);
  let row = (tile / across) % down * TILE + local.y * 4u;
  let column = tile % across * TILE + local.x * 4u;
  if (n >= params.batch || row >= params.rows || column >= params.columns) { return; }
  let outer = n / params.batch_inner;
  let inner = n % params.batch_inner;
  let rows = min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), vec4<u32>(params.rows - 1u));
  let columns = min(vec4<u32>(column, column + 1u, column + 2u, column + 3u), vec4<u32>(params.columns - 1u));
  var at_a = params.a_offset + outer * params.a_batch + inner * params.a_batch_inner + rows * params.a_row;
  var at_b = params.b_offset + outer * params.b_batch + inner * params.b_batch_inner + columns * params.b_column;

  var row_0 = vec4<f32>();
  var row_1 = vec4<f32>();
  var row_2 = vec4<f32>();
  var row_3 = vec4<f32>();
  for (var k = 0u; k < params.inner; k++) {
    let b4 = vec4<f32>(b[at_b.x], b[at_b.y], b[at_b.z], b[at_b.w]);
    row_0 += a[at_a.x] * b4;
    row_1 += a[at_a.y] * b4;
    row_2 += a[at_a.z] * b4;
    row_3 += a[at_a.w] * b4;
    at_a += vec4<u32>(params.a_column);
    at_b += vec4<u32>(params.b_row);
  }

  let out_base = n * params.rows * params.columns;
  store_row(out_base, row, column, row_0);
  store_row(out_base, row + 1u, column, row_1);
  store_row(out_base, row + 2u, column, row_2);
  store_row(out_base, row + 3u, column, row_3);
}
