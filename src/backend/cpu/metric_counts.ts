import type { Params, Views } from "../backend.ts";
import { TARGETS } from "../operations.ts";

/** Twin of kernels/metric_counts.wgsl. */
export function metric_counts(
  params: Params<"metric_counts">,
  { predictions, targets, mask, counts }: Views<"metric_counts">,
): void {
  const { rows, classes, threshold, targets_offset } = params;
  const byId = params.targets_kind === TARGETS.classIds;
  let found = 0;
  let counted = 0;
  let right = 0;
  let truePositives = 0;
  let predicted = 0;
  let actual = 0;
  for (let row = 0; row < rows; row++) {
    if (params.has_mask === 1 && mask![params.mask_offset + row] === 0) continue;
    const base = params.predictions_offset + row * classes;
    const targetBase = targets_offset + row * classes;
    let wanted = byId ? targets[targets_offset + row] : -1;
    const id = wanted;
    let best = -1;
    let largest = 0;
    let largestTarget = 0;
    for (let c = 0; c < classes; c++) {
      const p = predictions[base + c];
      const t = byId ? (c === id ? 1 : 0) : targets[targetBase + c];
      if (p > threshold) {
        predicted++;
        if (t === 1) right++;
        if (t !== 0) truePositives++;
      } else if (t === 0 && p <= threshold) right++;
      if (t !== 0) actual++;
      if (p > largest || (best < 0 && !Number.isNaN(p))) {
        best = c;
        largest = p;
      }
      if (!byId && (t > largestTarget || (wanted < 0 && !Number.isNaN(t)))) {
        wanted = c;
        largestTarget = t;
      }
    }
    if (best >= 0 && best === wanted) found++;
    counted++;
  }
  const sums = [found, right, truePositives, predicted, actual, counted, counted * classes];
  for (const [count, sum] of sums.entries()) {
    // The words may be seen as i32; >>> 0 reads them as u32.
    const low = (counts[2 * count] >>> 0) + sum;
    counts[2 * count] = low % 2 ** 32;
    counts[2 * count + 1] = (counts[2 * count + 1] >>> 0) + Math.floor(low / 2 ** 32);
  }
}
