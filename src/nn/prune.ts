/** Pruning by magnitude: the smallest weights become zero and stay so, as torch.nn.utils.prune with L1Unstructured. */
import { ValueError } from "../errors.ts";
import { noGrad } from "../no_grad.ts";
import { mul } from "../ops/binary.ts";
import { leafTensor, Parameter, type Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** What to prune: one parameter, several, or the weight matrices of a module (biases and norms have one axis). */
export type PruneTarget = Module | Parameter | readonly Parameter[];

/** Which weights were pruned. They are zero now; an optimizer's step moves them, and `apply()` puts them back. */
export class PruningMasks {
  /** 1 where a weight stays, 0 where it was pruned, in f32. */
  readonly masks: ReadonlyMap<Parameter, Tensor>;
  /** Share of zeros in the masks. */
  readonly sparsity: number;

  constructor(masks: ReadonlyMap<Parameter, Tensor>, sparsity: number) {
    this.masks = masks;
    this.sparsity = sparsity;
  }

  /** Makes the pruned weights zero again: call it after each `optimizer.step()` of a fine-tuning. */
  apply(): void {
    noGrad(() => {
      for (const [parameter, mask] of this.masks) parameter.copyFrom(mul(parameter, mask));
    });
  }

  /** Gives the masks' memory back; the weights stay as they are. */
  dispose(): void {
    for (const mask of this.masks.values()) mask.dispose();
  }
}

/**
 * Makes the given share of each weight matrix zero, its smallest magnitudes, and returns the masks that keep them so.
 * `amount` is a share of all weights, those that are zero already included. Throws a ValueError when it is not from 0
 * to 1 or there is nothing to prune.
 */
export async function l1Unstructured(target: PruneTarget, amount: number): Promise<PruningMasks> {
  return pruned("l1Unstructured", target, amount, false);
}

/**
 * As `l1Unstructured`, but the smallest magnitudes of all matrices together: layers whose weights are small lose more
 * of them.
 */
export async function globalUnstructured(target: PruneTarget, amount: number): Promise<PruningMasks> {
  return pruned("globalUnstructured", target, amount, true);
}

/** Share of the weights of the target's matrices that are zero. */
export async function sparsity(target: PruneTarget): Promise<number> {
  const values = await readAll(matricesOf("sparsity", target));
  const zeros = values.map((weights) => weights.reduce((count, w) => count + (w === 0 ? 1 : 0), 0));
  return total(zeros) / total(values.map((weights) => weights.length));
}

async function pruned(
  where: string,
  target: PruneTarget,
  amount: number,
  together: boolean,
): Promise<PruningMasks> {
  if (!(amount >= 0 && amount <= 1))
    throw new ValueError(`prune.${where}: amount is ${amount}, expected the share to prune, from 0 to 1`);
  const parameters = matricesOf(where, target);
  const values = await readAll(parameters);
  const masks = together ? smallest(values, amount) : values.flatMap((one) => smallest([one], amount));
  const made = new Map(
    parameters.map((parameter, i) => [
      parameter,
      leafTensor(parameter.device, masks[i], parameter.shape, "f32"),
    ]),
  );
  const kept = total(masks.map((mask) => mask.reduce((sum, v) => sum + v, 0)));
  const result = new PruningMasks(made, 1 - kept / total(masks.map((mask) => mask.length)));
  result.apply();
  return result;
}

function matricesOf(where: string, target: PruneTarget): readonly Parameter[] {
  const parameters =
    target instanceof Module
      ? target.parameters().filter((parameter) => parameter.shape.length >= 2)
      : target instanceof Parameter
        ? [target]
        : target;
  if (parameters.every((parameter) => parameter.size === 0))
    throw new ValueError(`prune.${where}: there is no weight matrix to prune`);
  return parameters;
}

function readAll(parameters: readonly Parameter[]): Promise<Float32Array[]> {
  return Promise.all(parameters.map(async (parameter) => Float32Array.from(await parameter.data())));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Masks that are 0 at the share of smallest magnitudes; of equal ones, those that come first. */
function smallest(weights: readonly Float32Array[], amount: number): Float32Array[] {
  const magnitudes = new Float32Array(total(weights.map(({ length }) => length)));
  let at = 0;
  for (const list of weights) for (const w of list) magnitudes[at++] = Math.abs(w);
  const count = roundHalfEven(amount * magnitudes.length);
  const sorted = magnitudes.slice().sort();
  const limit = count > 0 ? sorted[count - 1] : -1;
  let left = count - sorted.indexOf(limit);
  return weights.map((list) =>
    Float32Array.from(list, (w) => {
      const size = Math.abs(w);
      return size < limit || (size === limit && left-- > 0) ? 0 : 1;
    }),
  );
}

/** Python's round, which PyTorch counts with. */
function roundHalfEven(value: number): number {
  const down = Math.floor(value);
  if (value - down !== 0.5) return Math.round(value);
  return down % 2 === 0 ? down : down + 1;
}
