/** Other ways to the same answer, and the same way with other padding: the tables of the exercises. */
import type { Device } from "../../src/index.ts";
import { BagOfWords, ruleVerdict } from "./baselines.ts";
import type { EncodedReviews } from "./encoded_reviews.ts";
import type { ReviewEncoder } from "./encoder.ts";
import { type Evaluation, evaluateAnswers } from "./evaluation.ts";
import type { Sentiment, Verdict } from "./mistral.ts";
import type { Settings } from "./settings.ts";
import { type FitRequest, type Prediction, SentimentTraining } from "./training.ts";

/** One way of judging reviews. */
export interface Approach {
  /** In French, for the table. */
  readonly name: string;
  readonly accuracy: number;
  /** Means over both classes. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly auc?: number;
  /** Share of reviews that it has an opinion on. */
  readonly decided: number;
  readonly parameters: number;
  /** Training alone. */
  readonly seconds: number;
}

/** A row of the table for answers that are all opinions. */
export function approachOf(
  name: string,
  evaluation: Evaluation,
  parameters: number,
  seconds: number,
): Approach {
  const { macroAverage } = evaluation.report;
  return {
    name,
    accuracy: evaluation.accuracy,
    precision: macroAverage.precision,
    recall: macroAverage.recall,
    f1: macroAverage.f1Score,
    auc: evaluation.auc,
    decided: 1,
    parameters,
    seconds,
  };
}

/** The notebook's word lists as a row: "neutral" is never right, and no answer of either class. */
export function approachOfRules(texts: readonly string[], labels: readonly number[]): Approach {
  const verdicts = texts.map((text) => ruleVerdict(text).sentiment);
  const count = (test: (verdict: Sentiment, label: number) => boolean): number =>
    verdicts.filter((verdict, i) => test(verdict, labels[i])).length;
  const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
  const scores = (["negative", "positive"] as const).map((sentiment, label) => {
    const hits = count((verdict, own) => verdict === sentiment && own === label);
    const precision = ratio(
      hits,
      count((verdict) => verdict === sentiment),
    );
    const recall = ratio(
      hits,
      count((_, own) => own === label),
    );
    return { hits, precision, recall, f1: ratio(2 * precision * recall, precision + recall) };
  });
  const mean = (pick: (score: (typeof scores)[0]) => number): number =>
    (pick(scores[0]) + pick(scores[1])) / 2;
  return {
    name: "Listes de mots",
    accuracy: (scores[0].hits + scores[1].hits) / texts.length,
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
    decided: count((verdict) => verdict !== "neutral") / texts.length,
    parameters: 0,
    seconds: 0,
  };
}

/** Logistic regression on the words of a review as a row, and the words that weigh most. */
export async function approachOfBagOfWords(
  train: EncodedReviews,
  test: EncodedReviews,
  encoder: ReviewEncoder,
  device: Device,
  seed: number,
): Promise<{ approach: Approach; strongest: Record<"positive" | "negative", string[]> }> {
  const started = performance.now();
  const model = new BagOfWords(encoder.size, device);
  await model.fit(train, { seed });
  const seconds = (performance.now() - started) / 1000;
  const evaluation = evaluateAnswers(test.labels, await model.predict(test));
  return {
    approach: approachOf("Régression logistique", evaluation, encoder.size + 1, seconds),
    strongest: await model.strongestWords(encoder, 10),
  };
}

/** A way of making rows of one length. */
export interface PaddingTrial {
  readonly name: string;
  readonly settings: Settings;
  readonly history: Readonly<Record<string, number[]>>;
  readonly loss: number;
  readonly accuracy: number;
  readonly seconds: number;
}

/**
 * The trials: the same model and training, only padding and mask differ. As in the notebook it reads in one direction and
 * the last state decides: read backwards, too, or as a mean, a review would not end in zeros.
 */
export function paddingTrials(settings: Settings): { name: string; settings: Settings }[] {
  const last = { ...settings, pooling: "last", attention: false, bidirectional: false } as const;
  return [
    { name: "derrière, sans masque (carnet)", settings: { ...last, padding: "post", mask: false } },
    { name: "derrière, avec masque", settings: { ...last, padding: "post", mask: true } },
    { name: "devant, sans masque", settings: { ...last, padding: "pre", mask: false } },
  ];
}

/** Trains one of them. */
export async function runPaddingTrial(
  trial: { name: string; settings: Settings },
  encoder: ReviewEncoder,
  train: EncodedReviews,
  test: EncodedReviews,
  device: Device,
  request: FitRequest = {},
): Promise<PaddingTrial> {
  const started = performance.now();
  const training = SentimentTraining.start(trial.settings, encoder, device);
  await training.fit(train, request);
  const seconds = (performance.now() - started) / 1000;
  const { loss, accuracy } = evaluateAnswers(test.labels, await training.probabilities(test));
  return { ...trial, history: training.history, loss, accuracy, seconds };
}

/** One sentence, judged by the model and by something else. */
export interface Agreement {
  readonly text: string;
  readonly model: Prediction;
  readonly other: Verdict;
  /** A neutral verdict never agrees: the model knows two classes. */
  readonly agree: boolean;
}

/** Puts both side by side. */
export function compareVerdicts(
  predictions: readonly Prediction[],
  verdicts: readonly Verdict[],
): Agreement[] {
  return predictions.map((model, i) => ({
    text: model.text,
    model,
    other: verdicts[i],
    agree: verdicts[i].sentiment === (model.positive ? "positive" : "negative"),
  }));
}
