import type { Params, Views } from "../backend.ts";

/** Twin of kernels/cross_entropy_total.wgsl. */
export function cross_entropy_total(
  params: Params<"cross_entropy_total">,
  { loss, correct, targets, result }: Views<"cross_entropy_total">,
): void {
  let total = 0;
  let right = 0;
  let count = 0;
  for (let row = 0; row < params.rows; row++) {
    total += loss[row];
    right += correct[row];
    if (targets[params.targets_offset + row] !== params.ignore_index) count++;
  }
  count = Math.max(count, 1);
  const divisor = params.mean === 1 ? count : 1;
  result[0] = total / divisor;
  result[1] = right / count;
  result[2] = divisor;
}
