import { pcg4d } from "../../random.ts";
import type { Params, Views } from "../backend.ts";

/** Twin of kernels/dropout_add.wgsl. */
export function dropout_add(
  params: Params<"dropout_add">,
  { x, sublayer, counter, out }: Views<"dropout_add">,
): void {
  const { count, operation, threshold, scale, x_offset, sublayer_offset } = params;
  const bits = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) pcg4d(counter[0], counter[1], operation, i / 4, bits);
    const keep = bits[i % 4] >>> 8 >= threshold;
    out[i] = x[x_offset + i] + (keep ? scale * sublayer[sublayer_offset + i] : 0);
  }
}
