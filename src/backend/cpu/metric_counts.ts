import type { Params, Views } from "../backend.ts";
import { TARGETS } from "../operations.ts";
import { targetAt } from "./binary_cross_entropy.ts";

/** Twin of kernels/metric_counts.wgsl. */
export function metric_counts(
  params: Params<"metric_counts">,
  { predictions, targets, mask, counts }: Views<"metric_counts">,
): void {
  const { rows, classes, threshold, targets_kind, targets_offset } = params;
  const layout = { targets_kind, targets_offset, columns: classes };
  const sums = new Float64Array(7);
  for (let row = 0; row < rows; row++) {
    if (params.has_mask === 1 && mask![params.mask_offset + row] === 0) continue;
    let best = -1;
    let wanted = targets_kind === TARGETS.classIds ? targets[targets_offset + row] : -1;
    let largest = 0;
    let largestTarget = 0;
    for (let c = 0; c < classes; c++) {
      const p = predictions[params.predictions_offset + row * classes + c];
      const t = targetAt(layout, targets, row * classes + c);
      const positive = p > threshold;
      if (!Number.isNaN(p) && t === (positive ? 1 : 0)) sums[1]++;
      if (positive && t !== 0) sums[2]++;
      if (positive) sums[3]++;
      if (t !== 0) sums[4]++;
      if (!Number.isNaN(p) && (best < 0 || p > largest)) {
        best = c;
        largest = p;
      }
      if (targets_kind !== TARGETS.classIds && !Number.isNaN(t) && (wanted < 0 || t > largestTarget)) {
        wanted = c;
        largestTarget = t;
      }
    }
    if (best >= 0 && best === wanted) sums[0]++;
    sums[5]++;
    sums[6] += classes;
  }
  for (const [count, sum] of sums.entries()) {
    // The words may be seen as i32; >>> 0 reads them as u32.
    const low = (counts[2 * count] >>> 0) + sum;
    counts[2 * count] = low % 2 ** 32;
    counts[2 * count + 1] = (counts[2 * count + 1] >>> 0) + Math.floor(low / 2 ** 32);
  }
}
