import { hostGenerator } from "../device.ts";
import { checkOptions, ValueError } from "../errors.ts";
import type { HostArray } from "../data/batch.ts";
import type { Parameter } from "../tensor.ts";
import { readArray } from "./arrays.ts";
import { ArrayBatches, type Batches, type ClassWeight, type Purpose, SourceBatches } from "./batches.ts";
import type { Callback, TrainedModel } from "./callbacks.ts";
import { type Categorical, checkLengths } from "./categorical.ts";
import {
  type BatchSource,
  checkSamples,
  type Data,
  type Given,
  readLabels,
  readPair,
  splitAt,
} from "./data.ts";
import { type Logs, Meter } from "./meter.ts";
import { Progress, type Verbosity, type Writer } from "./progress.ts";
import type { PartialShape } from "./shapes.ts";
import { type Compiled, evaluateBatches, type Runner, trainEpoch } from "./training.ts";

/** What `evaluate` and `predict` take. */
export interface RunOptions {
  /** Samples in a batch; 32. */
  batchSize?: number;
  /** 0 silent, 1 a bar (default), 2 one line. */
  verbose?: Verbosity;
  /** Where lines go: a function for whole lines, or a terminal's { write, isTTY }; console.log. */
  write?: Writer;
}

/** What `fit` takes. */
export interface FitOptions extends RunOptions {
  /** Passes over the data; 1. */
  epochs?: number;
  /** Share of the samples, taken from the end before any shuffling, that is for validation only. */
  validationSplit?: number;
  /** Samples for validation: [x, y], or a source of batches. */
  validationData?: readonly [Data, Data] | { readonly batches: BatchSource };
  /** A new order in each epoch, decided by `manualSeed`; true. */
  shuffle?: boolean;
  /** What the loss counts a sample of each class for; 1 each. */
  classWeight?: ClassWeight;
  callbacks?: readonly Callback[];
}

/** What the epochs of a fit gave. */
export interface History {
  /** A list per name: "loss", metrics, and the same with "val_" before them. */
  readonly history: Record<string, number[]>;
  /** The epochs, from 0. */
  readonly epoch: number[];
}

/** What the loops need of the model. */
export interface FitModel extends Runner, TrainedModel {
  readonly built: boolean;
  readonly idLimit: number | null;
  readonly outputShape: PartialShape;
  readonly trainableParameters: readonly Parameter[];
  history: History | null;
  epochsTrained: number;
  build(inputShape: PartialShape): void;
  compiled(where: string): Compiled;
}

const RUN_OPTIONS = ["batchSize", "verbose", "write"];

interface Arrays {
  x: HostArray;
  y: HostArray | Categorical;
}

async function arraysOf(where: string, x: Data, y: Data): Promise<Arrays> {
  const [xs, ys] = [await readArray(x as HostArray, `${where}: x`), await readLabels(y, `${where}: y`)];
  checkSamples(where, xs);
  checkLengths(where, xs.shape, ys.shape);
  return { x: xs, y: ys };
}

function part({ x, y }: Arrays, start: number, end: number): Arrays {
  const rows = (array: HostArray): HostArray => {
    const size = array.data.length / array.shape[0];
    return {
      data: array.data.subarray(start * size, end * size),
      shape: [end - start, ...array.shape.slice(1)],
    };
  };
  return { x: rows(x), y: "ids" in y ? y.slice(start, end) : rows(y) };
}

function checkWhole(where: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ValueError(`${where}: ${name} must be a whole number of at least 1, got ${value}`);
}

/** Batches in order, or in an order drawn for each epoch when there is a seed. */
async function batchesOf(
  where: string,
  model: FitModel,
  given: Arrays | { source: BatchSource },
  batchSize: number,
  seed: number | null,
  classWeight?: ClassWeight,
): Promise<Batches> {
  const { loss } = model.compiled(where);
  const purpose = (): Purpose => ({
    where,
    loss,
    output: model.outputShape,
    idLimit: model.idLimit,
    classWeight,
  });
  if ("source" in given) {
    if (!model.built) model.build([null, ...(await firstInput(where, given.source)).slice(1)]);
    return new SourceBatches(given.source, purpose);
  }
  if (!model.built) model.build([null, ...given.x.shape.slice(1)]);
  return new ArrayBatches(given.x, given.y, purpose(), batchSize, seed);
}

