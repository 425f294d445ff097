import type { Params, Views } from "../backend.ts";
import { BINARY } from "../operations.ts";
import { at, inOrder } from "./math.ts";

const FUNCTIONS: ((l: number, r: number) => number)[] = [];
FUNCTIONS[BINARY.add] = (l, r) => l + r;
FUNCTIONS[BINARY.sub] = (l, r) => l - r;
FUNCTIONS[BINARY.mul] = (l, r) => l * r;
FUNCTIONS[BINARY.div] = (l, r) => l / r;
FUNCTIONS[BINARY.maximum] = Math.max;
FUNCTIONS[BINARY.minimum] = Math.min;
FUNCTIONS[BINARY.pow] = (l, r) => l ** r;
FUNCTIONS[BINARY.step] = (l, r) => (l > r ? 1 : l === r ? 0.5 : 0);

/** Twin of kernels/binary.wgsl. */
export function binary(params: Params<"binary">, { a, b, out }: Views<"binary">): void {
  const f = FUNCTIONS[params.operation];
  const { count, shape, a_offset, b_offset, a_strides, b_strides } = params;
  const plain = inOrder(shape, a_strides) && inOrder(shape, b_strides);
  for (let i = 0; i < count; i++) {
    const l = a[a_offset + (plain ? i : at(i, shape, a_strides))];
    const r = b[b_offset + (plain ? i : at(i, shape, b_strides))];
    const v = f(l, r);
    out[i] = params.accumulate === 1 ? out[i] + v : v;
  }
}
