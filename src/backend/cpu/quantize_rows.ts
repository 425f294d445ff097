import type { Params, Views } from "../backend.ts";

/** As f32, which WGSL rounds every constant to. */
const STEP = Math.fround(1 / 127.5);
const SMALLEST = 2 ** -23;

/** The integer k for which (k − ½) s < v ≤ (k + ½) s, the products rounded to f32 as on a GPU. */
function nearest(v: number, s: number): number {
  let k = Math.round(v / s);
  if (v > Math.fround((k + 0.5) * s)) k++;
  else if (v <= Math.fround((k - 0.5) * s)) k--;
  return Math.min(Math.max(k, -128), 127);
}

/** Twin of kernels/quantize_rows.wgsl. */
export function quantize_rows(
  params: Params<"quantize_rows">,
  { x, q, scale }: Views<"quantize_rows">,
): void {
  const { rows, columns, x_offset } = params;
  const words = Math.ceil(columns / 4);
  for (let row = 0; row < rows; row++) {
    const base = x_offset + row * columns;
    let largest = 0;
    for (let c = 0; c < columns; c++) {
      const size = Math.abs(x[base + c]);
      if (!(size <= largest)) largest = size;
      if (Number.isNaN(size)) break;
    }
    const finite = Number.isFinite(largest);
    const s = Math.max(Math.fround((finite ? largest : 0) * STEP), SMALLEST);
    for (let w = 0; w < words; w++) {
      let word = 0;
      for (let i = 0; i < 4; i++) {
        const c = 4 * w + i;
        if (c < columns && finite) word |= (nearest(x[base + c], s) & 0xff) << (8 * i);
      }
      q[row * words + w] = word;
    }
    scale[row] = finite ? s : largest;
  }
}
