import { type Device, getDevice, hostGenerator } from "../device.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import type { Generator } from "../random.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import { type Dtype, emptyTensor, leafTensor, type Tensor } from "../tensor.ts";
import { fillInto } from "./launch.ts";

/** Numbers, or arrays of arrays of one length per axis. */
export type NestedNumbers = number | readonly NestedNumbers[] | ArrayLike<number>;

/** What every function that makes a tensor takes. */
export interface TensorOptions {
  device?: Device;
  /** Default: i32 for Int32Array, else f32. */
  dtype?: Dtype;
  /** Makes a leaf whose `.grad` a backward pass fills. */
  requiresGrad?: boolean;
}

const OPTIONS = ["device", "dtype", "requiresGrad", "shape"];

/**
 * A tensor from numbers: nested arrays, or a flat (typed) array with `shape`. The numbers are copied.
 * Throws a ShapeError when rows differ in length or the count does not fit the shape.
 */
export function tensor(data: NestedNumbers, options: TensorOptions & { shape?: Shape } = {}): Tensor {
  checkOptions("tensor", options, OPTIONS);
  const device = options.device ?? getDevice();
  const dtype = options.dtype ?? (data instanceof Int32Array ? "i32" : "f32");
  const flat = flatten(data, shapeOf(data));
  const shape = options.shape ?? shapeOf(data);
  if (flat.length !== sizeOf(shape))
    throw new ShapeError(`tensor: ${flat.length} numbers do not fill shape ${formatShape(shape)}`);
  if (options.requiresGrad && dtype !== "f32")
    throw new ValueError("tensor: only f32 tensors have gradients");
  return leafTensor(device, flat, [...shape], dtype, options.requiresGrad ?? false);
}

function shapeOf(data: NestedNumbers): number[] {
  const shape: number[] = [];
  for (let level: NestedNumbers = data; typeof level !== "number"; level = level[0] as NestedNumbers) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

function flatten(data: NestedNumbers, shape: Shape): ArrayLike<number> {
  if (typeof data === "number") return [data];
  if (ArrayBuffer.isView(data)) return data as ArrayLike<number>;
  const flat: number[] = [];
  const walk = (level: NestedNumbers, axis: number): void => {
    if (typeof level === "number") {
      if (axis !== shape.length)
        throw new ShapeError("tensor: some rows hold numbers and others hold arrays");
      flat.push(level);
      return;
    }
    if (level.length !== shape[axis])
      throw new ShapeError(
        `tensor: rows along axis ${axis} differ in length: ${level.length}, expected ${shape[axis]}`,
      );
    for (let i = 0; i < level.length; i++) walk(level[i] as NestedNumbers, axis + 1);
  };
  walk(data, 0);
  return flat;
}

/** Zeros of a shape. */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 0, options);
}

/** Ones of a shape. */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  return full(shape, 1, options);
}

/** The same value everywhere. */
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  checkOptions("full", options, OPTIONS);
  const values = new Float64Array(sizeOf(shape)).fill(value);
  return tensor(values, { ...options, shape, dtype: options.dtype ?? "f32" });
}

/**
 * The numbers start, start + step, … before end. i32 when start and step are whole numbers, else f32, unless asked
 * otherwise. Throws a ValueError when no walk leads from start to end.
 */
export function arange(start: number, end: number, step = 1, options: TensorOptions = {}): Tensor {
  if (step === 0 || !Number.isFinite((end - start) / step))
    throw new ValueError(`arange: cannot walk from ${start} to ${end} by ${step}`);
  const length = Math.max(0, Math.ceil((end - start) / step));
  const whole = Number.isInteger(start) && Number.isInteger(step);
  const values = Float64Array.from({ length }, (_, i) => start + i * step);
  return tensor(values, { ...options, shape: [length], dtype: options.dtype ?? (whole ? "i32" : "f32") });
}

/** Whole numbers in [low, high), each equally likely, drawn on the host. Throws a ValueError for an empty range. */
export function randomIntegers(
  low: number,
  high: number,
  shape: Shape,
  options: TensorOptions & { generator?: Generator } = {},
): Tensor {
  if (!(high > low) || !Number.isInteger(low) || !Number.isInteger(high))
    throw new ValueError(
      `randomIntegers: the range [${low}, ${high}) holds no whole numbers or has no whole limits`,
    );
  const { generator = hostGenerator(), ...rest } = options;
  const values = Float64Array.from({ length: sizeOf(shape) }, () => low + generator.integer(high - low));
  return tensor(values, { ...rest, shape, dtype: options.dtype ?? "i32" });
}

/** Numbers from the normal distribution (mean 0, deviation 1), drawn on the host. */
export function randomNormal(shape: Shape, options: TensorOptions & { generator?: Generator } = {}): Tensor {
  const { generator = hostGenerator(), ...rest } = options;
  return tensor(
    Float64Array.from({ length: sizeOf(shape) }, () => generator.normal()),
    { ...rest, shape },
  );
}

/** Numbers uniform in [low, high), drawn on the host. */
export function randomUniform(
  shape: Shape,
  options: TensorOptions & { low?: number; high?: number; generator?: Generator } = {},
): Tensor {
  const { generator = hostGenerator(), low = 0, high = 1, ...rest } = options;
  return tensor(
    Float64Array.from({ length: sizeOf(shape) }, () => low + (high - low) * generator.uniform()),
    { ...rest, shape },
  );
}

/** Internal: a contiguous f32 tensor filled by a kernel, for memory that must start from a value on the device. */
export function filledOnDevice(device: Device, shape: Shape, value: number): Tensor {
  const out = emptyTensor(device, shape);
  fillInto(out, value);
  return out;
}
