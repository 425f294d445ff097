import type { KernelName, Params } from "./backend.ts";

/** Rounding of one f32 result, with room for drivers whose exp, log and division lose two more bits. */
const ROUNDING = 2e-6;

/** A sum of n products rounds about √n times as much as one (errors of random sign). */
function sum(n: number): number {
  return 1e-6 * Math.sqrt(n) + ROUNDING;
}

/**
 * How far a kernel's output may lie from its twin's, relative to the largest value in it. WGSL allows tanh an error
 * of 1e-5, the reason of the figures of the activations.
 */
export const TOLERANCES: { readonly [K in KernelName]: (p: Params<K>) => number } = {
  binary: () => 2e-5, // pow is exp2 of a product: its error grows with the exponent
  copy_strided: () => 0,
  fill: () => ROUNDING,
  matmul: (p) => sum(p.inner),
  matmul_direct: (p) => sum(p.inner),
  reduce: (p) => sum(p.length),
  unary: () => 2e-5,
  unary_backward: () => 2e-5,
};
