/** The loops behind fit, evaluate and predict: steps on the device, losses read some steps late. */
import type { HostArray } from "../data/batch.ts";
import type { Device } from "../device.ts";
import { noGrad } from "../no_grad.ts";
import { leafTensor, type Tensor } from "../tensor.ts";
import type { PreparedBatch } from "./batches.ts";
import type { Callback, TrainedModel } from "./callbacks.ts";
import { type Loss, lossOf } from "./losses.ts";
import { type Logs, Meter } from "./meter.ts";
import type { Metric } from "./metrics.ts";
import type { Optimizer } from "./optimizers.ts";
import type { Progress } from "./progress.ts";

/** What the loops need of a model. */
export interface Runner {
  readonly device: Device;
  /** Output and the mask that reaches it. */
  run(x: Tensor, training: boolean): { output: Tensor; mask: Tensor | undefined };
}

/** A model's compile settings, resolved. */
export interface Compiled {
  readonly optimizer: Optimizer;
  readonly loss: Loss;
  readonly metrics: readonly Metric[];
}

/** Losses are read this many steps late, so that the device never waits for the host. */
const READ_LAG = 2;

function upload(device: Device, { data, shape }: HostArray): Tensor {
  return leafTensor(device, data, shape, data instanceof Int32Array ? "i32" : "f32");
}

/** Reads on their way, oldest first. */
class Pending<T> {
  readonly #reads: Promise<T>[] = [];
  readonly #settle: (value: T) => void | Promise<void>;

  constructor(settle: (value: T) => void | Promise<void>) {
    this.#settle = settle;
  }

  /** Adds a read, and waits for the one some steps back. */
  async add(read: Promise<T>): Promise<void> {
    read.catch(() => undefined); // awaited later, unless a step fails before
    this.#reads.push(read);
    if (this.#reads.length > READ_LAG) await this.#next();
  }

  async #next(): Promise<void> {
    await this.#settle(await this.#reads.shift()!);
  }

  async finish(): Promise<void> {
    while (this.#reads.length > 0) await this.#next();
  }
}

/** Launches one training step; the promise has its loss, and settles once the metrics' reads are in, too. */
function trainStep(runner: Runner, compiled: Compiled, batch: PreparedBatch, meter: Meter): Promise<number> {
  const { device } = runner;
  const { optimizer, loss } = compiled;
  const x = upload(device, batch.x);
  const y = upload(device, batch.y);
  optimizer.zeroGrad();
  const { output, mask } = runner.run(x, true);
  const weights = batch.weights && upload(device, batch.weights);
  const value = lossOf(loss, output, y, mask, weights);
  const read = value.item();
  const counted = meter.count(output, y, mask);
  value.backward();
  for (const leaf of [x, y, weights]) leaf?.dispose();
  return Promise.all([read, counted]).then(([number]) => number);
}

/** One epoch of training; returns its logs. */
export async function trainEpoch(
  runner: Runner & TrainedModel,
  compiled: Compiled,
  meter: Meter,
  batches: Iterable<PreparedBatch> | AsyncIterable<PreparedBatch>,
  progress: Progress,
  callbacks: readonly Callback[],
): Promise<{ steps: number; logs: Logs }> {
  meter.reset();
  const listeners = callbacks.filter((callback) => callback.onTrainBatchEnd);
  let done = 0;
  const pending = new Pending<{ loss: number; samples: number }>(async ({ loss, samples }) => {
    meter.note(loss, samples);
    done++;
    if (listeners.length === 0 && !progress.due) return;
    const logs = await meter.logs();
    progress.update(done, logs);
    for (const callback of listeners) await callback.onTrainBatchEnd!(done - 1, logs, runner);
  });
  let started = 0;
  for await (const batch of batches) {
    for (const callback of callbacks) await callback.onTrainBatchBegin?.(started, runner);
    const samples = batch.x.shape[0];
    const loss = trainStep(runner, compiled, batch, meter);
    started++;
    const read = loss.then((value) => ({ loss: value, samples }));
    read.catch(() => undefined);
    await compiled.optimizer.step();
    progress.stepDone(started);
    await pending.add(read);
    if (runner.stopTraining) break;
  }
  await pending.finish();
  return { steps: done, logs: await meter.logs() };
}

/** Loss and metrics over all batches, without training. */
export async function evaluateBatches(
  runner: Runner,
  compiled: Pick<Compiled, "loss" | "metrics">,
  batches: Iterable<PreparedBatch> | AsyncIterable<PreparedBatch>,
  progress?: Progress,
): Promise<Logs> {
  const { device } = runner;
  const meter = new Meter(device, compiled.metrics);
  let started = 0;
  let done = 0;
  const pending = new Pending<{ loss: number; samples: number }>(async ({ loss, samples }) => {
    meter.note(loss, samples);
    done++;
    if (progress?.due) progress.update(done, await meter.logs());
  });
  for await (const batch of batches) {
    const x = upload(device, batch.x);
    const y = upload(device, batch.y);
    const { loss, counted } = noGrad(() => {
      const { output, mask } = runner.run(x, false);
      const value = lossOf(compiled.loss, output, y, mask, undefined);
      return { loss: value.item(), counted: meter.count(output, y, mask) } as Record<
        "loss" | "counted",
        Promise<never>
      >;
    });
    for (const tensor of [x, y]) tensor.dispose();
    const samples = batch.x.shape[0];
    progress?.stepDone(++started);
    await pending.add(Promise.all([loss, counted]).then(([value]) => ({ loss: value, samples })));
  }
  await pending.finish();
  const logs = await meter.logs();
  meter.dispose();
  progress?.finish(done, logs);
  return logs;
}

/** The outputs for all batches, one behind the other. */
export async function predictBatches(
  runner: Runner,
  batches: Iterable<HostArray>,
  progress: Progress,
): Promise<HostArray<Float32Array>> {
  const parts: Float32Array[] = [];
  let rowShape: readonly number[] = [];
  let rows = 0;
  let started = 0;
  const pending = new Pending<Float32Array>((part) => {
    parts.push(part);
    progress.update(parts.length, {});
  });
  for (const batch of batches) {
    const x = upload(runner.device, batch);
    const output = noGrad(() => runner.run(x, false).output);
    rowShape = output.shape.slice(1);
    rows += output.shape[0];
    const read = output.data().then((values) => Float32Array.from(values));
    progress.stepDone(++started);
    for (const tensor of [x, output]) tensor.dispose();
    await pending.add(read);
  }
  await pending.finish();
  progress.finish(parts.length, {});
  const data = new Float32Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    data.set(part, at);
    at += part.length;
  }
  return { data, shape: [rows, ...rowShape] };
}
