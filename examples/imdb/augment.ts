/**
 * More training reviews from those there are: copies with small random changes that leave the opinion as it is.
 *
 *   augmentReviews(train, { kinds: ["drop", "swap"], copies: 1, rate: 0.1, seed: 42 })
 *
 * It works on ids, so on Keras's reviews too. Never augment the test part.
 */
import { Generator, ValueError } from "../../src/index.ts";
import { EncodedReviews } from "./encoded_reviews.ts";

/** Leave words out, let neighbours change places, or keep one stretch of the review. */
export type Change = "drop" | "swap" | "crop";

/** What `augmentReviews` takes. */
export interface AugmentOptions {
  /** Which changes are made; each copy gets one of them, drawn at random. */
  kinds?: readonly Change[];
  /** Changed copies per review (1). */
  copies?: number;
  /** Share of the words that is changed, or cut off (0.1). */
  rate?: number;
  seed?: number;
}

const CHANGES: readonly string[] = ["drop", "swap", "crop"] satisfies Change[];

/** The reviews, followed by their changed copies. Throws a ValueError for a rate or a change that is none. */
export function augmentReviews(reviews: EncodedReviews, options: AugmentOptions = {}): EncodedReviews {
  const { kinds = ["drop", "swap", "crop"], copies = 1, rate = 0.1, seed = 42 } = options;
  if (!(rate > 0 && rate < 1))
    throw new ValueError(`augment: rate is ${rate}, expected a share between 0 and 1`);
  const wrong = kinds.find((kind) => !CHANGES.includes(kind));
  if (kinds.length === 0 || wrong !== undefined)
    throw new ValueError(`augment: ${JSON.stringify(wrong ?? kinds)} is not one of ${CHANGES.join(", ")}`);
  const random = new Generator(seed);
  const ids = [...reviews.ids];
  const labels = [...reviews.labels];
  for (let copy = 0; copy < copies; copy++)
    reviews.ids.forEach((review, i) => {
      ids.push(changeReview(review, kinds[random.integer(kinds.length)], rate, random));
      labels.push(reviews.labels[i]);
    });
  return new EncodedReviews(ids, labels, reviews.size);
}

/** A changed copy of one review; the start id stays where it is, and at least one word is left. */
export function changeReview(
  review: readonly number[],
  kind: Change,
  rate: number,
  random: Generator,
): number[] {
  const start = review[0] === 1 ? [1] : [];
  const words = review.slice(start.length);
  if (words.length < 2) return [...review];
  if (kind === "drop") {
    const kept = words.filter(() => random.uniform() >= rate);
    return [...start, ...(kept.length > 0 ? kept : [words[random.integer(words.length)]])];
  }
  if (kind === "swap") {
    // Two words move with each swap.
    for (let i = 0; i + 1 < words.length; i++)
      if (random.uniform() < rate / 2) {
        [words[i], words[i + 1]] = [words[i + 1], words[i]];
        i++;
      }
    return [...start, ...words];
  }
  const length = Math.max(1, Math.round(words.length * (1 - rate)));
  const from = random.integer(words.length - length + 1);
  return [...start, ...words.slice(from, from + length)];
}
