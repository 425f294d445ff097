/** The training of the Molière example, without files or a terminal: the command line and the page both use it. */
import {
  Adam,
  CharacterVocabulary,
  CharacterWindows,
  checkFits,
  clipGradNorm,
  crossEntropyStats,
  DataLoader,
  type DataLoaderState,
  type Device,
  FileFormatError,
  manualSeed,
  packCheckpoint,
  type Tensor,
  toTensors,
  unpackCheckpoint,
  ValueError,
  type WindowBatch,
} from "../../src/index.ts";
import { type CharacterModel, makeModel } from "./character_model.ts";
import { type Settings, settingsOf } from "./settings.ts";

/** Where a run stands; sent after every step, one or two steps late. */
export interface Progress {
  step: number;
  steps: number;
  epoch: number;
  epochs: number;
  /** Mean over this epoch so far, as Keras prints it. */
  loss: number;
  accuracy: number;
  charactersPerSecond: number;
}

/** What the steps gave, in order. */
export interface History {
  losses: number[];
  accuracies: number[];
}

/** The mean of the last `count` values. */
export function lastMean(values: readonly number[], count = 20): number {
  const last = values.slice(-count);
  return last.reduce((sum, value) => sum + value, 0) / Math.max(1, last.length);
}

/** Losses are read this many steps late, so that the device never waits for the host. */
const READ_LAG = 2;

interface SavedState {
  settings: Settings;
  vocabulary: unknown;
  text: string;
  history: History;
  loader: DataLoaderState;
  random: { seed: number; step: number };
}

/** A model, its text and its optimizer, somewhere in a run. */
export class MoliereTraining {
  readonly device: Device;
  readonly settings: Settings;
  readonly vocabulary: CharacterVocabulary;
  readonly model: CharacterModel;
  readonly loader: DataLoader<WindowBatch>;
  readonly history: History = { losses: [], accuracies: [] };
  readonly #optimizer: Adam;
  readonly #fingerprint: string;
  #sums = { loss: 0, accuracy: 0 };

  constructor(text: string, settings: Settings, device: Device, vocabulary = CharacterVocabulary.from(text)) {
    manualSeed(settings.seed);
    this.device = device;
    this.settings = settings;
    this.vocabulary = vocabulary;
    this.#fingerprint = fingerprint(text);
    const { window, stride, predict: target, batchSize, seed } = settings;
    const windows = new CharacterWindows(vocabulary.encode(text), { window, stride, target });
    // Overlapping windows lose nothing by a dropped remainder, and the notebook drops it.
    const dropLast = stride < window && windows.length >= batchSize;
    this.loader = new DataLoader(windows, { batchSize, shuffle: true, seed, dropLast, prefetch: 2 });
    this.model = makeModel(vocabulary.size, settings, device);
    this.#optimizer = new Adam(this.model.parameters(), { lr: settings.learningRate });
  }

  get stepsPerEpoch(): number {
    return this.loader.batches;
  }

  /** Steps of the whole run. */
  get steps(): number {
    const { epochs, steps } = this.settings;
    return Math.min(epochs * this.stepsPerEpoch, steps ?? Number.POSITIVE_INFINITY);
  }

  /** Steps done. */
  get step(): number {
    return this.history.losses.length;
  }

