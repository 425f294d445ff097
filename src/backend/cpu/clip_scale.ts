import type { Params, Views } from "../backend.ts";

/** Twin of kernels/clip_scale.wgsl. */
export function clip_scale(
  { count, offset, max_norm }: Params<"clip_scale">,
  { sum_squares, g, norm }: Views<"clip_scale">,
): void {
  const total = Math.sqrt(sum_squares[0]);
  norm[0] = total;
  const factor = max_norm / (total + 1e-6);
  if (factor < 1) for (let i = offset; i < offset + count; i++) g[i] *= factor;
}
