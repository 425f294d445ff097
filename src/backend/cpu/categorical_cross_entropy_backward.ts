import type { Params, Views } from "../backend.ts";
import { targetAt } from "./categorical_cross_entropy.ts";

/** Twin of kernels/categorical_cross_entropy_backward.wgsl. */
export function categorical_cross_entropy_backward(
  params: Params<"categorical_cross_entropy_backward">,
  { p, targets, sums, inside, dout, dp }: Views<"categorical_cross_entropy_backward">,
): void {
  const { count, classes, clip, scale } = params;
  for (let row = 0; row * classes < count; row++) {
    const g = scale * dout[params.dout_offset + row * params.dout_stride];
    for (let c = 0; c < classes; c++) {
      const i = row * classes + c;
      const q = p[params.p_offset + i] / sums[row];
      let slope = inside[row];
      if (q >= clip && q <= 1 - clip) slope -= targetAt(params, targets, row, c) / q;
      const v = (g * slope) / sums[row];
      dp[i] = params.accumulate === 1 ? dp[i] + v : v;
    }
  }
}
