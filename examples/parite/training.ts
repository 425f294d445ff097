/** The training loop of the parity example, without files or a terminal. */
import {
  Adam,
  argmax,
  cast,
  checkFits,
  crossEntropy,
  type Device,
  equal,
  FileFormatError,
  Generator,
  manualSeed,
  mean,
  packCheckpoint,
  unpackCheckpoint,
  ValueError,
} from "../../src/index.ts";
import { generateTokenRows, toTokenTensors } from "./data.ts";
import { setForgetBias, TokenLSTMClassifier } from "./model.ts";
import type { Settings } from "./settings.ts";

/** What one step gave. */
export interface StepResult {
  /** From 1. */
  step: number;
  loss: number;
  /** Share of this batch's labels that the model had right before the step. */
  accuracy: number;
}

/** Random streams of this example's sequences, apart from those of the weights. */
const TRAINING_STREAM = 0x70617269;
/** The accuracy that `goal` speaks of is a mean over this many steps. */
const GOAL_STEPS = 50;

interface SavedState {
  settings: Settings;
  losses: number[];
  accuracies: number[];
  seconds: number;
  generator: Generator["state"];
}

/** A model and its optimizer, somewhere in a run. Make one with `ParityTraining.start` or `ParityTraining.resume`. */
export class ParityTraining {
  readonly settings: Settings;
  readonly device: Device;
  readonly model: TokenLSTMClassifier;
  readonly optimizer: Adam;
  readonly losses: number[] = [];
  readonly accuracies: number[] = [];
  /** Seconds that the steps took, all sittings together. */
  seconds = 0;
  readonly #generator: Generator;
  readonly #pairs = new Set<number>();

  private constructor(settings: Settings, device: Device) {
    manualSeed(settings.seed);
    this.settings = settings;
    this.device = device;
    this.model = new TokenLSTMClassifier({ ...settings, device });
    this.optimizer = new Adam(this.model.parameters(), { lr: settings.learningRate });
    this.#generator = new Generator(settings.seed, TRAINING_STREAM);
  }

  /** A new model. The same seed gives the same weights and the same sequences on every device. */
  static async start(settings: Settings, device: Device): Promise<ParityTraining> {
    const training = new ParityTraining(settings, device);
    if (settings.forgetBias !== undefined) await setForgetBias(training.model, settings.forgetBias);
    return training;
  }

  /** Steps done. */
  get step(): number {
    return this.losses.length;
  }

  /** Sequences seen. */
  get sequences(): number {
    return this.step * this.settings.batchSize;
  }

  /** How many different (first, last) pairs this object has trained on; there are vocabulary² of them. */
  get pairsSeen(): number {
    return this.#pairs.size;
  }

  /** Mean accuracy over the newest steps. */
  get recentAccuracy(): number {
    const recent = this.accuracies.slice(-GOAL_STEPS);
    return recent.reduce((sum, value) => sum + value, 0) / Math.max(1, recent.length);
  }

  /** Whether the model is as good as `settings.goal` asks. */
  get goalReached(): boolean {
    const { goal } = this.settings;
    return goal !== undefined && this.step >= GOAL_STEPS && this.recentAccuracy >= goal;
  }

  /** True when there is nothing left to train. */
  get complete(): boolean {
    return this.step >= this.settings.steps || this.goalReached;
  }

  /** The loop, as PyTorch has it. Stop it by leaving the `for await`; calling it again continues. */
  async *run(): AsyncGenerator<StepResult> {
    const { model, optimizer, device } = this;
    model.train();
    while (!this.complete) {
      const began = performance.now();
      const rows = generateTokenRows(this.#generator, this.settings.batchSize, this.settings);
      const { x, y } = toTokenTensors(rows, device);
      const outputs = model.forward(x);
      const loss = crossEntropy(outputs, y);

      optimizer.zeroGrad();
      loss.backward();
      await optimizer.step();

      const correct = cast(equal(argmax(outputs, 1), y), "f32");
      const [lossValue, accuracy] = await Promise.all([loss.item(), mean(correct).item()]);
      if (!Number.isFinite(lossValue))
        throw new ValueError(
          `the loss is ${lossValue} at step ${this.step + 1}: training diverged; use a smaller --lr`,
        );
      const { ids, labels, length } = rows;
      for (let i = 0; i < labels.length; i++)
        this.#pairs.add(ids[i * length] * this.settings.vocabulary + ids[(i + 1) * length - 1]);
      this.losses.push(lossValue);
      this.accuracies.push(accuracy);
      this.seconds += (performance.now() - began) / 1000;
      yield { step: this.step, loss: lossValue, accuracy };
    }
  }

  /** Everything that a resumed run needs to give the same losses as an uninterrupted one. */
  async checkpoint(): Promise<Uint8Array> {
    const [model, optimizer] = await Promise.all([this.model.stateDict(), this.optimizer.stateDict()]);
    const { settings, losses, accuracies, seconds } = this;
    const state: SavedState = { settings, losses, accuracies, seconds, generator: this.#generator.state };
    return packCheckpoint({ model, optimizer, state });
  }

  /** Continues from a checkpoint's bytes; `changed` replaces settings, such as the number of steps. */
  static resume(
    bytes: Uint8Array,
    device: Device,
    changed: Partial<Settings> = {},
    where = "checkpoint",
  ): ParityTraining {
    const { model, optimizer, state } = unpackCheckpoint(bytes, where);
    const saved = state as unknown as SavedState;
    if (saved.settings?.vocabulary === undefined || !saved.generator)
      throw new FileFormatError(`${where}: not a checkpoint of the parity example`);
    const training = new ParityTraining({ ...saved.settings, ...changed }, device);
    checkFits(where, model, new Map(training.model.namedParameters()));
    training.model.loadStateDict(model);
    training.optimizer.loadStateDict(optimizer);
    training.losses.push(...saved.losses);
    training.accuracies.push(...saved.accuracies);
    training.seconds = saved.seconds;
    training.#generator.state = saved.generator;
    return training;
  }
}
