import type { Params, TypedArray, Views } from "../backend.ts";

/** The target of class c in a row: a number, or 1 where the row's class id names it. */
export function targetAt(
  params: { integer_targets: boolean; targets_offset: number; classes: number },
  targets: TypedArray,
  row: number,
  c: number,
): number {
  if (params.integer_targets) return targets[params.targets_offset + row] === c ? 1 : 0;
  return targets[params.targets_offset + row * params.classes + c];
}

/** Twin of kernels/categorical_cross_entropy.wgsl. */
export function categorical_cross_entropy(
  params: Params<"categorical_cross_entropy">,
  { p, targets, loss, sums, inside }: Views<"categorical_cross_entropy">,
): void {
  const { rows, classes, clip } = params;
  for (let row = 0; row < rows; row++) {
    const base = params.p_offset + row * classes;
    let sum = 0;
    for (let c = 0; c < classes; c++) sum += p[base + c];
    sum = Math.max(sum, 1e-30);
    let total = 0;
    let unclipped = 0;
    for (let c = 0; c < classes; c++) {
      const t = targetAt(params, targets, row, c);
      if (t === 0) continue;
      const q = p[base + c] / sum;
      const clipped = Math.min(Math.max(q, clip), 1 - clip);
      total -= t * Math.log(clipped);
      if (q === clipped) unclipped += t;
    }
    loss[row] = total;
    sums[row] = sum;
    inside[row] = unclipped;
  }
}
