import { ShapeError, ValueError } from "../errors.ts";
import { formatShape, sizeOf } from "../shape.ts";
import { hostValues, Tensor } from "../tensor.ts";
import { type Batch, type HostArray, mapBatch } from "./batch.ts";

/** Samples by index. A sample has the arrays of a batch without their first axis. */
export interface Dataset<B extends Batch = Batch> {
  /** Number of samples. */
  readonly length: number;
  /** One sample. */
  get(index: number): B;
  /** Several samples as one batch, in the order of `indices`; without it, a loader stacks what `get` gives. */
  batch?(indices: Int32Array): B;
}

/** What TensorDataset takes: host data with its shape, or a tensor made from data. */
export type ArraySource = HostArray | Tensor;

type ArraysOf<S extends readonly ArraySource[]> = {
  readonly [K in keyof S]: S[K] extends HostArray<infer Data> ? HostArray<Data> : HostArray;
};

/** Arrays with one row per sample: sample i is row i of each. */
export class TensorDataset<S extends readonly ArraySource[]> implements Dataset<ArraysOf<S>> {
  /** Number of rows. */
  readonly length: number;
  readonly #arrays: ArraysOf<S>;

  /**
   * Host data is not copied. Throws a ShapeError when first sizes differ or an array does not fill its shape, and a
   * ValueError for a tensor whose values are on the device only.
   */
  constructor(...arrays: S) {
    if (arrays.length === 0) throw new ValueError("TensorDataset: expected at least one array");
    const hosts = arrays.map(onHost);
    hosts.forEach(({ data, shape }, i) => {
      if (shape.length === 0)
        throw new ShapeError(`TensorDataset: array ${i} is a scalar; its first axis must count the samples`);
      if (data.length !== sizeOf(shape))
        throw new ShapeError(
          `TensorDataset: array ${i} has ${data.length} values, its shape ${formatShape(shape)} needs ${sizeOf(shape)}`,
        );
      if (shape[0] !== hosts[0].shape[0])
        throw new ShapeError(
          `TensorDataset: first sizes differ: array 0 is ${formatShape(hosts[0].shape)}, array ${i} is ${formatShape(shape)}`,
        );
    });
    this.length = hosts[0].shape[0];
    this.#arrays = hosts as unknown as ArraysOf<S>;
  }

  /** Row `index` of each array, as copies; throws a ValueError when there is none. */
  get(index: number): ArraysOf<S> {
    const rows = mapBatch(this.batch([index]), ({ data, shape }) => ({ data, shape: shape.slice(1) }));
    return rows as unknown as ArraysOf<S>;
  }

  /** Rows of each array, in the order of `indices`; throws a ValueError when there is no such row. */
  batch(indices: ArrayLike<number>): ArraysOf<S> {
    const batch = mapBatch(this.#arrays, ({ data, shape }) => {
      const size = sizeOf(shape.slice(1));
      const rows =
        data instanceof Int32Array
          ? new Int32Array(indices.length * size)
          : new Float32Array(indices.length * size);
      for (let row = 0; row < indices.length; row++) {
        const index = indices[row];
        if (!Number.isInteger(index) || index < 0 || index >= this.length)
          throw new ValueError(
            `TensorDataset: there is no sample ${index}, they are 0 to ${this.length - 1}`,
          );
        rows.set(data.subarray(index * size, (index + 1) * size), row * size);
      }
      return { data: rows, shape: [indices.length, ...shape.slice(1)] };
    });
    return batch as unknown as ArraysOf<S>;
  }
}

function onHost(source: ArraySource, i: number): HostArray {
  if (!(source instanceof Tensor)) {
    if (source.data instanceof Float32Array || source.data instanceof Int32Array) return source;
    throw new ValueError(
      `TensorDataset: array ${i} is neither a tensor nor { data: Float32Array or Int32Array, shape }`,
    );
  }
  const values = hostValues(source);
  if (!values)
    throw new ValueError(
      `TensorDataset: the values of array ${i} are on the device only; pass { data: await x.data(), shape: x.shape }`,
    );
  const data = source.dtype === "i32" ? Int32Array.from(values) : Float32Array.from(values);
  return { data, shape: source.shape };
}
