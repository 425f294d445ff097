import { ValueError } from "../errors.ts";
import { LayerNorm } from "../nn/layer_norm.ts";
import type { Module } from "../nn/module.ts";
import type { Parameter } from "../tensor.ts";

/** Parameters with the weight decay that they get. */
export interface DecayGroup {
  params: Parameter[];
  weightDecay: number;
}

/**
 * The parameters of a module for AdamW, in two groups: with `weightDecay`, and without for biases and for the weights
 * of LayerNorm, as BERT was trained (Devlin et al. 2019). What pulls a bias or a scale towards 0 makes no model
 * simpler. Throws a ValueError for a negative decay.
 */
export function decayGroups(module: Module, weightDecay: number): DecayGroup[] {
  if (!(weightDecay >= 0))
    throw new ValueError(`decayGroups: weightDecay is ${weightDecay}, expected 0 or more`);
  const norms = new Set(
    module.namedModules().flatMap(([, child]) => (child instanceof LayerNorm ? child.parameters() : [])),
  );
  const groups: DecayGroup[] = [
    { params: [], weightDecay },
    { params: [], weightDecay: 0 },
  ];
  for (const [name, parameter] of module.namedParameters()) {
    // PyTorch's names: bias, in_proj_bias, bias_ih_l0.
    const isBias = name.slice(name.lastIndexOf(".") + 1).includes("bias");
    groups[isBias || norms.has(parameter) ? 1 : 0].params.push(parameter);
  }
  return groups;
}
