import { hostGenerator } from "../device.ts";
import { checkOptions, ValueError } from "../errors.ts";
import { Generator } from "../random.ts";
import { type Batch, stackSamples } from "./batch.ts";
import type { Dataset } from "./dataset.ts";

/** Options of a DataLoader. */
export interface DataLoaderOptions {
  /** Samples per batch; default 1. */
  batchSize?: number;
  /** Draws a new order of the samples for each epoch; default false. */
  shuffle?: boolean;
  /** Decides the orders; default: the number given to `manualSeed`, else 0. */
  seed?: number;
  /** Leaves out a last batch that is smaller than the others; default false. */
  dropLast?: boolean;
  /** Batches to prepare ahead while the device works; default 0. */
  prefetch?: number;
}

/** Where a loader is: the epoch, and how many of its batches were handed out. */
export interface DataLoaderState {
  readonly epoch: number;
  readonly position: number;
}

const OPTIONS = ["batchSize", "shuffle", "seed", "dropLast", "prefetch"];

/** Streams of shuffles start here, so that epoch 0 does not draw the numbers that made the weights. */
const SHUFFLE_STREAM = 0x64617461;

/**
 * Batches of a dataset. One loop over the loader (`for`, or `for await`) is one epoch, or the rest of one: it
 * continues from `state`, also after a loop that was left early. Only (seed, epoch, position) decide which samples a
 * batch holds, so a loader with the same state goes on with the same batches. `peek` looks without moving on.
 */
export class DataLoader<B extends Batch = Batch> {
  readonly dataset: Dataset<B>;
  readonly batchSize: number;
  /** Batches per epoch. */
  readonly batches: number;
  readonly #shuffle: boolean;
  readonly #seed: number;
  readonly #prefetch: number;
  readonly #ahead = new Map<number, B>();
  #epoch = 0;
  #position = 0;
  #order: { epoch: number; indices: Int32Array } | null = null;
  #scheduled = false;

  /** Throws a ValueError for an empty dataset, options that are unknown or not whole, and when no batch is left. */
  constructor(dataset: Dataset<B>, options: DataLoaderOptions = {}) {
    checkOptions("DataLoader", options, OPTIONS);
    const { batchSize = 1, shuffle = false, dropLast = false, prefetch = 0 } = options;
    const seed = options.seed ?? hostGenerator().state.seed;
    checkWhole("batchSize", batchSize, 1);
    checkWhole("prefetch", prefetch, 0);
    checkWhole("seed", seed, 0, 2 ** 32 - 1);
    if (dataset.length === 0) throw new ValueError("DataLoader: the dataset is empty");
    if (dropLast && batchSize > dataset.length)
      throw new ValueError(
        `DataLoader: batchSize ${batchSize} is larger than the dataset of ${dataset.length} samples, and dropLast ` +
          `leaves no batch; use a batchSize up to ${dataset.length}, or dropLast: false`,
      );
    this.dataset = dataset;
    this.batchSize = batchSize;
    this.batches = dropLast ? Math.floor(dataset.length / batchSize) : Math.ceil(dataset.length / batchSize);
    this.#shuffle = shuffle;
    this.#seed = seed;
    this.#prefetch = prefetch;
  }

  /**
   * Where the loader is. Inside a loop, `position` counts the batch in hand, so that what is saved after a step
   * resumes with the next batch; after the last one it is `batches`, and a loop from there is empty and ends the
   * epoch. Setting it throws a ValueError when there is no such place.
   */
  get state(): DataLoaderState {
    return { epoch: this.#epoch, position: this.#position };
  }

  set state({ epoch, position }: DataLoaderState) {
    checkWhole("state.epoch", epoch, 0);
    if (!Number.isInteger(position) || position < 0 || position > this.batches)
      throw new ValueError(
        `DataLoader: state.position is ${position}, an epoch has ${this.batches} batches of ${this.batchSize}; ` +
          "was the state saved with another batchSize or dataset?",
      );
    this.#epoch = epoch;
    this.#position = position;
    this.#ahead.clear();
  }

  /** The batch that comes next (the first one of the next epoch at the end of one), without moving on. */
  peek(): B {
    if (this.#position < this.batches) return this.#make(this.#epoch, this.#position);
    return this.#make(this.#epoch + 1, 0);
  }

  /** The rest of the epoch. */
  *[Symbol.iterator](): IterableIterator<B, void, undefined> {
    while (this.#position < this.batches) yield this.#take();
    this.state = { epoch: this.#epoch + 1, position: 0 };
  }

  /** The rest of the epoch. */
  async *[Symbol.asyncIterator](): AsyncGenerator<B, void, undefined> {
    yield* this[Symbol.iterator]();
  }

  #take(): B {
    const position = this.#position;
    const batch = this.#ahead.get(position) ?? this.#make(this.#epoch, position);
    this.#ahead.delete(position);
    this.#position++;
    this.#prepareAhead();
    return batch;
  }

  /** Prepares the next batches at the consumer's first await, when the device has its work. */
  #prepareAhead(): void {
    if (this.#prefetch === 0 || this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      const end = Math.min(this.#position + this.#prefetch, this.batches);
      try {
        for (let position = this.#position; position < end; position++)
          if (!this.#ahead.has(position)) this.#ahead.set(position, this.#make(this.#epoch, position));
      } catch {
        // The same batch fails again when it is taken, where the loop can catch the error.
      }
    });
  }

  #make(epoch: number, position: number): B {
    const start = position * this.batchSize;
    const end = Math.min(start + this.batchSize, this.dataset.length);
    const indices = this.#shuffle
      ? this.#orderOf(epoch).slice(start, end)
      : Int32Array.from({ length: end - start }, (_, i) => start + i);
    if (this.dataset.batch) return this.dataset.batch(indices);
    return stackSamples(Array.from(indices, (index) => this.dataset.get(index)));
  }

  #orderOf(epoch: number): Int32Array {
    if (this.#order?.epoch !== epoch) {
      const generator = new Generator(this.#seed, SHUFFLE_STREAM + epoch);
      this.#order = { epoch, indices: generator.permutation(this.dataset.length) };
    }
    return this.#order.indices;
  }
}

function checkWhole(name: string, value: number, low: number, high = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isInteger(value) || value < low || value > high)
    throw new ValueError(
      `DataLoader: ${name} is ${value}, expected a whole number from ${low}${high < Number.MAX_SAFE_INTEGER ? ` to ${high}` : ""}`,
    );
}
