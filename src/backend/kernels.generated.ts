// Generated from kernels/*.wgsl by kernels/generate.ts. Do not edit: run `npm run generate`.

/** What a launch of each kernel takes: its params and override constants. */
export interface KernelParams {
  binary: {
    count: number;
    a_offset: number;
    b_offset: number;
    accumulate: number;
    shape: readonly number[];
    a_strides: readonly number[];
    b_strides: readonly number[];
    operation: number;
  };
  copy_strided: {
    count: number;
    x_offset: number;
    out_offset: number;
    shape: readonly number[];
    x_strides: readonly number[];
    out_strides: readonly number[];
  };
  fill: {
    count: number;
    offset: number;
    value: number;
  };
  matmul: {
    batch: number;
    batch_inner: number;
    rows: number;
    inner: number;
    columns: number;
    accumulate: number;
    has_bias: number;
    activation: number;
    a_offset: number;
    a_row: number;
    a_column: number;
    a_batch: number;
    a_batch_inner: number;
    b_offset: number;
    b_row: number;
    b_column: number;
    b_batch: number;
    b_batch_inner: number;
    a_by_column: boolean;
    b_by_column: boolean;
  };
  matmul_direct: {
    batch: number;
    batch_inner: number;
    rows: number;
    inner: number;
    columns: number;
    accumulate: number;
    has_bias: number;
    activation: number;
    a_offset: number;
    a_row: number;
    a_column: number;
    a_batch: number;
    a_batch_inner: number;
    b_offset: number;
    b_row: number;
    b_column: number;
    b_batch: number;
    b_batch_inner: number;
  };
  reduce: {
    outer: number;
    length: number;
    inner: number;
    lanes: number;
    x_offset: number;
    x_outer: number;
    x_length: number;
    x_inner: number;
    scale: number;
    power: number;
    accumulate: number;
    operation: number;
  };
  unary: {
    count: number;
    x_offset: number;
    accumulate: number;
    shape: readonly number[];
    x_strides: readonly number[];
    operation: number;
  };
  unary_backward: {
    count: number;
    x_offset: number;
    dout_offset: number;
    accumulate: number;
    shape: readonly number[];
    x_strides: readonly number[];
    dout_strides: readonly number[];
    operation: number;
  };
}

/** The storage buffers of each kernel, by element type. */
export interface KernelBuffers {
  binary: {
    a: "f32";
    b: "f32";
    out: "f32";
  };
  copy_strided: {
    x: "words";
    out: "words";
  };
  fill: {
    out: "f32";
  };
  matmul: {
    a: "f32";
    b: "f32";
    bias?: "f32";
    out: "f32";
  };
  matmul_direct: {
    a: "f32";
    b: "f32";
    bias?: "f32";
    out: "f32";
  };
  reduce: {
    x: "f32";
    out: "f32";
  };
  unary: {
    x: "f32";
    out: "f32";
  };
  unary_backward: {
    x: "f32";
    y: "f32";
    dout: "f32";
    dx: "f32";
  };
}

export type KernelName = keyof KernelParams;

/** One kernel as a backend needs it. */
export interface KernelSpec {
  readonly name: KernelName;
  readonly workgroup: readonly [number, number, number];
  readonly paramsSize: number;
  readonly params: readonly { name: string; offset: number; type: "u32" | "i32" | "f32"; length: number }[];
  readonly bindings: readonly { name: string; access: "read" | "read_write"; type: "f32" | "i32" | "u32" | "words"; optional: boolean }[];
  readonly overrides: readonly { name: string; type: "u32" | "i32" | "f32" | "bool" }[];
  readonly source: string;
}

