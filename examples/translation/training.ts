/** The training loop of the translation example, without files or a terminal. */
import {
  Adam,
  argmax,
  checkFits,
  clipGradNorm,
  cosineWarmup,
  crossEntropyStats,
  type Device,
  FileFormatError,
  LambdaLR,
  type LambdaLRState,
  manualSeed,
  noGrad,
  packCheckpoint,
  type Tensor,
  tensor,
  unpackCheckpoint,
  ValueError,
} from "../../src/index.ts";
import {
  byLength,
  inAllForms,
  type Item,
  type ItemsState,
  type Split,
  splitNumbers,
  toBatch,
  TrainingItems,
} from "./dataset.ts";
import { NumberTranslator } from "./model.ts";
import type { Settings } from "./settings.ts";
import { PAD } from "./tokens.ts";

/** What validation gave after a step. */
export interface Validation {
  step: number;
  loss: number;
  /** Share of words that come first after the right ones before them. */
  accuracy: number;
  /** Share of translations without a wrong word: what greedy decoding gets right. */
  exact: number;
}

/** What one step gave. */
export interface StepResult {
  /** From 1. */
  step: number;
  loss: number;
  /** Share of this batch's words that the model had right before the step. */
  accuracy: number;
  validation?: Validation;
}

/** What the steps gave, in order. */
export interface History {
  losses: number[];
  accuracies: number[];
  validations: Validation[];
}

interface SavedState {
  settings: Settings;
  history: History;
  seconds: number;
  items: ItemsState;
  schedule: LambdaLRState;
  random: Device["randomState"];
}

/** Losses are read so many steps late: the device need not wait for the host. */
const READ_LAG = 2;
/** Longer gradients are shortened to this norm. */
const MAX_NORM = 1;
/** Items in one forward pass of the validation. */
const VALIDATION_ROWS = 128;

/** A model and its optimizer, somewhere in a run. */
export class TranslationTraining {
  readonly settings: Settings;
  readonly device: Device;
  readonly model: NumberTranslator;
  readonly split: Split;
  readonly history: History = { losses: [], accuracies: [], validations: [] };
  /** Seconds that training took, validation included, all sittings together. */
  seconds = 0;
  readonly #items: TrainingItems;
  readonly #validationItems: readonly Item[];
  readonly #optimizer: Adam;
  readonly #schedule: LambdaLR;

