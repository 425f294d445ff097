import type { Params, Views } from "../backend.ts";
import { targetAt } from "./binary_cross_entropy.ts";
import { sigmoid } from "./math.ts";

/** Twin of kernels/binary_cross_entropy_backward.wgsl. */
export function binary_cross_entropy_backward(
  params: Params<"binary_cross_entropy_backward">,
  { x, targets, dout, dx }: Views<"binary_cross_entropy_backward">,
): void {
  const { count, clip } = params;
  for (let i = 0; i < count; i++) {
    const p = x[params.x_offset + i];
    const t = targetAt(params, targets, i);
    let slope = 0;
    if (params.from_logits) slope = sigmoid(p) - t;
    else if (p >= clip && 1 - p >= clip) slope = (p - t) / Math.max(p * (1 - p), 1e-12);
    const v = params.scale * dout[params.dout_offset + i * params.dout_stride] * slope;
    dx[i] = params.accumulate === 1 ? dx[i] + v : v;
  }
}
