import type { Params, Views } from "../backend.ts";

/** Twin of kernels/embedding_backward.wgsl; sums in double. */
export function embedding_backward(
  params: Params<"embedding_backward">,
  { starts, order, dout, dtable }: Views<"embedding_backward">,
): void {
  const { rows, width, inner_count, dout_offset, dout_outer, dout_inner } = params;
  const sums = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    sums.fill(0);
    const end = row === params.padding_row ? starts[row] : starts[row + 1];
    for (let k = starts[row]; k < end; k++) {
      const i = order[k];
      const from = dout_offset + Math.floor(i / inner_count) * dout_outer + (i % inner_count) * dout_inner;
      for (let c = 0; c < width; c++) sums[c] += dout[from + c];
    }
    for (let c = 0; c < width; c++) {
      const at = row * width + c;
      dtable[at] = params.accumulate === 1 ? dtable[at] + sums[c] : sums[c];
    }
  }
}
