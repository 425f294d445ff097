/** Word lists, logistic regression on words, and error rates by what reviews are like. */
import { beforeAll, describe, expect, it } from "vitest";
import { CRITIQUES } from "../../examples/data/critiques.ts";
import {
  accuracyOf,
  BagOfWords,
  errorRateBy,
  evaluateRules,
  quantileEdges,
  ruleVerdict,
} from "../../examples/imdb/baselines.ts";
import { EncodedReviews } from "../../examples/imdb/encoded_reviews.ts";
import { prepareReviews } from "../../examples/imdb/prepare.ts";
import { type Device, openDevice, ValueError } from "../../src/index.ts";

describe("ruleVerdict", () => {
  it.each([
    ["This movie is absolutely fantastic", "positive", 0.85],
    ["I hated this boring film", "negative", 0.85],
    ["The movie was not bad at all", "negative", 0.85],
    ["This film is so bad it's good", "neutral", 0.6],
    ["A lovely day", "positive", 0.85],
    ["good good good, bad and awful", "negative", 0.85],
    ["", "neutral", 0.6],
  ])("says what the notebook's lists say: %s", (text, sentiment, confidence) => {
    expect(ruleVerdict(text)).toEqual({ sentiment, confidence });
  });

  it("counts neutral as no answer", () => {
    const texts = ["great", "bad", "good", "nothing"];
    expect(evaluateRules(texts, [1, 0, 0, 1])).toEqual({
      accuracy: 0.5,
      decided: 0.75,
      accuracyDecided: 2 / 3,
    });
    expect(evaluateRules(["nothing"], [1])).toEqual({ accuracy: 0, decided: 0, accuracyDecided: 0 });
  });
});

describe("BagOfWords", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });

  it("moves each weight by Adam's first step, by the words that a review has, however often", async () => {
    // 4: positive only; 5: negative only; 6: in both, once each; 7: nowhere; 8: more often in positive ones.
    const reviews = new EncodedReviews(
      [
        [1, 4, 6, 4, 4, 8],
        [1, 5, 6, 2],
        [1, 8],
      ],
      [1, 0, 1],
      9,
    );
    const model = new BagOfWords(9, device);
    const [loss] = await model.fit(reviews, { epochs: 1, batchSize: 3, learningRate: 0.25 });
    // All weights are 0, so that every probability is one half.
    expect(loss).toBeCloseTo(Math.log(2), 6);
    const weights = [...(await model.weight.data())];
    const steps = [0, 0, 0, 0, 0.25, -0.25, 0, 0, 0.25];
    // Adam's eps and float32 leave the first step a millionth short.
    steps.forEach((step, id) => {
      expect(weights[id], `id ${id}`).toBeCloseTo(step, 5);
    });
    expect((await model.bias.data())[0]).toBeCloseTo(0.25, 5);
    const logit = await model.predict(new EncodedReviews([[1, 4, 4, 7]], [1], 9));
    expect(logit[0]).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 5);
  });

  it("learns the sample, and says by which words", async () => {
    const { encoder, train, test } = prepareReviews(
      { form: "texts", train: CRITIQUES },
      { testSize: 40, seed: 1 },
    );
    const model = new BagOfWords(encoder.size, device);
    const seen: number[] = [];
    const history = await model.fit(train, { epochs: 8, onEpoch: (_, loss) => seen.push(loss) });
    expect(seen).toEqual(history);
    expect(history[7]).toBeLessThan(0.3);
    // Its sentences return in other reviews, so that little is left to learn.
    expect(accuracyOf(await model.predict(test), [...test.labels])).toBeGreaterThan(0.9);
    expect(accuracyOf(await model.predict(test, 7), [...test.labels])).toBeGreaterThan(0.9);
    const { positive, negative } = await model.strongestWords(encoder, 5);
    const weights = await model.weight.data();
    for (const word of positive) expect(weights[encoder.id(word)!]).toBeGreaterThan(0.1);
    for (const word of negative) expect(weights[encoder.id(word)!]).toBeLessThan(-0.1);
    expect(weights[encoder.id(positive[0])!]).toBe(Math.max(...weights));
    expect(weights[encoder.id(negative[0])!]).toBe(Math.min(...weights));
  });

  it("repeats with its seed", async () => {
    const { encoder, train } = prepareReviews({ form: "texts", train: CRITIQUES }, { trainLimit: 30 });
    const run = (seed: number): Promise<number[]> =>
      new BagOfWords(encoder.size, device).fit(train, { epochs: 2, batchSize: 8, seed });
    expect(await run(1)).toEqual(await run(1));
    expect(await run(1)).not.toEqual(await run(2));
  });
});

describe("errorRateBy", () => {
  it("counts per bin, the last one with its upper edge", () => {
    const bins = errorRateBy([1, 2, 3, 5, 10], [true, false, true, true, false], [0, 2, 5, 8, 10]);
    expect(bins).toEqual([
      { from: 0, to: 2, count: 1, errors: 1, rate: 1 },
      { from: 2, to: 5, count: 2, errors: 1, rate: 0.5 },
      { from: 5, to: 8, count: 1, errors: 1, rate: 1 },
      { from: 8, to: 10, count: 1, errors: 0, rate: 0 },
    ]);
    expect(errorRateBy([], [], [0, 1])[0].rate).toBeNaN();
  });

  it("refuses edges that do not rise and values outside them", () => {
    expect(() => errorRateBy([1], [true], [0, 0])).toThrow(/do not rise/);
    expect(() => errorRateBy([1], [true], [0])).toThrow(ValueError);
    for (const value of [-1, 3, Number.NaN])
      expect(() => errorRateBy([value], [true], [0, 2])).toThrow(/is outside 0 to 2/);
    expect(() => errorRateBy([1], [], [0, 2])).toThrow(/1 values and 0 results/);
  });

  it("makes bins of about as many reviews each", () => {
    const values = Array.from({ length: 101 }, (_, i) => i * i);
    const edges = quantileEdges(values, 4);
    expect(edges).toEqual([0, 625, 2500, 5625, 10000]);
    const wrong = values.map(() => false);
    expect(errorRateBy(values, wrong, edges).map(({ count }) => count)).toEqual([25, 25, 25, 26]);
    expect(quantileEdges([3, 3, 3], 4)).toEqual([3, 4]);
    expect(quantileEdges([0, 0, 0, 1], 3)).toEqual([0, 1]);
  });
});
