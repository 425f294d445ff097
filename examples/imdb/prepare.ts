/**
 * From what was loaded to what a model takes: a split if the source has none, the encoder, the ids.
 *
 *   const { encoder, train, test } = prepareReviews(loaded, { size: 5000, testSize: 0.2, seed: 42 });
 *
 * The vocabulary comes from the training texts alone, as it would for reviews that nobody has seen yet.
 */
import { Generator, ValueError } from "../../src/index.ts";
import { EncodedReviews, splitAtRandom } from "./encoded_reviews.ts";
import { type EncoderOptions, ReviewEncoder, UNKNOWN } from "./encoder.ts";
import type { IdReviews, KerasImdb } from "./keras_imdb.ts";
import type { Review } from "./reviews.ts";

/** What `prepareReviews` takes. */
export interface PrepareOptions extends EncoderOptions {
  /** The test part of a source that has none: a share below 1, or a count (0.2). */
  testSize?: number;
  /** At most so many training and test reviews, drawn at random. */
  trainLimit?: number;
  testLimit?: number;
  seed?: number;
  /** The encoder of a trained model; without one it is made from the training part. */
  encoder?: ReviewEncoder;
}

/** Reviews ready for a model. */
export interface PreparedReviews {
  readonly encoder: ReviewEncoder;
  readonly train: EncodedReviews;
  readonly test: EncodedReviews;
  /** The texts behind the ids, in the same order, where the source has texts. */
  readonly texts?: { readonly train: readonly string[]; readonly test: readonly string[] };
}

/**
 * Splits and encodes reviews from any source, in random order. Throws a ValueError when a part would be empty, or when
 * an encoder has other ids than Keras's.
 */
export function prepareReviews(
  loaded:
    | { form: "texts"; train: readonly Review[]; test?: readonly Review[] }
    | ({ form: "ids" } & KerasImdb),
  options: PrepareOptions = {},
): PreparedReviews {
  const { testSize = 0.2, trainLimit, testLimit, seed = 42, encoder: given, ...encoding } = options;
  if (loaded.form === "ids") {
    // Keras's ids are made already: other words would need the texts.
    const encoder = ReviewEncoder.fromKerasWordIndex(loaded.wordIndex, given?.size ?? encoding.size);
    if (given && given.vocabulary.words.join(" ") !== encoder.vocabulary.words.join(" "))
      throw new ValueError(
        "prepareReviews: the model was trained with other ids than Keras's; give it texts",
      );
    const part = ({ ids, labels }: IdReviews, limit = ids.length): EncodedReviews => {
      const known = ids
        .slice(0, limit)
        .map((review) => review.map((id) => (id < encoder.size ? id : UNKNOWN)));
      return new EncodedReviews(known, labels.slice(0, limit), encoder.size);
    };
    return { encoder, train: part(loaded.train, trainLimit), test: part(loaded.test, testLimit) };
  }
  const [train, test] = loaded.test
    ? [loaded.train, loaded.test]
    : splitAtRandom(loaded.train, testSize, seed);
  // Folders have all positive reviews first, and a validation part is taken from the end.
  const some = (reviews: readonly Review[], limit = reviews.length): Review[] => {
    const order = [...new Generator(seed).permutation(reviews.length)];
    return order.slice(0, limit).map((i) => reviews[i]);
  };
  const [trainReviews, testReviews] = [some(train, trainLimit), some(test, testLimit)];
  const textsOf = (reviews: readonly Review[]): string[] => reviews.map(({ text }) => text);
  const encoder = given ?? ReviewEncoder.fromTexts(textsOf(trainReviews), encoding);
  return {
    encoder,
    train: encoder.encodeAll(trainReviews),
    test: encoder.encodeAll(testReviews),
    texts: { train: textsOf(trainReviews), test: textsOf(testReviews) },
  };
}
