/** One pass over the data: batches with labels and weights as the loss wants them. */
import type { HostArray } from "../data/batch.ts";
import { Generator as Random } from "../random.ts";
import { sizeOf } from "../shape.ts";
import type { Categorical } from "./categorical.ts";
import { type BatchSource, gather, inputsFor, readPair, rowsOf } from "./data.ts";
import { type Loss, prepareLabels } from "./losses.ts";
import type { PartialShape } from "./shapes.ts";

/** What the loss counts a sample of each class for; 1 for classes that are left out. */
export type ClassWeight = Readonly<Record<number, number>>;

/** A batch, ready to go to the device. */
export interface PreparedBatch {
  readonly x: HostArray;
  readonly y: HostArray;
  readonly weights: HostArray | undefined;
}

/** Epochs of batches. */
export interface Batches {
  /** Batches per epoch; undefined where nobody knows. */
  readonly steps: number | undefined;
  /** One epoch's batches, counted from 0 over all calls of fit. */
  epoch(epoch: number): Iterable<PreparedBatch> | AsyncIterable<PreparedBatch>;
}

/** What a batch must be made ready for. */
export interface Purpose {
  where: string;
  loss: Loss;
  output: PartialShape;
  idLimit: number | null;
  classWeight?: ClassWeight;
}

/** The weight of each row of labels. */
function weightsFor(labels: HostArray, { classWeight, output }: Purpose): HostArray | undefined {
  if (!classWeight) return undefined;
  const { data, shape } = labels;
  const classes = output.at(-1) ?? 1;
  const perClass = classes > 1 && sizeOf(shape) % classes === 0 && shape.length === output.length;
  const rows = perClass ? data.length / classes : data.length;
  const weights = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let id = data[row];
    if (perClass) {
      id = 0;
      for (let i = 1; i < classes; i++) if (data[row * classes + i] > data[row * classes + id]) id = i;
    }
    weights[row] = classWeight[id] ?? 1;
  }
  const rowShape = perClass ? shape.slice(0, -1) : shape.slice(0, Math.max(1, output.length - 1));
  return { data: weights, shape: rowShape };
}

/** Streams of shuffles start here, so that they do not draw the numbers that made the weights. */
const SHUFFLE_STREAM = 0x6b657261;

/** Arrays in batches; each epoch in an order of its own when `shuffle` is on. The last batch may be smaller. */
export class ArrayBatches implements Batches {
  readonly steps: number;
  readonly #x: HostArray;
  readonly #y: HostArray;
  readonly #weights: HostArray | undefined;
  readonly #batchSize: number;
  readonly #seed: number | null;

  /** `seed` decides the orders; null keeps the order. */
  constructor(
    x: HostArray,
    y: HostArray | Categorical,
    purpose: Purpose,
    batchSize: number,
    seed: number | null,
  ) {
    this.#x = inputsFor(purpose.where, x, purpose.idLimit);
    this.#y = prepareLabels(purpose.where, purpose.loss, y, purpose.output);
    this.#weights = weightsFor(this.#y, purpose);
    this.#batchSize = batchSize;
    this.#seed = seed;
    this.steps = Math.ceil(x.shape[0] / batchSize);
  }

  *epoch(epoch: number): Generator<PreparedBatch> {
    const count = this.#x.shape[0];
    const order =
      this.#seed === null ? null : new Random(this.#seed, SHUFFLE_STREAM + epoch).permutation(count);
    for (let start = 0; start < count; start += this.#batchSize) {
      const end = Math.min(start + this.#batchSize, count);
      const part = (array: HostArray): HostArray =>
        order ? gather(array, order.subarray(start, end)) : rowsOf(array, start, end);
      yield { x: part(this.#x), y: part(this.#y), weights: this.#weights && part(this.#weights) };
    }
  }
}

/** Batches of a source as they come. */
export class SourceBatches implements Batches {
  readonly steps: number | undefined;
  readonly #source: BatchSource;
  readonly #purpose: () => Purpose;

  constructor(source: BatchSource, purpose: () => Purpose) {
    this.#source = source;
    this.#purpose = purpose;
    const { batches, length } = source as { batches?: number; length?: number };
    const known = typeof source === "function" ? undefined : (batches ?? length);
    this.steps = typeof known === "number" ? known : undefined;
  }

  async *epoch(): AsyncGenerator<PreparedBatch> {
    const source = typeof this.#source === "function" ? this.#source() : this.#source;
    for await (const pair of source) {
      const purpose = this.#purpose();
      const { x, y } = await readPair(purpose.where, pair);
      const labels = prepareLabels(purpose.where, purpose.loss, y, purpose.output);
      yield {
        x: inputsFor(purpose.where, x, purpose.idLimit),
        y: labels,
        weights: weightsFor(labels, purpose),
      };
    }
  }
}
