/** Ranking quality of scores of two classes. */
import { checkOptions, ValueError } from "../errors.ts";
import { checkLengths } from "./labels.ts";

/** Points of a ROC curve, from (0, 0) to (1, 1). */
export interface RocCurve {
  /** Of the samples of the other class, the share with at least the threshold as score. */
  readonly falsePositiveRate: number[];
  /** Of the positive samples, the share with at least the threshold as score. */
  readonly truePositiveRate: number[];
  /** Falling; the first is Infinity, at which nothing is positive. */
  readonly thresholds: number[];
}

/** Options of rocCurve. */
export interface RocCurveOptions {
  /** The label that scores speak for; default 1. All others are the other class. */
  positive?: number;
  /** Leave out points on a straight line between their neighbours; default true. */
  dropIntermediate?: boolean;
}

/**
 * The share of recognised positives against that of false alarms as the threshold falls, as scikit-learn's
 * `roc_curve`; equal scores make one point. Throws a ValueError for unequal lengths, scores that are no numbers, and
 * when one of the two classes has no sample.
 */
export function rocCurve(
  yTrue: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: RocCurveOptions = {},
): RocCurve {
  checkOptions("rocCurve", options, ["positive", "dropIntermediate"]);
  const { positive = 1, dropIntermediate = true } = options;
  return curve("rocCurve", yTrue, scores, positive, dropIntermediate);
}

/**
 * Area under the ROC curve: the chance that a positive sample has a higher score than another one, ties counting
 * half. As scikit-learn's `roc_auc_score` for two classes. Throws as rocCurve does.
 */
export function rocAucScore(
  yTrue: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: { positive?: number } = {},
): number {
  checkOptions("rocAucScore", options, ["positive"]);
  const { falsePositiveRate, truePositiveRate } = curve(
    "rocAucScore",
    yTrue,
    scores,
    options.positive ?? 1,
    true,
  );
  return auc(falsePositiveRate, truePositiveRate);
}

/**
 * Area under a curve through the points (x, y) by trapezoids. Throws a ValueError for unequal lengths, fewer than
 * two points, and x that neither only rise nor only fall.
 */
export function auc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length || x.length < 2)
    throw new ValueError(`auc: x has ${x.length} values and y ${y.length}, expected as many, at least 2`);
  let [area, rises, falls] = [0, false, false];
  for (let i = 1; i < x.length; i++) {
    const step = x[i] - x[i - 1];
    rises ||= step > 0;
    falls ||= step < 0;
    area += (step * (y[i] + y[i - 1])) / 2;
  }
  if (rises && falls)
    throw new ValueError("auc: x rises and falls, expected one of them; sort the points by x");
  return falls ? -area : area;
}

/**
 * Area under the ROC curve from a fixed number of thresholds, as Keras's `AUC` metric: they are spread evenly over
 * 0 … 1, the first a little below 0, the last a little above 1, and a score must exceed one. Close to rocAucScore
 * when scores spread over 0 … 1, and cruder when they crowd. Any label but 0 is positive.
 * Throws a ValueError for unequal lengths, no sample, and scores outside 0 … 1; with one class only it is 0, as in Keras.
 */
export function thresholdAuc(
  yTrue: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: { numThresholds?: number } = {},
): number {
  checkOptions("thresholdAuc", options, ["numThresholds"]);
  const { numThresholds = 200 } = options;
  if (!Number.isInteger(numThresholds) || numThresholds < 2)
    throw new ValueError(`thresholdAuc: numThresholds is ${numThresholds}, expected a whole number from 2`);
  checkLengths("thresholdAuc", yTrue, scores, "scores");
  const steps = numThresholds - 1;
  // Samples by the number of thresholds that they exceed: 1 … steps.
  const positives = new Float64Array(numThresholds);
  const negatives = new Float64Array(numThresholds);
  for (let i = 0; i < yTrue.length; i++) {
    const score = scores[i];
    if (!(score >= 0 && score <= 1))
      throw new ValueError(`thresholdAuc: score ${i} is ${score}, expected a probability from 0 to 1`);
    let exceeded = Math.max(1, Math.ceil(score * steps));
    // The product may round across a whole number; compare with the thresholds themselves.
    if (exceeded > 1 && score <= (exceeded - 1) / steps) exceeded--;
    else if (exceeded < steps && score > exceeded / steps) exceeded++;
    (yTrue[i] === 0 ? negatives : positives)[exceeded]++;
  }
  const total = (counts: Float64Array): number => counts.reduce((sum, n) => sum + n, 0);
  const [allPositives, allNegatives] = [total(positives), total(negatives)];
  if (allPositives === 0 || allNegatives === 0) return 0;
  let [area, above] = [0, 0];
  for (let exceeded = steps; exceeded >= 1; exceeded--) {
    area += negatives[exceeded] * (above + positives[exceeded] / 2);
    above += positives[exceeded];
  }
  return area / (allPositives * allNegatives);
}

function curve(
  where: string,
  yTrue: ArrayLike<number>,
  scores: ArrayLike<number>,
  positive: number,
  dropIntermediate: boolean,
): RocCurve {
  checkLengths(where, yTrue, scores, "scores");
  let positives = 0;
  for (let i = 0; i < yTrue.length; i++) {
    if (Number.isNaN(scores[i])) throw new ValueError(`${where}: score ${i} is NaN; has training diverged?`);
    if (yTrue[i] === positive) positives++;
  }
  const negatives = yTrue.length - positives;
  if (positives === 0 || negatives === 0)
    throw new ValueError(
      `${where}: yTrue has ${positives} samples of the class ${positive} and ${negatives} others, expected some of each`,
    );
  const order = Array.from({ length: yTrue.length }, (_, i) => i).sort((a, b) =>
    // A difference would be NaN for two infinite scores.
    scores[a] === scores[b] ? 0 : scores[a] > scores[b] ? -1 : 1,
  );
  /** False and true positives at each distinct score, falling. */
  let points: { threshold: number; falsePositives: number; truePositives: number }[] = [];
  let [falsePositives, truePositives] = [0, 0];
  order.forEach((sample, rank) => {
    if (yTrue[sample] === positive) truePositives++;
    else falsePositives++;
    if (rank + 1 === order.length || scores[order[rank + 1]] !== scores[sample])
      points.push({ threshold: scores[sample], falsePositives, truePositives });
  });
  if (dropIntermediate)
    points = points.filter((point, i) => {
      const [before, after] = [points[i - 1], points[i + 1]];
      // As scikit-learn: only points that advance by the same counts on both sides.
      return (
        !before ||
        !after ||
        point.falsePositives * 2 !== before.falsePositives + after.falsePositives ||
        point.truePositives * 2 !== before.truePositives + after.truePositives
      );
    });
  points.unshift({ threshold: Number.POSITIVE_INFINITY, falsePositives: 0, truePositives: 0 });
  return {
    falsePositiveRate: points.map((point) => point.falsePositives / negatives),
    truePositiveRate: points.map((point) => point.truePositives / positives),
    thresholds: points.map((point) => point.threshold),
  };
}
