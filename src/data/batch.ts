/** Samples and batches in host memory, before a device sees them. */
import { type Device, getDevice } from "../device.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { tensor } from "../ops/create.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";

/** Row-major numbers with their shape: Int32Array for ids and masks, Float32Array for the rest. */
export interface HostArray<Data extends Float32Array | Int32Array = Float32Array | Int32Array> {
  readonly data: Data;
  readonly shape: Shape;
}

/** Arrays that belong together, by name or by place; in a batch, the first axis of each counts the samples. */
export type Batch = { readonly [name: string]: HostArray } | readonly HostArray[];

/** The tensors of a batch, under the same names or places. */
export type BatchTensors<B extends Batch> = { -readonly [K in keyof B]: Tensor };

/**
 * A batch on a device, the default one unless told: i32 tensors from Int32Array, f32 from Float32Array, of the same
 * shapes. Throws a ShapeError when an array does not fill its shape.
 */
export function toTensors<B extends Batch>(batch: B, device: Device = getDevice()): BatchTensors<B> {
  return mapBatch(batch, ({ data, shape }) => tensor(data, { shape, device })) as BatchTensors<B>;
}

/** Samples of one kind as one batch: each array gets a first axis. Throws a ShapeError when shapes differ. */
export function stackSamples<B extends Batch>(samples: readonly B[]): B {
  const at = (sample: B, key: string): HostArray => (sample as Record<string, HostArray>)[key];
  return mapBatch(samples[0], (first, key) => {
    const size = sizeOf(first.shape);
    const Numbers = first.data instanceof Int32Array ? Int32Array : Float32Array;
    const data = new Numbers(samples.length * size);
    samples.forEach((sample, i) => {
      const array = at(sample, key);
      if (!array || !sameShape(array.shape, first.shape) || array.data.length !== size)
        throw new ShapeError(
          `batch: "${key}" of sample ${i} is ${array ? formatShape(array.shape) : "missing"} ` +
            `(${array?.data.length ?? 0} values), that of sample 0 is ${formatShape(first.shape)}; pad or cut them to one shape`,
        );
      if (!(array.data instanceof Numbers))
        throw new ValueError(
          `batch: "${key}" of sample ${i} is a ${(array.data as object).constructor.name}, ` +
            `${i === 0 ? "expected an Int32Array or a Float32Array" : `that of sample 0 is a ${Numbers.name}`}`,
        );
      data.set(array.data, i * size);
    });
    return { data, shape: [samples.length, ...first.shape] };
  }) as unknown as B;
}

/** The same names or places with other values. */
export function mapBatch<T>(
  batch: Batch,
  map: (array: HostArray, key: string) => T,
): T[] | { [name: string]: T } {
  if (Array.isArray(batch)) return batch.map((array: HostArray, i) => map(array, String(i)));
  return Object.fromEntries(Object.entries(batch).map(([name, array]) => [name, map(array, name)]));
}
