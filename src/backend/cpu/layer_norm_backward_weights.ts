import type { Params, Views } from "../backend.ts";

/** Twin of kernels/layer_norm_backward_weights.wgsl; sums in double. */
export function layer_norm_backward_weights(
  params: Params<"layer_norm_backward_weights">,
  { x, stats, dout, sums }: Views<"layer_norm_backward_weights">,
): void {
  const { rows, columns, rows_per_block, x_offset, dout_offset } = params;
  const block = new Float64Array(2 * columns);
  for (let first = 0; first < rows; first += rows_per_block) {
    block.fill(0);
    for (let row = first; row < Math.min(first + rows_per_block, rows); row++)
      for (let c = 0; c < columns; c++) {
        const d = dout[dout_offset + row * columns + c];
        block[c] += d * (x[x_offset + row * columns + c] - stats[2 * row]) * stats[2 * row + 1];
        block[columns + c] += d;
      }
    sums.set(block, (first / rows_per_block) * 2 * columns);
  }
}
