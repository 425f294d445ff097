/** How good answers are, whoever gives them: accuracy, confusion, errors. */
import {
  type ClassificationReport,
  classificationReport,
  confusionMatrix,
  Generator,
  type RocCurve,
  rocAucScore,
  rocCurve,
  ValueError,
} from "../../src/index.ts";
import { type ErrorBin, errorRateBy, quantileEdges } from "./baselines.ts";
import type { EncodedReviews } from "./encoded_reviews.ts";
import { confidenceOf, isPositive } from "./training.ts";

export const CLASS_NAMES = ["Négatif", "Positif"] as const;

/** Answers for labelled reviews, and all that follows from them. */
export interface Evaluation {
  readonly labels: readonly number[];
  readonly probabilities: Float32Array;
  /** 1 where the probability of "positive" is above one half. */
  readonly answers: readonly number[];
  /** Mean binary cross-entropy, as Keras computes it. */
  readonly loss: number;
  readonly accuracy: number;
  readonly right: number;
  /** Rows are the truth, columns the answers. */
  readonly confusion: readonly number[][];
  readonly report: ClassificationReport;
  /** Undefined when one of the classes has no review. */
  readonly roc?: RocCurve;
  readonly auc?: number;
}

/** A review that the model judged, for people. */
export interface Judged {
  /** Its place in the part. */
  readonly index: number;
  readonly label: number;
  readonly answer: number;
  readonly confidence: number;
}

/** Keras keeps probabilities this far from 0 and 1 before it takes logarithms. */
const EPSILON = 1e-7;

/** Everything about some answers. Throws a ValueError when there is not one for each label. */
export function evaluateAnswers(labels: readonly number[], probabilities: Float32Array): Evaluation {
  if (labels.length !== probabilities.length || labels.length === 0)
    throw new ValueError(`evaluate: ${labels.length} labels and ${probabilities.length} answers`);
  const answers = Array.from(probabilities, (p) => (isPositive(p) ? 1 : 0));
  const right = answers.filter((answer, i) => answer === labels[i]).length;
  const loss = labels.reduce((sum, label, i) => {
    const p = Math.min(1 - EPSILON, Math.max(EPSILON, probabilities[i]));
    return sum - Math.log(label === 1 ? p : 1 - p);
  }, 0);
  const both = new Set(labels).size === 2;
  return {
    labels,
    probabilities,
    answers,
    loss: loss / labels.length,
    accuracy: right / labels.length,
    right,
    confusion: confusionMatrix(labels, answers, { classes: 2 }),
    report: classificationReport(labels, answers, { targetNames: CLASS_NAMES }),
    ...(both && { roc: rocCurve(labels, probabilities), auc: rocAucScore(labels, probabilities) }),
  };
}

function judged({ labels, answers, probabilities }: Evaluation, index: number): Judged {
  return {
    index,
    label: labels[index],
    answer: answers[index],
    confidence: confidenceOf(probabilities[index]),
  };
}

/** Some reviews drawn at random. */
export function randomExamples(evaluation: Evaluation, count: number, seed: number): Judged[] {
  const order = new Generator(seed).permutation(evaluation.labels.length);
  return [...order.subarray(0, count)].map((index) => judged(evaluation, index));
}

/** The reviews whose label was missed although the model was surest: negative ones called positive, and the reverse. */
export function confidentErrors(
  evaluation: Evaluation,
  count: number,
): Record<"falsePositives" | "falseNegatives", Judged[]> {
  const { labels, answers } = evaluation;
  const missed = (label: number): Judged[] =>
    labels
      .flatMap((own, i) => (own === label && answers[i] !== label ? [judged(evaluation, i)] : []))
      .sort((a, b) => b.confidence - a.confidence)
      .slice(0, count);
  return { falsePositives: missed(0), falseNegatives: missed(1) };
}

/**
 * Where a model errs: by length and by the share of words that it does not know, in bins of about as many reviews.
 * No bins where all reviews are alike.
 */
export function errorRates(
  evaluation: Evaluation,
  reviews: EncodedReviews,
  bins = 5,
): Record<"byLength" | "byUnknown", ErrorBin[]> {
  const wrong = evaluation.answers.map((answer, i) => answer !== evaluation.labels[i]);
  const { lengths, unknownShares } = reviews;
  const rates = (values: readonly number[]): ErrorBin[] =>
    new Set(values).size < 2 ? [] : errorRateBy(values, wrong, quantileEdges(values, bins));
  return { byLength: rates(lengths), byUnknown: rates(unknownShares) };
}
