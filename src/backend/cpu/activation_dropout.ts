import { pcg4d } from "../../random.ts";
import type { Params, Views } from "../backend.ts";
import { ACTIVATIONS } from "./unary.ts";

/** Twin of kernels/activation_dropout.wgsl. */
export function activation_dropout(
  params: Params<"activation_dropout">,
  { x, counter, out }: Views<"activation_dropout">,
): void {
  const { count, operation, threshold, scale, x_offset } = params;
  const f = ACTIVATIONS[params.activation];
  const bits = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) pcg4d(counter[0], counter[1], operation, i / 4, bits);
    const keep = bits[i % 4] >>> 8 >= threshold;
    out[i] = keep ? scale * f(x[x_offset + i]) : 0;
  }
}
