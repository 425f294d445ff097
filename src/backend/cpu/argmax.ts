import type { Params, Views } from "../backend.ts";

/** Twin of kernels/argmax.wgsl. */
export function argmax(params: Params<"argmax">, { x, out }: Views<"argmax">): void {
  const { outer, length, inner, x_offset, x_outer, x_length, x_inner, smallest } = params;
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < inner; i++) {
      const base = x_offset + o * x_outer + i * x_inner;
      let value = 0;
      let best = -1;
      for (let k = 0; k < length; k++) {
        const v = smallest ? -x[base + k * x_length] : x[base + k * x_length];
        if (!Number.isNaN(v) && (best < 0 || v > value)) {
          value = v;
          best = k;
        }
      }
      out[o * inner + i] = Math.max(best, 0);
    }
}
