import type { Params, Views } from "../backend.ts";

/** Twin of kernels/rmsprop.wgsl. */
export function rmsprop(params: Params<"rmsprop">, { p, g, v, m, settings }: Views<"rmsprop">): void {
  const [decay, alpha, rest, momentum, eps1, eps2, by_g, by_m] = settings.subarray(params.row * 8);
  for (let i = params.offset; i < params.offset + params.count; i++) {
    const gradient = g[i] + decay * p[i];
    v[i] = alpha * v[i] + rest * gradient * gradient;
    m[i] = momentum * m[i] + (by_g * gradient) / (Math.sqrt(v[i] + eps1) + eps2);
    p[i] -= by_m * m[i];
  }
}
