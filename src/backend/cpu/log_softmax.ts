import type { Params, Views } from "../backend.ts";
import { LOWEST, MASKED, rowSum } from "./softmax.ts";

/** Twin of kernels/log_softmax.wgsl. */
export function log_softmax(params: Params<"log_softmax">, { x, out }: Views<"log_softmax">): void {
  const { rows, columns, x_offset } = params;
  for (let row = 0; row < rows; row++) {
    const start = x_offset + row * columns;
    const { largest, sum } = rowSum(x, start, columns);
    const log_sum = Math.log(sum);
    for (let c = 0; c < columns; c++)
      out[row * columns + c] = x[start + c] <= MASKED ? LOWEST : x[start + c] - largest - log_sum;
  }
}
