/** What an epoch adds up to: the mean loss and the metrics. */
import type { Device } from "../device.ts";
import { type MetricCounts, metricCounts, readMetricCounts } from "../ops/metric_counts.ts";
import { leafTensor, type Tensor } from "../tensor.ts";
import { AucCounts, type Metric, metricValue } from "./metrics.ts";
import { fillInto } from "../ops/launch.ts";

/** Names → values, as callbacks and histories get them. */
export type Logs = Record<string, number>;

/** Counts of an epoch so far, by threshold. */
export type Counts = ReadonlyMap<number, MetricCounts>;

/** Counts beyond the batch at hand: one launch per threshold and batch, read when `logs` is asked for. */
export class Meter {
  readonly #metrics: readonly Metric[];
  readonly #counts = new Map<number, Tensor>();
  readonly #curves = new Map<Metric, AucCounts>();
  #classes = 1;
  #loss = 0;
  #samples = 0;

  constructor(device: Device, metrics: readonly Metric[]) {
    this.#metrics = metrics;
    for (const { kind, threshold } of metrics) {
      if (kind === "auc" || this.#counts.has(threshold)) continue;
      const counts = leafTensor(device, new Int32Array(16), [8, 2], "i32");
      counts.storage.detachHost();
      this.#counts.set(threshold, counts);
    }
    this.reset();
  }

  /** Starts an epoch. */
  reset(): void {
    this.#loss = 0;
    this.#samples = 0;
    for (const metric of this.#metrics)
      if (metric.kind === "auc") this.#curves.set(metric, new AucCounts(metric.numThresholds));
    for (const counts of this.#counts.values()) fillInto(counts, 0);
  }

  /** Counts a batch on the device. The promise settles once what must be read back was read. */
  count(predictions: Tensor, targets: Tensor, mask: Tensor | undefined): Promise<void> {
    this.#classes = predictions.shape.at(-1) ?? 1;
    for (const [threshold, into] of this.#counts)
      metricCounts(predictions, targets, { threshold, mask, into });
    return this.#curves.size === 0 ? Promise.resolve() : this.#trace(predictions, targets, mask);
  }

  async #trace(predictions: Tensor, targets: Tensor, mask: Tensor | undefined): Promise<void> {
    const [p, t, m] = await Promise.all([predictions.data(), targets.data(), mask?.data()]);
    const classes = this.#classes;
    const ids = t.length !== p.length;
    for (let i = 0; i < p.length; i++) {
      const row = Math.floor(i / classes);
      if (m && m[row] === 0) continue;
      const positive = ids ? t[row] === i % classes : t[i] !== 0;
      for (const curve of this.#curves.values()) curve.add(p[i], positive);
    }
  }

  /** Takes the loss of a batch of this many samples. */
  note(loss: number, samples: number): void {
    this.#loss += loss * samples;
    this.#samples += samples;
  }

  /** The mean loss so far: each batch counts for its samples, as in Keras. */
  get loss(): number {
    return this.#samples === 0 ? 0 : this.#loss / this.#samples;
  }

  /** Reads the counts as they are now, by threshold; the promise may be awaited some steps later. */
  async read(): Promise<Counts> {
    return new Map(
      await Promise.all(
        Array.from(
          this.#counts,
          async ([threshold, counts]) => [threshold, await readMetricCounts(counts)] as const,
        ),
      ),
    );
  }

  /** Loss and metrics, sorted by name, from counts that were read. */
  logs(read: Counts): Logs {
    const values: Logs = { loss: this.loss };
    for (const metric of this.#metrics)
      values[metric.name] =
        metric.kind === "auc"
          ? this.#curves.get(metric)!.area()
          : metricValue(metric, read.get(metric.threshold)!, this.#classes);
    return Object.fromEntries(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Gives the device memory back. */
  dispose(): void {
    for (const counts of this.#counts.values()) counts.dispose();
  }
}
