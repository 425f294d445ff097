import { pcg4d } from "../../random.ts";
import type { Params, Views } from "../backend.ts";
import { at, inOrder } from "./math.ts";

/** Twin of kernels/dropout.wgsl. */
export function dropout(params: Params<"dropout">, { x, counter, out }: Views<"dropout">): void {
  const { count, operation, threshold, scale, shape, x_offset, x_strides } = params;
  const plain = inOrder(shape, x_strides);
  const bits = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) pcg4d(counter[0], counter[1], operation, i / 4, bits);
    const keep = bits[i % 4] >>> 8 >= threshold;
    const v = keep ? scale * x[x_offset + (plain ? i : at(i, shape, x_strides))] : 0;
    out[i] = params.accumulate === 1 ? out[i] + v : v;
  }
}
