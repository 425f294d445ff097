import type { Params, Views } from "../backend.ts";
import { ACTIVATION, UNARY } from "../operations.ts";
import { at, erf, sigmoid } from "./math.ts";

const SQRT_HALF = Math.SQRT1_2;
const INV_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
const SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

/** f'(v), given v and out = f(v); functions that are flat or steps stay out and give 0. */
const SLOPES: ((v: number, out: number) => number)[] = [];
SLOPES[UNARY.neg] = () => -1;
SLOPES[UNARY.exp] = (_, out) => out;
SLOPES[UNARY.log] = (v) => 1 / v;
SLOPES[UNARY.sqrt] = (_, out) => 0.5 / out;
SLOPES[UNARY.square] = (v) => 2 * v;
SLOPES[UNARY.abs] = (v) => Math.sign(v);
SLOPES[UNARY.relu] = (v) => (v > 0 ? 1 : 0);
SLOPES[UNARY.sigmoid] = (_, out) => out * (1 - out);
SLOPES[UNARY.tanh] = (_, out) => 1 - out * out;
SLOPES[UNARY.gelu] = (v) => 0.5 * (1 + erf(v * SQRT_HALF)) + v * INV_SQRT_2PI * Math.exp(-0.5 * v * v);
SLOPES[UNARY.geluTanh] = (v) => {
  const t = Math.tanh(SQRT_2_OVER_PI * (v + 0.044715 * v ** 3));
  return 0.5 * (1 + t) + 0.5 * v * (1 - t * t) * SQRT_2_OVER_PI * (1 + 0.134145 * v * v);
};
SLOPES[UNARY.silu] = (v) => {
  const s = sigmoid(v);
  return s * (1 + v * (1 - s));
};
SLOPES[UNARY.softplus] = (v) => sigmoid(v);
SLOPES[UNARY.reciprocal] = (_, out) => -out * out;
SLOPES[UNARY.sin] = (v) => Math.cos(v);
SLOPES[UNARY.cos] = (v) => -Math.sin(v);
SLOPES[UNARY.floor] = () => 0;
SLOPES[UNARY.sign] = () => 0;

/** Of the activations that go before dropout; see ACTIVATION. */
export const ACTIVATION_SLOPES: ((v: number, out: number) => number)[] = [];
ACTIVATION_SLOPES[ACTIVATION.none] = () => 1;
ACTIVATION_SLOPES[ACTIVATION.relu] = SLOPES[UNARY.relu];
ACTIVATION_SLOPES[ACTIVATION.gelu] = SLOPES[UNARY.gelu];
ACTIVATION_SLOPES[ACTIVATION.geluTanh] = SLOPES[UNARY.geluTanh];

/** Twin of kernels/unary_backward.wgsl. */
export function unary_backward(
  params: Params<"unary_backward">,
  { x, y, dout, dx }: Views<"unary_backward">,
): void {
  const slope = SLOPES[params.operation];
  for (let i = 0; i < params.count; i++) {
    const v = x[params.x_offset + at(i, params.shape, params.x_strides)];
    const d = dout[params.dout_offset + at(i, params.shape, params.dout_strides)] * slope(v, y[i]);
    dx[i] = params.accumulate === 1 ? dx[i] + d : d;
  }
}
