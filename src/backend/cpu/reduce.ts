import type { Params, Views } from "../backend.ts";
import { REDUCE } from "../operations.ts";

/** Twin of kernels/reduce.wgsl; sums in double. */
export function reduce(params: Params<"reduce">, { x, out }: Views<"reduce">): void {
  const { outer, length, inner, x_offset, x_outer, x_length, x_inner, operation } = params;
  const sums = new Float64Array(inner);
  for (let o = 0; o < outer; o++) {
    sums.fill(operation === REDUCE.sum ? 0 : operation === REDUCE.max ? -3.0e38 : 3.0e38);
    for (let k = 0; k < length; k++) {
      let from = x_offset + o * x_outer + k * x_length;
      for (let i = 0; i < inner; i++, from += x_inner) {
        const v = params.power === 2 ? x[from] * x[from] : x[from];
        if (operation === REDUCE.sum) sums[i] += v;
        else sums[i] = operation === REDUCE.max ? Math.max(sums[i], v) : Math.min(sums[i], v);
      }
    }
    for (let i = 0; i < inner; i++) {
      const result = sums[i] * params.scale;
      const at = params.out_offset + o * inner + i;
      out[at] = params.accumulate === 1 ? out[at] + result : result;
    }
  }
}
