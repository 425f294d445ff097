import type { Params, Views } from "../backend.ts";

/** A class id within 0 … classes − 1. */
export function clampId(id: number, classes: number): number {
  return Math.max(0, Math.min(id, classes - 1));
}

/** Twin of kernels/cross_entropy.wgsl. */
export function cross_entropy(
  params: Params<"cross_entropy">,
  { logits, targets, loss, lse, correct }: Views<"cross_entropy">,
): void {
  const { rows, classes, smoothing } = params;
  for (let row = 0; row < rows; row++) {
    const base = params.logits_offset + row * classes;
    const id = targets[params.targets_offset + row];
    const t = clampId(id, classes);
    let m = -3.0e38;
    for (let c = 0; c < classes; c++) m = Math.max(m, logits[base + c]);
    let exps = 0;
    let distances = 0;
    let first = true;
    for (let c = 0; c < classes; c++) {
      const below = m - logits[base + c];
      exps += Math.exp(-below);
      distances += below;
      if (c < t && below <= 0) first = false;
    }
    const logSum = Math.log(exps);
    const below = m - logits[base + t];
    let v = logSum + (1 - smoothing) * below;
    if (smoothing > 0) v += smoothing * (distances / classes);
    const ignored = id === params.ignore_index;
    loss[row] = ignored ? 0 : v;
    correct[row] = below <= 0 && first && !ignored ? 1 : 0;
    lse[row] = m + logSum;
  }
}
