/**
 * What simpler ways than an LSTM reach, and where any way errs.
 *
 *   ruleVerdict(text)                       the notebook's word lists: positive, negative or neutral
 *   evaluateRules(texts, labels)            their accuracy; neutral is never right
 *   BagOfWords: fit(reviews), predict(reviews), strongestWords(encoder, 10)     logistic regression on wgrad
 *   errorRateBy(values, wrong, edges)       error rate by review length or by share of unknown words
 */
import {
  Adam,
  add,
  binaryCrossEntropyWithLogits,
  type Device,
  embedding,
  Generator,
  getDevice,
  Module,
  noGrad,
  Parameter,
  sigmoid,
  sum,
  type Tensor,
  tensor,
  ValueError,
} from "../../src/index.ts";
import type { EncodedReviews } from "./encoded_reviews.ts";
import { PADDING, type ReviewEncoder, UNKNOWN } from "./encoder.ts";
import type { Verdict } from "./mistral.ts";

/** The notebook's lists. */
export const POSITIVE_WORDS = [
  "good",
  "great",
  "excellent",
  "amazing",
  "wonderful",
  "fantastic",
  "best",
  "love",
];
export const NEGATIVE_WORDS = ["bad", "terrible", "awful", "horrible", "worst", "hate", "boring"];

/**
 * What the notebook's lists say of a text: each word counts once, wherever its letters stand ("lovely" has "love").
 * The confidence is the notebook's, 0.85 or, when neither side has more words, 0.60 for neutral.
 */
export function ruleVerdict(text: string): Verdict {
  const lower = text.toLowerCase();
  const count = (words: readonly string[]): number => words.filter((word) => lower.includes(word)).length;
  const balance = count(POSITIVE_WORDS) - count(NEGATIVE_WORDS);
  if (balance > 0) return { sentiment: "positive", confidence: 0.85 };
  return balance < 0
    ? { sentiment: "negative", confidence: 0.85 }
    : { sentiment: "neutral", confidence: 0.6 };
}

/** How good the word lists are. */
export interface RuleScore {
  /** Share of all reviews that are right; neutral never is. */
  readonly accuracy: number;
  /** Share of reviews that get an opinion. */
  readonly decided: number;
  /** Share of those that is right. */
  readonly accuracyDecided: number;
}

/** The word lists on labelled texts. */
export function evaluateRules(texts: readonly string[], labels: readonly number[]): RuleScore {
  const verdicts = texts.map((text) => ruleVerdict(text).sentiment);
  const decided = verdicts.filter((verdict) => verdict !== "neutral").length;
  const right = verdicts.filter(
    (verdict, i) => verdict === (labels[i] === 1 ? "positive" : "negative"),
  ).length;
  return {
    accuracy: right / texts.length,
    decided: decided / texts.length,
    accuracyDecided: decided === 0 ? 0 : right / decided,
  };
}

/** What training a BagOfWords takes. */
export interface BagOfWordsOptions {
  epochs?: number;
  batchSize?: number;
  learningRate?: number;
  seed?: number;
  /** Called after each epoch with its mean loss. */
  onEpoch?: (epoch: number, loss: number) => void;
}

/**
 * Logistic regression on the words of a review: one weight per word, and their sum with a bias is the logit. Each
 * word counts once, and order counts nothing: "not bad, good" and "not good, bad" are the same to it.
 */
export class BagOfWords extends Module {
  readonly device: Device;
  /** One weight per id, [size, 1]; that of padding stays 0. */
  readonly weight: Parameter;
  readonly bias: Parameter;

  constructor(size: number, device: Device = getDevice()) {
    super();
    this.device = device;
    this.weight = new Parameter(device, new Float32Array(size), [size, 1]);
    this.bias = new Parameter(device, new Float32Array(1), [1]);
  }

  /** ids [batch, words] i32, filled with 0 → logits [batch, 1]. */
  forward(ids: Tensor): Tensor {
    const weights = embedding(ids, this.weight, { paddingIdx: PADDING });
    return add(sum(weights, { axis: 1 }), this.bias);
  }

