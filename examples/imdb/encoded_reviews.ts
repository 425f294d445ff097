/**
 * Reviews as lists of ids, with their labels.
 *
 *   reviews.padded({ maxLen: 200, padding: "post" }) -> { x: [count, 200] i32, y: [count, 1] f32, mask: [count, 200] i32 }
 *   reviews.lengths   reviews.unknownShares   reviews.take([3, 1])   reviews.shuffled(seed)   reviews.split(0.2, seed)
 */
import { Generator, type HostArray, padSequences, ValueError } from "../../src/index.ts";

/** How reviews become rows of one length. Keras fills and cuts in front unless told; the notebook fills behind. */
export interface PaddingOptions {
  /** Ids per row (200). */
  maxLen?: number;
  /** Where a short review is filled with zeros ("post", as the notebook). */
  padding?: "pre" | "post";
  /** Where a long review loses words: "pre" (default) keeps its last ones, where a verdict often stands. */
  truncating?: "pre" | "post";
}

/** Rows for a model. */
export interface PaddedReviews {
  readonly x: HostArray<Int32Array>;
  readonly y: HostArray<Float32Array>;
  /** 1 where a word stands, 0 for padding. */
  readonly mask: HostArray<Int32Array>;
}

/** The share of `count` that goes to a second part: a number below 1 is a share, others are a count. */
function sizeOfPart(count: number, size: number): number {
  const part = size < 1 ? Math.round(count * size) : size;
  if (!(Number.isInteger(part) && part >= 1 && part < count))
    throw new ValueError(
      `split: ${size} of ${count} reviews gives ${part} and leaves ${count - part}; both parts need some`,
    );
  return part;
}

/**
 * Two parts in random order, the second of `size` (a share below 1, or a count): the same seed, the same parts.
 * Throws a ValueError when one of them would be empty.
 */
export function splitAtRandom<T>(items: readonly T[], size: number, seed: number): [T[], T[]] {
  const part = sizeOfPart(items.length, size);
  const order = [...new Generator(seed).permutation(items.length)].map((i) => items[i]);
  return [order.slice(part), order.slice(0, part)];
}

/** Reviews as ids. */
export class EncodedReviews {
  /** Per review its ids, the start id included. */
  readonly ids: readonly (readonly number[])[];
  /** 1 is positive, 0 negative. */
  readonly labels: readonly number[];
  /** Ids are below it. */
  readonly size: number;

  /** Throws a ValueError naming the first review that is empty, has an id outside the vocabulary, or a wrong label. */
  constructor(ids: readonly (readonly number[])[], labels: readonly number[], size: number) {
    if (ids.length === 0) throw new ValueError("encoded reviews: there are none");
    if (ids.length !== labels.length)
      throw new ValueError(`encoded reviews: ${ids.length} reviews have ${labels.length} labels`);
    ids.forEach((review, i) => {
      if (review.length === 0) throw new ValueError(`encoded reviews: review ${i} is empty; leave it out`);
      for (const id of review)
        if (!(Number.isInteger(id) && id >= 0 && id < size))
          throw new ValueError(
            `encoded reviews: review ${i} has the id ${id}, the vocabulary has 0 to ${size - 1}`,
          );
      if (labels[i] !== 0 && labels[i] !== 1)
        throw new ValueError(`encoded reviews: the label of review ${i} is ${labels[i]}, expected 0 or 1`);
    });
    this.ids = ids;
    this.labels = labels;
    this.size = size;
  }

  /** Number of reviews. */
  get length(): number {
    return this.ids.length;
  }

  /** Ids per review, the start id included, as `len(x)` counts them in the notebook. */
  get lengths(): number[] {
    return this.ids.map((review) => review.length);
  }

  /** Per review, the share of its words that the vocabulary lacks, from 0 to 1. */
  get unknownShares(): number[] {
    return this.ids.map((review) => {
      const words = review.length - (review[0] === 1 ? 1 : 0);
      return words === 0 ? 0 : review.filter((id) => id === 2).length / words;
    });
  }

  /** Some of the reviews, in the order of `indices`. */
  take(indices: Iterable<number>): EncodedReviews {
    const order = [...indices];
    return new EncodedReviews(
      order.map((i) => this.ids[i]),
      order.map((i) => this.labels[i]),
      this.size,
    );
  }

  /** All of them in random order. */
  shuffled(seed: number): EncodedReviews {
    return this.take(new Generator(seed).permutation(this.length));
  }

  /** Two parts in random order, the second of `size` (a share below 1, or a count). */
  split(size: number, seed: number): [EncodedReviews, EncodedReviews] {
    const [first, second] = splitAtRandom([...this.ids.keys()], size, seed);
    return [this.take(first), this.take(second)];
  }

  /** Rows of one length for a model. */
  padded(options: PaddingOptions = {}): PaddedReviews {
    const { maxLen = 200, padding = "post", truncating = "pre" } = options;
    const x = padSequences(this.ids, { maxLength: maxLen, padding, truncating });
    return {
      x,
      y: { data: Float32Array.from(this.labels), shape: [this.length, 1] },
      mask: { data: x.data.map((id) => (id === 0 ? 0 : 1)), shape: x.shape },
    };
  }
}
