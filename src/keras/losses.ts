/** Losses by Keras's names, on probabilities, and the labels that they take. */
import type { HostArray } from "../data/batch.ts";
import { nearestName, ShapeError, ValueError } from "../errors.ts";
import { binaryCrossEntropy } from "../ops/binary_cross_entropy.ts";
import { div, maximum, mul } from "../ops/binary.ts";
import { cast } from "../ops/cast.ts";
import { categoricalCrossEntropy } from "../ops/categorical_cross_entropy.ts";
import type { Reduction } from "../ops/loss.ts";
import { mse } from "../ops/mse.ts";
import { oneHot } from "../ops/one_hot.ts";
import { mean, sum } from "../ops/reduce.ts";
import { reshape, unsqueeze } from "../ops/view.ts";
import { formatShape, type Shape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { Categorical, oneHotIds } from "./categorical.ts";
import { type PartialShape, pythonShape } from "./shapes.ts";

/** A loss of one's own: targets and predictions of a batch → a loss for each sample, or one number. */
export type LossFunction = (targets: Tensor, predictions: Tensor) => Tensor;

/** The losses that have a name. */
export type LossName =
  | "categorical_crossentropy"
  | "sparse_categorical_crossentropy"
  | "binary_crossentropy"
  | "mean_squared_error"
  | "mse";

/** A loss as `compile` resolved it. */
export interface Loss {
  readonly name: string;
  /** Which labels it takes: one-hot rows, class ids, or numbers of the output's shape. */
  readonly labels: "one-hot" | "ids" | "numbers" | "any";
  /** The loss of each row, or of all. */
  compute(predictions: Tensor, targets: Tensor, reduction: Reduction): Tensor;
}

/** Keras keeps probabilities this far from 0 and 1. */
const CLIP = 1e-7;

const categorical = (p: Tensor, t: Tensor, reduction: Reduction): Tensor =>
  categoricalCrossEntropy(p, t, { reduction });

/** Elementwise losses are the mean along the last axis for each row. */
function rows(perElement: Tensor, reduction: Reduction): Tensor {
  return reduction === "none" && perElement.shape.length > 1 ? mean(perElement, { axis: -1 }) : perElement;
}

const meanSquares: Loss = {
  name: "mean_squared_error",
  labels: "numbers",
  compute: (p, t, reduction) => rows(mse(p, numbersLike(t, p), { reduction }), reduction),
};

const LOSSES: Record<LossName, Loss> = {
  categorical_crossentropy: { name: "categorical_crossentropy", labels: "one-hot", compute: categorical },
  sparse_categorical_crossentropy: {
    name: "sparse_categorical_crossentropy",
    labels: "ids",
    compute: categorical,
  },
  binary_crossentropy: {
    name: "binary_crossentropy",
    labels: "numbers",
    compute: (p, t, reduction) => rows(binaryCrossEntropy(p, t, { reduction, clip: CLIP }), reduction),
  },
  mean_squared_error: meanSquares,
  mse: { ...meanSquares, name: "mse" },
};

/** Targets as numbers of the predictions' shape: class ids become one-hot rows. */
function numbersLike(targets: Tensor, predictions: Tensor): Tensor {
  if (targets.size !== predictions.size)
    return oneHot(reshape(targets, predictions.shape.slice(0, -1)), predictions.shape.at(-1)!);
  return reshape(cast(targets, "f32"), predictions.shape);
}

/** The loss of this name or function; throws a ValueError with the nearest name when there is none. */
export function resolveLoss(loss: LossName | LossFunction): Loss {
  if (typeof loss === "function")
    return {
      name: loss.name || "loss",
      labels: "any",
      compute: (p, t, reduction) => {
        const values = loss(t.dtype === "i32" && t.size !== p.size ? numbersLike(t, p) : cast(t, "f32"), p);
        return reduction === "mean" ? mean(values) : values;
      },
    };
  if (Object.hasOwn(LOSSES, loss)) return LOSSES[loss];
  const known = Object.keys(LOSSES);
  const near = nearestName(String(loss), known);
  throw new ValueError(
    `compile: unknown loss "${loss}"${near ? `; did you mean "${near}"?` : `; known: ${known.join(", ")}`}`,
  );
}

/**
 * The loss of a batch as Keras 3 takes the mean: over all rows; with weights, Σ w · loss / rows; with a mask, over the
 * rows that are no padding.
 */
export function lossOf(
  loss: Loss,
  predictions: Tensor,
  targets: Tensor,
  mask: Tensor | undefined,
  weights: Tensor | undefined,
): Tensor {
  if (!mask && !weights) return loss.compute(predictions, targets, "mean");
  const each = loss.compute(predictions, targets, "none");
  const spread = (w: Tensor): Tensor => (w.shape.length < each.shape.length ? unsqueeze(w, -1) : w);
  const weighted = weights ? mul(each, spread(weights)) : each;
  if (!mask) return mean(weighted);
  const valid = cast(mask, "f32");
  if (valid.shape.length > each.shape.length)
    throw new ShapeError(
      `loss: the mask is ${formatShape(mask.shape)} and the losses are ${formatShape(each.shape)}; ` +
        "something between them drops the time axis but not the mask",
    );
  return div(sum(mul(weighted, spread(valid))), maximum(sum(valid), 1));
}

/** Labels as one of the forms that the losses and `metricCounts` read. */
export type Labels = HostArray | Categorical;

/**
 * The labels for a loss and an output shape: ids for one-hot rows, whatever they were given as. Throws a ShapeError
 * that names both shapes and the way out.
 */
export function prepareLabels(where: string, loss: Loss, labels: Labels, output: PartialShape): HostArray {
  const classes = output.at(-1);
  const refuse = (want: string, wayOut: string): never => {
    throw new ShapeError(
      `${where}: labels of shape ${formatShape(labels.shape)} do not fit ${loss.name} on an output of ` +
        `${pythonShape(output)}: it takes ${want}; ${wayOut}`,
    );
  };
  const likeOutput = sameButOnes(labels.shape, output);
  const likeIds = sameButOnes(labels.shape, output.slice(0, -1));
  if (loss.labels === "any") return labels instanceof Categorical ? labels.ids : labels;
  if (loss.labels === "ids") {
    if (labels instanceof Categorical || !likeIds)
      return refuse(
        `class ids ${pythonShape(output.slice(0, -1))}`,
        likeOutput
          ? `pass the ids themselves, or use loss "categorical_crossentropy"`
          : `pass one id for each of the output's rows`,
      );
    return {
      data: wholeIds(where, loss, labels, classes ?? null),
      shape: rowShape(labels.shape, output.length - 1),
    };
  }
  if (!likeOutput) {
    if (loss.labels === "one-hot" && likeIds)
      return refuse(
        `one-hot rows ${pythonShape(output)}`,
        `pass toCategorical(y, ${classes}), or use loss "sparse_categorical_crossentropy"`,
      );
    return refuse(
      `labels ${pythonShape(output)}`,
      classes === 1
        ? "pass one number for each of the output's rows"
        : likeIds
          ? `pass toCategorical(y, ${classes}), or end the model with units: 1`
          : "change the labels, or the model's last layer",
    );
  }
  if (labels instanceof Categorical) return labels.ids;
  const ids = loss.labels === "one-hot" || (classes ?? 1) > 1 ? oneHotIds(labels) : null;
  if (ids) return ids;
  return loss.labels === "one-hot" ? { data: Float32Array.from(labels.data), shape: labels.shape } : labels;
}

/** Class ids as i32; throws a ValueError for one that is no whole number, or no class. */
function wholeIds(where: string, loss: Loss, { data }: HostArray, classes: number | null): Int32Array {
  for (let i = 0; i < data.length; i++) {
    const id = data[i];
    if (!Number.isInteger(id))
      throw new ValueError(`${where}: ${loss.name} takes class ids, and ${id} is no whole number`);
    if (id < 0 || (classes !== null && id >= classes))
      throw new ValueError(
        `${where}: label ${i} is class ${id}, and the output has ${classes}: 0 to ${classes! - 1}`,
      );
  }
  return data instanceof Int32Array ? data : Int32Array.from(data);
}

function rowShape(shape: Shape, rank: number): Shape {
  return shape.length > rank ? shape.slice(0, rank) : shape;
}

/** Whether the shapes are equal apart from open sizes and axes of size 1; the batch must be there in both. */
function sameButOnes(shape: Shape, wanted: PartialShape): boolean {
  const [batch, ...rest] = shape;
  if (batch === undefined) return false;
  const a = rest.filter((n) => n !== 1);
  const b = wanted.slice(1).filter((n) => n !== 1);
  return a.length === b.length && b.every((n, i) => n === null || n === a[i]);
}
