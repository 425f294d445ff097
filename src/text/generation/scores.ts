/** From a row of logits to the ids that may come next, on the host and in double. */
import { ValueError } from "../../errors.ts";
import { softmaxHost } from "../sampling.ts";
import type { GenerationStep, Settings } from "./options.ts";

/** Calls a step function and checks what it returns. */
export class Scorer {
  readonly #step: GenerationStep;
  readonly #settings: Settings;
  #vocabulary = 0;

  constructor(step: GenerationStep, settings: Settings) {
    this.#step = step;
    this.#settings = settings;
  }

  /** Logits of each row. */
  async logits(rows: readonly Int32Array[], parents: Int32Array | null): Promise<Float64Array[]> {
    const values = await this.#step(rows, parents);
    const size = values.length / rows.length;
    const known = this.#vocabulary;
    if (size === 0 || !Number.isInteger(size) || (known && size !== known))
      throw new ValueError(
        `generate: the step gave ${values.length} logits for ${rows.length} rows, expected ` +
          (known ? `${known} for each` : "as many as there are ids for each"),
      );
    if (!known) this.#checkIds(rows, size);
    this.#vocabulary = size;
    return rows.map((_, i) => checkedLogits(values, i, size));
  }

  #checkIds(prompts: readonly Int32Array[], size: number): void {
    for (const [i, prompt] of prompts.entries()) {
      const at = prompt.findIndex((id) => id >= size);
      if (at >= 0)
        throw new ValueError(`generate: prompt ${i} has ${prompt[at]} at ${at}, outside the ${size} ids`);
    }
    const { eosToken = 0 } = this.#settings;
    if (eosToken >= size) throw new ValueError(`generate: eosToken is ${eosToken}, outside the ${size} ids`);
  }
}

function checkedLogits(values: ArrayLike<number>, row: number, size: number): Float64Array {
  const logits = new Float64Array(size);
  let largest = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < size; j++) {
    const x = values[row * size + j];
    if (!(x < Number.POSITIVE_INFINITY))
      throw new ValueError(`generate: logit ${j} of row ${row} is ${x}; has training diverged?`);
    largest = Math.max(largest, x);
    logits[j] = x;
  }
  if (largest === Number.NEGATIVE_INFINITY)
    throw new ValueError(`generate: every logit of row ${row} is -Infinity`);
  return logits;
}

/** Logarithms of the probabilities: x − log Σ exp(x). */
export function logProbabilities(logits: Float64Array): Float64Array {
  let max = Number.NEGATIVE_INFINITY;
  for (const x of logits) max = Math.max(max, x);
  let sum = 0;
  for (const x of logits) sum += Math.exp(x - max);
  const shift = max + Math.log(sum);
  return logits.map((x) => x - shift);
}

/** Makes impossible what must not follow `ids`: an end before minLength, a group of ids that was there already. */
export function banTokens(scores: Float64Array, ids: Int32Array, settings: Settings): void {
  const { eosToken, minLength, noRepeatNgramSize: n } = settings;
  if (eosToken !== undefined && ids.length < minLength) scores[eosToken] = Number.NEGATIVE_INFINITY;
  if (n === 0) return;
  const tail = ids.length - (n - 1);
  for (let start = 0; start + n <= ids.length; start++) {
    let same = true;
    for (let k = 0; same && k < n - 1; k++) same = ids[start + k] === ids[tail + k];
    if (same) scores[ids[start + n - 1]] = Number.NEGATIVE_INFINITY;
  }
}

/** Probabilities at the temperature, with 0 for what top-k and top-p leave out; those that stay are not scaled up. */
export function samplingProbabilities(scores: Float64Array, settings: Settings): Float64Array {
  const { temperature, topK, topP } = settings;
  const probabilities = softmaxHost(scores.map((x) => x / temperature));
  const limited = topK > 0 && topK < scores.length;
  if (!limited && topP === 1) return probabilities;
  const sorted = probabilities.toSorted().reverse();
  // As in Hugging Face, ids as likely as the k-th stay, and top-p counts shares of what top-k has left.
  let kept = limited ? sorted.findLastIndex((p) => p >= sorted[topK - 1]) + 1 : sorted.length;
  if (topP < 1) {
    let total = 0;
    for (let i = 0; i < kept; i++) total += sorted[i];
    let sum = 0;
    for (let i = 0; i < kept; i++) if ((sum += sorted[i]) >= topP * total) kept = i + 1;
  }
  const edge = sorted[kept - 1];
  let atEdge = kept - sorted.indexOf(edge);
  return probabilities.map((p) => (p > edge || (p === edge && atEdge-- > 0) ? p : 0));
}

/** The id with the largest score, the first one of equals. */
export function likeliest(scores: Float64Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i] > scores[best]) best = i;
  return best;
}

/** The error for a sequence that every rule forbids to go on. */
export function deadEnd(ids: Int32Array, settings: Settings): ValueError {
  const rules = [
    settings.noRepeatNgramSize > 0 && `noRepeatNgramSize ${settings.noRepeatNgramSize}`,
    ids.length < settings.minLength && `minLength ${settings.minLength}`,
  ].filter(Boolean);
  return new ValueError(
    `generate: nothing may follow the ${ids.length} ids so far (${rules.join(", ")}); lower that, or end earlier`,
  );
}
