/** Samples on the host, batch by batch. */
import type { HostArray } from "../data/batch.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { formatShape, sizeOf } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { type ArrayLikeData, readArray } from "./arrays.ts";
import { Categorical } from "./categorical.ts";

/** Samples, or one-hot labels. */
export type Data = ArrayLikeData | Categorical;

/** What a data loader hands out: [x, y], or an object whose first two entries are x and y. */
export type BatchPair = readonly [Data, Data] | readonly Data[] | { readonly [name: string]: Data };

/** Batches that come one after the other: a data loader, an array of pairs, a generator or a function that makes one. */
export type BatchSource =
  | Iterable<BatchPair>
  | AsyncIterable<BatchPair>
  | (() => Iterable<BatchPair> | AsyncIterable<BatchPair>);

/** Whether a value is data by itself, rather than a source of batches. */
export function isData(value: unknown): value is Data {
  if (value instanceof Tensor || value instanceof Categorical || ArrayBuffer.isView(value)) return true;
  if (typeof value !== "object" || value === null) return false;
  if ("data" in value && "shape" in value) return true;
  return Array.isArray(value) && (value.length === 0 || !isPair(value[0]));
}

/** [x, y] with data in both; a row of numbers, or of rows of numbers, is none. */
function isPair(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.length === 2 &&
    value.some((part) => part instanceof Tensor || part instanceof Categorical || isHost(part))
  );
}

function isHost(value: unknown): boolean {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}

/** Data as `fit` and `evaluate` were given it. */
export type Given = { readonly x: Data; readonly y: Data } | { readonly source: BatchSource };

/** Which of its two forms a call has; throws when samples come without labels. */
export function givenOf(where: string, x: unknown, y: unknown): Given {
  if (!isData(x)) {
    const source = x as BatchSource;
    const iterable =
      typeof source === "object" &&
      source !== null &&
      (Symbol.iterator in source || Symbol.asyncIterator in source);
    if (!iterable && typeof source !== "function")
      throw new ValueError(
        `${where}: expected x and y, or a source of [x, y] batches, got ${x === null ? "null" : typeof x}`,
      );
    return { source };
  }
  if (!isData(y)) throw new ValueError(`${where}: x came without labels; call ${where}(x, y, options)`);
  return { x, y };
}

/** Labels on the host, in the shape they were given in. */
export async function readLabels(value: Data, where: string): Promise<HostArray | Categorical> {
  return value instanceof Categorical ? value : readArray(value, where);
}

/** Throws unless there is at least one sample, and an axis that counts them. */
export function checkSamples(where: string, { shape }: { readonly shape: readonly number[] }): void {
  if (shape.length === 0 || shape[0] === 0)
    throw new ValueError(`${where}: there are no samples: x is ${formatShape(shape)}`);
}

/** Rows of an array, in the order of `indices`. */
export function gather({ data, shape }: HostArray, indices: ArrayLike<number>): HostArray {
  const size = sizeOf(shape.slice(1));
  const out =
    data instanceof Int32Array
      ? new Int32Array(indices.length * size)
      : new Float32Array(indices.length * size);
  for (let row = 0; row < indices.length; row++) {
    const start = indices[row] * size;
    if (size === 1) out[row] = data[start];
    else out.set(data.subarray(start, start + size), row * size);
  }
  return { data: out, shape: [indices.length, ...shape.slice(1)] };
}

/** Rows start to end (exclusive), without a copy. */
export function rowsOf({ data, shape }: HostArray, start: number, end: number): HostArray {
  const size = sizeOf(shape.slice(1));
  return { data: data.subarray(start * size, end * size), shape: [end - start, ...shape.slice(1)] };
}

/**
 * Inputs in the type that the first layer reads. For ids, `limit` says how many there are; throws a ValueError for one
 * that does not exist, with its sample.
 */
export function inputsFor(where: string, { data, shape }: HostArray, limit: number | null): HostArray {
  if (limit === null)
    return data instanceof Float32Array ? { data, shape } : { data: Float32Array.from(data), shape };
  const width = sizeOf(shape.slice(1));
  for (let i = 0; i < data.length; i++) {
    const id = data[i];
    if (!Number.isInteger(id))
      throw new ValueError(`${where}: the first layer reads ids, and ${id} is no whole number`);
    if (id < 0 || id >= limit)
      throw new ValueError(
        `${where}: id ${id} at ${i % width} of sample ${Math.floor(i / width)} is outside the embedding's table of ` +
          `${limit} rows (inputDim)`,
      );
  }
  return data instanceof Int32Array ? { data, shape } : { data: Int32Array.from(data), shape };
}

/** How many samples are for training when the last `share` of them is for validation; both sides get some. */
export function splitAt(where: string, count: number, share: number): number {
  if (!(share > 0 && share < 1))
    throw new ValueError(`${where}: validationSplit must lie between 0 and 1, got ${share}`);
  const split = Math.floor(count * (1 - share));
  if (split === 0 || split === count)
    throw new ValueError(
      `${where}: validationSplit ${share} of ${count} samples leaves ${split} for training and ${count - split} for ` +
        "validation; change it, or pass validationData",
    );
  return split;
}

/** x and y of a batch from a source; throws when it has no two parts. */
export async function readPair(
  where: string,
  batch: BatchPair,
): Promise<{ x: HostArray; y: HostArray | Categorical }> {
  const parts = (Array.isArray(batch) ? batch : Object.values(batch ?? {})) as Data[];
  if (parts.length < 2) throw new ValueError(`${where}: a batch must be [x, y], got ${parts.length} parts`);
  const [x, y] = await Promise.all([
    readArray(parts[0] as ArrayLikeData, `${where}: x`),
    readLabels(parts[1], `${where}: y`),
  ]);
  if (x.shape[0] !== y.shape[0])
    throw new ShapeError(`${where}: a batch has x ${formatShape(x.shape)} and y ${formatShape(y.shape)}`);
  return { x, y };
}
