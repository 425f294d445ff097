import type { HostArray } from "../data/batch.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { formatShape } from "../shape.ts";

/** Options of perplexity. */
export interface PerplexityOptions {
  /** A target that does not count, such as the id of the padding; default none. */
  ignore?: number;
  /** Probabilities are taken to be at least this; default 1e-7, as Keras's losses have it. */
  epsilon?: number;
}

/**
 * exp(mean of −log p) over the probabilities p that a model gave to what came next: among how many equally likely
 * words it hesitates. Targets are ids [n] (or [n, time], flat or as a HostArray), probabilities [n, classes] (or
 * [n, time, classes]). It is exp of the cross-entropy, with padding left out.
 * Throws a ShapeError when the sizes don't fit, and a ValueError for an id outside the classes, a probability that
 * is negative, above 1 or NaN, and when nothing is left to count.
 */
export function perplexity(
  targets: ArrayLike<number> | HostArray,
  probabilities: HostArray,
  options: PerplexityOptions = {},
): number {
  checkOptions("perplexity", options, ["ignore", "epsilon"]);
  const { ignore, epsilon = 1e-7 } = options;
  if (!(epsilon >= 0 && epsilon < 1))
    throw new ValueError(`perplexity: epsilon is ${epsilon}, expected a number from 0, below 1`);
  const ids = "data" in targets ? targets.data : targets;
  const { data, shape } = probabilities;
  const classes = shape.at(-1) ?? 0;
  if (shape.length < 2 || data.length !== ids.length * classes)
    throw new ShapeError(
      `perplexity: probabilities are ${formatShape(shape)} (${data.length} values), expected a row of all classes ` +
        `for each of the ${ids.length} targets`,
    );
  let [sum, counted] = [0, 0];
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (id === ignore) continue;
    if (!Number.isInteger(id) || id < 0 || id >= classes)
      throw new ValueError(`perplexity: target ${i} is ${id}, outside the ${classes} classes`);
    const p = data[i * classes + id];
    // A softmax in single precision may pass 1 by rounding.
    if (!(p >= 0 && p <= 1 + 1e-5))
      throw new ValueError(
        `perplexity: the probability of target ${i} is ${p}, expected a number from 0 to 1; are these logits?`,
      );
    sum -= Math.log(Math.max(p, epsilon));
    counted++;
  }
  if (counted === 0) throw new ValueError("perplexity: there is no target that counts");
  return Math.exp(sum / counted);
}
