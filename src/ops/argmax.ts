import { record } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import { ShapeError } from "../errors.ts";
import { contiguousStrides, formatShape, normalizeAxis } from "../shape.ts";
import { emptyTensor, leafTensor, type Tensor, viewOf } from "../tensor.ts";
import { asTensor, div } from "./binary.ts";
import { cast } from "./cast.ts";
import { equal } from "./compare.ts";
import { constant } from "./constants.ts";
import { contiguousOf, expectDtype } from "./launch.ts";
import {
  dropAxes,
  keptShape,
  middleAxis,
  type ReduceOptions,
  reduceInto,
  reducedAxes,
  sum,
} from "./reduce.ts";
import { where } from "./where.ts";

/** The first position of the largest or smallest element along one axis, which keeps size 1. */
function positions(x: Tensor, axis: number, smallest: boolean): Tensor {
  const { source, layout } = middleAxis(x, [axis]);
  const out = emptyTensor(x.device, keptShape(x, [axis]), "i32");
  x.device.backend.run(
    "argmax",
    { ...layout, smallest },
    { x: source.storage.bind(), out: out.storage.bind() },
  );
  return out;
}

function expectElements(name: string, x: Tensor, axes: readonly number[]): void {
  if (axes.some((axis) => x.shape[axis] === 0))
    throw new ShapeError(`${name}: x is ${formatShape(x.shape)}: there is nothing to compare`);
}

function position(name: "argmax" | "argmin", x: Tensor, axis: number | undefined, keepDims: boolean): Tensor {
  expectDtype(name, "x", x, "f32");
  if (axis === undefined) {
    const source = contiguousOf(x);
    const flat = viewOf(source, [x.size], [1], source.offset);
    expectElements(name, flat, [0]);
    const shape = keepDims ? x.shape.map(() => 1) : [];
    return viewOf(positions(flat, 0, name === "argmin"), shape, contiguousStrides(shape), 0);
  }
  const at = normalizeAxis(name, axis, x.shape.length);
  expectElements(name, x, [at]);
  return dropAxes(positions(x, at, name === "argmin"), [at], keepDims);
}

/**
 * Where along an axis the largest element is, as i32: the first one of several, never a NaN. Without an axis, the
 * position in the whole tensor in row-major order. Throws a ShapeError when there is nothing to compare.
 */
export function argmax(x: Tensor, axis?: number, keepDims = false): Tensor {
  return position("argmax", x, axis, keepDims);
}

/** Where along an axis the smallest element is, as i32; otherwise like `argmax`. */
export function argmin(x: Tensor, axis?: number, keepDims = false): Tensor {
  return position("argmin", x, axis, keepDims);
}

/**
 * The largest elements over the axes (all unless told otherwise). With one axis named, the gradient goes to the first
 * of equal maxima (torch.max with a dimension); with several or all, it is shared evenly among them (torch.amax).
 * Throws a ShapeError when there is nothing to compare.
 */
export function max(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme("max", x, options);
}

/** The smallest elements over the axes; otherwise like `max`. */
export function min(x: Tensor, options: ReduceOptions = {}): Tensor {
  return extreme("min", x, options);
}

function extreme(name: "max" | "min", x: Tensor, options: ReduceOptions): Tensor {
  expectDtype(name, "x", x, "f32");
  const axes = reducedAxes(name, x, options);
  expectElements(name, x, axes);
  const kept = keptShape(x, axes);
  const whole = emptyTensor(x.device, kept);
  reduceInto(x, axes, whole, { operation: REDUCE[name] });
  const out = dropAxes(whole, axes, options.keepDims);
  record(name, [x], [out], [x, whole], ([dout], sink) => {
    if (!dout || !sink.needs(x)) return;
    const full = contiguousOf(dout);
    const gradient = viewOf(full, kept, contiguousStrides(kept), full.offset);
    const zero = asTensor(0, x);
    if (options.axis !== undefined && axes.length === 1) {
      const first = equal(indices(x, axes[0]), positions(x, axes[0], name === "min"));
      sink.give(x, where(first, gradient, zero));
      return;
    }
    const mask = equal(x, whole);
    const count = sum(cast(mask, "f32"), { axis: axes, keepDims: true });
    sink.give(x, where(mask, div(gradient, count), zero));
  });
  return out;
}

/** 0, 1, … along an axis of x, with size 1 along the others. */
function indices(x: Tensor, axis: number): Tensor {
  const length = x.shape[axis];
  const row = constant(x.device, `indices ${length}`, () =>
    leafTensor(
      x.device,
      Int32Array.from({ length }, (_, i) => i),
      [length],
      "i32",
    ),
  );
  const shape = x.shape.map((n, i) => (i === axis ? n : 1));
  return viewOf(row, shape, contiguousStrides(shape), 0);
}
