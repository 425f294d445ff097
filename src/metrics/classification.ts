/** Accuracy, precision, recall and F1 of predicted class ids. */
import { checkOptions, ValueError } from "../errors.ts";
import { type ClassCounts, checkLengths, countClasses } from "./labels.ts";

/** Options of precision, recall and f1Score. */
export interface AverageOptions {
  /**
   * `binary` (default): of the class `positive` alone. `macro`: mean over the classes; `weighted`: mean weighted by
   * each class's samples; `micro`: over all samples at once.
   */
  average?: "binary" | "macro" | "micro" | "weighted";
  /** The class that `binary` is about; default 1. */
  positive?: number;
  /** Number of classes; default: only those in either list count for a mean. */
  classes?: number;
  /** What 0/0 gives, such as the precision of a class that was never predicted: 0 (default) or 1. */
  zeroDivision?: 0 | 1;
}

/** Precision, recall and F1. */
export interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1Score: number;
}

/** The share of equal labels. Throws a ValueError for unequal lengths and no sample. */
export function accuracy(yTrue: ArrayLike<number>, yPred: ArrayLike<number>): number {
  checkLengths("accuracy", yTrue, yPred);
  let equal = 0;
  for (let i = 0; i < yTrue.length; i++) if (yTrue[i] === yPred[i]) equal++;
  return equal / yTrue.length;
}

/**
 * Of the samples said to be of a class, the share that is: tp / (tp + fp), as scikit-learn's `precision_score`.
 * Throws a ValueError for unequal lengths, no sample, labels that are no class ids or outside `classes`, and for
 * `binary` with more than two classes.
 */
export function precision(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: AverageOptions = {},
): number {
  return scores("precision", yTrue, yPred, options).precision;
}

/** Of the samples of a class, the share that was recognised: tp / (tp + fn). Throws as precision does. */
export function recall(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: AverageOptions = {},
): number {
  return scores("recall", yTrue, yPred, options).recall;
}

/** The harmonic mean of precision and recall, 2·tp / (2·tp + fp + fn), averaged last. Throws as precision does. */
export function f1Score(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: AverageOptions = {},
): number {
  return scores("f1Score", yTrue, yPred, options).f1Score;
}

function scores(
  where: string,
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: AverageOptions,
): Scores {
  checkOptions(where, options, ["average", "positive", "classes", "zeroDivision"]);
  const { average = "binary", positive = 1, classes, zeroDivision = 0 } = options;
  checkZeroDivision(where, zeroDivision);
  const counts = countClasses(where, yTrue, yPred, classes);
  switch (average) {
    case "binary":
      if (counts.labels.length > 2)
        throw new ValueError(
          `${where}: there are ${counts.labels.length} classes, average "binary" is for two; ` +
            'use "macro", "micro" or "weighted"',
        );
      if (counts.labels.length === 2 && !counts.labels.includes(positive))
        throw new ValueError(
          `${where}: the positive class is ${positive}, the labels are ${counts.labels.join(" and ")}; ` +
            "say which is meant by the option positive",
        );
      return scoresOf(counts, positive, zeroDivision);
    case "micro": {
      const right = accuracy(yTrue, yPred);
      return { precision: right, recall: right, f1Score: right };
    }
    case "macro":
    case "weighted":
      return meanScores(counts, average, zeroDivision);
    default:
      throw new ValueError(
        `${where}: average is ${JSON.stringify(average)}, expected "binary", "macro", "micro" or "weighted"`,
      );
  }
}

/** The scores of one class. */
export function scoresOf(counts: ClassCounts, label: number, zeroDivision: number): Scores {
  const [correct, predicted, actual] = [counts.correct, counts.predicted, counts.actual].map(
    (column) => column[label] ?? 0,
  );
  const ratio = (part: number, whole: number): number => (whole === 0 ? zeroDivision : part / whole);
  return {
    precision: ratio(correct, predicted),
    recall: ratio(correct, actual),
    f1Score: ratio(2 * correct, predicted + actual),
  };
}

/** The mean over the classes that count. */
export function meanScores(counts: ClassCounts, average: "macro" | "weighted", zeroDivision: number): Scores {
  const sum = { precision: 0, recall: 0, f1Score: 0 };
  for (const label of counts.labels) {
    const weight = average === "macro" ? 1 : counts.actual[label];
    const own = scoresOf(counts, label, zeroDivision);
    for (const name of ["precision", "recall", "f1Score"] as const) sum[name] += own[name] * weight;
  }
  const total = average === "macro" ? counts.labels.length : counts.samples;
  return { precision: sum.precision / total, recall: sum.recall / total, f1Score: sum.f1Score / total };
}

/** Throws a ValueError unless it is 0 or 1. */
export function checkZeroDivision(where: string, zeroDivision: number): void {
  if (zeroDivision !== 0 && zeroDivision !== 1)
    throw new ValueError(`${where}: zeroDivision is ${zeroDivision}, expected 0 or 1`);
}
