import { type Device, hostGenerator } from "../device.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { Parameter } from "../tensor.ts";

/** A parameter uniform in [−bound, bound), drawn on the host, so that it is the same on every device. */
export function uniformParameter(device: Device, shape: Shape, bound: number): Parameter {
  const generator = hostGenerator();
  return new Parameter(
    device,
    Float64Array.from({ length: sizeOf(shape) }, () => (2 * generator.uniform() - 1) * bound),
    shape,
  );
}

/** A parameter from the normal distribution with this deviation. */
export function normalParameter(device: Device, shape: Shape, deviation = 1): Parameter {
  const generator = hostGenerator();
  return new Parameter(
    device,
    Float64Array.from({ length: sizeOf(shape) }, () => generator.normal() * deviation),
    shape,
  );
}
