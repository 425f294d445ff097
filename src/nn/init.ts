/**
 * How weights start, by the definitions of torch.nn.init and keras.initializers. Numbers are drawn from the host
 * generator that `manualSeed` seeds, so that they are the same on every device.
 *
 *     init.initialize(layer.weight, init.orthogonal());
 */
import { type Device, hostGenerator } from "../device.ts";
import { checkOptions, ValueError } from "../errors.ts";
import { formatShape, type Shape, sizeOf } from "../shape.ts";
import { Parameter } from "../tensor.ts";
import { moduleDevice, type ModuleOptions } from "./module.ts";

/** Draws the values of a shape, in row-major order. */
export type Initializer = (shape: Shape) => Float64Array;

/** What the axes of a weight mean: PyTorch's [out, in, …window], or Keras's […window, in, out]. */
export type WeightLayout = "outIn" | "inOut";

/** What the initializers that look at fans take. */
export interface FanOptions {
  /** Default outIn, PyTorch's. */
  layout?: WeightLayout;
  /** Multiplies the deviation; 1 for Glorot's, √2 for He's. */
  gain?: number;
}

/** What the normal ones of them take beside. */
export interface FanNormalOptions extends FanOptions {
  /** Keras's way: cut at two deviations, then widened to keep the deviation. */
  truncated?: boolean;
}

/** The deviation of a standard normal distribution cut at ±2. */
const CUT_AT_TWO = 0.879_625_661_034_239_8;

/**
 * Numbers that an output is computed from, and outputs that an input enters into. One axis counts as both in Keras's
 * layout; PyTorch's has no fans then, and a ValueError is thrown.
 */
export function fans(shape: Shape, layout: WeightLayout = "outIn"): { fanIn: number; fanOut: number } {
  if (layout !== "outIn" && layout !== "inOut")
    throw new ValueError(`init: unknown layout "${layout}"; known: outIn, inOut`);
  if (shape.length < 2) {
    if (layout === "outIn")
      throw new ValueError(`init: ${formatShape(shape)} has no inputs and outputs; expected [out, in, …]`);
    return { fanIn: sizeOf(shape), fanOut: sizeOf(shape) };
  }
  const window = sizeOf(layout === "outIn" ? shape.slice(2) : shape.slice(0, -2));
  const [first, second] = layout === "outIn" ? shape : shape.slice(-2);
  const [fanIn, fanOut] = layout === "outIn" ? [second, first] : [first, second];
  return { fanIn: fanIn * window, fanOut: fanOut * window };
}

function filledWith(shape: Shape, draw: () => number): Float64Array {
  return Float64Array.from({ length: sizeOf(shape) }, draw);
}

/** The same value everywhere. */
export function constant(value: number): Initializer {
  return (shape) => new Float64Array(sizeOf(shape)).fill(value);
}

/** 0 everywhere. */
export function zeros(): Initializer {
  return constant(0);
}

/** 1 everywhere. */
export function ones(): Initializer {
  return constant(1);
}

/** Uniform in [low, high); PyTorch's default is [0, 1), Keras's [−0.05, 0.05). */
export function uniform(low = 0, high = 1): Initializer {
  if (!(low <= high)) throw new ValueError(`init.uniform: expected low ≤ high, got ${low} and ${high}`);
  return (shape) => {
    const generator = hostGenerator();
    const middle = (low + high) / 2;
    const half = (high - low) / 2;
    return filledWith(shape, () => middle + (2 * generator.uniform() - 1) * half);
  };
}

/** Normal; PyTorch's default deviation is 1, Keras's 0.05. */
export function normal(mean = 0, deviation = 1): Initializer {
  checkDeviation("init.normal", deviation);
  return (shape) => {
    const generator = hostGenerator();
    return filledWith(shape, () => mean + deviation * generator.normal());
  };
}

/**
 * Normal, with numbers further than `bound` deviations from the mean drawn again. `deviation` is that of the uncut
 * distribution: cut at 2, 0.88 of it is left.
 */
export function truncatedNormal(mean = 0, deviation = 1, bound = 2): Initializer {
  checkDeviation("init.truncatedNormal", deviation);
  if (!(bound >= 0.1))
    throw new ValueError(`init.truncatedNormal: bound must be at least 0.1 deviations, got ${bound}`);
  return (shape) => {
    const generator = hostGenerator();
    return filledWith(shape, () => {
      for (;;) {
        const v = generator.normal();
        if (Math.abs(v) <= bound) return mean + deviation * v;
      }
    });
  };
}

function checkDeviation(where: string, deviation: number): void {
  if (!(deviation >= 0)) throw new ValueError(`${where}: deviation must be at least 0, got ${deviation}`);
}

