import { ShapeError } from "../errors.ts";
import { noGrad } from "../no_grad.ts";
import { type QuantizedRows, quantizedLinear, quantizeRows } from "../ops/quantized_linear.ts";
import { contiguousCopy, type Tensor } from "../tensor.ts";
import type { Linear } from "./linear.ts";
import { Module, type ModuleBuffer } from "./module.ts";

/**
 * A Linear layer for inference whose weight is stored as int8, a scale per output channel, and whose inputs are
 * quantized on the fly, row by row: x · weightᵀ + bias in whole numbers, scaled back. The bias stays f32. In the state
 * dict: `weight` [out, in] as i8, `weight_scale` [out] and `bias` [out]. Throws a WgradError where a gradient would be
 * recorded.
 */
export class QuantizedLinear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The packed weight and its scales. */
  readonly weight: QuantizedRows;
  readonly bias: Tensor | null;

  private constructor(shape: readonly number[], weight: QuantizedRows, bias: Tensor | null) {
    super();
    [this.outFeatures, this.inFeatures] = shape;
    this.weight = weight;
    this.bias = bias;
    this.registerBuffer("weight", int8Buffer(weight.values, shape));
    this.registerBuffer("weight_scale", floatBuffer(weight.scale));
    if (bias) this.registerBuffer("bias", floatBuffer(bias));
  }

  /** The quantized form of a trained layer, which stays as it is. */
  static from(linear: Linear): QuantizedLinear {
    const { weight, bias } = noGrad(() => ({
      weight: quantizeRows(linear.weight),
      bias: linear.bias && contiguousCopy(linear.bias),
    }));
    for (const tensor of [weight.values, weight.scale, bias]) tensor?.keep();
    return new QuantizedLinear(linear.weight.shape, weight, bias);
  }

  /** x [..., in] → [..., out]. */
  forward(x: Tensor): Tensor {
    if (x.shape.at(-1) !== this.inFeatures)
      throw new ShapeError(
        `QuantizedLinear: x is [${x.shape.join(", ")}], expected [..., ${this.inFeatures}] for a weight of ` +
          `[${this.outFeatures}, ${this.inFeatures}]`,
      );
    return quantizedLinear(x, this.weight, this.bias ?? undefined);
  }
}

/** Words of four int8, each row filled up with zeros, as a buffer of single int8 of this shape. */
function int8Buffer(words: Tensor, shape: readonly number[]): ModuleBuffer {
  const [rows, columns] = shape;
  const stride = 4 * Math.ceil(columns / 4);
  return {
    shape,
    dtype: "i8",
    bytes: 4 * words.size,
    async read() {
      // Little-endian, as every machine that runs these engines: the first int8 is the lowest byte.
      const bytes = new Int8Array(Int32Array.from(await words.data()).buffer);
      const values = new Int8Array(rows * columns);
      for (let r = 0; r < rows; r++)
        values.set(bytes.subarray(r * stride, r * stride + columns), r * columns);
      return values;
    },
    write(values) {
      const bytes = new Int8Array(rows * stride);
      for (let i = 0; i < rows * columns; i++)
        bytes[Math.floor(i / columns) * stride + (i % columns)] = values[i];
      const { buffer, offset } = words.storage.bind();
      words.device.backend.write(buffer, new Int32Array(bytes.buffer), offset);
    },
  };
}

function floatBuffer(tensor: Tensor): ModuleBuffer {
  return {
    shape: tensor.shape,
    dtype: "f32",
    bytes: 4 * tensor.size,
    read: async () => Float32Array.from(await tensor.data()),
    write(values) {
      const { buffer, offset } = tensor.storage.bind();
      tensor.device.backend.write(buffer, values, offset);
    },
  };
}
