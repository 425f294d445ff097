/** How weights start, by Keras's names. */
import type { Device } from "../device.ts";
import { nearestName, ValueError } from "../errors.ts";
import * as init from "../nn/init.ts";
import type { Shape } from "../shape.ts";
import type { Parameter } from "../tensor.ts";

/** Keras's default for uniform and normal numbers. */
const SMALL = 0.05;

/** Parameters are [outputs, inputs], PyTorch's layout, and the initialisers are the same for both. */
const INITIALIZERS = {
  glorot_uniform: init.glorotUniform(),
  glorot_normal: init.glorotNormal({ truncated: true }),
  he_uniform: init.heUniform(),
  he_normal: init.heNormal({ truncated: true }),
  orthogonal: init.orthogonal(),
  uniform: init.uniform(-SMALL, SMALL),
  random_uniform: init.uniform(-SMALL, SMALL),
  random_normal: init.normal(0, SMALL),
  zeros: init.zeros(),
  ones: init.ones(),
};

/** The names that layers take as kernelInitializer and the like. */
export type InitializerName = keyof typeof INITIALIZERS;

/** A parameter that starts as `name` says; throws a ValueError with the nearest name when there is none. */
export function initialized(where: string, name: InitializerName, device: Device, shape: Shape): Parameter {
  const known = Object.keys(INITIALIZERS);
  if (known.includes(name)) return init.initialized(shape, INITIALIZERS[name], { device });
  const near = nearestName(String(name), known);
  throw new ValueError(
    `${where}: unknown initializer "${name}"${near ? `; did you mean "${near}"?` : `; known: ${known.join(", ")}`}`,
  );
}
