import { pcg4d } from "../../random.ts";
import type { Params, Views } from "../backend.ts";
import { ACTIVATION_SLOPES } from "./unary_backward.ts";

/** Twin of kernels/activation_dropout_backward.wgsl. */
export function activation_dropout_backward(
  params: Params<"activation_dropout_backward">,
  { x, dout, counter, dx }: Views<"activation_dropout_backward">,
): void {
  const { count, operation, threshold, scale, x_offset, dout_offset } = params;
  const slope = ACTIVATION_SLOPES[params.activation];
  const bits = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) pcg4d(counter[0], counter[1], operation, i / 4, bits);
    const keep = bits[i % 4] >>> 8 >= threshold;
    const v = keep ? scale * dout[dout_offset + i] * slope(x[x_offset + i], 0) : 0;
    dx[i] = params.accumulate === 1 ? dx[i] + v : v;
  }
}
