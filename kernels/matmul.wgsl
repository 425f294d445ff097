// matmul: products of matrices, many at a time.
//
//   out[n] = act(A[n] · B[n] + bias)
//
//   a     [batch, rows, inner]     every axis with its own stride: transposed and sliced operands need no copy
//   b     [batch, inner, columns]  likewise
//   bias  [columns]                optional
//   pre   [batch, rows, columns]   optional: the values that go into act, which the gradient of gelu reads
//   out   [batch, rows, columns]   contiguous, from out_offset on; added to when accumulate is 1
//
// act is nothing, relu, gelu or gelu's tanh approximation.
//
// The batch axis is read as two, n = outer · batch_inner + inner, each with a stride (0 repeats an operand), so
// that [batch, heads] need not be neighbours in memory.
//
// A workgroup of 8×8 threads makes a 32×32 tile of the output, 4×4 elements a thread. It walks along the inner
// axis 16 at a time: all threads load a strip of A and a strip of B into workgroup memory, then multiply there.
//
// Dispatch: ceil(columns / 32) · ceil(rows / 32) · batch workgroups.
// Gradient: dA = dOut · Bᵀ and dB = Aᵀ · dOut, this kernel with strides exchanged (src/ops/matmul.ts).
// CPU twin: src/backend/cpu/matmul.ts.   For software adapters: matmul_direct.wgsl, same interface.
// Layer: src/nn/linear.ts.   Example: examples/moliere_lstm.ts.

// Which axis of each operand has neighbours in memory decides only the order in which threads load it.
override a_by_column: bool = false;
override b_by_column: bool = false;
override activation: u32 = 0u;

struct Params {
  batch: u32, batch_inner: u32, rows: u32, inner: u32, columns: u32, accumulate: u32, has_bias: u32, keep_pre: u32,
  a_offset: u32, a_row: u32, a_column: u32, a_batch: u32, a_batch_inner: u32,
  b_offset: u32, b_row: u32, b_column: u32, b_batch: u32, b_batch_inner: u32, bias_offset: u32, out_offset: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional
@group(0) @binding(4) var<storage, read_write> pre: array<f32>;  // optional
@group(0) @binding(5) var<storage, read_write> out: array<f32>;

const TILE = 32u;
const STRIP = 16u;

var<workgroup> a_strip: array<f32, 512>;  // [STRIP, TILE], k first: a thread's 4 rows are neighbours
var<workgroup> b_strip: array<f32, 512>;  // [STRIP, TILE]

fn load_a(base: u32, row: u32, k: u32) -> f32 {
  if (row >= params.rows || k >= params.inner) { return 0.0; }
  return a[base + row * params.a_row + k * params.a_column];
}

fn load_b(base: u32, k: u32, column: u32) -> f32 {
  if (k >= params.inner || column >= params.columns) { return 0.0; }
  return b[base + k * params.b_row + column * params.b_column];
}

// erf as in unary.wgsl; 1 + tanh(u) is 2 / (1 + exp(−2u)), which no driver gets wrong.
fn act(v: f32) -> f32 {
  if ((bitcast<u32>(v) & 0x7fffffffu) > 0x7f800000u) { return v; }  // NaN, which max would lose
  if (activation == 1u) { return max(v, 0.0); }
  if (activation == 3u) { return v / (1.0 + exp(-clamp(1.59576912 * (v + 0.044715 * v * v * v), -80.0, 80.0))); }
  let t = 1.0 / (1.0 + 0.23164189 * abs(v));
  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return 0.5 * v * (1.0 + sign(v) * (1.0 - series * exp(-0.5 * v * v)));
}

fn store(base: u32, row: u32, column: u32, sum: f32) {
  if (row >= params.rows || column >= params.columns) { return; }
  var v = sum;
  if (params.has_bias == 1u) { v += bias[params.bias_offset + column]; }
  let i = base + row * params.columns + column;
  if (params.keep_pre == 1u) { pre[i] = v; }
  if (activation != 0u) { v = act(v); }
  let at = params.out_offset + i;
  if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }
}

fn store_row(base: u32, row: u32, column: u32, sums: vec4<f32>) {
  store(base, row, column, sums.x);
  store(base, row, column + 1u, sums.y);
  store(base, row, column + 2u, sums.z);
  store(base, row, column + 3u, sums.w);
}

@compute @workgroup_size(8, 8, 1)
fn matmul(@builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) thread: u32,
          @builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  // Tiles in reading order; more than 65,535 of them fold into y.
  let tile = group.x + group.y * groups.x;
  let across = (params.columns + TILE - 1u) / TILE;
  let down = (params.rows + TILE - 1u) / TILE;
  let n = tile / (across * down);
  let row0 = (tile / across) % down * TILE;
  let column0 = tile % across * TILE;
  let outer = n / params.batch_inner;
  let inner = n % params.batch_inner;
  let a_base = params.a_offset + outer * params.a_batch + inner * params.a_batch_inner;
  let b_base = params.b_offset + outer * params.b_batch + inner * params.b_batch_inner;

  var row_0 = vec4<f32>();
  var row_1 = vec4<f32>();
  var row_2 = vec4<f32>();
  var row_3 = vec4<f32>();

  for (var k0 = 0u; k0 < params.inner; k0 += STRIP) {
    for (var i = thread; i < 512u; i += 64u) {
      let a_k = select(i % STRIP, i / TILE, a_by_column);
      let a_r = select(i / STRIP, i % TILE, a_by_column);
      a_strip[a_k * TILE + a_r] = load_a(a_base, row0 + a_r, k0 + a_k);
      let b_k = select(i / TILE, i % STRIP, b_by_column);
      let b_c = select(i % TILE, i / STRIP, b_by_column);
      b_strip[b_k * TILE + b_c] = load_b(b_base, k0 + b_k, column0 + b_c);
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

  if (n >= params.batch) { return; }
  let out_base = n * params.rows * params.columns;
  let row = row0 + local.y * 4u;
  let column = column0 + local.x * 4u;
  store_row(out_base, row, column, row_0);
  store_row(out_base, row + 1u, column, row_1);
  store_row(out_base, row + 2u, column, row_2);
  store_row(out_base, row + 3u, column, row_3);
}
