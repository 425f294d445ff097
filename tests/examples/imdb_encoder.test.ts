/** From reviews to ids and rows: one encoder, splits, padding, variants of the words, augmentation. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CRITIQUES } from "../../examples/data/critiques.ts";
import { augmentReviews, type Change, changeReview } from "../../examples/imdb/augment.ts";
import { EncodedReviews, splitAtRandom } from "../../examples/imdb/encoded_reviews.ts";
import { ReviewEncoder } from "../../examples/imdb/encoder.ts";
import { loadKerasImdb } from "../../examples/imdb/keras_imdb.ts";
import { prepareReviews } from "../../examples/imdb/prepare.ts";
import { reviewWords } from "../../examples/imdb/words.ts";
import { Generator, ValueError } from "../../src/index.ts";

/** the ×4, film ×3, was ×2, then one each: good, bad, long. */
const TEXTS = ["The film was good, the film was bad.", "The film: the long!"];

describe("ReviewEncoder", () => {
  const encoder = ReviewEncoder.fromTexts(TEXTS, { size: 8 });

  it("counts ids as Keras does: 0 to 3 are no words, the most frequent word is 4", () => {
    expect(encoder.size).toBe(8);
    expect(encoder.vocabulary.words).toEqual(["the", "film", "was", "good"]);
    expect(encoder.encode("The FILM was <br /><br />not good!")).toEqual([1, 4, 5, 6, 2, 7]);
    expect(encoder.decode([1, 4, 5, 2, 0, 0])).toBe("<start> the film <unknown>");
    expect([encoder.id("film"), encoder.id("bad")]).toEqual([5, undefined]);
  });

  it("names the unknown words of a sentence once, as it splits them", () => {
    expect(encoder.unknownWords("Dull, dull film; don't go.")).toEqual(["dull", "don't", "go"]);
  });

  it("encodes training reviews and own sentences alike", () => {
    const reviews = encoder.encodeAll(TEXTS.map((text, label) => ({ text, label })));
    expect(reviews.ids).toEqual(TEXTS.map((text) => encoder.encode(text)));
    expect(reviews.unknownShares).toEqual([1 / 8, 1 / 4]);
    expect(reviews.lengths).toEqual([9, 5]);
  });

  it("shows what the notebook's forgotten offset prints and reads", () => {
    const many = ReviewEncoder.fromTexts([
      "a a a a a a a",
      "b b b b b b",
      "c c c c c",
      "d d d d",
      "e e e",
      "f f",
      "g",
    ]);
    // "a" has rank 1 and id 4; the notebook looks 4 up as a rank, and finds the fourth word.
    expect(many.forgottenOffset([0, ...many.encode("a b d nothing")])).toBe("<PAD> <START> d e g <UNKNOWN>");
    expect(many.forgottenOffset(many.encode("g"))).toBe("<START> <UNKNOWN>");
    expect(many.forgottenOffsetIds("A d, d none")).toEqual([1, 2, 4, 2]);
    expect(many.decode(many.forgottenOffsetIds("a d e"))).toBe("<start> a b");
  });

  it("takes its words from Keras's index, as load_data's ids mean them", () => {
    const { keras } = JSON.parse(readFileSync(new URL("../fixtures/npz.json", import.meta.url), "utf8"));
    const npz = new Uint8Array(Buffer.from(keras.npz, "base64"));
    const loaded = loadKerasImdb(npz, JSON.stringify(keras.word_index), { numWords: 12 });
    const { encoder, train, test } = prepareReviews({ form: "ids", ...loaded }, { size: 12, trainLimit: 5 });
    expect(encoder.size).toBe(12);
    expect(encoder.encode("the good bad film")).toEqual([1, 4, 11, 2, 10]);
    expect([train.length, test.length]).toEqual([5, 9]);
    const ranks: Record<string, number> = keras.word_index;
    for (const [i, ids] of loaded.test.ids.entries()) {
      expect(test.ids[i]).toEqual(ids);
      for (const word of encoder.decode(ids).split(" "))
        expect(word.startsWith("<") || ranks[word] + 3 < 12, word).toBe(true);
    }
    const gap = new Map([
      ["a", 1],
      ["c", 3],
    ]);
    expect(() => ReviewEncoder.fromKerasWordIndex(gap)).toThrow(/no word of the index has rank 2/);
  });

  it("survives JSON", () => {
    const kept = ReviewEncoder.fromTexts(TEXTS, { punctuation: "keep", stopWords: "drop" });
    const again = ReviewEncoder.fromJSON(JSON.parse(JSON.stringify(kept)));
    expect(again.encode("The film: good!")).toEqual(kept.encode("The film: good!"));
    expect(again.size).toBe(kept.size);
    expect(() => ReviewEncoder.fromJSON({})).toThrow(ValueError);
  });

  it("refuses texts without words and settings that are none", () => {
    expect(() => ReviewEncoder.fromTexts(["...", ""])).toThrow(/no word is left of 2 texts$/);
    expect(() => ReviewEncoder.fromTexts(["a b"], { minFrequency: 9 })).toThrow(/lower minFrequency, 9/);
    expect(() => ReviewEncoder.fromTexts(["a"], { minFrequency: 0 })).toThrow(/minFrequency is 0/);
    expect(() => ReviewEncoder.fromTexts(["a"], { stopWords: "yes" as "keep" })).toThrow(
      /stopWords is "yes"/,
    );
    expect(() => ReviewEncoder.fromTexts(["a"], { size: 4 })).toThrow(ValueError);
  });
});

