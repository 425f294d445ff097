import type { Params, Views } from "../backend.ts";

/** Twin of kernels/softmax_backward.wgsl. */
export function softmax_backward(
  params: Params<"softmax_backward">,
  { y, dout, dx }: Views<"softmax_backward">,
): void {
  const { rows, columns, dout_offset } = params;
  for (let row = 0; row < rows; row++) {
    const start = row * columns;
    let sum = 0;
    for (let c = start; c < start + columns; c++) sum += dout[dout_offset + c] * y[c];
    for (let c = start; c < start + columns; c++) {
      const d = y[c] * (dout[dout_offset + c] - sum);
      dx[c] = params.accumulate === 1 ? dx[c] + d : d;
    }
  }
}