  /** Trains with Adam and binary cross-entropy; returns the mean loss of each epoch. */
  async fit(reviews: EncodedReviews, options: BagOfWordsOptions = {}): Promise<number[]> {
    const { epochs = 8, batchSize = 64, learningRate = 0.01, seed = 42, onEpoch } = options;
    const words = reviews.ids.map(distinctWords);
    const random = new Generator(seed);
    const optimizer = new Adam(this.parameters(), { lr: learningRate });
    const history: number[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const order = random.permutation(reviews.length);
      const losses: Promise<number>[] = [];
      for (let at = 0; at < order.length; at += batchSize) {
        const batch = [...order.subarray(at, at + batchSize)];
        const labels = tensor(
          Float32Array.from(batch, (i) => reviews.labels[i]),
          {
            shape: [batch.length, 1],
            device: this.device,
          },
        );
        optimizer.zeroGrad();
        const loss = binaryCrossEntropyWithLogits(
          this.forward(this.#rows(batch.map((i) => words[i]))),
          labels,
        );
        loss.backward();
        losses.push(loss.item().then((value) => value * batch.length));
        await optimizer.step();
      }
      const total = (await Promise.all(losses)).reduce((a, b) => a + b, 0);
      history.push(total / reviews.length);
      onEpoch?.(epoch, total / reviews.length);
    }
    return history;
  }

  /** The probability of "positive" for each review. */
  async predict(reviews: EncodedReviews, batchSize = 256): Promise<Float32Array> {
    const result = new Float32Array(reviews.length);
    for (let at = 0; at < reviews.length; at += batchSize) {
      const words = reviews.ids.slice(at, at + batchSize).map(distinctWords);
      const probabilities = noGrad(() => sigmoid(this.forward(this.#rows(words))));
      result.set((await probabilities.data()) as Float32Array, at);
      probabilities.dispose();
    }
    return result;
  }

  /** The `count` words with the largest and the smallest weights: what the model has learned to look for. */
  async strongestWords(
    encoder: ReviewEncoder,
    count: number,
  ): Promise<Record<"positive" | "negative", string[]>> {
    const weights = await this.weight.data();
    const { offset, words } = encoder.vocabulary;
    const order = [...words.keys()].sort((a, b) => weights[offset + b] - weights[offset + a]);
    const names = (indices: number[]): string[] => indices.map((i) => words[i]);
    return { positive: names(order.slice(0, count)), negative: names(order.slice(-count).reverse()) };
  }

  /** Lists of words as one table; few widths, so that few buffers are needed. */
  #rows(lists: readonly (readonly number[])[]): Tensor {
    const longest = Math.max(1, ...lists.map((list) => list.length));
    const width = Math.ceil(longest / 64) * 64;
    const ids = new Int32Array(lists.length * width);
    lists.forEach((list, row) => {
      ids.set(list, row * width);
    });
    return tensor(ids, { shape: [lists.length, width], device: this.device });
  }
}

function distinctWords(ids: readonly number[]): number[] {
  return [...new Set(ids)].filter((id) => id > UNKNOWN);
}

/** Share of probabilities on the right side of one half. */
export function accuracyOf(probabilities: ArrayLike<number>, labels: readonly number[]): number {
  return labels.filter((label, i) => (probabilities[i] > 0.5 ? 1 : 0) === label).length / labels.length;
}

/** Errors among the reviews whose value is from `from` up to, but not including, `to`. */
export interface ErrorBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly errors: number;
  /** `errors` of `count`; NaN where there is no review. */
  readonly rate: number;
}

/**
 * The error rate by what reviews are like. `edges` rise: the first bin is from edges[0] up to edges[1], and so on;
 * the last one includes its upper edge. Throws a ValueError for edges that do not rise, or values outside them.
 */
export function errorRateBy(
  values: readonly number[],
  wrong: readonly boolean[],
  edges: readonly number[],
): ErrorBin[] {
  if (edges.length < 2 || edges.some((edge, i) => i > 0 && !(edge > edges[i - 1])))
    throw new ValueError(`errorRateBy: the edges ${edges.join(", ")} do not rise`);
  if (values.length !== wrong.length)
    throw new ValueError(`errorRateBy: ${values.length} values and ${wrong.length} results`);
  const last = edges.length - 1;
  const counts = new Array<number>(last).fill(0);
  const errors = new Array<number>(last).fill(0);
  values.forEach((value, i) => {
    const bin = value === edges[last] ? last - 1 : edges.findLastIndex((edge) => value >= edge);
    if (!(bin >= 0 && bin < last))
      throw new ValueError(`errorRateBy: the value ${value} is outside ${edges[0]} to ${edges[last]}`);
    counts[bin]++;
    if (wrong[i]) errors[bin]++;
  });
  return counts.map((count, i) => ({
    from: edges[i],
    to: edges[i + 1],
    count,
    errors: errors[i],
    rate: errors[i] / count,
  }));
}

/** Edges of at most `bins` bins with about as many values each; fewer where many values are equal. */
export function quantileEdges(values: readonly number[], bins: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const edges = Array.from(
    { length: bins + 1 },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / bins)],
  );
  const distinct = [...new Set(edges)];
  return distinct.length > 1 ? distinct : [distinct[0], distinct[0] + 1];
}
