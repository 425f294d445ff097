import type { FloatArray, Params, Views } from "../backend.ts";
import { MASKED } from "../operations.ts";
import { multiply, type Product } from "./matmul.ts";

/**
 * Twin of kernels/matmul_masked.wgsl and kernels/matmul_masked_direct.wgsl: as many plain products as there are time
 * steps (mask_rows rows each), so that only one step's rows are ever copied.
 */
export function matmul_masked(
  params: Params<"matmul_masked" | "matmul_masked_direct">,
  { a, b, mask, bias, out }: Views<"matmul_masked">,
): void {
  const { batch, rows, inner, columns, masked, mask_rows } = params;
  const width = masked === MASKED.a ? inner : columns;
  const step = new Float64Array(mask_rows * width);
  const product = new Float64Array((masked === MASKED.b ? rows : mask_rows) * columns);
  const strided = {
    aRow: params.a_row,
    aColumn: params.a_column,
    bRow: params.b_row,
    bColumn: params.b_column,
  };
  for (let n = 0; n < batch; n++) {
    const aStart = params.a_offset + n * params.a_batch;
    const bStart = params.b_offset + n * params.b_batch;
    const maskStart = params.mask_offset + n * mask_rows * width;
    const outStart = params.out_offset + n * params.out_batch;
    const plain: Product = {
      ...strided,
      rows,
      inner,
      columns,
      a: aStart,
      b: bStart,
      out: 0,
      outRow: columns,
      accumulate: false,
    };
    /** Adds rows of the product to the output, or writes them. */
    const store = (first: number, count: number): void => {
      for (let r = 0; r < count; r++)
        for (let c = 0; c < columns; c++) {
          let v = product[r * columns + c];
          if (masked === MASKED.out) v *= mask[maskStart + r * columns + c];
          if (params.has_bias === 1 && bias) v += bias[n * columns + c];
          const at = outStart + (first + r) * params.out_row + c;
          out[at] = params.accumulate === 1 ? out[at] + v : v;
        }
    };
    if (masked === MASKED.b) {
      product.fill(0);
      for (let k = 0; k < inner; k += mask_rows) {
        const count = Math.min(mask_rows, inner - k);
        const from = bStart + k * params.b_row;
        maskedRows(b, from, params.b_row, params.b_column, mask, maskStart, step, count, width);
        const part = { ...plain, inner: count, a: aStart + k * params.a_column, accumulate: true };
        multiply(a, step, product, { ...part, b: 0, bRow: width, bColumn: 1 });
      }
      store(0, rows);
      continue;
    }
    for (let row = 0; row < rows; row += mask_rows) {
      const count = Math.min(mask_rows, rows - row);
      const from = aStart + row * params.a_row;
      if (masked === MASKED.a) {
        maskedRows(a, from, params.a_row, params.a_column, mask, maskStart, step, count, width);
        multiply(step, b, product, { ...plain, rows: count, a: 0, aRow: width, aColumn: 1 });
      } else multiply(a, b, product, { ...plain, rows: count, a: from });
      store(row, count);
    }
  }
}

/** Copies rows of an operand into `to`, each element times its element of the mask. */
function maskedRows(
  source: FloatArray,
  from: number,
  rowStride: number,
  columnStride: number,
  mask: FloatArray,
  maskFrom: number,
  to: Float64Array,
  rows: number,
  width: number,
): void {
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < width; c++)
      to[r * width + c] = source[from + r * rowStride + c * columnStride] * mask[maskFrom + r * width + c];
}
