import { nearestName, ValueError } from "../errors.ts";
import { softmax } from "../ops/softmax.ts";
import { gelu, relu, sigmoid, silu, softplus, tanh } from "../ops/unary.ts";
import type { Tensor } from "../tensor.ts";

/** Functions by Keras's names; softmax goes along the last axis. */
const ACTIVATIONS = {
  linear: (x: Tensor): Tensor => x,
  relu,
  sigmoid,
  tanh,
  softmax: (x: Tensor): Tensor => softmax(x, -1),
  gelu: (x: Tensor): Tensor => gelu(x),
  silu,
  swish: silu,
  softplus,
};

/** The name of an activation. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** The function of this name; throws a ValueError with the nearest name when there is none. */
export function activation(where: string, name: string | undefined): (x: Tensor) => Tensor {
  const known = Object.keys(ACTIVATIONS);
  if (name === undefined) return ACTIVATIONS.linear;
  if (known.includes(name)) return ACTIVATIONS[name as ActivationName];
  const near = nearestName(String(name), known);
  throw new ValueError(
    `${where}: unknown activation "${name}"${near ? `; did you mean "${near}"?` : `; known: ${known.join(", ")}`}`,
  );
}
