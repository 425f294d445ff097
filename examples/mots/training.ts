/** Training and asking the models of the word notebook, without files or a terminal. */
import {
  argmax,
  type Device,
  Generator,
  type HostArray,
  manualSeed,
  noGrad,
  perplexity,
  tensor,
  type WordVocabulary,
} from "../../src/index.ts";
import { lambdaCallback, type Sequential, toCategorical } from "../../src/keras/index.ts";
import { type Corpus, inputRow, tokenize } from "./corpus.ts";
import { lstmModel, manyToMany, manyToOne, type ModelSettings } from "./models.ts";
import type { Settings, Task } from "./settings.ts";
import {
  cutAtRandom,
  cutEverywhere,
  cutLastWord,
  type Cuts,
  type Examples,
  oneAnswer,
  shiftedAnswers,
} from "./targets.ts";

/** Where a training run stands, after a step or at the end of an epoch. */
export interface FitState {
  /** Steps done, of all. */
  step: number;
  steps: number;
  /** From 1. */
  epoch: number;
  epochs: number;
  /** Loss and metrics of the epoch so far. */
  values: Record<string, number>;
  /** Whether they are those of a whole epoch. */
  epochEnd: boolean;
}

/** How a run is watched. */
export interface Watch {
  /** Called after every step: Keras's metrics are then read from the device each time. */
  onStep?: (state: FitState) => void;
  onEpoch?: (state: FitState) => void | Promise<void>;
  /** Awaited before each step; false ends the training after it. */
  gate?: () => Promise<boolean>;
}

/** A word that may come next. */
export interface Guess {
  word: string;
  probability: number;
}

/** Shares of right answers among all positions, among those whose target is a word, and at the last one. */
export interface Accuracies {
  keras: number;
  words: number;
  last: number;
}

/** Cuts are drawn from a stream of their own, apart from weights and shuffles. */
const CUT_STREAM = 0x6d6f7473;
/** How a padding is written where a model predicts one. */
export const PADDING = "(remplissage)";

/**
 * The learning rate of an epoch, counted from 0: constant at first, then over the last three tenths of the epochs it falls
 * to a thirtieth. Where the loss has reached its floor, Adam's steps at a constant rate still move the likeliest word
 * of one beginning or another from epoch to epoch; small steps at the end settle them.
 */
export function settledRate(learningRate: number, epoch: number, epochs: number): number {
  const last = Math.round(0.3 * epochs);
  const into = epoch + 1 - (epochs - last);
  return into <= 0 ? learningRate : learningRate * 10 ** ((-1.5 * into) / last);
}

/** Trains a compiled model and keeps what every epoch gave. Resolves to true unless the gate ended it. */
export async function fitWatched(
  model: Sequential,
  { x, targets }: Examples,
  options: {
    epochs: number;
    batchSize: number;
    classes: number;
    history: Record<string, number[]>;
    /** Lets the learning rate fall in the last epochs (`settledRate`). */
    settle?: boolean;
  } & Watch,
): Promise<boolean> {
  const { epochs, batchSize, classes, history, settle = false, onStep, onEpoch, gate } = options;
  const { learningRate } = model.optimizer;
  const perEpoch = Math.ceil(x.shape[0] / batchSize);
  let epoch = 1;
  const state = (step: number, values: Record<string, number>, epochEnd: boolean): FitState => ({
    ...{ step, steps: perEpoch * epochs, epoch, epochs, values, epochEnd },
  });
  // toCategorical keeps the ids: written out, the one-hot rows of 36,100 sentences would take 2.3 GB.
  await model.fit(x, toCategorical(targets, classes), {
    epochs,
    batchSize,
    verbose: 0,
    callbacks: [
      lambdaCallback({
        onEpochBegin(index, trained) {
          if (settle) trained.optimizer.learningRate = settledRate(learningRate, index, epochs);
        },
        onTrainEnd(_logs, trained) {
          trained.optimizer.learningRate = learningRate;
        },
        async onTrainBatchBegin(_batch, trained) {
          if (gate && !(await gate())) trained.stopTraining = true;
        },
        onTrainBatchEnd:
          onStep && ((batch, logs) => onStep(state((epoch - 1) * perEpoch + batch + 1, logs, false))),
        async onEpochEnd(_epoch, logs, trained) {
          if (!trained.stopTraining) {
            for (const [name, value] of Object.entries(logs)) (history[name] ??= []).push(value);
            await onEpoch?.(state(epoch * perEpoch, logs, true));
          }
          epoch++;
        },
      }),
    ],
  });
  return !model.stopTraining;
}

/** One of the notebook's four models, with its examples. */
export class WordTraining {
  readonly task: Exclude<Task, "llm">;
  readonly corpus: Corpus;
  readonly settings: Settings;
  readonly device: Device;
  readonly model: Sequential;
  readonly examples: Examples;
  /** Values of every epoch by name. */
  readonly history: Record<string, number[]> = {};

  /** The sentences that it is trained on. */
  readonly sentences: readonly Int32Array[];

