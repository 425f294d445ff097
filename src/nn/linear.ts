import { checkOptions, ValueError } from "../errors.ts";
import { linear } from "../ops/matmul.ts";
import type { Parameter, Tensor } from "../tensor.ts";
import { uniformParameter } from "./init.ts";
import { Module, moduleDevice, type ModuleOptions } from "./module.ts";

/** Throws a ValueError unless the size is a whole number of at least 1. */
export function checkSize(where: string, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new ValueError(`${where}: ${name} must be a whole number of at least 1, got ${value}`);
}

/**
 * x · weightᵀ + bias. weight [out, in] and bias [out] start uniform in ±1/√in, as torch.nn.Linear.
 */
export class Linear extends Module {
  readonly weight: Parameter;
  readonly bias: Parameter | null;

  constructor(inFeatures: number, outFeatures: number, options: ModuleOptions & { bias?: boolean } = {}) {
    super();
    checkOptions("Linear", options, ["device", "bias"]);
    checkSize("Linear", "inFeatures", inFeatures);
    checkSize("Linear", "outFeatures", outFeatures);
    const device = moduleDevice(options);
    const bound = 1 / Math.sqrt(inFeatures);
    this.weight = uniformParameter(device, [outFeatures, inFeatures], bound);
    this.bias = options.bias === false ? null : uniformParameter(device, [outFeatures], bound);
  }

  /** x [..., in] → [..., out]. */
  forward(x: Tensor): Tensor {
    return linear(x, this.weight, this.bias ?? undefined);
  }
}
