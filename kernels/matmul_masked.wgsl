// matmul_masked: products of matrices where a dropout mask multiplies one operand, or the result.
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
// Row r of what is masked meets row r % mask_rows of the mask: the rows are [time, sequence], and a sequence keeps
// one mask at all its steps (Gal & Ghahramani 2016). batch counts the gates, which share an operand and write side
// by side. This is matmul.wgsl (read that first) with the mask in its loads and stores; no masked copy is made.
//
// Dispatch: ceil(columns / 32) · ceil(rows / 32) · batch workgroups.
// Gradient: of masked 0, with D for dOut: dB is masked 1 of Aᵀ · D, dA is masked 2 of D · Bᵀ, summed over the gates
// (src/ops/input_projection.ts).   CPU twin: src/backend/cpu/matmul_masked.ts.
// Layer: src/nn/lstm.ts.   For software adapters: matmul_masked_direct.wgsl.

override masked: u32 = 0u;
// Which axis of each operand has neighbours in memory decides only the order in which threads load it.
override a_by_column: bool = false;
override b_by_column: bool = false;

struct Params {
  batch: u32, rows: u32, inner: u32, columns: u32,
  accumulate: u32, has_bias: u32,
  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32,
  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32,
  mask_offset: u32, mask_rows: u32,
  out_offset: u32, out_row: u32, out_batch: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

const TILE = 32u;
const STRIP = 16u;

var<workgroup> a_strip: array<f32, 512>;  // [STRIP, TILE], k first: a thread's 4 rows are neighbours
var<workgroup> b_strip: array<f32, 512>;  // [STRIP, TILE]

fn mask_at(n: u32, row: u32, column: u32) -> f32 {
  let width = select(params.columns, params.inner, masked == 0u);
  return mask[params.mask_offset + (n * params.mask_rows + row % params.mask_rows) * width + column];
}

fn load_a(n: u32, row: u32, k: u32) -> f32 {
  if (row >= params.rows || k >= params.inner) { return 0.0; }
  let v = a[params.a_offset + n * params.a_batch + row * params.a_row + k * params.a_column];
  if (masked == 0u) { return v * mask_at(n, row, k); }
  return v;
}

fn load_b(n: u32, k: u32, column: u32) -> f32 {
  if (k >= params.inner || column >= params.columns) { return 0.0; }
  let v = b[params.b_offset + n * params.b_batch + k * params.b_row + column * params.b_column];
  if (masked == 1u) { return v * mask_at(n, k, column); }
  return v;
}

fn store(n: u32, row: u32, column: u32, sum: f32) {
  if (row >= params.rows || column >= params.columns) { return; }
  var v = sum;
  if (masked == 2u) { v *= mask_at(n, row, column); }
  if (params.has_bias == 1u) { v += bias[n * params.columns + column]; }
  let at = params.out_offset + n * params.out_batch + row * params.out_row + column;
  if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }
}

fn store_row(n: u32, row: u32, column: u32, sums: vec4<f32>) {
  store(n, row, column, sums.x);
  store(n, row, column + 1u, sums.y);
  store(n, row, column + 2u, sums.z);
  store(n, row, column + 3u, sums.w);
}

@compute @workgroup_size(8, 8, 1)
fn matmul_masked(@builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) thread: u32,
                 @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles in reading order; more than 65,535 of them fold into y.
  let tile = group.x + group.y * groups.x;
  let across = (params.columns + TILE - 1u) / TILE;
  let down = (params.rows + TILE - 1u) / TILE;
  let n = min(tile / (across * down), params.batch - 1u);
  let row0 = (tile / across) % down * TILE;
  let column0 = tile % across * TILE;

  var row_0 = vec4<f32>();
  var row_1 = vec4<f32>();
  var row_2 = vec4<f32>();
  var row_3 = vec4<f32>();

  for (var k0 = 0u; k0 < params.inner; k0 += STRIP) {
    for (var i = thread; i < 512u; i += 64u) {
      let a_k = select(i % STRIP, i / TILE, a_by_column);
      let a_r = select(i / STRIP, i % TILE, a_by_column);
      a_strip[a_k * TILE + a_r] = load_a(n, row0 + a_r, k0 + a_k);
      let b_k = select(i / TILE, i % STRIP, b_by_column);
      let b_c = select(i % TILE, i / STRIP, b_by_column);
      b_strip[b_k * TILE + b_c] = load_b(n, k0 + b_k, column0 + b_c);
    }
    workgroupBarrier();
    for (var k = 0u; k < STRIP; k++) {
      let r = k * TILE + local.y * 4u;
      let c = k * TILE + local.x * 4u;
      let b4 = vec4<f32>(b_strip[c], b_strip[c + 1u], b_strip[c + 2u], b_strip[c + 3u]);
      row_0 += a_strip[r] * b4;
      row_1 += a_strip[r + 1u] * b4;
      row_2 += a_strip[r + 2u] * b4;
      row_3 += a_strip[r + 3u] * b4;
    }
    workgroupBarrier();
  }

  if (tile >= across * down * params.batch) { return; }
  let row = row0 + local.y * 4u;
  let column = column0 + local.x * 4u;
  store_row(n, row, column, row_0);
  store_row(n, row + 1u, column, row_1);
  store_row(n, row + 2u, column, row_2);
  store_row(n, row + 3u, column, row_3);
}
