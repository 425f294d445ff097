import { pcg4d } from "../../random.ts";
import type { FloatArray, Params, Views } from "../backend.ts";
import { WRITE } from "../operations.ts";

/** Twin of kernels/residual_norm_backward.wgsl; sums in double. */
export function residual_norm_backward(
  params: Params<"residual_norm_backward">,
  { sum, stats, weight, dout, dsum, counter, dx, dsublayer }: Views<"residual_norm_backward">,
): void {
  const { rows, columns, operation, threshold, weight_offset, dout_offset, dsum_offset } = params;
  const bits = new Uint32Array(4);
  for (let row = 0; row < rows; row++) {
    const mean = stats[2 * row];
    const scale = stats[2 * row + 1];
    const first = row * columns;
    const normed = (c: number): number => (sum[first + c] - mean) * scale;
    const upstream = (c: number): number =>
      dout[dout_offset + first + c] * (params.has_weight === 1 ? weight![weight_offset + c] : 1);
    let total = 0;
    let product = 0;
    for (let c = 0; c < columns; c++) {
      total += upstream(c);
      product += upstream(c) * normed(c);
    }
    for (let c = 0; c < columns; c++) {
      const i = first + c;
      let d = scale * (upstream(c) - total / columns - (normed(c) * product) / columns);
      if (params.has_dsum === 1) d += dsum![dsum_offset + i];
      put(dx, i, d, params.write_x);
      if (threshold > 0 && (i % 4 === 0 || c === 0))
        pcg4d(counter![0], counter![1], operation, Math.floor(i / 4), bits);
      const keep = bits[i % 4] >>> 8 >= threshold;
      put(dsublayer, i, keep ? params.scale * d : 0, params.write_sublayer);
    }
  }
}

/** Writes, adds or leaves out. */
export function put(out: FloatArray | undefined, i: number, v: number, write: number): void {
  if (write === WRITE.over) out![i] = v;
  if (write === WRITE.add) out![i] += v;
}
