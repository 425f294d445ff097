import type { HostArray } from "../data/batch.ts";
import { checkOptions, ValueError } from "../errors.ts";
import type { Logs } from "./meter.ts";
import type { Optimizer } from "./optimizers.ts";

/** What a callback may do with the model. */
export interface TrainedModel {
  /** Ends the training after the batch at hand. */
  stopTraining: boolean;
  readonly optimizer: Optimizer;
  getWeights(): Promise<HostArray<Float32Array>[]>;
  setWeights(values: readonly HostArray[]): void;
  save(): Promise<Uint8Array>;
}

type MaybePromise = void | Promise<void>;

/** Functions that `fit` calls; all may be left out, and may return promises. Epochs and batches count from 0. */
export interface Callback {
  onTrainBegin?(model: TrainedModel): MaybePromise;
  onTrainEnd?(logs: Logs, model: TrainedModel): MaybePromise;
  onEpochBegin?(epoch: number, model: TrainedModel): MaybePromise;
  /** Logs hold loss, metrics and what validation gave; a callback may add to them. */
  onEpochEnd?(epoch: number, logs: Logs, model: TrainedModel): MaybePromise;
  onTrainBatchBegin?(batch: number, model: TrainedModel): MaybePromise;
  /** Comes two batches late, so that the device never waits; logs are those of the epoch so far. */
  onTrainBatchEnd?(batch: number, logs: Logs, model: TrainedModel): MaybePromise;
}

/** A callback from functions, as keras.callbacks.LambdaCallback. */
export function lambdaCallback(functions: Callback): Callback {
  checkOptions("lambdaCallback", functions, [
    "onTrainBegin",
    "onTrainEnd",
    "onEpochBegin",
    "onEpochEnd",
    "onTrainBatchBegin",
    "onTrainBatchEnd",
  ]);
  return functions;
}

/** How a monitored value counts as better. */
export interface MonitorOptions {
  /** The name in the logs; "val_loss". */
  monitor?: string;
  /** "min", "max", or "auto": max for accuracies, precision, recall and AUC, else min. */
  mode?: "auto" | "min" | "max";
  /** A smaller change does not count; 0 (reduceLROnPlateau: 0.0001). */
  minDelta?: number;
}

/** The best value so far of what is monitored. */
class Monitor {
  readonly name: string;
  readonly #where: string;
  readonly #sign: 1 | -1;
  readonly #minDelta: number;
  #best = Number.POSITIVE_INFINITY;

  constructor(where: string, { monitor = "val_loss", mode = "auto", minDelta = 0 }: MonitorOptions) {
    if (!["auto", "min", "max"].includes(mode))
      throw new ValueError(`${where}: mode must be "auto", "min" or "max", got "${mode}"`);
    this.name = monitor;
    this.#where = where;
    const up = mode === "max" || (mode === "auto" && /acc|precision|recall|auc/.test(monitor));
    this.#sign = up ? -1 : 1;
    this.#minDelta = Math.abs(minDelta);
  }

  reset(): void {
    this.#best = Number.POSITIVE_INFINITY;
  }

