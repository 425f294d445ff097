import type { Params, Views } from "../backend.ts";

/** Elements at or below this are masked. */
export const MASKED = -1.0e38;
/** Where a maximum starts, and the logarithm of a masked element's weight: the f32 nearest to −3e38. */
export const LOWEST = Math.fround(-3.0e38);

/** The largest element of row [start, start + columns) and Σ e^(x − largest), without masked elements; in double. */
export function rowSum(
  x: ArrayLike<number>,
  start: number,
  columns: number,
): { largest: number; sum: number } {
  let largest = LOWEST;
  for (let c = 0; c < columns; c++) largest = Math.max(largest, x[start + c]);
  let sum = 0;
  for (let c = 0; c < columns; c++) if (!(x[start + c] <= MASKED)) sum += Math.exp(x[start + c] - largest);
  return { largest, sum };
}

/** Twin of kernels/softmax.wgsl. */
export function softmax(params: Params<"softmax">, { x, out }: Views<"softmax">): void {
  const { rows, columns, x_offset } = params;
  for (let row = 0; row < rows; row++) {
    const start = x_offset + row * columns;
    const { largest, sum } = rowSum(x, start, columns);
    for (let c = 0; c < columns; c++)
      out[row * columns + c] = x[start + c] <= MASKED ? 0 : Math.exp(x[start + c] - largest) / sum;
  }
}
