import { checkOptions } from "../errors.ts";
import { layerNorm } from "../ops/layer_norm.ts";
import { Parameter, type Tensor } from "../tensor.ts";
import { checkSize } from "./linear.ts";
import { Module, moduleDevice, type ModuleOptions } from "./module.ts";

/** What a LayerNorm module is made of. */
export interface LayerNormModuleOptions extends ModuleOptions {
  /** Added to the variance; 1e-5 (Keras: 1e-3). */
  eps?: number;
  /** false: neither weight nor bias. */
  elementwiseAffine?: boolean;
  /** false: no bias. */
  bias?: boolean;
}

/** Norms each row of the last axis, as torch.nn.LayerNorm: weight [features] starts at 1, bias [features] at 0. */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly eps: number;

  constructor(features: number, options: LayerNormModuleOptions = {}) {
    super();
    checkOptions("LayerNorm", options, ["device", "eps", "elementwiseAffine", "bias"]);
    checkSize("LayerNorm", "features", features);
    const device = moduleDevice(options);
    const affine = options.elementwiseAffine !== false;
    this.eps = options.eps ?? 1e-5;
    this.weight = affine ? new Parameter(device, new Float32Array(features).fill(1), [features]) : null;
    this.bias =
      affine && options.bias !== false ? new Parameter(device, new Float32Array(features), [features]) : null;
  }

  /** x [..., features] → the same shape. */
  forward(x: Tensor): Tensor {
    return layerNorm(x, {
      weight: this.weight ?? undefined,
      bias: this.bias ?? undefined,
      eps: this.eps,
    });
  }
}
