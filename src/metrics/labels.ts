/** Checks and counts that the metrics of classification share. */
import { ValueError } from "../errors.ts";

/** What was right and what was said, per class id. */
export interface ClassCounts {
  /** Class ids that count: those that are in either list, or all when their number was given. */
  readonly labels: readonly number[];
  /** Samples of the class that were recognised; indexed by class id, as the next two. */
  readonly correct: Int32Array;
  /** Samples said to be of the class. */
  readonly predicted: Int32Array;
  /** Samples of the class. */
  readonly actual: Int32Array;
  readonly samples: number;
}

/** Throws a ValueError unless both lists have the same length and something in them. */
export function checkLengths(
  where: string,
  yTrue: ArrayLike<number>,
  other: ArrayLike<number>,
  name = "yPred",
): void {
  if (yTrue.length !== other.length)
    throw new ValueError(
      `${where}: yTrue has ${yTrue.length} values and ${name} ${other.length}, expected one for each sample`,
    );
  if (yTrue.length === 0) throw new ValueError(`${where}: there is no sample`);
}

/**
 * The number of classes: as given, or one above the largest id. Throws a ValueError for unequal lengths, no sample,
 * and labels that are no class ids.
 */
export function classesOf(
  where: string,
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  classes?: number,
): number {
  checkLengths(where, yTrue, yPred);
  if (classes !== undefined && (!Number.isInteger(classes) || classes < 1))
    throw new ValueError(`${where}: classes is ${classes}, expected a whole number from 1`);
  let largest = 0;
  for (const [name, labels] of Object.entries({ yTrue, yPred }))
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i];
      if (!Number.isInteger(label) || label < 0)
        throw new ValueError(
          `${where}: ${name} has ${label} at ${i}, expected a class id: a whole number from 0; ` +
            "compare probabilities with a threshold, or take their argmax, first",
        );
      if (classes !== undefined && label >= classes)
        throw new ValueError(`${where}: ${name} has ${label} at ${i}, outside the ${classes} classes`);
      largest = Math.max(largest, label);
    }
  return classes ?? largest + 1;
}

/** Counts per class. Throws as classesOf does. */
export function countClasses(
  where: string,
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  classes?: number,
): ClassCounts {
  const size = classesOf(where, yTrue, yPred, classes);
  const [correct, predicted, actual] = [0, 0, 0].map(() => new Int32Array(size));
  for (let i = 0; i < yTrue.length; i++) {
    actual[yTrue[i]]++;
    predicted[yPred[i]]++;
    if (yTrue[i] === yPred[i]) correct[yTrue[i]]++;
  }
  const all = Array.from({ length: size }, (_, label) => label);
  const labels = classes === undefined ? all.filter((label) => actual[label] + predicted[label] > 0) : all;
  return { labels, correct, predicted, actual, samples: yTrue.length };
}
