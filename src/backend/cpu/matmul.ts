import type { FloatArray, Params, Views } from "../backend.ts";
import { ACTIVATION } from "../operations.ts";
import { ACTIVATIONS } from "./unary.ts";

/** Twin of kernels/matmul.wgsl and kernels/matmul_direct.wgsl. */
export function matmul(
  params: Params<"matmul" | "matmul_direct">,
  { a, b, bias, pre, out }: Views<"matmul_direct">,
): void {
  const { batch, batch_inner, rows, inner, columns, bias_offset, activation } = params;
  const accumulate = params.accumulate === 1;
  // What goes through a function is made first and added after.
  const plain = activation === ACTIVATION.none && params.keep_pre === 0;
  const apart = plain ? null : new Float64Array(rows * columns);
  for (let n = 0; n < batch; n++) {
    const outer = Math.floor(n / batch_inner);
    const within = n % batch_inner;
    const first = n * rows * columns;
    const base = params.out_offset + first;
    const product = apart ?? out;
    const start = apart ? 0 : base;
    multiply(a, b, product, {
      rows,
      inner,
      columns,
      a: params.a_offset + outer * params.a_batch + within * params.a_batch_inner,
      aRow: params.a_row,
      aColumn: params.a_column,
      b: params.b_offset + outer * params.b_batch + within * params.b_batch_inner,
      bRow: params.b_row,
      bColumn: params.b_column,
      out: start,
      outRow: columns,
      accumulate: accumulate && !apart,
    });
    if (params.has_bias === 1 && bias)
      for (let r = 0, i = start; r < rows; r++)
        for (let c = 0; c < columns; c++, i++) product[i] += bias[bias_offset + c];
    if (!apart) continue;
    if (params.keep_pre === 1 && pre) pre.set(apart, first);
    const act = ACTIVATIONS[activation];
    for (let i = 0; i < apart.length; i++) {
      const v = act(apart[i]);
      out[base + i] = accumulate ? out[base + i] + v : v;
    }
  }
}

/** One product out = A · B (or out += A · B) with free strides; offsets and strides in elements. */
export interface Product {
  rows: number;
  inner: number;
  columns: number;
  a: number;
  aRow: number;
  aColumn: number;
  b: number;
  bRow: number;
  bColumn: number;
  out: number;
  outRow: number;
  accumulate: boolean;
}

/** Panels of the operands in double, in the order in which `block` reads them; grown as needed. */
let bPanels = new Float64Array(0);
let aPanel = new Float64Array(0);

/**
 * Multiplies in blocks of 4 rows × 4 columns whose sixteen sums stay in registers, on operands copied into panels
 * first: three times as fast as the plain triple loop, which remains in the tests as the oracle. Sums are in double.
 */
export function multiply(a: FloatArray, b: FloatArray, out: FloatArray, p: Product): void {
  const rows4 = p.rows - (p.rows % 4);
  const columns4 = p.columns - (p.columns % 4);
  if (rows4 > 0 && columns4 > 0) {
    const { inner } = p;
    if (bPanels.length < inner * columns4) bPanels = new Float64Array(inner * columns4);
    if (aPanel.length < inner * 4) aPanel = new Float64Array(inner * 4);
    for (let c = 0; c < columns4; c += 4)
      pack(b, p.b + c * p.bColumn, p.bColumn, p.bRow, inner, bPanels, c * inner);
    for (let r = 0; r < rows4; r += 4) {
      pack(a, p.a + r * p.aRow, p.aRow, p.aColumn, inner, aPanel, 0);
      for (let c = 0; c < columns4; c += 4) block(out, p, r, c);
    }
  }
  edge(a, b, out, p, 0, rows4, columns4, p.columns);
  edge(a, b, out, p, rows4, p.rows, 0, p.columns);
}

/** Copies four neighbouring rows of A, or columns of B, side by side along the inner axis. */
function pack(
  source: FloatArray,
  start: number,
  neighbour: number,
  along: number,
  inner: number,
  panel: Float64Array,
  at: number,
): void {
  for (let k = 0, i = start; k < inner; k++, i += along, at += 4) {
    panel[at] = source[i];
    panel[at + 1] = source[i + neighbour];
    panel[at + 2] = source[i + 2 * neighbour];
    panel[at + 3] = source[i + 3 * neighbour];
  }
}

// biome-ignore format: sixteen sums read best as a square
function block(out: FloatArray, p: Product, r: number, c: number): void {
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0;
  let s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0;
  let s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  const a = aPanel;
  const b = bPanels;
  const end = p.inner * 4;
  for (let i = 0, j = c * p.inner; i < end; i += 4, j += 4) {
    const b0 = b[j], b1 = b[j + 1], b2 = b[j + 2], b3 = b[j + 3];
    const a0 = a[i], a1 = a[i + 1], a2 = a[i + 2], a3 = a[i + 3];
    s00 += a0 * b0; s01 += a0 * b1; s02 += a0 * b2; s03 += a0 * b3;
    s10 += a1 * b0; s11 += a1 * b1; s12 += a1 * b2; s13 += a1 * b3;
    s20 += a2 * b0; s21 += a2 * b1; s22 += a2 * b2; s23 += a2 * b3;
    s30 += a3 * b0; s31 += a3 * b1; s32 += a3 * b2; s33 += a3 * b3;
  }
  let o = p.out + r * p.outRow + c;
  storeRow(out, o, p.accumulate, s00, s01, s02, s03);
  storeRow(out, (o += p.outRow), p.accumulate, s10, s11, s12, s13);
  storeRow(out, (o += p.outRow), p.accumulate, s20, s21, s22, s23);
  storeRow(out, o + p.outRow, p.accumulate, s30, s31, s32, s33);
}

function storeRow(
  out: FloatArray,
  o: number,
  accumulate: boolean,
  v0: number,
  v1: number,
  v2: number,
  v3: number,
): void {
  if (accumulate) {
    out[o] += v0;
    out[o + 1] += v1;
    out[o + 2] += v2;
    out[o + 3] += v3;
  } else {
    out[o] = v0;
    out[o + 1] = v1;
    out[o + 2] = v2;
    out[o + 3] = v3;
  }
}

/** Rows [r0, r1) × columns [c0, c1), one element at a time. */
function edge(
  a: FloatArray,
  b: FloatArray,
  out: FloatArray,
  p: Product,
  r0: number,
  r1: number,
  c0: number,
  c1: number,
): void {
  for (let r = r0; r < r1; r++)
    for (let c = c0; c < c1; c++) {
      let sum = 0;
      let i = p.a + r * p.aRow;
      let j = p.b + c * p.bColumn;
      for (let k = 0; k < p.inner; k++, i += p.aColumn, j += p.bRow) sum += a[i] * b[j];
      const o = p.out + r * p.outRow + c;
      out[o] = p.accumulate ? out[o] + sum : sum;
    }
}