  /** Whether the value in the logs is the best one yet; throws when there is none of this name. */
  improved(logs: Logs): boolean {
    const value = logs[this.name];
    if (value === undefined)
      throw new ValueError(
        `${this.#where}: "${this.name}" is not in the logs (${Object.keys(logs).join(", ")})` +
          (this.name.startsWith("val_") ? "; fit needs validationSplit or validationData for it" : ""),
      );
    if (!(this.#sign * value + this.#minDelta < this.#best)) return false;
    this.#best = this.#sign * value;
    return true;
  }
}

/** What `earlyStopping` takes. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs without improvement before it stops; 0. */
  patience?: number;
  /** Puts the weights of the best epoch back at the end; false. */
  restoreBestWeights?: boolean;
}

/** Ends the training when what it monitors has not improved for `patience` epochs. */
export function earlyStopping(
  options: EarlyStoppingOptions = {},
): Callback & { stoppedEpoch: number; bestEpoch: number } {
  checkOptions("earlyStopping", options, ["monitor", "mode", "minDelta", "patience", "restoreBestWeights"]);
  const { patience = 0, restoreBestWeights = false } = options;
  const monitor = new Monitor("earlyStopping", options);
  let wait = 0;
  let best: HostArray<Float32Array>[] | null = null;
  return {
    /** The epoch at which it stopped the training; 0 when it did not. */
    stoppedEpoch: 0,
    bestEpoch: 0,
    onTrainBegin() {
      monitor.reset();
      wait = 0;
      best = null;
      this.stoppedEpoch = 0;
      this.bestEpoch = 0;
    },
    async onEpochEnd(epoch, logs, model) {
      const improved = monitor.improved(logs);
      if (improved) this.bestEpoch = epoch;
      if (restoreBestWeights && (improved || !best)) best = await model.getWeights();
      wait = improved ? 0 : wait + 1;
      if (wait < patience || improved || epoch === 0) return;
      this.stoppedEpoch = epoch;
      model.stopTraining = true;
    },
    onTrainEnd(_logs, model) {
      if (best) model.setWeights(best);
      best = null;
    },
  };
}

/** What `modelCheckpoint` takes. */
export interface ModelCheckpointOptions extends MonitorOptions {
  /** Only when what it monitors is the best yet; false. */
  saveBestOnly?: boolean;
}

/** Hands the saved model to `write` after each epoch, with the epoch's number and logs; writing files is the caller's. */
export function modelCheckpoint(
  write: (bytes: Uint8Array, epoch: number, logs: Logs) => MaybePromise,
  options: ModelCheckpointOptions = {},
): Callback {
  checkOptions("modelCheckpoint", options, ["monitor", "mode", "minDelta", "saveBestOnly"]);
  const { saveBestOnly = false } = options;
  const monitor = new Monitor("modelCheckpoint", options);
  return {
    async onEpochEnd(epoch, logs, model) {
      if (saveBestOnly && !monitor.improved(logs)) return;
      await write(await model.save(), epoch, logs);
    },
  };
}

/** What `reduceLROnPlateau` takes. */
export interface ReduceLROnPlateauOptions extends MonitorOptions {
  /** What the learning rate is multiplied by; 0.1. */
  factor?: number;
  /** Epochs without improvement before it does; 10. */
  patience?: number;
  /** Epochs to wait after that before counting again; 0. */
  cooldown?: number;
  /** The smallest learning rate; 0. */
  minLR?: number;
}

/** Lowers the learning rate when what it monitors has not improved for `patience` epochs; logs `learning_rate`. */
export function reduceLROnPlateau(options: ReduceLROnPlateauOptions = {}): Callback {
  checkOptions("reduceLROnPlateau", options, [
    "monitor",
    "mode",
    "minDelta",
    "factor",
    "patience",
    "cooldown",
    "minLR",
  ]);
  const { factor = 0.1, patience = 10, cooldown = 0, minLR = 0 } = options;
  if (!(factor > 0 && factor < 1))
    throw new ValueError(`reduceLROnPlateau: factor must lie between 0 and 1, got ${factor}`);
  const monitor = new Monitor("reduceLROnPlateau", { minDelta: 1e-4, ...options });
  let wait = 0;
  let resting = 0;
  return {
    onTrainBegin() {
      monitor.reset();
      wait = 0;
      resting = 0;
    },
    onEpochEnd(_epoch, logs, { optimizer }) {
      logs.learning_rate = optimizer.learningRate;
      if (resting > 0) {
        resting--;
        wait = 0;
      }
      if (monitor.improved(logs)) {
        wait = 0;
        return;
      }
      if (resting > 0) return;
      if (++wait < patience || optimizer.learningRate <= minLR) return;
      optimizer.learningRate = Math.max(optimizer.learningRate * factor, minLR);
      resting = cooldown;
      wait = 0;
    },
  };
}
