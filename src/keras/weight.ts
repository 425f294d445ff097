import type { HostArray } from "../data/batch.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, type Shape, sameShape, sizeOf } from "../shape.ts";
import type { Parameter } from "../tensor.ts";
import { type ArrayLikeData, hostArrayOf } from "./arrays.ts";

/** How a weight's numbers lie in its parameters, and how Keras orders them. */
interface Layout {
  toKeras(values: readonly Float32Array[]): Float32Array<ArrayBuffer>;
  fromKeras(values: ArrayLike<number>): Float32Array[];
}

/**
 * A weight of a layer as Keras knows it: name, shape and order of its numbers. The numbers live in parameters of
 * PyTorch's layout, which the kernels read.
 */
export class LayerWeight {
  /** Keras's name, such as "recurrent_kernel". */
  readonly name: string;
  /** Keras's shape, such as [inputs, 4 · units]. */
  readonly shape: Shape;
  /** Where the numbers live. */
  readonly parameters: readonly Parameter[];
  /** Layer and cell before the name, such as "lstm/lstm_cell/kernel". */
  path: string;
  readonly #layout: Layout;

  constructor(name: string, shape: Shape, parameters: readonly Parameter[], layout: Layout) {
    this.name = name;
    this.path = name;
    this.shape = shape;
    this.parameters = parameters;
    this.#layout = layout;
  }

  /** Number of numbers. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Whether training changes it. */
  get trainable(): boolean {
    return this.parameters[0].requiresGrad;
  }

  /** The values in Keras's layout, as they are now. */
  async value(): Promise<HostArray<Float32Array>> {
    const parts = await Promise.all(this.parameters.map((parameter) => parameter.data()));
    const data = this.#layout.toKeras(parts.map((part) => Float32Array.from(part)));
    return { data, shape: this.shape };
  }

  /** Overwrites the values; throws a ShapeError when the shape is not this weight's. */
  assign(values: ArrayLikeData): void {
    const { data, shape } = hostArrayOf(values, `weight ${this.path}`);
    if (!sameShape(shape, this.shape))
      throw new ShapeError(
        `weight ${this.path} is ${formatShape(this.shape)}, got values of ${formatShape(shape)}`,
      );
    const parts = this.#layout.fromKeras(data);
    for (const [i, parameter] of this.parameters.entries()) parameter.set(parts[i]);
  }
}

/** A weight that Keras and PyTorch hold alike. */
export function plainWeight(name: string, parameter: Parameter): LayerWeight {
  return new LayerWeight(name, parameter.shape, [parameter], {
    toKeras: ([values]) => Float32Array.from(values),
    fromKeras: (values) => [Float32Array.from(values)],
  });
}

/**
 * A kernel: parameter [blocks · units, inputs] ↔ Keras [inputs, blocks · units]. Block i of Keras is block `order[i]`
 * of the parameter.
 */
export function kernelWeight(name: string, parameter: Parameter, order: readonly number[]): LayerWeight {
  const [rows, inputs] = parameter.shape;
  const units = rows / order.length;
  const rowOf = (column: number): number => order[Math.floor(column / units)] * units + (column % units);
  const both = (visit: (inKeras: number, inParameter: number) => void): void => {
    for (let i = 0; i < inputs; i++)
      for (let column = 0; column < rows; column++) visit(i * rows + column, rowOf(column) * inputs + i);
  };
  return new LayerWeight(name, [inputs, rows], [parameter], {
    toKeras([values]) {
      const out = new Float32Array(values.length);
      both((inKeras, inParameter) => (out[inKeras] = values[inParameter]));
      return out;
    },
    fromKeras(values) {
      const out = new Float32Array(values.length);
      both((inKeras, inParameter) => (out[inParameter] = values[inKeras]));
      return [out];
    },
  });
}

/** Biases [blocks · units], one below the other when there are several, with blocks in another order. */
export function biasWeight(
  name: string,
  parameters: readonly Parameter[],
  order: readonly number[],
): LayerWeight {
  const length = parameters[0].size;
  const units = length / order.length;
  const place = (i: number): number => order[Math.floor(i / units)] * units + (i % units);
  const shape = parameters.length === 1 ? [length] : [parameters.length, length];
  return new LayerWeight(name, shape, parameters, {
    toKeras(values) {
      const out = new Float32Array(length * values.length);
      values.forEach((part, row) => {
        for (let i = 0; i < length; i++) out[row * length + i] = part[place(i)];
      });
      return out;
    },
    fromKeras(values) {
      return parameters.map((_, row) => {
        const part = new Float32Array(length);
        for (let i = 0; i < length; i++) part[place(i)] = values[row * length + i];
        return part;
      });
    },
  });
}
