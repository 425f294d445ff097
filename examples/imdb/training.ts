/**
 * A model of sentiment with the encoder that its ids come from: trained, asked, saved and loaded together.
 *
 *   const training = SentimentTraining.start(settings, encoder, device);
 *   await training.fit(train);                  await training.probabilities(test);
 *   await training.predict("A great film");     await training.save();
 *
 * No file, no terminal: a page uses this too.
 */
import {
  type Device,
  FileFormatError,
  type HostArray,
  manualSeed,
  packCheckpoint,
  unpackCheckpoint,
  ValueError,
} from "../../src/index.ts";
import { type Callback, loadModel, type Sequential, type Writer } from "../../src/keras/index.ts";
import { EncodedReviews } from "./encoded_reviews.ts";
import { ReviewEncoder } from "./encoder.ts";
import { buildModel } from "./model.ts";
import type { Settings } from "./settings.ts";

/** What the model says of a sentence. */
export interface Prediction {
  readonly text: string;
  /** Of "positive". */
  readonly probability: number;
  readonly positive: boolean;
  /** Of what it says, from 0.5 to 1. */
  readonly confidence: number;
  readonly words: number;
  /** Words that the vocabulary lacks, each once. */
  readonly unknown: readonly string[];
}

/** What `fit` takes. */
export interface FitRequest {
  verbose?: 0 | 1 | 2;
  write?: Writer;
  callbacks?: readonly Callback[];
  /** Makes more of the reviews that the model trains on; those kept for validation stay as they are. */
  augment?: (train: EncodedReviews) => EncodedReviews;
}

/** What the file holds beside the Keras model. */
interface SavedState {
  readonly settings: Settings;
  readonly encoder: unknown;
  readonly history: Record<string, number[]>;
  /** How the reviews were read, so that a later run can read them alike. */
  readonly data: Record<string, unknown>;
}

/** Reviews in one pass through the model when it only answers. */
const BATCH = 128;

/** The class that a probability of "positive" stands for: as in the notebook, exactly one half is negative. */
export function isPositive(probability: number): boolean {
  return probability > 0.5;
}

/** How sure a model is of what it says. */
export function confidenceOf(probability: number): number {
  return isPositive(probability) ? probability : 1 - probability;
}

/** A model, its encoder and its history. */
export class SentimentTraining {
  readonly settings: Settings;
  readonly encoder: ReviewEncoder;
  readonly device: Device;
  readonly model: Sequential;
  /** Loss and accuracy by epoch, Keras's names. */
  readonly history: Record<string, number[]>;
  /** Kept in the file for whoever loads it. */
  data: Record<string, unknown> = {};

  private constructor(
    settings: Settings,
    encoder: ReviewEncoder,
    model: Sequential,
    history: Record<string, number[]> = {},
  ) {
    this.settings = settings;
    this.encoder = encoder;
    this.device = model.device;
    this.model = model;
    this.history = history;
  }

  /** A new model. The seed decides its weights, the order of the reviews and what dropout drops. */
  static start(settings: Settings, encoder: ReviewEncoder, device: Device): SentimentTraining {
    if (encoder.size > settings.words)
      throw new ValueError(
        `imdb: the encoder has ${encoder.size} ids and the Embedding ${settings.words} rows; make both alike`,
      );
    manualSeed(settings.seed);
    return new SentimentTraining(settings, encoder, buildModel(settings, device));
  }

  /** Epochs trained so far. */
  get epochs(): number {
    return this.history.loss?.length ?? 0;
  }

  /** Whether all epochs are done. */
  get complete(): boolean {
    return this.epochs >= this.settings.epochs;
  }

  /** Reviews as the model reads them. */
  rows(reviews: EncodedReviews): { x: HostArray<Int32Array>; y: HostArray<Float32Array> } {
    const { maxLen, padding, truncating } = this.settings;
    return reviews.padded({ maxLen, padding, truncating });
  }

  /** Of so many reviews, those that are trained on; the others are for validation. */
  kept(reviews: number): number {
    return Math.floor(reviews * (1 - this.settings.validation));
  }

  /** Steps of one epoch over so many reviews, without copies. */
  stepsPerEpoch(reviews: number): number {
    return Math.ceil(this.kept(reviews) / this.settings.batchSize);
  }