describe("variants of the words", () => {
  const text = "It's NOT a good film!<br />Well-made, though...";

  it("drops marks, or keeps them as words", () => {
    expect(reviewWords(text)).toEqual(["it's", "not", "a", "good", "film", "well", "made", "though"]);
    expect(reviewWords(text, { punctuation: "keep" })).toEqual(
      "it's not a good film ! well made , though . . .".split(" "),
    );
  });

  it("drops stop words, never negations", () => {
    expect(reviewWords(text, { stopWords: "drop" })).toEqual([
      "not",
      "good",
      "film",
      "well",
      "made",
      "though",
    ]);
    expect(reviewWords("no never nor neither", { stopWords: "drop" })).toHaveLength(4);
  });

  it("makes rare words unknown", () => {
    const encoder = ReviewEncoder.fromTexts(TEXTS, { minFrequency: 2 });
    expect(encoder.vocabulary.words).toEqual(["the", "film", "was"]);
  });
});

describe("EncodedReviews", () => {
  const reviews = new EncodedReviews([[1, 4, 5], [1, 6, 2, 2], [1]], [1, 0, 1], 7);

  it("fills and cuts on the side that is asked for", () => {
    const { x, y, mask } = reviews.padded({ maxLen: 3 });
    expect([...x.data]).toEqual([1, 4, 5, 6, 2, 2, 1, 0, 0]);
    expect([...mask.data]).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect(y).toEqual({ data: Float32Array.of(1, 0, 1), shape: [3, 1] });
    expect([...reviews.padded({ maxLen: 4, padding: "pre" }).x.data.subarray(0, 4)]).toEqual([0, 1, 4, 5]);
    expect([...reviews.padded({ maxLen: 2, truncating: "post" }).x.data]).toEqual([1, 4, 1, 6, 1, 0]);
  });

  it("knows lengths and unknown shares", () => {
    expect(reviews.lengths).toEqual([3, 4, 1]);
    expect(reviews.unknownShares).toEqual([0, 2 / 3, 0]);
  });

  it("splits into two parts that share nothing, the same with the same seed", () => {
    const many = new EncodedReviews(
      Array.from({ length: 50 }, (_, i) => [1, i + 4]),
      Array.from({ length: 50 }, (_, i) => i % 2),
      54,
    );
    const [train, test] = many.split(0.2, 3);
    expect([train.length, test.length]).toEqual([40, 10]);
    const words = [...train.ids, ...test.ids].map(([, id]) => id);
    expect(words.sort((a, b) => a - b)).toEqual(many.ids.map(([, id]) => id));
    for (const [i, [, id]] of test.ids.entries()) expect(test.labels[i]).toBe(id % 2);
    expect(many.split(10, 3)[1].ids).toEqual(test.ids);
    expect(many.split(10, 4)[1].ids).not.toEqual(test.ids);
    expect(many.shuffled(1).ids).not.toEqual(many.ids);
    for (const size of [0, 50, 0.001, 1.5])
      expect(() => splitAtRandom([1, 2, 3], size, 1)).toThrow(/both parts need some/);
  });

  it("names what does not fit", () => {
    const make = (ids: number[][], labels: number[]) => () => new EncodedReviews(ids, labels, 7);
    expect(make([], [])).toThrow(/there are none/);
    expect(make([[1], []], [0, 1])).toThrow(/review 1 is empty/);
    expect(make([[1, 7]], [0])).toThrow(/review 0 has the id 7, the vocabulary has 0 to 6/);
    expect(make([[1]], [2])).toThrow(/label of review 0 is 2, expected 0 or 1/);
    expect(make([[1]], [])).toThrow(/1 reviews have 0 labels/);
  });
});

