import type { Params, Views } from "../backend.ts";
import { ACTIVATION, UNARY } from "../operations.ts";
import { at, erf, inOrder, sigmoid } from "./math.ts";

const SQRT_HALF = Math.SQRT1_2;
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** The functions by operation code; see kernels/unary.wgsl. */
export const FUNCTIONS: ((v: number) => number)[] = [];
FUNCTIONS[UNARY.neg] = (v) => -v;
FUNCTIONS[UNARY.exp] = Math.exp;
FUNCTIONS[UNARY.log] = Math.log;
FUNCTIONS[UNARY.sqrt] = Math.sqrt;
FUNCTIONS[UNARY.square] = (v) => v * v;
FUNCTIONS[UNARY.abs] = Math.abs;
FUNCTIONS[UNARY.relu] = (v) => Math.max(v, 0);
FUNCTIONS[UNARY.sigmoid] = sigmoid;
FUNCTIONS[UNARY.tanh] = Math.tanh;
FUNCTIONS[UNARY.gelu] = (v) => 0.5 * v * (1 + erf(v * SQRT_HALF));
FUNCTIONS[UNARY.geluTanh] = (v) => 0.5 * v * (1 + Math.tanh(SQRT_2_OVER_PI * (v + 0.044715 * v ** 3)));
FUNCTIONS[UNARY.silu] = (v) => v * sigmoid(v);
FUNCTIONS[UNARY.softplus] = (v) => Math.max(v, 0) + Math.log1p(Math.exp(-Math.abs(v)));
FUNCTIONS[UNARY.reciprocal] = (v) => 1 / v;
FUNCTIONS[UNARY.sin] = Math.sin;
FUNCTIONS[UNARY.cos] = Math.cos;
FUNCTIONS[UNARY.floor] = Math.floor;
FUNCTIONS[UNARY.sign] = Math.sign;
FUNCTIONS[UNARY.identity] = (v) => v;

/** Those that products and dropout go through, by code; see ACTIVATION. */
export const ACTIVATIONS: ((v: number) => number)[] = [];
ACTIVATIONS[ACTIVATION.none] = FUNCTIONS[UNARY.identity];
ACTIVATIONS[ACTIVATION.relu] = FUNCTIONS[UNARY.relu];
ACTIVATIONS[ACTIVATION.gelu] = FUNCTIONS[UNARY.gelu];
ACTIVATIONS[ACTIVATION.geluTanh] = FUNCTIONS[UNARY.geluTanh];

/** Twin of kernels/unary.wgsl. */
export function unary(params: Params<"unary">, { x, out }: Views<"unary">): void {
  const f = FUNCTIONS[params.operation];
  const { count, shape, x_offset, x_strides } = params;
  const plain = inOrder(shape, x_strides);
  for (let i = 0; i < count; i++) {
    const v = f(x[x_offset + (plain ? i : at(i, shape, x_strides))]);
    out[i] = params.accumulate === 1 ? out[i] + v : v;
  }
}
