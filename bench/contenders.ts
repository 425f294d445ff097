/** What the contenders of several questions share. */
import { type Device, Generator } from "../src/index.ts";
import { type Contender, type Contest, pair } from "./paired.ts";
import type { JaxArray, JaxPeer } from "./peers/jax.ts";
import type { TfjsPeer, TfTensor } from "./peers/tfjs.ts";
import type { TorchPeer } from "./peers/torch.ts";
import type { Answer, Setting } from "./question.ts";

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

/** Work of TensorFlow.js: each piece gives what it made, all of which is freed but what `answer` reads. */
export function tfjsContender(
  peer: TfjsPeer,
  work: () => TfTensor[],
  options: { answer?: () => TfTensor[]; dispose?: () => void } = {},
): Contender {
  return {
    name: peer.label,
    enter: peer.enter,
    async run(times) {
      for (let i = 0; i < times; i++) for (const made of work()) made.dispose();
      await peer.finish();
    },
    async answer() {
      const made = (options.answer ?? work)();
      const parts = await Promise.all(made.map((each) => each.data()));
      for (const each of made) each.dispose();
      return joined(parts);
    },
    dispose: options.dispose,
  };
}

/** Work of jax-js: each piece gives the arrays that it made. */
export function jaxContender(peer: JaxPeer, work: () => JaxArray[], answer = work): Contender {
  return {
    name: peer.label,
    enter: peer.enter,
    async run(times) {
      const made: JaxArray[] = [];
      for (let i = 0; i < times; i++) made.push(...work());
      await peer.finish(made);
      for (const each of made) each.dispose();
    },
    answer: async () => joined(await Promise.all(answer().map((each) => each.data()))),
  };
}

/** wgrad's work: launches, then an end of the step, as an optimizer makes it, so that memory is used again. */
export function ourContender(
  device: Device,
  work: () => void,
  answer: () => Promise<ArrayLike<number>>,
): Contender {
  return {
    name: "wgrad",
    async run(times) {
      for (let i = 0; i < times; i++) {
        work();
        await device.endStep();
      }
      await device.finish();
    },
    answer,
  };
}

export function joined(parts: readonly ArrayLike<number>[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A question of one contest: entries, how to compare them, and a heading. */
export async function askOne(
  heading: string,
  contest: Omit<Contest, "warmUp" | "budgetMilliseconds" | "roundMilliseconds">,
  setting: Setting,
): Promise<Answer> {
  const outcome = await pair(
    {
      ...contest,
      warmUp: 2,
      roundMilliseconds: setting.quick ? 5 : 200,
      budgetMilliseconds: setting.quick ? 60 : 5000,
    },
    setting,
  );
  return {
    text: `${heading}\n\n${outcome.text}`,
    figures: { heading, ...outcome.figures },
    wrong: outcome.wrong,
  };
}