/** Uniform with variance gain² · 2 / (fanIn + fanOut), which Glorot & Bengio 2010 chose; also called Xavier's. */
export function glorotUniform(options: FanOptions = {}): Initializer {
  checkOptions("init.glorotUniform", options, ["layout", "gain"]);
  return (shape) => uniformOf(shape, glorotDeviation(shape, options));
}

/** Normal with variance gain² · 2 / (fanIn + fanOut): Glorot & Bengio 2010. */
export function glorotNormal(options: FanNormalOptions = {}): Initializer {
  checkOptions("init.glorotNormal", options, ["layout", "gain", "truncated"]);
  return (shape) => normalOf(shape, glorotDeviation(shape, options), options.truncated);
}

/** Uniform with variance gain² / fanIn, for layers before a ReLU: He et al. 2015; also called Kaiming's. */
export function heUniform(options: FanOptions = {}): Initializer {
  checkOptions("init.heUniform", options, ["layout", "gain"]);
  return (shape) => uniformOf(shape, heDeviation(shape, options));
}

/** Normal with variance gain² / fanIn, for layers before a ReLU: He et al. 2015. */
export function heNormal(options: FanNormalOptions = {}): Initializer {
  checkOptions("init.heNormal", options, ["layout", "gain", "truncated"]);
  return (shape) => normalOf(shape, heDeviation(shape, options), options.truncated);
}

function glorotDeviation(shape: Shape, { layout, gain = 1 }: FanOptions): number {
  const { fanIn, fanOut } = fans(shape, layout);
  return gain * Math.sqrt(2 / Math.max(fanIn + fanOut, 1));
}

function heDeviation(shape: Shape, { layout, gain = Math.SQRT2 }: FanOptions): number {
  return gain / Math.sqrt(Math.max(fans(shape, layout).fanIn, 1));
}

function uniformOf(shape: Shape, deviation: number): Float64Array {
  const bound = Math.sqrt(3) * deviation;
  return uniform(-bound, bound)(shape);
}

function normalOf(shape: Shape, deviation: number, truncated = false): Float64Array {
  return truncated ? truncatedNormal(0, deviation / CUT_AT_TWO)(shape) : normal(0, deviation)(shape);
}

/**
 * gain times a matrix [first axis, all others] whose rows or columns, whichever are fewer, are orthonormal; uniform
 * among all of these. The Q of a matrix of normal numbers whose R has a positive diagonal, as torch.nn.init.orthogonal_
 * and Keras make it. Source: Saxe, McClelland & Ganguli 2014.
 */
export function orthogonal(gain = 1): Initializer {
  return (shape) => {
    if (shape.length < 2)
      throw new ValueError(`init.orthogonal: expected at least two axes, got ${formatShape(shape)}`);
    const rows = shape[0];
    const columns = sizeOf(shape.slice(1));
    const tall = rows >= columns;
    const vectors = orthonormal(Math.min(rows, columns), Math.max(rows, columns));
    const values = new Float64Array(rows * columns);
    for (const [i, vector] of vectors.entries())
      for (const [k, v] of vector.entries()) values[tall ? k * columns + i : i * columns + k] = gain * v;
    return values;
  };
}

/** So many orthonormal vectors of this length, from normal numbers (Gram and Schmidt's way, modified). */
function orthonormal(count: number, length: number): Float64Array[] {
  const generator = hostGenerator();
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const vector = Float64Array.from({ length }, () => generator.normal());
    // Twice is enough: the second pass takes away what rounding left of the first.
    for (let pass = 0; pass < 2; pass++)
      for (const other of vectors) {
        const along = dot(vector, other);
        for (let k = 0; k < length; k++) vector[k] -= along * other[k];
      }
    const norm = Math.sqrt(dot(vector, vector));
    // Only a vector of zeros, or one within the span of the others, is drawn again.
    if (norm > 1e-9) vectors.push(vector.map((v) => v / norm));
  }
  return vectors;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k] * b[k];
  return sum;
}

/** Overwrites a parameter's values, wherever they live. Returns the parameter. */
export function initialize(parameter: Parameter, initializer: Initializer): Parameter {
  parameter.set(initializer(parameter.shape));
  return parameter;
}

/** A new parameter that starts as the initializer says. */
export function initialized(shape: Shape, initializer: Initializer, options: ModuleOptions = {}): Parameter {
  checkOptions("init.initialized", options, ["device"]);
  return new Parameter(moduleDevice(options), initializer(shape), shape);
}

/** A parameter uniform in [−bound, bound). */
export function uniformParameter(device: Device, shape: Shape, bound: number): Parameter {
  return initialized(shape, uniform(-bound, bound), { device });
}

/** A parameter from the normal distribution with mean 0 and this deviation. */
export function normalParameter(device: Device, shape: Shape, deviation = 1): Parameter {
  return initialized(shape, normal(0, deviation), { device });
}
