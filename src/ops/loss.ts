/** What the losses share: reductions, and how their kernels read the gradient that arrives. */
import { REDUCE } from "../backend/operations.ts";
import type { Device } from "../device.ts";
import { ValueError } from "../errors.ts";
import type { Shape } from "../shape.ts";
import { emptyTensor, scratchTensor, type Tensor } from "../tensor.ts";
import { contiguousOf } from "./launch.ts";
import { reduceInto } from "./reduce.ts";

/** The mean of the losses, their sum, or each by itself. */
export type Reduction = "mean" | "sum" | "none";

/** Throws a ValueError unless the reduction is one of the three. */
export function checkReduction(where: string, reduction: string): void {
  if (!["mean", "sum", "none"].includes(reduction))
    throw new ValueError(`${where}: unknown reduction "${reduction}"; known: mean, sum, none`);
}

/** Throws a ValueError for targets that want a gradient: the fused losses have none for them. */
export function checkNoGradient(where: string, targets: Tensor): void {
  if (targets.requiresGrad)
    throw new ValueError(`${where}: targets have no gradient here; pass detach(targets)`);
}

/** Memory for unreduced losses: the op's result when nothing is reduced, else scratch for `reduceLosses`. */
export function lossMemory(device: Device, shape: Shape, reduction: Reduction): Tensor {
  return reduction === "none" ? emptyTensor(device, shape) : scratchTensor(device, shape);
}

/** What each loss counts for: 1 / count for the mean, else 1. */
export function lossScale(reduction: Reduction, count: number): number {
  return reduction === "mean" ? 1 / count : 1;
}

/** The reduced loss of memory from `lossMemory`, which it releases; the losses themselves for "none". */
export function reduceLosses(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === "none") return losses;
  const out = emptyTensor(losses.device, []);
  const axes = losses.shape.map((_, axis) => axis);
  reduceInto(losses, axes, out, {
    operation: REDUCE.sum,
    scale: lossScale(reduction, losses.size),
  });
  losses.storage.release();
  return out;
}

/** The gradient of a loss as its kernel reads it: one number that all share (stride 0), or one for each. */
export function upstream(dout: Tensor): { source: Tensor; dout_offset: number; dout_stride: number } {
  const source = contiguousOf(dout);
  return { source, dout_offset: source.offset, dout_stride: dout.size === 1 ? 0 : 1 };
}