  /** Forward and backward of one batch. */
  #gradients(batch: WindowBatch): { loss: Tensor; accuracy: Tensor } {
    const { inputs, targets } = toTensors(batch, this.device);
    this.#optimizer.zeroGrad();
    const result = crossEntropyStats(this.model.forward(inputs), targets);
    result.loss.backward();
    return result;
  }

  /** Seconds that a step will take, from trial steps on a few windows that leave no trace; takes about one second. */
  async measureStep(): Promise<number> {
    const { device } = this;
    const { dataset } = this.loader;
    const random = device.randomState;
    const { batchSize } = this.settings;
    let rows = Math.min(4, batchSize);
    let seconds = 0;
    // The first runs compile; then more windows, as long as that is quick.
    for (let run = 0; run < 6; run++) {
      const part = dataset.batch!(Int32Array.from({ length: rows }, (_, i) => i % dataset.length));
      const start = performance.now();
      this.#gradients(part);
      await device.endStep();
      await device.finish();
      seconds = ((performance.now() - start) / 1000) * (batchSize / rows);
      if (run < 2) continue;
      if (rows === batchSize || seconds * (rows / batchSize) > 0.25) break;
      rows = Math.min(rows * 2, batchSize);
    }
    for (const parameter of this.model.parameters()) parameter.zeroGrad();
    device.randomState = random;
    return seconds;
  }

  /**
   * Trains to the end, or until `shouldStop` says so between two steps. Throws when the loss is not a number.
   * Returns true when the run is complete.
   */
  async run(
    onProgress: (progress: Progress) => void,
    shouldStop: () => boolean = () => false,
  ): Promise<boolean> {
    this.model.train();
    const pending: Promise<[number, number]>[] = [];
    const characters = this.settings.batchSize * this.settings.window;
    const start = performance.now();
    const first = this.step;
    const settle = async (): Promise<void> => {
      const [loss, accuracy] = await pending.shift()!;
      if (!Number.isFinite(loss)) throw new ValueError(diverged(this.step + 1, loss));
      this.#note(loss, accuracy);
      const seconds = (performance.now() - start) / 1000;
      onProgress({ ...this.#progress(), charactersPerSecond: ((this.step - first) * characters) / seconds });
    };
    let started = this.step;
    epochs: while (started < this.steps) {
      for (const batch of this.loader) {
        const { loss, accuracy } = this.#gradients(batch);
        if (this.settings.clip > 0) clipGradNorm(this.model.parameters(), this.settings.clip);
        const values = Promise.all([loss.item(), accuracy.item()]);
        values.catch(() => undefined); // awaited some steps later, unless a step fails before
        pending.push(values);
        started++;
        await this.#optimizer.step();
        if (pending.length > READ_LAG) await settle();
        if (started >= this.steps || shouldStop()) break epochs;
      }
    }
    while (pending.length > 0) await settle();
    return this.step >= this.steps;
  }

  #progress(): Omit<Progress, "charactersPerSecond"> {
    const done = this.step;
    const epoch = Math.ceil(done / this.stepsPerEpoch);
    const inEpoch = done - (epoch - 1) * this.stepsPerEpoch;
    return {
      step: done,
      steps: this.steps,
      epoch,
      epochs: Math.ceil(this.steps / this.stepsPerEpoch),
      loss: this.#sums.loss / inEpoch,
      accuracy: this.#sums.accuracy / inEpoch,
    };
  }

  /** Notes what a step gave; the running sums start over with each epoch. */
  #note(loss: number, accuracy: number): void {
    if (this.step % this.stepsPerEpoch === 0) this.#sums = { loss: 0, accuracy: 0 };
    this.#sums.loss += loss;
    this.#sums.accuracy += accuracy;
    this.history.losses.push(loss);
    this.history.accuracies.push(accuracy);
  }

  /** Everything that a resumed run needs to give the same losses as an uninterrupted one. */
  async checkpoint(): Promise<Uint8Array> {
    const [model, optimizer] = await Promise.all([this.model.stateDict(), this.#optimizer.stateDict()]);
    const state: SavedState = {
      settings: this.settings,
      vocabulary: this.vocabulary.toJSON(),
      text: this.#fingerprint,
      history: this.history,
      loader: this.loader.state,
      random: this.device.randomState,
    };
    return packCheckpoint({ model, optimizer, state });
  }

  /**
   * Continues from a checkpoint's bytes; `changed` replaces settings, such as the number of epochs. Throws a
   * FileFormatError when the file is damaged, of another model, or was trained on another text.
   */
  static resume(
    bytes: Uint8Array,
    text: string,
    device: Device,
    changed: Partial<Settings> = {},
    where = "checkpoint",
  ): MoliereTraining {
    const { model, optimizer, state } = unpackCheckpoint(bytes, where);
    const saved = state as unknown as SavedState;
    if (saved.settings?.window === undefined || !saved.history)
      throw new FileFormatError(`${where}: not a checkpoint of the Molière example`);
    if (saved.text !== fingerprint(text))
      throw new FileFormatError(
        `${where} was trained on another text (${saved.text}; this one has ${fingerprint(text)}); pass the same --data and --play`,
      );
    const vocabulary = CharacterVocabulary.fromJSON(saved.vocabulary);
    const settings: Settings = { ...settingsOf(saved.settings), ...changed };
    const training = new MoliereTraining(text, settings, device, vocabulary);
    checkFits(where, model, new Map(training.model.namedParameters()));
    training.model.loadStateDict(model);
    training.#optimizer.loadStateDict(optimizer);
    for (const [i, loss] of saved.history.losses.entries()) training.#note(loss, saved.history.accuracies[i]);
    training.loader.state = saved.loader;
    device.randomState = saved.random;
    return training;
  }
}

function diverged(step: number, loss: number): string {
  return (
    `the loss is ${loss} at step ${step}: training diverged; use a smaller --lr or --clip 1, ` +
    "or run with --verify to find the first kernel that gave it"
  );
}

/** Tells texts apart: length and a 32-bit hash (FNV-1a) of the characters. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return `${text.length} characters, hash ${(hash >>> 0).toString(16)}`;
}
