import type { Params, Views } from "../backend.ts";

/** Twin of kernels/layer_norm.wgsl; sums in double. */
export function layer_norm(
  params: Params<"layer_norm">,
  { x, weight, bias, out, stats }: Views<"layer_norm">,
): void {
  const { rows, columns, weight_offset, bias_offset } = params;
  for (let row = 0; row < rows; row++) {
    const base = params.x_offset + row * columns;
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += x[base + c];
    const mean = sum / columns;
    let squares = 0;
    for (let c = 0; c < columns; c++) squares += (x[base + c] - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / columns + params.eps);
    for (let c = 0; c < columns; c++) {
      let v = (x[base + c] - mean) * scale;
      if (params.has_weight === 1) v *= weight![weight_offset + c];
      if (params.has_bias === 1) v += bias![bias_offset + c];
      out[row * columns + c] = v;
    }
    stats[2 * row] = mean;
    stats[2 * row + 1] = scale;
  }
}
