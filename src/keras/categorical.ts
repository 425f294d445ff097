import type { HostArray } from "../data/batch.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import { type ArrayLikeData, hostArrayOf } from "./arrays.ts";

/**
 * One-hot rows that are never made: the ids stand for them. `shape` is that of the rows, [...ids, classes]; losses and
 * metrics read the ids. 36,100 rows of 15 × 1,080 would take 2.3 GB; their ids take 2 MB.
 */
export class Categorical {
  /** The class of each row. */
  readonly ids: HostArray<Int32Array>;
  /** Columns of a row. */
  readonly numClasses: number;

  constructor(ids: HostArray<Int32Array>, numClasses: number) {
    this.ids = ids;
    this.numClasses = numClasses;
  }

  /** [...ids.shape, numClasses] */
  get shape(): Shape {
    return [...this.ids.shape, this.numClasses];
  }

  /** Samples start to end (exclusive). */
  slice(start: number, end: number = this.ids.shape[0]): Categorical {
    const { data, shape } = this.ids;
    const width = sizeOf(shape.slice(1));
    const part = data.subarray(start * width, end * width);
    return new Categorical({ data: part, shape: [part.length / width, ...shape.slice(1)] }, this.numClasses);
  }

  /** The rows as numbers after all, for a look at a few of them. */
  toArray(): HostArray<Float32Array> {
    const data = new Float32Array(this.ids.data.length * this.numClasses);
    this.ids.data.forEach((id, row) => {
      data[row * this.numClasses + id] = 1;
    });
    return { data, shape: this.shape };
  }
}

/**
 * Class ids as one-hot rows, as keras.utils.to_categorical, but without making them: see `Categorical`. Without
 * `numClasses`, one more than the largest id. Throws a ValueError for an id that is no whole number from 0 to
 * numClasses − 1.
 */
export function toCategorical(ids: ArrayLikeData, numClasses?: number): Categorical {
  const { data, shape } = hostArrayOf(ids, "toCategorical");
  let largest = -1;
  for (let i = 0; i < data.length; i++) {
    const id = data[i];
    if (!Number.isInteger(id) || id < 0)
      throw new ValueError(`toCategorical: class ${id} is no whole number of at least 0`);
    if (id > largest) largest = id;
  }
  const classes = numClasses ?? largest + 1;
  if (!Number.isInteger(classes) || classes < 1)
    throw new ValueError(`toCategorical: numClasses must be a whole number of at least 1, got ${classes}`);
  if (largest >= classes)
    throw new ValueError(
      `toCategorical: class ${largest} does not exist among ${classes}; they go from 0 to ${classes - 1}`,
    );
  return new Categorical({ data: Int32Array.from(data), shape }, classes);
}

/** Ids of rows that are all one-hot; null when some are not. */
export function oneHotIds({ data, shape }: HostArray): HostArray<Int32Array> | null {
  const classes = shape.at(-1) ?? 0;
  if (classes < 2) return null;
  const ids = new Int32Array(sizeOf(shape.slice(0, -1)));
  for (let row = 0; row < ids.length; row++) {
    let found = -1;
    for (let i = 0; i < classes; i++) {
      const value = data[row * classes + i];
      if (value === 0) continue;
      if (value !== 1 || found >= 0) return null;
      found = i;
    }
    if (found < 0) return null;
    ids[row] = found;
  }
  return { data: ids, shape: shape.slice(0, -1) };
}

/** Throws a ShapeError unless both have as many samples. */
export function checkLengths(where: string, x: Shape, y: Shape): void {
  if (x.length === 0 || y.length === 0 || x[0] !== y[0])
    throw new ShapeError(
      `${where}: x is ${formatShape(x)} and y ${formatShape(y)}: there must be one label for each of the ${x[0]} samples`,
    );
}
