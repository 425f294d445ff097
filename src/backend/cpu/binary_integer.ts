import type { Params, Views } from "../backend.ts";
import { BINARY_INTEGER } from "../operations.ts";
import { at, inOrder } from "./math.ts";

/** Toward zero; 0 when the divisor is. */
const quotient = (l: number, r: number): number => (r === 0 ? 0 : (l / r) | 0);

/** With the sign of the divisor. */
function remainder(l: number, r: number): number {
  const rest = (l - Math.imul(quotient(l, r), r)) | 0;
  return rest !== 0 && rest < 0 !== r < 0 ? (rest + r) | 0 : rest;
}

const FUNCTIONS: ((l: number, r: number) => number)[] = [];
FUNCTIONS[BINARY_INTEGER.add] = (l, r) => (l + r) | 0;
FUNCTIONS[BINARY_INTEGER.sub] = (l, r) => (l - r) | 0;
FUNCTIONS[BINARY_INTEGER.mul] = Math.imul;
FUNCTIONS[BINARY_INTEGER.div] = quotient;
FUNCTIONS[BINARY_INTEGER.maximum] = Math.max;
FUNCTIONS[BINARY_INTEGER.minimum] = Math.min;
FUNCTIONS[BINARY_INTEGER.remainder] = remainder;

/** Twin of kernels/binary_integer.wgsl. */
export function binary_integer(
  params: Params<"binary_integer">,
  { a, b, out }: Views<"binary_integer">,
): void {
  const f = FUNCTIONS[params.operation];
  const { count, shape, a_offset, b_offset, a_strides, b_strides } = params;
  const plain = inOrder(shape, a_strides) && inOrder(shape, b_strides);
  for (let i = 0; i < count; i++) {
    const l = a[a_offset + (plain ? i : at(i, shape, a_strides))];
    const r = b[b_offset + (plain ? i : at(i, shape, b_strides))];
    out[i] = f(l, r);
  }
}
