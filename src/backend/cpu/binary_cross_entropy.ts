import type { Params, TypedArray, Views } from "../backend.ts";
import { TARGETS } from "../operations.ts";

/** The target of element i: a number, or 1 where a class id names its column. */
export function targetAt(
  params: { targets_kind: number; targets_offset: number; columns: number },
  targets: TypedArray,
  i: number,
): number {
  const { targets_kind, targets_offset, columns } = params;
  if (targets_kind !== TARGETS.classIds) return targets[targets_offset + i];
  return targets[targets_offset + Math.floor(i / columns)] === i % columns ? 1 : 0;
}

function clamp(v: number, low: number, high: number): number {
  return Math.min(Math.max(v, low), high);
}

function flooredLog(v: number): number {
  return v < 1.2e-38 ? -100 : Math.log(v);
}

/** Twin of kernels/binary_cross_entropy.wgsl. */
export function binary_cross_entropy(
  params: Params<"binary_cross_entropy">,
  { x, targets, out }: Views<"binary_cross_entropy">,
): void {
  const { count, clip } = params;
  for (let i = 0; i < count; i++) {
    const v = x[params.x_offset + i];
    const t = targetAt(params, targets, i);
    if (params.from_logits) {
      out[i] = Math.max(v, 0) - v * t + Math.log1p(Math.exp(-Math.abs(v)));
    } else {
      const p = clamp(v, clip, 1 - clip);
      const q = clamp(1 - v, clip, 1 - clip);
      out[i] = -t * flooredLog(p) - (1 - t) * flooredLog(q);
    }
  }
}
