import type { Params, Views } from "../backend.ts";

/** Twin of kernels/fill.wgsl. */
export function fill({ count, offset, value }: Params<"fill">, { out }: Views<"fill">): void {
  out.fill(value, offset, offset + count);
}