/** The shape of a source's first batch; a generator that can run only once cannot be looked into. */
async function firstInput(where: string, source: BatchSource): Promise<readonly number[]> {
  const once = typeof source !== "function" && "next" in source;
  if (once)
    throw new ValueError(
      `${where}: the model is not built, and a generator can be read only once; build(shape) first, or pass a ` +
        "function that makes the generator",
    );
  const peek = (source as { peek?: () => never }).peek;
  if (peek) return (await readPair(where, peek.call(source))).x.shape;
  for await (const pair of typeof source === "function" ? source() : source)
    return (await readPair(where, pair)).x.shape;
  throw new ValueError(`${where}: there are no batches`);
}

/** Trains the model; see `Sequential.fit`. */
export async function fitModel(model: FitModel, given: Given, options: FitOptions): Promise<History> {
  const where = "fit";
  checkOptions(where, options, [
    ...RUN_OPTIONS,
    "epochs",
    "validationSplit",
    "validationData",
    "shuffle",
    "classWeight",
    "callbacks",
  ]);
  const { batchSize = 32, epochs = 1, verbose = 1, shuffle = true, callbacks = [] } = options;
  checkWhole(where, "batchSize", batchSize);
  checkWhole(where, "epochs", epochs);
  const compiled = model.compiled(where);
  const { training, validation } = await sides(given, options);
  const seed = shuffle ? hostGenerator().state.seed : null;
  const batches = await batchesOf(where, model, training, batchSize, seed, options.classWeight);
  const held = validation && (await batchesOf("fit: validation", model, validation, batchSize, null));
  compiled.optimizer.build(model.trainableParameters);

  const history: History = { history: {}, epoch: [] };
  model.history = history;
  model.stopTraining = false;
  const meter = new Meter(model.device, compiled.metrics);
  let logs: Logs = {};
  for (const callback of callbacks) await callback.onTrainBegin?.(model);
  for (let epoch = 0; epoch < epochs && !model.stopTraining; epoch++) {
    const progress = new Progress(options.write, verbose, batches.steps);
    progress.heading(`Epoch ${epoch + 1}/${epochs}`);
    for (const callback of callbacks) await callback.onEpochBegin?.(epoch, model);
    const result = await trainEpoch(
      model,
      compiled,
      meter,
      batches.epoch(model.epochsTrained++),
      progress,
      callbacks,
    );
    if (result.steps === 0)
      throw new ValueError(
        `fit: epoch ${epoch + 1} has no batches; pass a function that makes the generator, for more than one epoch`,
      );
    logs = result.logs;
    if (held) {
      const found = await evaluateBatches(model, compiled, held.epoch(0));
      for (const [name, value] of Object.entries(found)) logs[`val_${name}`] = value;
    }
    for (const callback of callbacks) await callback.onEpochEnd?.(epoch, logs, model);
    progress.finish(result.steps, logs);
    history.epoch.push(epoch);
    for (const [name, value] of Object.entries(logs)) (history.history[name] ??= []).push(value);
  }
  meter.dispose();
  for (const callback of callbacks) await callback.onTrainEnd?.(logs, model);
  return history;
}

/** What is for training and what for validation. */
async function sides(
  given: Given,
  { validationSplit, validationData }: FitOptions,
): Promise<{
  training: Arrays | { source: BatchSource };
  validation: Arrays | { source: BatchSource } | null;
}> {
  let validation: Arrays | { source: BatchSource } | null = null;
  if (validationData)
    validation =
      "batches" in validationData
        ? { source: validationData.batches }
        : await arraysOf("fit: validationData", validationData[0], validationData[1]);
  if ("source" in given) {
    if (validationSplit !== undefined)
      throw new ValueError("fit: validationSplit needs arrays; pass validationData with a source of batches");
    return { training: given, validation };
  }
  const all = await arraysOf("fit", given.x, given.y);
  if (validationSplit === undefined || validationSplit === 0 || validation)
    return { training: all, validation };
  const count = all.x.shape[0];
  const split = splitAt("fit", count, validationSplit);
  return { training: part(all, 0, split), validation: part(all, split, count) };
}

/** Loss and metrics by name; see `Sequential.evaluate`. */
export async function evaluateModel(model: FitModel, given: Given, options: RunOptions): Promise<Logs> {
  const where = "evaluate";
  checkOptions(where, options, RUN_OPTIONS);
  const { batchSize = 32, verbose = 1 } = options;
  checkWhole(where, "batchSize", batchSize);
  const compiled = model.compiled(where);
  const data = "source" in given ? given : await arraysOf(where, given.x, given.y);
  const batches = await batchesOf(where, model, data, batchSize, null);
  return evaluateBatches(
    model,
    compiled,
    batches.epoch(0),
    new Progress(options.write, verbose, batches.steps),
  );
}
