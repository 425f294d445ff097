import type { Params, Views } from "../backend.ts";

/** Twin of kernels/sgd.wgsl. */
export function sgd(params: Params<"sgd">, { p, g, m, settings }: Views<"sgd">): void {
  const [decay, momentum, share, by_m, by_g] = settings.subarray(params.row * 8);
  for (let i = params.offset; i < params.offset + params.count; i++) {
    const gradient = g[i] + decay * p[i];
    m[i] = momentum * m[i] + share * gradient;
    p[i] += by_m * m[i] + by_g * gradient;
  }
}
