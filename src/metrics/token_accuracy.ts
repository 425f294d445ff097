import type { HostArray } from "../data/batch.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";

/** Options of tokenAccuracy. */
export interface TokenAccuracyOptions {
  /** A target that does not count, such as the id of the padding; default none. */
  ignore?: number;
}

/**
 * The share of ids that were predicted right, over all targets but the ignored ones. Ids [batch, time], or of any
 * shape, flat or as HostArrays. What a model says where the target is padding does not count, so that a text's
 * padding makes it neither better nor worse. Throws a ShapeError when the sizes differ, and a ValueError when nothing
 * is left to count.
 */
export function tokenAccuracy(
  predictions: ArrayLike<number> | HostArray,
  targets: ArrayLike<number> | HostArray,
  options: TokenAccuracyOptions = {},
): number {
  checkOptions("tokenAccuracy", options, ["ignore"]);
  const [said, wanted] = [predictions, targets].map((ids) =>
    "data" in ids ? ids : { data: ids, shape: [ids.length] },
  );
  const bothShaped = "data" in predictions && "data" in targets;
  if (said.data.length !== wanted.data.length || (bothShaped && !sameShape(said.shape, wanted.shape)))
    throw new ShapeError(
      `tokenAccuracy: predictions are ${formatShape(said.shape)} and targets ${formatShape(wanted.shape)}, ` +
        "expected an id for each target; take the argmax of logits first",
    );
  let [right, counted] = [0, 0];
  for (let i = 0; i < wanted.data.length; i++) {
    if (wanted.data[i] === options.ignore) continue;
    counted++;
    if (said.data[i] === wanted.data[i]) right++;
  }
  if (counted === 0) throw new ValueError("tokenAccuracy: there is no target that counts");
  return right / counted;
}
