/** What the contenders of several questions share. */
import { Generator } from "../src/index.ts";
import type { Contender } from "./paired.ts";
import type { TorchPeer } from "./peers/torch.ts";

/** Numbers in ±bound, the same for a seed everywhere. */
export function numbers(count: number, seed: number, bound = 0.5): Float32Array {
  const random = new Generator(seed);
  return Float32Array.from({ length: count }, () => (2 * random.uniform() - 1) * bound);
}

/** Class ids below `classes`. */
export function integers(count: number, seed: number, classes: number): Int32Array {
  const random = new Generator(seed);
  return Int32Array.from({ length: count }, () => random.integer(classes));
}

/** PyTorch with one of the questions of torch_peer.py. */
export async function torchContender(
  torch: TorchPeer,
  question: string,
  request: Record<string, unknown>,
): Promise<Contender> {
  const { id } = await torch.ask({ ...request, make: question });
  return {
    name: torch.label,
    async run(times) {
      await torch.ask({ run: id, times });
    },
    async answer() {
      return (await torch.ask({ answer: id })).values as number[];
    },
    dispose() {
      torch.ask({ free: id }).catch(() => {});
    },
  };
}

/** How many losses of training steps are compared. */
export const COMPARED_LOSSES = 3;

/**
 * Training steps as a contender: each is waited for by reading its loss, as a training loop that shows it does. The
 * losses of the first steps say whether forward pass, gradients and update agree.
 */
export function trainingContender(
  name: string,
  step: () => Promise<number>,
  more: Pick<Contender, "enter" | "dispose"> = {},
): Contender {
  const losses: number[] = [];
  return {
    name,
    ...more,
    async run(times) {
      for (let i = 0; i < times; i++) losses.push(await step());
    },
    answer: async () => losses.slice(0, COMPARED_LOSSES),
  };
}