export const KERNELS: { readonly [K in KernelName]: KernelSpec } = {
  binary: {
    name: "binary",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "a_offset", offset: 4, type: "u32", length: 1 },
      { name: "b_offset", offset: 8, type: "u32", length: 1 },
      { name: "accumulate", offset: 12, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "a_strides", offset: 32, type: "u32", length: 4 },
      { name: "b_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// binary: one function of two tensors, element by element, with broadcasting.\n//\n//   out[i] = f(a[i], b[i])\n//\n//   a, b  [shape]  read through strides; a stride of 0 repeats an axis (broadcasting)\n//   out   [count]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: products and quotients of this kernel, then reduce over broadcast axes (src/ops/binary.ts).\n// CPU twin: src/backend/cpu/binary.ts.\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  a_offset: u32,\n  b_offset: u32,\n  accumulate: u32,\n  shape: vec4<u32>,\n  a_strides: vec4<u32>,\n  b_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<f32>;\n@group(0) @binding(2) var<storage, read> b: array<f32>;\n@group(0) @binding(3) var<storage, read_write> out: array<f32>;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x = i / (s.w * s.z * s.y);\n  return x * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\nfn f(l: f32, r: f32) -> f32 {\n  switch operation {\n    case 0u: { return l + r; }\n    case 1u: { return l - r; }\n    case 2u: { return l * r; }\n    case 3u: { return l / r; }\n    case 4u: { return max(l, r); }\n    case 5u: { return min(l, r); }\n    case 6u: {\n      // WGSL leaves pow of a negative base undefined: an even whole exponent mirrors, an odd one keeps the sign.\n      let magnitude = select(pow(abs(l), r), 1.0, r == 0.0);\n      let odd = abs(r - 2.0 * floor(r * 0.5)) == 1.0;\n      return select(magnitude, -magnitude, l < 0.0 && odd);\n    }\n    default: { return l; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn binary(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let v = f(a[params.a_offset + at(i, params.a_strides)], b[params.b_offset + at(i, params.b_strides)]);\n  if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }\n}\n",
  },
  copy_strided: {
    name: "copy_strided",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "x_offset", offset: 4, type: "u32", length: 1 },
      { name: "out_offset", offset: 8, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "x_strides", offset: 32, type: "u32", length: 4 },
      { name: "out_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "words", optional: false },
      { name: "out", access: "read_write", type: "words", optional: false },
    ],
    overrides: [],
    source: "// copy_strided: moves elements between two layouts: contiguous copies of views, concat, split, slice gradients.\n//\n//   out[out_offset + i · out_strides] = x[x_offset + i · x_strides]      for every index i of [shape]\n//\n//   x    [shape]  any view\n//   out  [shape]  any view without overlap\n//\n// Elements move as u32 words, because some GPUs flush small integers that travel as floats.\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: itself with the two sides exchanged.   CPU twin: src/backend/cpu/copy_strided.ts.\n\nstruct Params {\n  count: u32,\n  x_offset: u32,\n  out_offset: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n  out_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<u32>;  // words\n@group(0) @binding(2) var<storage, read_write> out: array<u32>;  // words\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn copy_strided(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  out[params.out_offset + at(i, params.out_strides)] = x[params.x_offset + at(i, params.x_strides)];\n}\n",
  },
  fill: {
    name: "fill",
    workgroup: [64, 1, 1],
    paramsSize: 16,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "offset", offset: 4, type: "u32", length: 1 },
      { name: "value", offset: 8, type: "f32", length: 1 },
    ],
    bindings: [
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// fill: the same value everywhere.\n//\n//   out[offset + i] = value\n//\n//   out  [count]  contiguous\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none.   CPU twin: src/backend/cpu/fill.ts.\n\nstruct Params {\n  count: u32,\n  offset: u32,\n  value: f32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read_write> out: array<f32>;\n\n@compute @workgroup_size(64, 1, 1)\nfn fill(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  out[params.offset + i] = params.value;\n}\n",
  },
  matmul: {
    name: "matmul",
    workgroup: [8, 8, 1],
    paramsSize: 80,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "batch_inner", offset: 4, type: "u32", length: 1 },
      { name: "rows", offset: 8, type: "u32", length: 1 },
      { name: "inner", offset: 12, type: "u32", length: 1 },
      { name: "columns", offset: 16, type: "u32", length: 1 },
      { name: "accumulate", offset: 20, type: "u32", length: 1 },
      { name: "has_bias", offset: 24, type: "u32", length: 1 },
      { name: "activation", offset: 28, type: "u32", length: 1 },
      { name: "a_offset", offset: 32, type: "u32", length: 1 },
      { name: "a_row", offset: 36, type: "u32", length: 1 },
      { name: "a_column", offset: 40, type: "u32", length: 1 },
      { name: "a_batch", offset: 44, type: "u32", length: 1 },
      { name: "a_batch_inner", offset: 48, type: "u32", length: 1 },
      { name: "b_offset", offset: 52, type: "u32", length: 1 },
      { name: "b_row", offset: 56, type: "u32", length: 1 },
      { name: "b_column", offset: 60, type: "u32", length: 1 },
      { name: "b_batch", offset: 64, type: "u32", length: 1 },
      { name: "b_batch_inner", offset: 68, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "a_by_column", type: "bool" }, { name: "b_by_column", type: "bool" }],
    source: "// matmul: products of matrices, many at a time.\n//\n//   out[n] = act(A[n] · B[n] + bias)\n//\n//   a     [batch, rows, inner]     every axis with its own stride: transposed and sliced operands need no copy\n//   b     [batch, inner, columns]  likewise\n//   bias  [columns]                optional\n//   out   [batch, rows, columns]   contiguous; added to when accumulate is 1\n//\n// The batch axis is read as two, n = outer · batch_inner + inner, each with a stride (0 repeats an operand), so\n// that [batch, heads] need not be neighbours in memory.\n//\n// A workgroup of 8×8 threads makes a 32×32 tile of the output, 4×4 elements a thread. It walks along the inner\n// axis 16 at a time: all threads load a strip of A and a strip of B into workgroup memory, then multiply there.\n//\n// Dispatch: (ceil(columns / 32), ceil(rows / 32), batch) workgroups.\n// Gradient: dA = dOut · Bᵀ and dB = Aᵀ · dOut, this kernel with strides exchanged (src/ops/matmul.ts).\n// CPU twin: src/backend/cpu/matmul.ts.   For software adapters: matmul_direct.wgsl, same interface.\n// Layer: src/nn/linear.ts.   Example: examples/moliere_lstm.ts.\n\n// Which axis of each operand has neighbours in memory decides only the order in which threads load it.\noverride a_by_column: bool = false;\noverride b_by_column: bool = false;\n\nstruct Params {\n  batch: u32,\n  batch_inner: u32,\n  rows: u32,\n  inner: u32,\n  columns: u32,\n  accumulate: u32,\n  has_bias: u32,\n  activation: u32,\n  a_offset: u32,\n  a_row: u32,\n  a_column: u32,\n  a_batch: u32,\n  a_batch_inner: u32,\n  b_offset: u32,\n  b_row: u32,\n  b_column: u32,\n  b_batch: u32,\n  b_batch_inner: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<f32>;\n@group(0) @binding(2) var<storage, read> b: array<f32>;\n@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(4) var<storage, read_write> out: array<f32>;\n\nconst TILE = 32u;\nconst STRIP = 16u;\n\nvar<workgroup> a_strip: array<f32, 512>;  // [STRIP, TILE], k first: a thread's 4 rows are neighbours\nvar<workgroup> b_strip: array<f32, 512>;  // [STRIP, TILE]\n\nfn load_a(base: u32, row: u32, k: u32) -> f32 {\n  if (row >= params.rows || k >= params.inner) { return 0.0; }\n  return a[base + row * params.a_row + k * params.a_column];\n}\n\nfn load_b(base: u32, k: u32, column: u32) -> f32 {\n  if (k >= params.inner || column >= params.columns) { return 0.0; }\n  return b[base + k * params.b_row + column * params.b_column];\n}\n\nfn store(base: u32, row: u32, column: u32, sum: f32) {\n  if (row >= params.rows || column >= params.columns) { return; }\n  var v = sum;\n  if (params.has_bias == 1u) { v += bias[column]; }\n  if (params.activation == 1u) { v = max(v, 0.0); }\n  let at = base + row * params.columns + column;\n  if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }\n}\n\nfn store_row(base: u32, row: u32, column: u32, sums: vec4<f32>) {\n  store(base, row, column, sums.x);\n  store(base, row, column + 1u, sums.y);\n  store(base, row, column + 2u, sums.z);\n  store(base, row, column + 3u, sums.w);\n}\n\n@compute @workgroup_size(8, 8, 1)\nfn matmul(@builtin(local_invocation_id) local: vec3<u32>, @builtin(local_invocation_index) thread: u32,\n          @builtin(workgroup_id) group: vec3<u32>) {\n  let n = group.z;\n  let outer = n / params.batch_inner;\n  let inner = n % params.batch_inner;\n  let a_base = params.a_offset + outer * params.a_batch + inner * params.a_batch_inner;\n  let b_base = params.b_offset + outer * params.b_batch + inner * params.b_batch_inner;\n  let row0 = group.y * TILE;\n  let column0 = group.x * TILE;\n\n  var row_0 = vec4<f32>();\n  var row_1 = vec4<f32>();\n  var row_2 = vec4<f32>();\n  var row_3 = vec4<f32>();\n\n  for (var k0 = 0u; k0 < params.inner; k0 += STRIP) {\n    for (var i = thread; i < 512u; i += 64u) {\n      let a_k = select(i % STRIP, i / TILE, a_by_column);\n      let a_r = select(i / STRIP, i % TILE, a_by_column);\n      a_strip[a_k * TILE + a_r] = load_a(a_base, row0 + a_r, k0 + a_k);\n      let b_k = select(i / TILE, i % STRIP, b_by_column);\n      let b_c = select(i % TILE, i / STRIP, b_by_column);\n      b_strip[b_k * TILE + b_c] = load_b(b_base, k0 + b_k, column0 + b_c);\n    }\n    workgroupBarrier();\n    for (var k = 0u; k < STRIP; k++) {\n      let r = k * TILE + local.y * 4u;\n      let c = k * TILE + local.x * 4u;\n      let b4 = vec4<f32>(b_strip[c], b_strip[c + 1u], b_strip[c + 2u], b_strip[c + 3u]);\n      row_0 += a_strip[r] * b4;\n      row_1 += a_strip[r + 1u] * b4;\n      row_2 += a_strip[r + 2u] * b4;\n      row_3 += a_strip[r + 3u] * b4;\n    }\n    workgroupBarrier();\n  }\n\n  let out_base = n * params.rows * params.columns;\n  let row = row0 + local.y * 4u;\n  let column = column0 + local.x * 4u;\n  store_row(out_base, row, column, row_0);\n  store_row(out_base, row + 1u, column, row_1);\n  store_row(out_base, row + 2u, column, row_2);\n  store_row(out_base, row + 3u, column, row_3);\n}\n",
  },
  matmul_direct: {
    name: "matmul_direct",
    workgroup: [8, 8, 1],
    paramsSize: 80,
    params: [
      { name: "batch", offset: 0, type: "u32", length: 1 },
      { name: "batch_inner", offset: 4, type: "u32", length: 1 },
      { name: "rows", offset: 8, type: "u32", length: 1 },
      { name: "inner", offset: 12, type: "u32", length: 1 },
      { name: "columns", offset: 16, type: "u32", length: 1 },
      { name: "accumulate", offset: 20, type: "u32", length: 1 },
      { name: "has_bias", offset: 24, type: "u32", length: 1 },
      { name: "activation", offset: 28, type: "u32", length: 1 },
      { name: "a_offset", offset: 32, type: "u32", length: 1 },
      { name: "a_row", offset: 36, type: "u32", length: 1 },
      { name: "a_column", offset: 40, type: "u32", length: 1 },
      { name: "a_batch", offset: 44, type: "u32", length: 1 },
      { name: "a_batch_inner", offset: 48, type: "u32", length: 1 },
      { name: "b_offset", offset: 52, type: "u32", length: 1 },
      { name: "b_row", offset: 56, type: "u32", length: 1 },
      { name: "b_column", offset: 60, type: "u32", length: 1 },
      { name: "b_batch", offset: 64, type: "u32", length: 1 },
      { name: "b_batch_inner", offset: 68, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "a", access: "read", type: "f32", optional: false },
      { name: "b", access: "read", type: "f32", optional: false },
      { name: "bias", access: "read", type: "f32", optional: true },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [],
    source: "// matmul_direct: matmul without workgroup memory, for adapters that run on the processor.\n//\n//   out[n] = act(A[n] · B[n] + bias)\n//\n//   a     [batch, rows, inner]     every axis with its own stride\n//   b     [batch, inner, columns]  likewise\n//   bias  [columns]                optional\n//   out   [batch, rows, columns]   contiguous; added to when accumulate is 1\n//\n// On a software adapter a barrier costs more than what workgroup memory saves: each thread keeps its own 4×4\n// piece of the output in registers and reads A and B straight from their buffers (the caches do the sharing).\n// Reads past an edge are moved to the last row or column; their sums are never stored.\n//\n// Dispatch: one thread per 4×4 elements: (ceil(columns / 32), ceil(rows / 32), batch) workgroups of 8×8.\n// Gradient: as matmul.wgsl.   CPU twin: src/backend/cpu/matmul.ts.\n\nstruct Params {\n  batch: u32,\n  batch_inner: u32,\n  rows: u32,\n  inner: u32,\n  columns: u32,\n  accumulate: u32,\n  has_bias: u32,\n  activation: u32,\n  a_offset: u32,\n  a_row: u32,\n  a_column: u32,\n  a_batch: u32,\n  a_batch_inner: u32,\n  b_offset: u32,\n  b_row: u32,\n  b_column: u32,\n  b_batch: u32,\n  b_batch_inner: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> a: array<f32>;\n@group(0) @binding(2) var<storage, read> b: array<f32>;\n@group(0) @binding(3) var<storage, read> bias: array<f32>;  // optional\n@group(0) @binding(4) var<storage, read_write> out: array<f32>;\n\nfn store(base: u32, row: u32, column: u32, sum: f32) {\n  if (row >= params.rows || column >= params.columns) { return; }\n  var v = sum;\n  if (params.has_bias == 1u) { v += bias[column]; }\n  if (params.activation == 1u) { v = max(v, 0.0); }\n  let at = base + row * params.columns + column;\n  if (params.accumulate == 1u) { out[at] += v; } else { out[at] = v; }\n}\n\nfn store_row(base: u32, row: u32, column: u32, sums: vec4<f32>) {\n  store(base, row, column, sums.x);\n  store(base, row, column + 1u, sums.y);\n  store(base, row, column + 2u, sums.z);\n  store(base, row, column + 3u, sums.w);\n}\n\n@compute @workgroup_size(8, 8, 1)\nfn matmul_direct(@builtin(global_invocation_id) id: vec3<u32>) {\n  let row = id.y * 4u;\n  let column = id.x * 4u;\n  if (row >= params.rows || column >= params.columns) { return; }\n  let n = id.z;\n  let outer = n / params.batch_inner;\n  let inner = n % params.batch_inner;\n  let rows = min(vec4<u32>(row, row + 1u, row + 2u, row + 3u), vec4<u32>(params.rows - 1u));\n  let columns = min(vec4<u32>(column, column + 1u, column + 2u, column + 3u), vec4<u32>(params.columns - 1u));\n  var at_a = params.a_offset + outer * params.a_batch + inner * params.a_batch_inner + rows * params.a_row;\n  var at_b = params.b_offset + outer * params.b_batch + inner * params.b_batch_inner + columns * params.b_column;\n\n  var row_0 = vec4<f32>();\n  var row_1 = vec4<f32>();\n  var row_2 = vec4<f32>();\n  var row_3 = vec4<f32>();\n  for (var k = 0u; k < params.inner; k++) {\n    let b4 = vec4<f32>(b[at_b.x], b[at_b.y], b[at_b.z], b[at_b.w]);\n    row_0 += a[at_a.x] * b4;\n    row_1 += a[at_a.y] * b4;\n    row_2 += a[at_a.z] * b4;\n    row_3 += a[at_a.w] * b4;\n    at_a += vec4<u32>(params.a_column);\n    at_b += vec4<u32>(params.b_row);\n  }\n\n  let out_base = n * params.rows * params.columns;\n  store_row(out_base, row, column, row_0);\n  store_row(out_base, row + 1u, column, row_1);\n  store_row(out_base, row + 2u, column, row_2);\n  store_row(out_base, row + 3u, column, row_3);\n}\n",
  },
  reduce: {
    name: "reduce",
    workgroup: [256, 1, 1],
    paramsSize: 48,
    params: [
      { name: "outer", offset: 0, type: "u32", length: 1 },
      { name: "length", offset: 4, type: "u32", length: 1 },
      { name: "inner", offset: 8, type: "u32", length: 1 },
      { name: "lanes", offset: 12, type: "u32", length: 1 },
      { name: "x_offset", offset: 16, type: "u32", length: 1 },
      { name: "x_outer", offset: 20, type: "u32", length: 1 },
      { name: "x_length", offset: 24, type: "u32", length: 1 },
      { name: "x_inner", offset: 28, type: "u32", length: 1 },
      { name: "scale", offset: 32, type: "f32", length: 1 },
      { name: "power", offset: 36, type: "u32", length: 1 },
      { name: "accumulate", offset: 40, type: "u32", length: 1 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// reduce: sum, maximum or minimum along the middle axis of [outer, length, inner].\n//\n//   out[o, i] = scale · Σ_k x[o, k, i]^power        (operation 0; power 1 or 2)\n//   out[o, i] = max_k or min_k x[o, k, i]           (operations 1 and 2)\n//\n//   x    [outer, length, inner]  each axis with its own stride\n//   out  [outer, inner]          contiguous; added to when accumulate is 1\n//\n// A workgroup serves `lanes` neighbouring columns of one o; its 256 / lanes threads per column each take every\n// (256 / lanes)-th k, and their partial results are combined in a fixed order, so that a run repeats bit for bit.\n//\n// Dispatch: (ceil(inner / lanes), outer) workgroups of 256 threads, lanes = 32, or 1 when inner is 1.\n// Gradient: a broadcast copy (sum, mean) or a mask (max, min), src/ops/reduce.ts.\n// CPU twin: src/backend/cpu/reduce.ts.\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  outer: u32,\n  length: u32,\n  inner: u32,\n  lanes: u32,\n  x_offset: u32,\n  x_outer: u32,\n  x_length: u32,\n  x_inner: u32,\n  scale: f32,\n  power: u32,\n  accumulate: u32,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> out: array<f32>;\n\nvar<workgroup> partial: array<f32, 256>;\n\nfn start() -> f32 {\n  switch operation {\n    case 1u: { return -3.0e38; }\n    case 2u: { return 3.0e38; }\n    default: { return 0.0; }\n  }\n}\n\nfn combine(l: f32, r: f32) -> f32 {\n  switch operation {\n    case 1u: { return max(l, r); }\n    case 2u: { return min(l, r); }\n    default: { return l + r; }\n  }\n}\n\n@compute @workgroup_size(256, 1, 1)\nfn reduce(@builtin(local_invocation_index) local: u32, @builtin(workgroup_id) group: vec3<u32>,\n          @builtin(num_workgroups) groups: vec3<u32>) {\n  let lanes = params.lanes;\n  let slices = 256u / lanes;\n  let i = group.x * lanes + local % lanes;\n  let slice = local / lanes;\n  // The outer axis may be longer than 65,535 workgroups: rows of the grid take turns.\n  for (var o = group.y; o < params.outer; o += groups.y) {\n    var sum = start();\n    if (i < params.inner) {\n      let base = params.x_offset + o * params.x_outer + i * params.x_inner;\n      for (var k = slice; k < params.length; k += slices) {\n        let v = x[base + k * params.x_length];\n        sum = combine(sum, select(v, v * v, params.power == 2u));\n      }\n    }\n    partial[local] = sum;\n    workgroupBarrier();\n    for (var half = 128u; half >= lanes; half /= 2u) {\n      if (local < half) { partial[local] = combine(partial[local], partial[local + half]); }\n      workgroupBarrier();\n    }\n    if (slice == 0u && i < params.inner) {\n      let at = o * params.inner + i;\n      let result = partial[local] * params.scale;\n      if (params.accumulate == 1u) { out[at] += result; } else { out[at] = result; }\n    }\n    workgroupBarrier();\n  }\n}\n",
  },
  unary: {
    name: "unary",
    workgroup: [64, 1, 1],
    paramsSize: 48,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "x_offset", offset: 4, type: "u32", length: 1 },
      { name: "accumulate", offset: 8, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "x_strides", offset: 32, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "out", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// unary: one function applied to every element.\n//\n//   out[i] = f(x[i])\n//\n//   x    [shape]  read through strides, so transposed and sliced views need no copy\n//   out  [count]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: unary_backward.wgsl.   CPU twin: src/backend/cpu/unary.ts.\n// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26 (absolute error 1.5e-7).\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  x_offset: u32,\n  accumulate: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read_write> out: array<f32>;\n\nconst SQRT_HALF = 0.7071067811865476;\nconst SQRT_2_OVER_PI = 0.7978845608028654;\n\n// Position of element i of a [shape] tensor in a buffer with these strides.\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y * strides.y + z * strides.z + w * strides.w;\n}\n\n// A driver gives NaN for tanh from |x| = 89 on; at 15 it is 1 to the last bit.\nfn safe_tanh(v: f32) -> f32 {\n  return tanh(clamp(v, -15.0, 15.0));\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));\n}\n\nfn erf(v: f32) -> f32 {\n  let t = 1.0 / (1.0 + 0.3275911 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return sign(v) * (1.0 - series * exp(-v * v));\n}\n\nfn f(v: f32) -> f32 {\n  switch operation {\n    case 0u: { return -v; }\n    case 1u: { return exp(v); }\n    case 2u: { return log(v); }\n    case 3u: { return sqrt(v); }\n    case 4u: { return v * v; }\n    case 5u: { return abs(v); }\n    case 6u: { return max(v, 0.0); }\n    case 7u: { return sigmoid(v); }\n    case 8u: { return safe_tanh(v); }\n    case 9u: { return 0.5 * v * (1.0 + erf(v * SQRT_HALF)); }\n    case 10u: { return 0.5 * v * (1.0 + safe_tanh(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v))); }\n    case 11u: { return v * sigmoid(v); }\n    case 12u: { return max(v, 0.0) + log(1.0 + exp(-abs(v))); }\n    case 13u: { return 1.0 / v; }\n    case 14u: { return sin(v); }\n    case 15u: { return cos(v); }\n    case 16u: { return floor(v); }\n    case 17u: { return sign(v); }\n    default: { return v; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn unary(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let v = f(x[params.x_offset + at(i, params.x_strides)]);\n  if (params.accumulate == 1u) { out[i] += v; } else { out[i] = v; }\n}\n",
  },
  unary_backward: {
    name: "unary_backward",
    workgroup: [64, 1, 1],
    paramsSize: 64,
    params: [
      { name: "count", offset: 0, type: "u32", length: 1 },
      { name: "x_offset", offset: 4, type: "u32", length: 1 },
      { name: "dout_offset", offset: 8, type: "u32", length: 1 },
      { name: "accumulate", offset: 12, type: "u32", length: 1 },
      { name: "shape", offset: 16, type: "u32", length: 4 },
      { name: "x_strides", offset: 32, type: "u32", length: 4 },
      { name: "dout_strides", offset: 48, type: "u32", length: 4 },
    ],
    bindings: [
      { name: "x", access: "read", type: "f32", optional: false },
      { name: "y", access: "read", type: "f32", optional: false },
      { name: "dout", access: "read", type: "f32", optional: false },
      { name: "dx", access: "read_write", type: "f32", optional: false },
    ],
    overrides: [{ name: "operation", type: "u32" }],
    source: "// unary_backward: the gradient of unary.\n//\n//   dx[i] = dout[i] · f'(x[i])        with f' written with y = f(x) where that is simpler\n//\n//   x     [shape]  the input, read through strides\n//   y     [count]  the output, contiguous\n//   dout  [shape]  the gradient of the output, read through strides\n//   dx    [count]  contiguous; added to when accumulate is 1\n//\n// Dispatch: one thread per element, 64 to a workgroup.\n// Gradient: none (first order only).   CPU twin: src/backend/cpu/unary_backward.ts.\n// Source: gelu: Hendrycks & Gimpel 2016; erf: Abramowitz & Stegun 7.1.26.\n\noverride operation: u32 = 0u;\n\nstruct Params {\n  count: u32,\n  x_offset: u32,\n  dout_offset: u32,\n  accumulate: u32,\n  shape: vec4<u32>,\n  x_strides: vec4<u32>,\n  dout_strides: vec4<u32>,\n}\n\n@group(0) @binding(0) var<uniform> params: Params;\n@group(0) @binding(1) var<storage, read> x: array<f32>;\n@group(0) @binding(2) var<storage, read> y: array<f32>;\n@group(0) @binding(3) var<storage, read> dout: array<f32>;\n@group(0) @binding(4) var<storage, read_write> dx: array<f32>;\n\nconst SQRT_HALF = 0.7071067811865476;\nconst INV_SQRT_2PI = 0.3989422804014327;\nconst SQRT_2_OVER_PI = 0.7978845608028654;\n\nfn at(i: u32, strides: vec4<u32>) -> u32 {\n  let s = params.shape;\n  let w = i % s.w;\n  let z = (i / s.w) % s.z;\n  let y0 = (i / (s.w * s.z)) % s.y;\n  let x0 = i / (s.w * s.z * s.y);\n  return x0 * strides.x + y0 * strides.y + z * strides.z + w * strides.w;\n}\n\nfn safe_tanh(v: f32) -> f32 {\n  return tanh(clamp(v, -15.0, 15.0));\n}\n\nfn sigmoid(v: f32) -> f32 {\n  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));\n}\n\nfn erf(v: f32) -> f32 {\n  let t = 1.0 / (1.0 + 0.3275911 * abs(v));\n  let series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));\n  return sign(v) * (1.0 - series * exp(-v * v));\n}\n\nfn slope(v: f32, out: f32) -> f32 {\n  switch operation {\n    case 0u: { return -1.0; }\n    case 1u: { return out; }\n    case 2u: { return 1.0 / v; }\n    case 3u: { return 0.5 / out; }\n    case 4u: { return 2.0 * v; }\n    case 5u: { return sign(v); }\n    case 6u: { return select(0.0, 1.0, v > 0.0); }\n    case 7u: { return out * (1.0 - out); }\n    case 8u: { return 1.0 - out * out; }\n    case 9u: { return 0.5 * (1.0 + erf(v * SQRT_HALF)) + v * INV_SQRT_2PI * exp(-0.5 * v * v); }\n    case 10u: {\n      let t = safe_tanh(SQRT_2_OVER_PI * (v + 0.044715 * v * v * v));\n      return 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * v * v);\n    }\n    case 11u: {\n      let s = sigmoid(v);\n      return s * (1.0 + v * (1.0 - s));\n    }\n    case 12u: { return sigmoid(v); }\n    case 13u: { return -out * out; }\n    case 14u: { return cos(v); }\n    case 15u: { return -sin(v); }\n    default: { return 0.0; }\n  }\n}\n\n@compute @workgroup_size(64, 1, 1)\nfn unary_backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {\n  let i = id.x + id.y * groups.x * 64u;\n  if (i >= params.count) { return; }\n  let v = x[params.x_offset + at(i, params.x_strides)];\n  let d = dout[params.dout_offset + at(i, params.dout_strides)] * slope(v, y[i]);\n  if (params.accumulate == 1u) { dx[i] += d; } else { dx[i] = d; }\n}\n",
  },
};
