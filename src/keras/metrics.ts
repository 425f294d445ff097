/** Metrics of whole epochs: counted on the device, divided on the host. */
import { checkOptions, nearestName, ValueError } from "../errors.ts";
import type { MetricCounts } from "../ops/metric_counts.ts";

/** What a metric measures. */
export type MetricKind =
  | "accuracy"
  | "binary_accuracy"
  | "categorical_accuracy"
  | "sparse_categorical_accuracy"
  | "precision"
  | "recall"
  | "auc";

/** The metrics that have a name; "acc" is "accuracy". */
export type MetricName = MetricKind | "acc";

/** A metric to compile a model with. */
export interface Metric {
  readonly kind: MetricKind;
  /** Its name in logs and histories. */
  readonly name: string;
  /** What a prediction must exceed to count as positive; 0.5. */
  readonly threshold: number;
  /** Points of the curve, for AUC; 200. */
  readonly numThresholds: number;
}

const KINDS: readonly MetricKind[] = [
  "accuracy",
  "binary_accuracy",
  "categorical_accuracy",
  "sparse_categorical_accuracy",
  "precision",
  "recall",
  "auc",
];

interface MetricOptions {
  name?: string;
  /** What a prediction must exceed to count as positive; 0.5. */
  threshold?: number;
}

function thresholded(kind: MetricKind, options: MetricOptions): Metric {
  checkOptions(`metrics.${kind}`, options, ["name", "threshold"]);
  const { name = kind, threshold = 0.5 } = options;
  return { kind, name, threshold, numThresholds: 0 };
}

/**
 * Metrics as objects, for thresholds and names of one's own. Positions that a mask marks as padding count in none of
 * them; Keras 3 leaves them out of accuracies, but counts them in precision, recall and AUC.
 */
export const metrics = {
  /** The share of right predictions: binary for one output, else that of the largest. */
  accuracy: (options: { name?: string } = {}): Metric => thresholded("accuracy", options),
  /** The share of numbers on the right side of the threshold. */
  binaryAccuracy: (options: MetricOptions = {}): Metric => thresholded("binary_accuracy", options),
  /** The share of rows whose largest prediction is at the label's one. */
  categoricalAccuracy: (options: { name?: string } = {}): Metric =>
    thresholded("categorical_accuracy", options),
  /** The same for labels that are class ids. */
  sparseCategoricalAccuracy: (options: { name?: string } = {}): Metric =>
    thresholded("sparse_categorical_accuracy", options),
  /** True positives among what is predicted positive. */
  precision: (options: MetricOptions = {}): Metric => thresholded("precision", options),
  /** True positives among what is positive. */
  recall: (options: MetricOptions = {}): Metric => thresholded("recall", options),
  /** Area under the ROC curve, from this many thresholds; reads every batch's predictions back. */
  auc: (options: { name?: string; numThresholds?: number } = {}): Metric => {
    checkOptions("metrics.auc", options, ["name", "numThresholds"]);
    const { name = "auc", numThresholds = 200 } = options;
    if (!Number.isInteger(numThresholds) || numThresholds < 2)
      throw new ValueError(
        `metrics.auc: numThresholds must be a whole number of at least 2, got ${numThresholds}`,
      );
    return { kind: "auc", name, threshold: 0.5, numThresholds };
  },
};

/** A metric from its name, or itself; throws a ValueError with the nearest name. */
export function resolveMetric(metric: MetricName | Metric): Metric {
  if (typeof metric === "object" && KINDS.includes(metric.kind)) return metric;
  const name = String(metric);
  const kind = name.toLowerCase() === "acc" ? "accuracy" : name.toLowerCase();
  if (kind === "auc") return metrics.auc({ name });
  if (KINDS.includes(kind as MetricKind)) return thresholded(kind as MetricKind, { name });
  const near = nearestName(name, [...KINDS, "acc"]);
  throw new ValueError(
    `compile: unknown metric "${name}"${near ? `; did you mean "${near}"?` : `; known: ${KINDS.join(", ")}`}`,
  );
}

const ratio = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** The metric's value from the counts so far; 0 when nothing was counted. `classes` is the output's last size. */
export function metricValue(metric: Metric, counts: MetricCounts, classes: number): number {
  switch (metric.kind) {
    case "precision":
      return ratio(counts.truePositives, counts.predictedPositives);
    case "recall":
      return ratio(counts.truePositives, counts.actualPositives);
    case "binary_accuracy":
      return ratio(counts.binaryCorrect, counts.elements);
    case "accuracy":
      if (classes === 1) return ratio(counts.binaryCorrect, counts.elements);
      return ratio(counts.categoricalCorrect, counts.rows);
    default:
      return ratio(counts.categoricalCorrect, counts.rows);
  }
}

/** Predictions of an epoch sorted into the gaps between thresholds, as Keras's AUC does. */
export class AucCounts {
  readonly #positives: Float64Array;
  readonly #negatives: Float64Array;

  constructor(numThresholds: number) {
    this.#positives = new Float64Array(numThresholds);
    this.#negatives = new Float64Array(numThresholds);
  }

  /** Takes a prediction from 0 to 1 and its label. */
  add(prediction: number, positive: boolean): void {
    const last = this.#positives.length - 1;
    const clipped = Math.min(1, Math.max(0, prediction));
    // A prediction must exceed a threshold; the first threshold lies just below 0.
    const bucket = Math.max(0, Math.ceil(Math.fround(clipped * last)) - 1);
    if (Number.isNaN(bucket)) return;
    (positive ? this.#positives : this.#negatives)[bucket]++;
  }

  /** Area under the ROC curve by the trapezoidal rule; 0 when one of the classes is missing. */
  area(): number {
    const buckets = this.#positives.length;
    const positives = this.#positives.reduce((a, b) => a + b, 0);
    const negatives = this.#negatives.reduce((a, b) => a + b, 0);
    let [truePositives, area] = [0, 0];
    for (let i = buckets - 1; i >= 0; i--) {
      const width = ratio(this.#negatives[i], negatives);
      const height = ratio(2 * truePositives + this.#positives[i], 2 * positives);
      area += width * height;
      truePositives += this.#positives[i];
    }
    return area;
  }
}
