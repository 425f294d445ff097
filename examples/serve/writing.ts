/**
 * Text from a model behind the server, token by token. Every token is a row for the batcher, like any other
 * request: texts that are written at the same time share their passes through the model, each at its own length.
 */
import { Generator, sampleIndex, temperatureProbabilities } from "../../src/index.ts";
import type { Batcher } from "./batcher.ts";
import type { Continuation } from "./served_model.ts";

/** How a text is continued. */
export interface WritingOptions {
  readonly maxTokens: number;
  /** 0 takes the likeliest token each time. */
  readonly temperature: number;
  /** Draws from so many of the likeliest tokens only. */
  readonly topK?: number;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** Random streams of the server, apart from those of weights and shuffles. */
const STREAM = 0x73657276;

/** The texts of the tokens, one after the other. Ends at `maxTokens`, and where the model ends the text or has no room left. */
export async function* writeTokens<Row>(
  continuation: Continuation<Row>,
  batcher: Batcher<Row, Float32Array>,
  { maxTokens, temperature, topK, seed, signal }: WritingOptions,
): AsyncGenerator<string> {
  const random = new Generator(seed, STREAM);
  for (let count = 0; count < maxTokens; count++) {
    const row = continuation.row();
    if (row === null) return;
    const probabilities = await batcher.submit(row, { signal });
    const text = continuation.push(chooseToken(probabilities, temperature, topK, random));
    if (text === null) return;
    yield text;
  }
}

/** One token: the likeliest at temperature 0, otherwise drawn. */
export function chooseToken(
  probabilities: Float32Array,
  temperature: number,
  topK: number | undefined,
  random: Generator,
): number {
  if (temperature === 0) return probabilities.indexOf(probabilities.reduce((a, b) => Math.max(a, b)));
  const tempered = temperatureProbabilities(probabilities, temperature);
  if (topK !== undefined && topK < tempered.length) {
    const order = Array.from(tempered, (_, id) => id).sort((a, b) => tempered[b] - tempered[a] || a - b);
    for (const id of order.slice(topK)) tempered[id] = 0;
  }
  return sampleIndex(tempered, random);
}
