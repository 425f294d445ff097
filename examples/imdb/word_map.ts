/** The vectors of some words as points in a plane, near ones near each other (t-SNE). */
import { tsne } from "../support/tsne.ts";
import { WORD_GROUPS } from "./sentences.ts";
import type { SentimentTraining } from "./training.ts";

/** A word, where it lies, and its group. */
export interface WordPoint {
  readonly word: string;
  readonly group: string;
  readonly x: number;
  readonly y: number;
}

/** What `mapWords` gives. */
export interface WordMap {
  readonly points: readonly WordPoint[];
  /** Words that the vocabulary lacks. */
  readonly missing: readonly string[];
  readonly perplexity: number;
  /** How alike the vectors of two words of one group are, and of a positive and a negative word: mean cosines. */
  readonly within: number;
  readonly across: number;
}

/** The notebook's 23 words, as many as the vocabulary has; its perplexity is 22, or one less than the words. */
export async function mapWords(training: SentimentTraining, seed: number): Promise<WordMap> {
  const { encoder } = training;
  const all = WORD_GROUPS.flatMap(({ name, words }) => words.map((word) => ({ word, group: name })));
  const known = all.filter(({ word }) => encoder.id(word) !== undefined);
  const missing = all.filter(({ word }) => encoder.id(word) === undefined).map(({ word }) => word);
  // Their own rows: the notebook looks three rows too high and draws other words under these names.
  const vectors = await training.vectors(known.map(({ word }) => encoder.id(word)!));
  const perplexity = Math.max(1, Math.min(30, known.length - 1));
  const points = tsne(vectors, { perplexity, seed });
  const cosines = (same: boolean): number => {
    const values: number[] = [];
    for (let i = 0; i < known.length; i++)
      for (let j = 0; j < i; j++) {
        const [a, b] = [known[i].group, known[j].group];
        const opinions = [a, b].every((group) => group === "positif" || group === "négatif");
        if (opinions && (a === b) === same) values.push(cosine(vectors[i], vectors[j]));
      }
    return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  return {
    points: known.map((entry, i) => ({ ...entry, x: points[i][0], y: points[i][1] })),
    missing,
    perplexity,
    within: cosines(true),
    across: cosines(false),
  };
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * y[i], 0);
  return dot(a, b) / (Math.sqrt(dot(a, a) * dot(b, b)) || 1);
}
