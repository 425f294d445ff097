import type { Params, Views } from "../backend.ts";

/** Twin of kernels/adam.wgsl. */
export function adam(params: Params<"adam">, { p, g, m, v, settings }: Views<"adam">): void {
  const s = params.row * 8;
  const beta1 = settings[s];
  const beta2 = settings[s + 1];
  const decay = settings[s + 2];
  const step_size = settings[s + 3];
  const v_scale = settings[s + 4];
  const eps = settings[s + 5];
  const shrink = settings[s + 6];
  for (let i = params.offset; i < params.offset + params.count; i++) {
    const gradient = g[i] + decay * p[i];
    m[i] = beta1 * m[i] + (1 - beta1) * gradient;
    v[i] = beta2 * v[i] + (1 - beta2) * gradient * gradient;
    p[i] -= shrink * p[i] + (step_size * m[i]) / (Math.sqrt(v[i]) * v_scale + eps);
  }
}
