import type { Params, Views } from "../backend.ts";
import { multiply } from "./matmul.ts";

/** The int8 of each word as doubles, in which sums of whole numbers are exact. */
function unpack(words: Int32Array, count: number): Float64Array<ArrayBuffer> {
  const values = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    const word = words[i];
    values[4 * i] = (word << 24) >> 24;
    values[4 * i + 1] = (word << 16) >> 24;
    values[4 * i + 2] = (word << 8) >> 24;
    values[4 * i + 3] = word >> 24;
  }
  return values;
}

/** Twin of kernels/matmul_int8.wgsl. */
export function matmul_int8(
  params: Params<"matmul_int8">,
  { x, x_scale, w, w_scale, bias, out }: Views<"matmul_int8">,
): void {
  const { rows, words, columns, has_bias } = params;
  const inner = 4 * words;
  const sums = new Float64Array(rows * columns);
  multiply(unpack(x, rows * words), unpack(w, columns * words), sums, {
    rows,
    inner,
    columns,
    a: 0,
    aRow: inner,
    aColumn: 1,
    b: 0,
    bRow: 1,
    bColumn: inner,
    out: 0,
    outRow: columns,
    accumulate: false,
  });
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const v = sums[r * columns + c] * (x_scale[r] * w_scale[c]);
      out[r * columns + c] = has_bias === 1 && bias ? v + bias[c] : v;
    }
}
