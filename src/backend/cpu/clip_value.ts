import type { Params, Views } from "../backend.ts";

/** Twin of kernels/clip_value.wgsl. */
export function clip_value({ count, offset, limit }: Params<"clip_value">, { g }: Views<"clip_value">): void {
  for (let i = offset; i < offset + count; i++) {
    if (g[i] > limit) g[i] = limit;
    else if (g[i] < -limit) g[i] = -limit;
  }
}
