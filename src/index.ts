/** wgrad's public names. */
export { Generator } from "./random.ts";
export {
  type Device,
  type DeviceKind,
  type DeviceOptions,
  getDevice,
  hostGenerator,
  manualSeed,
  openDevice,
  useDevice,
} from "./device.ts";
export * from "./errors.ts";
export { noGrad } from "./no_grad.ts";
export { add, div, mul, pow, sub, type Operand } from "./ops/binary.ts";
export {
  arange,
  full,
  ones,
  randomIntegers,
  randomNormal,
  randomUniform,
  tensor,
  type TensorOptions,
  zeros,
} from "./ops/create.ts";
export { linear, matmul } from "./ops/matmul.ts";
export { mean, type ReduceOptions, sum } from "./ops/reduce.ts";
export * from "./ops/unary.ts";
export {
  concat,
  contiguous,
  detach,
  expand,
  flatten,
  permute,
  repeat,
  reshape,
  select,
  slice,
  split,
  squeeze,
  stack,
  transpose,
  unsqueeze,
} from "./ops/view.ts";
export type { Shape } from "./shape.ts";
export { type Dtype, Parameter, Tensor } from "./tensor.ts";
