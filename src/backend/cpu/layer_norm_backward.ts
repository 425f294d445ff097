import type { Params, Views } from "../backend.ts";

/** Twin of kernels/layer_norm_backward.wgsl; sums in double. */
export function layer_norm_backward(
  params: Params<"layer_norm_backward">,
  { x, stats, weight, dout, dx }: Views<"layer_norm_backward">,
): void {
  const { rows, columns, x_offset, weight_offset, dout_offset } = params;
  for (let row = 0; row < rows; row++) {
    const mean = stats[2 * row];
    const scale = stats[2 * row + 1];
    const base = row * columns;
    const normed = (c: number): number => (x[x_offset + base + c] - mean) * scale;
    const upstream = (c: number): number =>
      dout[dout_offset + base + c] * (params.has_weight === 1 ? weight![weight_offset + c] : 1);
    let sum = 0;
    let product = 0;
    for (let c = 0; c < columns; c++) {
      sum += upstream(c);
      product += upstream(c) * normed(c);
    }
    for (let c = 0; c < columns; c++) {
      const d = scale * (upstream(c) - sum / columns - (normed(c) * product) / columns);
      dx[base + c] = params.accumulate === 1 ? dx[base + c] + d : d;
    }
  }
}
