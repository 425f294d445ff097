import type { Params, Views } from "../backend.ts";
import { put } from "./residual_norm_backward.ts";

/** Twin of kernels/layer_norm_backward_total.wgsl; sums in double. */
export function layer_norm_backward_total(
  params: Params<"layer_norm_backward_total">,
  { sums, dweight, dbias }: Views<"layer_norm_backward_total">,
): void {
  const { blocks, columns } = params;
  for (let c = 0; c < columns; c++) {
    let weight = 0;
    let bias = 0;
    for (let b = 0; b < blocks; b++) {
      weight += sums[2 * b * columns + c];
      bias += sums[(2 * b + 1) * columns + c];
    }
    put(dweight, c, weight, params.write_weight);
    put(dbias, c, bias, params.write_bias);
  }
}