  /**
   * Trains the epochs that are left; `model.stopTraining` ends it sooner, and an epoch that it cuts short does not count.
   * Returns whether all epochs are done.
   */
  async fit(train: EncodedReviews, request: FitRequest = {}): Promise<boolean> {
    const { batchSize, epochs, validation } = this.settings;
    const { augment, callbacks = [], ...rest } = request;
    const left = epochs - this.epochs;
    if (left <= 0) return true;
    let batches = 0;
    const counts: Callback = {
      onEpochBegin() {
        batches = 0;
      },
      onTrainBatchBegin() {
        batches++;
      },
    };
    const options = { ...rest, batchSize, epochs: left, callbacks: [STOPS_AT_NAN, counts, ...callbacks] };
    let rows = this.rows(train);
    let held: { validationSplit: number } | { validationData: [typeof rows.x, typeof rows.y] };
    if (augment) {
      // Copies of a review must not stand on both sides, so the last ones are put apart before copies are made.
      const kept = this.kept(train.length);
      const range = (from: number, to: number): number[] =>
        Array.from({ length: to - from }, (_, i) => from + i);
      const apart = this.rows(train.take(range(kept, train.length)));
      rows = this.rows(augment(train.take(range(0, kept))));
      held = { validationData: [apart.x, apart.y] };
    } else held = { validationSplit: validation };
    const { history } = await this.model.fit(rows.x, rows.y, { ...options, ...held });
    const learnt = augment ? rows.x.shape[0] : this.kept(train.length);
    const whole = batches >= Math.ceil(learnt / batchSize) ? undefined : -1;
    for (const [name, values] of Object.entries(history))
      (this.history[name] ??= []).push(...values.slice(0, whole));
    return this.complete;
  }

  /** The probability of "positive" for each review. */
  async probabilities(reviews: EncodedReviews): Promise<Float32Array> {
    const { data } = await this.model.predict(this.rows(reviews).x, { batchSize: BATCH, verbose: 0 });
    return data;
  }

  /** What the model says of texts of your own: read by the same encoder, filled and cut as the training reviews. */
  async predictAll(texts: readonly string[]): Promise<Prediction[]> {
    const { encoder } = this;
    const reviews = new EncodedReviews(
      texts.map((text) => encoder.encode(text)),
      texts.map(() => 0), // Nobody reads them.
      encoder.size,
    );
    const probabilities = await this.probabilities(reviews);
    return texts.map((text, i) => ({
      text,
      probability: probabilities[i],
      positive: isPositive(probabilities[i]),
      confidence: confidenceOf(probabilities[i]),
      words: encoder.words(text).length,
      unknown: encoder.unknownWords(text),
    }));
  }

  /** What the model says of one text. */
  async predict(text: string): Promise<Prediction> {
    return (await this.predictAll([text]))[0];
  }

  /** The rows of the Embedding for some ids. */
  async vectors(ids: readonly number[]): Promise<Float32Array[]> {
    const [{ data, shape }] = await this.model.getLayer("embedding").getWeights();
    return ids.map((id) => data.slice(id * shape[1], (id + 1) * shape[1]));
  }

  /** Model, encoder and history as one file, which Keras's door reads as a model, too. */
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    const { settings, encoder, history, data } = this;
    const { model, optimizer, state } = unpackCheckpoint(await this.model.save(), "model");
    const imdb: SavedState = { settings, encoder: encoder.toJSON(), history, data };
    return packCheckpoint({
      model,
      optimizer,
      state: { ...state, imdb: JSON.parse(JSON.stringify(imdb)) },
    });
  }

  /** Reads what `save` wrote; `changed` replaces settings that the weights do not depend on, such as the epochs. */
  static load(
    bytes: Uint8Array,
    device: Device,
    changed: Partial<Pick<Settings, "epochs" | "batchSize">> = {},
    where = "file",
  ): SentimentTraining {
    const { state } = unpackCheckpoint(bytes, where);
    const saved = state.imdb as unknown as SavedState | undefined;
    if (saved?.settings === undefined || saved.encoder === undefined)
      throw new FileFormatError(`${where}: not a model of the sentiment example (npm start -- imdb --save)`);
    manualSeed(saved.settings.seed);
    const model = loadModel(bytes, { device, where });
    const encoder = ReviewEncoder.fromJSON(saved.encoder);
    const set = Object.entries(changed).filter(([, value]) => value !== undefined);
    const settings = { ...saved.settings, ...Object.fromEntries(set) };
    const training = new SentimentTraining(settings, encoder, model, saved.history);
    training.data = saved.data;
    return training;
  }
}

/** A loss that is not a number never becomes one again. */
const STOPS_AT_NAN: Callback = {
  onEpochEnd(epoch, { loss }) {
    if (!Number.isFinite(loss))
      throw new ValueError(
        `imdb: the loss of epoch ${epoch + 1} is ${loss}: training diverged; use a smaller --lr`,
      );
  },
};
