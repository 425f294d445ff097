import type { Params, Views } from "../backend.ts";
import { COMPARE } from "../operations.ts";
import { at, inOrder } from "./math.ts";

const RELATIONS: ((l: number, r: number) => boolean)[] = [];
RELATIONS[COMPARE.equal] = (l, r) => l === r;
RELATIONS[COMPARE.notEqual] = (l, r) => l !== r;
RELATIONS[COMPARE.less] = (l, r) => l < r;
RELATIONS[COMPARE.lessEqual] = (l, r) => l <= r;
RELATIONS[COMPARE.greater] = (l, r) => l > r;
RELATIONS[COMPARE.greaterEqual] = (l, r) => l >= r;

/** Twin of kernels/compare.wgsl. */
export function compare(params: Params<"compare">, { a, b, out }: Views<"compare">): void {
  const holds = RELATIONS[params.operation];
  const { count, shape, a_offset, b_offset, a_strides, b_strides } = params;
  const plain = inOrder(shape, a_strides) && inOrder(shape, b_strides);
  for (let i = 0; i < count; i++) {
    const l = a[a_offset + (plain ? i : at(i, shape, a_strides))];
    const r = b[b_offset + (plain ? i : at(i, shape, b_strides))];
    out[i] = holds(l, r) ? 1 : 0;
  }
}
