/** Sequences from any model that can say what comes next. */
import { Generator } from "../../random.ts";
import { sampleIndex } from "../sampling.ts";
import { beamSearch } from "./beam_search.ts";
import {
  checkedPrompts,
  checkedSettings,
  type GeneratedSequence,
  type GenerateOptions,
  type GenerationStep,
  longest,
  type Settings,
} from "./options.ts";
import { banTokens, deadEnd, likeliest, logProbabilities, Scorer, samplingProbabilities } from "./scores.ts";

/**
 * Continues each prompt, a list of ids, with what a step function says: greedily, by sampling (`doSample`) or by beam
 * search (`numBeams`), with the meaning that the options have in Hugging Face's `generate`. All prompts share a call
 * of the step; they may differ in length. Logits are handled in double, so a seed gives the same ids on every device
 * whose logits are the same.
 *
 * Returns, for each prompt, `numReturnSequences` sequences (fewer when a beam search finds fewer). Throws a ValueError
 * for options out of range or against each other, for a prompt that is empty, too long or has ids outside the
 * vocabulary, for NaN among the logits, and when the rules leave no id to go on with.
 *
 * Sources: top-k, Fan, Lewis & Dauphin 2018; top-p, Holtzman et al. 2020; length penalty and repeated groups as in
 * Hugging Face's transformers.
 */
export async function generate(
  step: GenerationStep,
  prompts: readonly ArrayLike<number>[],
  options: GenerateOptions = {},
): Promise<GeneratedSequence[][]> {
  const settings = checkedSettings(options);
  const starts = checkedPrompts(prompts, settings);
  const scorer = new Scorer(step, settings);
  const search = settings.numBeams > 1 ? beamSearch : followOne;
  const found = await search(scorer, starts, settings);
  const { padToken } = settings;
  if (padToken === undefined) return found;
  const length = Math.max(...found.flat().map(({ ids }) => ids.length));
  return found.map((sequences) =>
    sequences.map(({ ids, score }) => {
      const padded = new Int32Array(length).fill(padToken);
      padded.set(ids);
      return { ids: padded, score };
    }),
  );
}

/** A sequence that grows by one id at a time. */
class Sequence {
  readonly prompt: number;
  readonly index: number;
  /** Its row in the last call of the step. */
  row: number;
  sum = 0;
  readonly #ids: Int32Array;
  readonly #start: number;
  #length: number;

  constructor(prompt: number, index: number, start: Int32Array, end: number) {
    this.prompt = prompt;
    this.index = index;
    this.row = prompt;
    this.#ids = new Int32Array(end);
    this.#ids.set(start);
    this.#start = start.length;
    this.#length = start.length;
  }

  get ids(): Int32Array {
    return this.#ids.subarray(0, this.#length);
  }

  /** Has it the largest length? */
  get full(): boolean {
    return this.#length === this.#ids.length;
  }

  push(token: number, logProbability: number): void {
    this.#ids[this.#length++] = token;
    this.sum += logProbability;
  }

  result(): GeneratedSequence {
    return { ids: this.ids.slice(), score: this.sum / Math.max(1, this.#length - this.#start) };
  }
}

/** Greedy sequences, or drawn ones. */
async function followOne(
  scorer: Scorer,
  prompts: readonly Int32Array[],
  settings: Settings,
): Promise<GeneratedSequence[][]> {
  const { doSample, seed, numReturnSequences, eosToken, onToken } = settings;
  const all = prompts.map((prompt, i) =>
    Array.from(
      { length: numReturnSequences },
      (_, k) => new Sequence(i, k, prompt, longest(settings, prompt)),
    ),
  );
  // A stream for each sequence: what it draws does not depend on how long the others are.
  const streams = all.map((list, i) => list.map((_, k) => new Generator(seed, i * numReturnSequences + k)));
  let open = all.flat();
  for (let first = true; open.length > 0; first = false) {
    if (await settings.shouldStop?.()) break;
    // The first call has a row for each prompt, later ones have one for each sequence.
    const rows = first ? prompts : open.map(({ ids }) => ids);
    const logits = await scorer.logits(rows, first ? null : Int32Array.from(open, ({ row }) => row));
    const still: Sequence[] = [];
    for (const [i, sequence] of open.entries()) {
      sequence.row = first ? sequence.prompt : i;
      const own = logits[sequence.row];
      const scores = own.slice();
      banTokens(scores, sequence.ids, settings);
      let token = likeliest(scores);
      if (scores[token] === Number.NEGATIVE_INFINITY) throw deadEnd(sequence.ids, settings);
      const { prompt, index } = sequence;
      if (doSample) token = sampleIndex(samplingProbabilities(scores, settings), streams[prompt][index]);
      sequence.push(token, logProbabilities(own)[token]);
      if (onToken) await onToken(token, prompt, index);
      if (token !== eosToken && !sequence.full) still.push(sequence);
    }
    open = still;
  }
  return all.map((list) => list.map((sequence) => sequence.result()));
}
