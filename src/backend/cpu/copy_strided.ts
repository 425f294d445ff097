import type { Params, Views } from "../backend.ts";

/** Twin of kernels/copy_strided.wgsl. */
export function copy_strided(params: Params<"copy_strided">, { x, out }: Views<"copy_strided">): void {
  const [s0, s1, s2, s3] = params.shape;
  const [x0, x1, x2, x3] = params.x_strides;
  const [o0, o1, o2, o3] = params.out_strides;
  for (let i = 0; i < s0; i++)
    for (let j = 0; j < s1; j++)
      for (let k = 0; k < s2; k++) {
        let from = params.x_offset + i * x0 + j * x1 + k * x2;
        let to = params.out_offset + i * o0 + j * o1 + k * o2;
        for (let l = 0; l < s3; l++, from += x3, to += o3) out[to] = x[from];
      }
}
