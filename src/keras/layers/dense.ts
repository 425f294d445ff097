import type { Device } from "../../device.ts";
import { linear } from "../../ops/matmul.ts";
import type { Parameter, Tensor } from "../../tensor.ts";
import { type ActivationName, activation } from "../activations.ts";
import { type InitializerName, initialized } from "../initializers.ts";
import { checkUnits, Layer, type LayerOptions } from "../layer.ts";
import { lastSize, type PartialShape } from "../shapes.ts";
import { biasWeight, kernelWeight, type LayerWeight } from "../weight.ts";

/** What a dense layer takes. */
export interface DenseOptions extends LayerOptions {
  /** Numbers that come out. */
  units: number;
  /** Function of each number that comes out (softmax: of all of them); "linear". */
  activation?: ActivationName;
  /** False leaves the bias out; true. */
  useBias?: boolean;
  /** How the kernel starts; "glorot_uniform". */
  kernelInitializer?: InitializerName;
  /** How the bias starts; "zeros". */
  biasInitializer?: InitializerName;
}

/** activation(x · kernel + bias) along the last axis: [..., inputs] → [..., units]. */
export class Dense extends Layer {
  declare readonly options: DenseOptions;
  readonly #activation: (x: Tensor) => Tensor;
  #kernel!: Parameter;
  #bias: Parameter | undefined;

  constructor(options: DenseOptions) {
    super("Dense", options, ["units", "activation", "useBias", "kernelInitializer", "biasInitializer"]);
    checkUnits("layers.dense", "units", options.units);
    this.#activation = activation("layers.dense", options.activation);
  }

  protected override makeWeights(inputShape: PartialShape, device: Device): LayerWeight[] {
    const { units, useBias = true, kernelInitializer, biasInitializer } = this.options;
    const where = `layer ${this.name}`;
    const inputs = lastSize(where, inputShape);
    this.#kernel = initialized(where, kernelInitializer ?? "glorot_uniform", device, [units, inputs]);
    const kernel = kernelWeight("kernel", this.#kernel, [0]);
    if (!useBias) return [kernel];
    this.#bias = initialized(where, biasInitializer ?? "zeros", device, [units]);
    return [kernel, biasWeight("bias", [this.#bias], [0])];
  }

  override forward(x: Tensor): Tensor {
    return this.#activation(linear(x, this.#kernel, this.#bias));
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    return [...inputShape.slice(0, -1), this.options.units];
  }
}
