import { TARGETS } from "../backend/operations.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import { leafTensor, type Tensor } from "../tensor.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";

/** What `metricCounts` takes beside predictions and targets. */
export interface MetricCountsOptions {
  /** An element is predicted positive above it; 0.5. */
  threshold?: number;
  /** [rows], f32 or i32: rows with 0 do not count. */
  mask?: Tensor;
  /** Counts of earlier batches to add to, in place; new ones when left out. */
  into?: Tensor;
}

/** Whole numbers from which the accuracies, precision and recall of an epoch follow by division. */
export interface MetricCounts {
  /** Rows whose largest prediction is where the target is largest. */
  categoricalCorrect: number;
  /** Elements whose target is 1 above the threshold and 0 at or below it. */
  binaryCorrect: number;
  /** Elements above the threshold whose target is not 0. */
  truePositives: number;
  /** Elements above the threshold. */
  predictedPositives: number;
  /** Elements whose target is not 0. */
  actualPositives: number;
  /** Rows that count. */
  rows: number;
  /** Elements of these rows. */
  elements: number;
}

const COUNTS = 8;

/** The shape without axes of size 1. */
function essential(shape: readonly number[]): number[] {
  return shape.filter((n) => n !== 1);
}

/** How the kernel reads these targets; throws when they do not fit the predictions. */
function targetsKind(predictions: Tensor, targets: Tensor, classes: number): number {
  const { shape } = predictions;
  const rowShape = shape.slice(0, -1);
  if (sameShape(essential(targets.shape), essential(shape)))
    return targets.dtype === "f32" ? TARGETS.numbers : TARGETS.integers;
  if (targets.dtype !== "i32" || classes === 1 || !sameShape(essential(targets.shape), essential(rowShape)))
    throw new ShapeError(
      `metricCounts: targets are ${formatShape(targets.shape)} ${targets.dtype}, expected ${formatShape(shape)}, ` +
        `or class ids ${formatShape(rowShape)} i32`,
    );
  return TARGETS.classIds;
}

/**
 * Counts what Keras's epoch metrics are made of, on the device, so that a training loop reads them once per epoch:
 * pass the result as `into` of the next batch, and at the end to `readMetricCounts`. Predictions are f32
 * [..., classes] (of one axis: one class); targets of the same shape, f32 or i32, or i32 class ids [...] that stand
 * for one-hot rows. An id outside the classes is never right. The result is i32 [8, 2]: low and high words of
 * 64-bit counts, exact over any number of batches. No gradient. Throws a ShapeError when the shapes do not fit.
 */
export function metricCounts(
  predictions: Tensor,
  targets: Tensor,
  options: MetricCountsOptions = {},
): Tensor {
  checkOptions("metricCounts", options, ["threshold", "mask", "into"]);
  const { threshold = 0.5, mask } = options;
  expectDtype("metricCounts", "predictions", predictions, "f32");
  const device = sameDevice(
    "metricCounts",
    predictions,
    targets,
    ...(mask ? [mask] : []),
    ...(options.into ? [options.into] : []),
  );
  const classes = predictions.shape.length < 2 ? 1 : (predictions.shape.at(-1) ?? 1);
  const rows = predictions.size / Math.max(classes, 1);
  const targets_kind = targetsKind(predictions, targets, classes);
  if (mask && mask.size !== rows)
    throw new ShapeError(
      `metricCounts: mask is ${formatShape(mask.shape)}, expected one number for each of ${rows} rows`,
    );
  let counts = options.into;
  if (!counts) {
    counts = leafTensor(device, new Int32Array(2 * COUNTS), [COUNTS, 2], "i32");
    counts.storage.detachHost();
  } else if (!sameShape(counts.shape, [COUNTS, 2]) || counts.dtype !== "i32")
    throw new ShapeError(
      `metricCounts: into is ${formatShape(counts.shape)} ${counts.dtype}, expected the result of an earlier call`,
    );
  const p = contiguousOf(predictions);
  const t = contiguousOf(targets);
  const m = mask && contiguousOf(mask);
  device.backend.run(
    "metric_counts",
    {
      rows,
      classes,
      lanes: classes <= 32 ? 1 : 64,
      predictions_offset: p.offset,
      targets_offset: t.offset,
      mask_offset: m?.offset ?? 0,
      has_mask: m ? 1 : 0,
      threshold,
      targets_kind,
    },
    {
      predictions: p.storage.bind(),
      targets: t.storage.bind(),
      mask: m?.storage.bind(),
      counts: counts.storage.bind(),
    },
  );
  return counts;
}

/** The counts as numbers, as they are now; the only read of an epoch. */
export async function readMetricCounts(counts: Tensor): Promise<MetricCounts> {
  const words = Uint32Array.from(await counts.data());
  const at = (count: number): number => words[2 * count] + words[2 * count + 1] * 2 ** 32;
  return {
    categoricalCorrect: at(0),
    binaryCorrect: at(1),
    truePositives: at(2),
    predictedPositives: at(3),
    actualPositives: at(4),
    rows: at(5),
    elements: at(6),
  };
}
