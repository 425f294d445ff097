import { pcg4d } from "../../random.ts";
import type { Params, Views } from "../backend.ts";

/** Twin of kernels/residual_norm.wgsl; sums in double. */
export function residual_norm(
  params: Params<"residual_norm">,
  { x, sublayer, counter, weight, bias, sum, out, stats }: Views<"residual_norm">,
): void {
  const { rows, columns, operation, threshold, x_offset, sublayer_offset } = params;
  const { weight_offset, bias_offset } = params;
  const bits = new Uint32Array(4);
  for (let i = 0; i < rows * columns; i++) {
    if (threshold > 0 && i % 4 === 0) pcg4d(counter![0], counter![1], operation, i / 4, bits);
    const keep = bits[i % 4] >>> 8 >= threshold;
    sum[i] = x[x_offset + i] + (keep ? params.scale * sublayer[sublayer_offset + i] : 0);
  }
  for (let row = 0; row < rows; row++) {
    const first = row * columns;
    let total = 0;
    for (let c = 0; c < columns; c++) total += sum[first + c];
    const mean = total / columns;
    let squares = 0;
    for (let c = 0; c < columns; c++) squares += (sum[first + c] - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / columns + params.eps);
    for (let c = 0; c < columns; c++) {
      let v = (sum[first + c] - mean) * scale;
      if (params.has_weight === 1) v *= weight![weight_offset + c];
      if (params.has_bias === 1) v += bias![bias_offset + c];
      out[first + c] = v;
    }
    stats[2 * row] = mean;
    stats[2 * row + 1] = scale;
  }
}
