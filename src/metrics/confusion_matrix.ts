import { checkOptions } from "../errors.ts";
import { classesOf } from "./labels.ts";

/**
 * How often class i (row) was taken for class j (column), as scikit-learn's `confusion_matrix`; class ids from 0.
 * `classes` rows and columns, by default one more than the largest id in either list.
 * Throws a ValueError for unequal lengths, no sample, and labels that are no class ids or outside `classes`.
 */
export function confusionMatrix(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: { classes?: number } = {},
): number[][] {
  checkOptions("confusionMatrix", options, ["classes"]);
  const size = classesOf("confusionMatrix", yTrue, yPred, options.classes);
  const matrix = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  for (let i = 0; i < yTrue.length; i++) matrix[yTrue[i]][yPred[i]]++;
  return matrix;
}
