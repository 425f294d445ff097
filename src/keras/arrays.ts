/** What users hand over as data, as host arrays: nested numbers, typed arrays, tensors made from data. */
import type { HostArray } from "../data/batch.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import { hostValues, Tensor } from "../tensor.ts";

/** Numbers in rows: nested arrays, or rows that are typed arrays. */
export type NumberRows = ArrayLike<number> | readonly NumberRows[];

/** Numbers with a shape, in any of the forms that functions of the Keras door take. */
export type ArrayLikeData = HostArray | Tensor | NumberRows;

function isHostArray(value: unknown): value is HostArray {
  return typeof value === "object" && value !== null && "data" in value && "shape" in value;
}

/** Whole numbers that i32 holds become an Int32Array, everything else a Float32Array. */
function typed(values: ArrayLike<number>): Float32Array | Int32Array {
  if (values instanceof Float32Array || values instanceof Int32Array) return values;
  for (let i = 0; i < values.length; i++) if ((values[i] | 0) !== values[i]) return Float32Array.from(values);
  return Int32Array.from(values);
}

/** Appends the numbers of nested rows to `out`; throws with the place of a row of another length. */
function flatten(rows: NumberRows, shape: Shape, axis: number, where: string, out: number[]): void {
  if (rows.length !== shape[axis])
    throw new ShapeError(
      `${where}: rows differ in length (${rows.length} and ${shape[axis]}); pad them to one length, as padSequences does`,
    );
  for (let i = 0; i < rows.length; i++) {
    const item = rows[i];
    const deeper = axis + 1 < shape.length;
    if (deeper !== (typeof item !== "number"))
      throw new ShapeError(`${where}: some rows hold numbers and others hold rows`);
    if (typeof item === "number") out.push(item);
    else flatten(item, shape, axis + 1, where, out);
  }
}

/**
 * Data as a host array. A tensor must have its values on the host; `readArray` reads others back.
 * Throws a ShapeError for ragged rows or a wrong count, a ValueError for what holds no numbers.
 */
export function hostArrayOf(value: ArrayLikeData, where: string): HostArray {
  if (value instanceof Tensor) {
    const values = hostValues(value);
    if (!values)
      throw new ValueError(
        `${where}: the tensor's values are on the device only; pass { data: await x.data(), shape: x.shape }`,
      );
    return {
      data: value.dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values),
      shape: value.shape,
    };
  }
  if (isHostArray(value)) {
    if (value.data?.length === undefined || value.data.length !== sizeOf(value.shape))
      throw new ShapeError(
        `${where}: ${value.data?.length ?? 0} numbers do not fill shape ${formatShape(value.shape)}`,
      );
    return { data: typed(value.data), shape: value.shape };
  }
  if (ArrayBuffer.isView(value)) {
    const values = value as unknown as ArrayLike<number>;
    return { data: typed(values), shape: [values.length] };
  }
  if (!Array.isArray(value))
    throw new ValueError(
      `${where}: expected rows of numbers, a typed array, { data, shape } or a tensor, got ${value === null ? "null" : typeof value}`,
    );
  const shape: number[] = [];
  for (let level: unknown = value; typeof level === "object" && level !== null; ) {
    const { length } = level as ArrayLike<unknown>;
    shape.push(length);
    if (length === 0) break;
    level = (level as ArrayLike<unknown>)[0];
  }
  const flat: number[] = [];
  flatten(value, shape, 0, where, flat);
  return { data: typed(flat), shape };
}

/** Data as a host array, read back from the device where it must be. */
export async function readArray(value: ArrayLikeData, where: string): Promise<HostArray> {
  if (!(value instanceof Tensor)) return hostArrayOf(value, where);
  const data = await value.data();
  return { data: data instanceof Int32Array ? data : Float32Array.from(data), shape: value.shape };
}

/** For each row (the last axis), where its largest number is; the first of equal ones. */
export function argmaxRows({ data, shape }: HostArray): Int32Array<ArrayBuffer> {
  const width = shape.at(-1) ?? 1;
  const out = new Int32Array(sizeOf(shape.slice(0, -1)));
  for (let row = 0; row < out.length; row++) {
    let best = 0;
    for (let i = 1; i < width; i++) if (data[row * width + i] > data[row * width + best]) best = i;
    out[row] = best;
  }
  return out;
}
