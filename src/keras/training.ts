/** The loops behind fit, evaluate and predict: steps on the device, losses read some steps late. */
import type { HostArray } from "../data/batch.ts";
import type { Device } from "../device.ts";
import { noGrad } from "../no_grad.ts";
import { leafTensor, type Tensor } from "../tensor.ts";
import type { PreparedBatch } from "./batches.ts";
import type { Callback, TrainedModel } from "./callbacks.ts";
import { type Loss, lossOf } from "./losses.ts";
import { type Counts, type Logs, Meter } from "./meter.ts";
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

/** Milliseconds after which a loop that never waits (on the CPU) lets messages and timers in. */
const YIELD_AFTER = 50;
let lastYield = 0;

async function letOthersRun(): Promise<void> {
  if (performance.now() - lastYield < YIELD_AFTER) return;
  await new Promise((resolve) => setTimeout(resolve, 0));
  lastYield = performance.now();
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

/** What a batch gave, once its reads are in. */
interface BatchResult {
  loss: number;
  samples: number;
  /** The epoch's counts after this batch, where somebody asked for them. */
  counts: Counts | null;
}

/** Reads what a batch gives, in the submit of its step; awaited some steps later. */
function readResult(
  value: Tensor,
  counted: Promise<void>,
  counts: Promise<Counts> | null,
  samples: number,
): Promise<BatchResult> {
  return Promise.all([value.item(), counts, counted]).then(([loss, found]) => ({
    loss,
    samples,
    counts: found,
  }));
}

/** Launches forward and backward of one training step. */
function trainStep(
  runner: Runner,
  { optimizer, loss }: Compiled,
  batch: PreparedBatch,
  meter: Meter,
  wantsCounts: boolean,
): Promise<BatchResult> {
  const { device } = runner;
  const x = upload(device, batch.x);
  const y = upload(device, batch.y);
  optimizer.zeroGrad();
  const { output, mask } = runner.run(x, true);
  const weights = batch.weights && upload(device, batch.weights);
  const value = lossOf(loss, output, y, mask, weights);
  const counted = meter.count(output, y, mask);
  const result = readResult(value, counted, wantsCounts ? meter.read() : null, batch.x.shape[0]);
  result.catch(() => undefined); // awaited later, unless a step fails before
  value.backward();
  for (const leaf of [x, y, weights]) leaf?.dispose();
  return result;
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
  const pending = new Pending<BatchResult>(async ({ loss, samples, counts }) => {
    meter.note(loss, samples);
    done++;
    if (!counts) return;
    const logs = meter.logs(counts);
    progress.update(done, logs);
    for (const callback of listeners) await callback.onTrainBatchEnd!(done - 1, logs, runner);
  });
  let started = 0;
  for await (const batch of batches) {
    for (const callback of callbacks) await callback.onTrainBatchBegin?.(started, runner);
    const result = trainStep(runner, compiled, batch, meter, listeners.length > 0 || progress.due);
    started++;
    await compiled.optimizer.step();
    progress.stepDone(started);
    await pending.add(result);
    if (runner.stopTraining) break;
  }
  await pending.finish();
  return { steps: done, logs: meter.logs(await meter.read()) };
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
  let done = 0;
  const pending = new Pending<BatchResult>(({ loss, samples, counts }) => {
    meter.note(loss, samples);
    done++;
    if (counts) progress?.update(done, meter.logs(counts));
  });
  let started = 0;
  for await (const batch of batches) {
    const x = upload(device, batch.x);
    const y = upload(device, batch.y);
    const { result } = noGrad(() => {
      const { output, mask } = runner.run(x, false);
      const value = lossOf(compiled.loss, output, y, mask, undefined);
      const counted = meter.count(output, y, mask);
      // In an object, since noGrad takes a bare promise for work to come.
      return { result: readResult(value, counted, progress?.due ? meter.read() : null, batch.x.shape[0]) };
    });
    for (const tensor of [x, y]) tensor.dispose();
    progress?.stepDone(++started);
    await pending.add(result);
    await letOthersRun();
  }
  await pending.finish();
  const logs = meter.logs(await meter.read());
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
    await letOthersRun();
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
