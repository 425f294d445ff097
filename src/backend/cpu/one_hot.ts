import type { Params, Views } from "../backend.ts";

/** Twin of kernels/one_hot.wgsl. */
export function one_hot(params: Params<"one_hot">, { ids, out }: Views<"one_hot">): void {
  const { count, classes, ids_offset } = params;
  for (let i = 0; i < count * classes; i++)
    out[i] = ids[ids_offset + Math.floor(i / classes)] === i % classes ? 1 : 0;
}
