import type { Params, Views } from "../backend.ts";
import { at, inOrder } from "./math.ts";

const LOWEST = -2147483648;
const HIGHEST = 2147483520;

/** Twin of kernels/convert.wgsl. */
export function convert(params: Params<"convert">, { x, out }: Views<"convert">): void {
  const { count, shape, x_offset, x_strides } = params;
  const plain = inOrder(shape, x_strides);
  for (let i = 0; i < count; i++) {
    const v = x[x_offset + (plain ? i : at(i, shape, x_strides))];
    out[i] = params.to_integer ? Math.trunc(Math.min(Math.max(v, LOWEST), HIGHEST)) : v;
  }
}
