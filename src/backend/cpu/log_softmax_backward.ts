import type { Params, Views } from "../backend.ts";
import { MASKED } from "./softmax.ts";

/** Twin of kernels/log_softmax_backward.wgsl. */
export function log_softmax_backward(
  params: Params<"log_softmax_backward">,
  { y, dout, dx }: Views<"log_softmax_backward">,
): void {
  const { rows, columns, dout_offset } = params;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let sum = 0;
    for (let c = start; c < start + columns; c++) if (!(y[c] <= MASKED)) sum += dout[dout_offset + c];
    for (let c = start; c < start + columns; c++) {
      const d = y[c] <= MASKED ? 0 : dout[dout_offset + c] - Math.exp(y[c]) * sum;
      dx[c] = params.accumulate === 1 ? dx[c] + d : d;
    }
  }
}