  /** A new model. The same seed gives the same weights, split and batches on every device. */
  constructor(settings: Settings, device: Device) {
    const { seed, learningRate, warmupSteps, steps } = settings;
    manualSeed(seed);
    this.settings = settings;
    this.device = device;
    this.model = new NumberTranslator({ ...settings, device });
    this.split = splitNumbers(seed);
    this.#items = new TrainingItems(seed, this.split, settings.batchSize);
    this.#validationItems = byLength(inAllForms(this.split.validation));
    this.#optimizer = new Adam(this.model.parameters(), { lr: learningRate, betas: [0.9, 0.98] });
    this.#schedule = new LambdaLR(
      this.#optimizer,
      cosineWarmup({ warmupSteps: Math.min(warmupSteps, steps), totalSteps: steps }),
    );
  }

  /** Steps done. */
  get step(): number {
    return this.history.losses.length;
  }

  /** True when there is nothing left to train. */
  get complete(): boolean {
    return this.step >= this.settings.steps;
  }

  /** Numbers seen, in one form each; most of them once. */
  get translations(): number {
    return this.step * this.settings.batchSize;
  }

  /**
   * The loop, as PyTorch has it; steps are reported up to two steps late. Stop it by leaving the `for await`: steps that
   * were begun then are waited for. Calling it again continues.
   */
  async *run(): AsyncGenerator<StepResult> {
    const { model, history, settings } = this;
    const pending: Promise<[number, number]>[] = [];
    const settle = async (): Promise<StepResult> => {
      const [loss, accuracy] = await pending.shift()!;
      if (!Number.isFinite(loss))
        throw new ValueError(
          `the loss is ${loss} at step ${this.step + 1}: training diverged; use a smaller --lr`,
        );
      history.losses.push(loss);
      history.accuracies.push(accuracy);
      return { step: this.step, loss, accuracy };
    };
    let began = performance.now();
    try {
      while (!this.complete) {
        model.train();
        const { loss, accuracy } = this.#forward(toBatch(this.#items.next()));
        this.#optimizer.zeroGrad();
        loss.backward();
        clipGradNorm(model.parameters(), MAX_NORM);
        const values = Promise.all([loss.item(), accuracy.item()]);
        values.catch(() => undefined); // awaited some steps later, unless a step fails before
        pending.push(values);
        await this.#optimizer.step();
        this.#schedule.step();

        const started = this.step + pending.length;
        const validates = started % settings.validateEvery === 0 || started === settings.steps;
        const results: StepResult[] = [];
        while (pending.length > (validates ? 0 : READ_LAG)) results.push(await settle());
        if (validates) {
          const validation = await this.validate();
          history.validations.push(validation);
          results.push({ ...results.pop()!, validation });
        }
        this.seconds += (performance.now() - began) / 1000;
        yield* results;
        began = performance.now();
      }
    } finally {
      while (pending.length > 0) await settle();
    }
  }

  /** Loss and share of right words of a batch. */
  #forward(batch: ReturnType<typeof toBatch>): { loss: Tensor; accuracy: Tensor; logits: Tensor } {
    const { device } = this;
    const [source, given, expected] = [batch.source, batch.given, batch.expected].map(({ data, shape }) =>
      tensor(data, { device, shape }),
    );
    const logits = this.model.forward(source, given); // [batch, target, words]
    return { logits, ...crossEntropyStats(logits, expected, { ignoreIndex: PAD }) };
  }

  /** How well the validation numbers are translated, in all their forms, with the right words before each. */
  async validate(): Promise<Validation> {
    this.model.eval();
    const items = this.#validationItems;
    let [loss, right, words, exact] = [0, 0, 0, 0];
    for (let start = 0; start < items.length; start += VALIDATION_ROWS) {
      const part = items.slice(start, start + VALIDATION_ROWS);
      const batch = toBatch(part);
      const outcome = noGrad(() => {
        const { logits, loss } = this.#forward(batch);
        return { answers: argmax(logits, 2), loss };
      });
      const [answers, mean] = [await outcome.answers.data(), await outcome.loss.item()];
      outcome.answers.dispose();
      outcome.loss.dispose();
      const { data: expected, shape } = batch.expected;
      const columns = shape[1];
      let own = 0;
      for (let row = 0; row < part.length; row++) {
        let wrong = 0;
        for (let i = row * columns; i < (row + 1) * columns && expected[i] !== PAD; i++) {
          own++;
          if (answers[i] !== expected[i]) wrong++;
        }
        right -= wrong;
        if (wrong === 0) exact++;
      }
      right += own;
      words += own;
      loss += mean * own;
    }
    return { step: this.step, loss: loss / words, accuracy: right / words, exact: exact / items.length };
  }

  /** Everything that a resumed run needs to give the same losses as an uninterrupted one. */
  async checkpoint(): Promise<Uint8Array> {
    const [model, optimizer] = await Promise.all([this.model.stateDict(), this.#optimizer.stateDict()]);
    const { settings, history, seconds, device } = this;
    const schedule = this.#schedule.stateDict();
    const state: SavedState = {
      ...{ settings, history, seconds, schedule },
      items: this.#items.state,
      random: device.randomState,
    };
    return packCheckpoint({ model, optimizer, state });
  }

  /**
   * Continues from a checkpoint's bytes; `steps` replaces the number of steps. Throws a FileFormatError when the file is
   * damaged or of another model.
   */
  static resume(
    bytes: Uint8Array,
    device: Device,
    { steps }: { steps?: number } = {},
    where = "checkpoint",
  ): TranslationTraining {
    const { model, optimizer, state } = unpackCheckpoint(bytes, where);
    const saved = state as unknown as SavedState;
    if (saved.settings?.validateEvery === undefined || !saved.items)
      throw new FileFormatError(`${where}: not a checkpoint of the translation example`);
    const settings = steps === undefined ? saved.settings : { ...saved.settings, steps };
    const training = new TranslationTraining(settings, device);
    checkFits(where, model, new Map(training.model.namedParameters()));
    training.model.loadStateDict(model);
    training.#optimizer.loadStateDict(optimizer);
    Object.assign(training.history, saved.history);
    training.seconds = saved.seconds;
    training.#items.state = saved.items;
    training.#schedule.loadStateDict(saved.schedule);
    device.randomState = saved.random;
    return training;
  }
}