describe("prepareReviews", () => {
  it("makes the vocabulary from the training part alone", () => {
    const train = [{ text: "good film", label: 1 }];
    const test = [{ text: "good plot", label: 0 }];
    const prepared = prepareReviews({ form: "texts", train, test });
    expect(prepared.encoder.vocabulary.words).toEqual(["good", "film"]);
    expect(prepared.test.ids).toEqual([[1, 4, 2]]);
    expect(prepared.texts).toEqual({ train: ["good film"], test: ["good plot"] });
  });

  it("splits the sample, and limits both parts to some of each", () => {
    const loaded = { form: "texts" as const, train: CRITIQUES };
    const { train, test, texts, encoder } = prepareReviews(loaded, { testSize: 40, seed: 1 });
    expect([train.length, test.length]).toEqual([120, 40]);
    expect(test.ids[7]).toEqual(encoder.encode(texts!.test[7]));
    expect(new Set([...texts!.train, ...texts!.test]).size).toBe(160);
    const few = prepareReviews(loaded, { trainLimit: 30, testLimit: 10 });
    expect([few.train.length, few.test.length]).toEqual([30, 10]);
    expect(new Set(few.train.labels).size).toBe(2);
    expect(() => prepareReviews(loaded, { testSize: 160 })).toThrow(ValueError);
  });
});

describe("augmentReviews", () => {
  const reviews = new EncodedReviews(
    [Array.from({ length: 101 }, (_, i) => (i === 0 ? 1 : i + 3)), [1, 9]],
    [1, 0],
    200,
  );

  it("adds changed copies behind the originals, with their labels", () => {
    const more = augmentReviews(reviews, { copies: 2, seed: 5 });
    expect(more.length).toBe(6);
    expect(more.ids.slice(0, 2)).toEqual(reviews.ids);
    expect(more.labels).toEqual([1, 0, 1, 0, 1, 0]);
    expect(more.ids[2]).not.toEqual(reviews.ids[0]);
    expect(augmentReviews(reviews, { copies: 2, seed: 5 }).ids).toEqual(more.ids);
    expect(augmentReviews(reviews, { copies: 2, seed: 6 }).ids).not.toEqual(more.ids);
  });

  it("drops, swaps or crops about as many words as it says", () => {
    const [review] = reviews.ids;
    const words = review.slice(1);
    const changed = (kind: Change): number[] => changeReview(review, kind, 0.2, new Generator(3));
    for (const kind of ["drop", "swap", "crop"] as const) expect(changed(kind)[0]).toBe(1);
    const dropped = changed("drop").slice(1);
    expect(dropped.length).toBeGreaterThan(65);
    expect(dropped.length).toBeLessThan(95);
    expect(dropped).toEqual(words.filter((word) => dropped.includes(word)));
    const swapped = changed("swap").slice(1);
    expect([...swapped].sort((a, b) => a - b)).toEqual(words);
    const moved = swapped.filter((word, i) => word !== words[i]).length;
    expect(moved).toBeGreaterThan(6);
    expect(moved).toBeLessThan(36);
    const cropped = changed("crop").slice(1);
    expect(cropped).toHaveLength(80);
    expect(cropped).toEqual(words.slice(cropped[0] - words[0]).slice(0, 80));
  });

  it("leaves at least one word", () => {
    for (let seed = 0; seed < 20; seed++)
      for (const kind of ["drop", "swap", "crop"] as const)
        expect(changeReview([1, 5, 6], kind, 0.99, new Generator(seed)).length).toBeGreaterThan(1);
  });

  it("refuses rates and changes that are none", () => {
    expect(() => augmentReviews(reviews, { rate: 1 })).toThrow(/rate is 1/);
    expect(() => augmentReviews(reviews, { kinds: ["flip" as Change] })).toThrow(
      /"flip" is not one of drop, swap, crop/,
    );
    expect(() => augmentReviews(reviews, { kinds: [] })).toThrow(ValueError);
  });
});
