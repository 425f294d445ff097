import type { Device } from "../../device.ts";
import { layerNorm } from "../../ops/layer_norm.ts";
import type { Parameter, Tensor } from "../../tensor.ts";
import { initialized } from "../initializers.ts";
import { Layer, type LayerOptions } from "../layer.ts";
import { lastSize, type PartialShape } from "../shapes.ts";
import { type LayerWeight, plainWeight } from "../weight.ts";

/** What a layerNormalization layer takes. */
export interface LayerNormalizationOptions extends LayerOptions {
  /** Added to the variance; 0.001, as in Keras. */
  epsilon?: number;
  /** Multiplies by a trained number per feature, gamma; true. */
  scale?: boolean;
  /** Adds a trained number per feature, beta; true. */
  center?: boolean;
}

/** Brings the features of each position to mean 0 and variance 1, then scales and shifts them. */
export class LayerNormalization extends Layer {
  declare readonly options: LayerNormalizationOptions;
  #gamma: Parameter | undefined;
  #beta: Parameter | undefined;

  constructor(options: LayerNormalizationOptions = {}) {
    super("LayerNormalization", options, ["epsilon", "scale", "center"]);
  }

  protected override makeWeights(inputShape: PartialShape, device: Device): LayerWeight[] {
    const { scale = true, center = true } = this.options;
    const where = `layer ${this.name}`;
    const size = lastSize(where, inputShape);
    const weights: LayerWeight[] = [];
    if (scale) {
      this.#gamma = initialized(where, "ones", device, [size]);
      weights.push(plainWeight("gamma", this.#gamma));
    }
    if (center) {
      this.#beta = initialized(where, "zeros", device, [size]);
      weights.push(plainWeight("beta", this.#beta));
    }
    return weights;
  }

  override forward(x: Tensor): Tensor {
    return layerNorm(x, { weight: this.#gamma, bias: this.#beta, eps: this.options.epsilon ?? 1e-3 });
  }
}