  /**
   * A new model; the same seed gives the same weights and the same cuts on every device. It is trained on the corpus's
   * sentences, or the first of them where the settings say so, unless told; `model` takes the place of a new one.
   */
  constructor(
    task: Exclude<Task, "llm">,
    corpus: Corpus,
    settings: Settings,
    device: Device,
    sentences: readonly Int32Array[] = corpus.ids.slice(0, settings.tasks[task].sentences),
    model?: Sequential,
  ) {
    this.sentences = sentences;
    this.task = task;
    this.corpus = corpus;
    this.settings = settings;
    this.device = device;
    manualSeed(settings.seed);
    this.examples = this.examplesOf(this.#cuts());
    const { embedding, units } = settings;
    const { learningRate } = settings.tasks[task];
    const shared: ModelSettings = {
      ...{ embedding, units, learningRate, device },
      vocabularySize: corpus.vocabulary.size,
      width: this.width,
    };
    this.model =
      model ??
      {
        "dernier-mot": () => manyToOne(shared),
        sequence: () => manyToMany(shared, 1, "categorical_crossentropy"),
        coupe: () => manyToMany(shared, 3, "binary_crossentropy"),
        lstm: () => lstmModel(shared),
      }[task]();
  }

  /** Ids in a row: the longest sentence without its answer. */
  get width(): number {
    return this.corpus.longest - 1;
  }

  /** Whether the model gives a word at every position. */
  get manyToMany(): boolean {
    return this.task === "sequence" || this.task === "coupe";
  }

  #cuts(): Cuts {
    const { sentences, task, settings } = this;
    if (task === "dernier-mot" || task === "sequence") return cutLastWord(sentences);
    return cutAtRandom(sentences, settings.tasks[task].repeats, new Generator(settings.seed, CUT_STREAM));
  }

  /** Cuts as this model wants them. */
  examplesOf(cuts: Cuts): Examples {
    return this.manyToMany ? shiftedAnswers(cuts, this.width) : oneAnswer(cuts, this.width);
  }

  /** Trains for some epochs more, those of the settings unless told. Resolves to true unless the gate ended it. */
  fit(watch: Watch & { epochs?: number } = {}): Promise<boolean> {
    const { epochs, batchSize } = this.settings.tasks[this.task];
    const { history, corpus } = this;
    return fitWatched(this.model, this.examples, {
      ...{ epochs, batchSize, classes: corpus.vocabulary.size, history },
      ...watch,
    });
  }

  /** The likeliest next words behind a beginning, read where the notebook reads them: the last position. */
  async guess(beginning: string | ArrayLike<number>, count = 5): Promise<Guess[]> {
    const { vocabulary } = this.corpus;
    const ids = typeof beginning === "string" ? tokenize(vocabulary, beginning) : beginning;
    const output = await this.model.predict(inputRow(ids, this.width), { verbose: 0 });
    return likeliest(output.data.subarray(-vocabulary.size), vocabulary, count);
  }

  /** Continues a text by its likeliest next word, some times over; stops where the model predicts padding. */
  async continue(beginning: string, count: number): Promise<string> {
    const { vocabulary } = this.corpus;
    let ids = Array.from(tokenize(vocabulary, beginning));
    let text = beginning;
    for (let i = 0; i < count; i++) {
      const [{ word }] = await this.guess(ids, 1);
      if (word === PADDING) break;
      ids = [...ids, vocabulary.id(word)!];
      text += ` ${word}`;
    }
    return text;
  }

  /** Right answers over examples, those of the training unless told. */
  accuracies(examples = this.examples): Promise<Accuracies> {
    return accuraciesOf(this.model, examples, this.device);
  }

  /** Among how many equally likely words the model hesitates, at the answers of some sentences, cut everywhere. */
  async perplexity(sentences: readonly Int32Array[]): Promise<number> {
    const { x, targets } = this.examplesOf(cutEverywhere(sentences));
    return perplexity(targets, await this.model.predict(x, { batchSize: 64, verbose: 0 }), { ignore: 0 });
  }
}

/** The most probable words of a softmax's output. */
export function likeliest(
  probabilities: ArrayLike<number>,
  vocabulary: WordVocabulary,
  count: number,
): Guess[] {
  return Array.from(probabilities, (probability, id) => ({ id, probability }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, count)
    .map(({ id, probability }) => ({ word: vocabulary.decode([id])[0] ?? PADDING, probability }));
}

/** Compares the likeliest ids with the targets; only ids are read from the device. */
export async function accuraciesOf(
  model: Sequential,
  { x, targets }: Examples,
  device: Device,
  batchSize = 128,
): Promise<Accuracies> {
  const [rows, width] = x.shape;
  const perRow = targets.data.length / rows;
  const right = { keras: 0, words: 0, last: 0 };
  let words = 0;
  for (let start = 0; start < rows; start += batchSize) {
    const end = Math.min(rows, start + batchSize);
    const ids = noGrad(() => {
      const input = tensor(x.data.subarray(start * width, end * width), {
        shape: [end - start, width],
        device,
      });
      return argmax(model.call(input), -1);
    });
    const predicted = await ids.data();
    ids.dispose();
    for (let i = 0; i < predicted.length; i++) {
      const target = targets.data[start * perRow + i];
      const hit = predicted[i] === target ? 1 : 0;
      right.keras += hit;
      if (target !== 0) {
        right.words += hit;
        words++;
      }
      if (i % perRow === perRow - 1) right.last += hit;
    }
  }
  return { keras: right.keras / targets.data.length, words: right.words / words, last: right.last / rows };
}

/** The weights of a model's Embedding, one row for each id. */
export async function embeddingTable(model: Sequential): Promise<HostArray<Float32Array>> {
  const [table] = await model.layers[0].getWeights();
  return table;
}
