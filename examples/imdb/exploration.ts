/** What the reviews are like before any model sees them. */
import type { EncodedReviews } from "./encoded_reviews.ts";

/** Numbers about the lengths and labels of reviews. */
export interface Exploration {
  readonly count: number;
  readonly positive: number;
  readonly lengths: readonly number[];
  readonly mean: number;
  readonly median: number;
  /** The limit that follows, and how many reviews are longer. */
  readonly maxLen: number;
  readonly longer: number;
}

/** Lengths count the start id, as the notebook's do. */
export function explore(reviews: EncodedReviews, maxLen: number): Exploration {
  const { lengths, labels } = reviews;
  const sorted = [...lengths].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return {
    count: lengths.length,
    positive: labels.filter((label) => label === 1).length,
    lengths,
    mean: lengths.reduce((a, b) => a + b, 0) / lengths.length,
    median: (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2,
    maxLen,
    longer: lengths.filter((length) => length > maxLen).length,
  };
}
