/** Other ways to read the same memory. A view costs nothing; kernels that need contiguous memory copy it. */
import { record } from "../autograd.ts";
import { ShapeError } from "../errors.ts";
import {
  broadcastStrides,
  contiguousStrides,
  formatShape,
  normalizeAxis,
  reshapedStrides,
  type Shape,
  sizeOf,
} from "../shape.ts";
import { contiguousCopy, copyElements, type Tensor, viewOf } from "../tensor.ts";
import { sumTo } from "./reduce.ts";
import { fillInto } from "./launch.ts";

/** Records a view whose gradient is another view of the output's gradient. */
function recordView(name: string, x: Tensor, out: Tensor, back: (dout: Tensor) => Tensor): Tensor {
  record(name, [x], [out], [], ([dout], sink) => dout && sink.give(x, back(dout)));
  return out;
}

/**
 * The same elements, in row-major order, with other sizes; one size may be −1. A view wherever strides can express it
 * (a slice whose last axis is split into heads, say), else a copy. Throws a ShapeError when the sizes do not fit.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = [...shape];
  const unknown = target.indexOf(-1);
  if (unknown >= 0) target[unknown] = x.size / sizeOf(target.filter((_, axis) => axis !== unknown));
  if (sizeOf(target) !== x.size || target.some((n) => !Number.isInteger(n) || n < 0))
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${x.size} elements, which do not fill ${formatShape(shape)}`,
    );
  return recordView("reshape", x, reshaped(x, target), (dout) => reshaped(dout, x.shape));
}

function reshaped(x: Tensor, shape: Shape): Tensor {
  const strides = reshapedStrides(x.shape, x.strides, shape);
  if (strides) return viewOf(x, shape, strides, x.offset);
  return viewOf(contiguousCopy(x), shape, contiguousStrides(shape), 0);
}

/** Axes `first` to `last` (inclusive) as one; throws a ShapeError when they do not exist or last lies before first. */
export function flatten(x: Tensor, first = 0, last = -1): Tensor {
  if (x.shape.length === 0) return reshape(x, [1]);
  const a = normalizeAxis("flatten", first, x.shape.length);
  const b = normalizeAxis("flatten", last, x.shape.length);
  if (b < a)
    throw new ShapeError(`flatten: axis ${last} lies before axis ${first} in ${formatShape(x.shape)}`);
  return reshape(x, [...x.shape.slice(0, a), sizeOf(x.shape.slice(a, b + 1)), ...x.shape.slice(b + 1)]);
}

/** The axes in another order: axis i of the result is axis `order[i]` of x. */
export function permute(x: Tensor, order: readonly number[]): Tensor {
  const axes = order.map((axis) => normalizeAxis("permute", axis, x.shape.length));
  if (axes.length !== x.shape.length || new Set(axes).size !== axes.length)
    throw new ShapeError(
      `permute: [${order.join(", ")}] does not name each axis of ${formatShape(x.shape)} once`,
    );
  const out = permuted(x, axes);
  const inverse = axes.map((_, axis) => axes.indexOf(axis));
  return recordView("permute", x, out, (dout) => permuted(dout, inverse));
}

function permuted(x: Tensor, axes: readonly number[]): Tensor {
  return viewOf(
    x,
    axes.map((a) => x.shape[a]),
    axes.map((a) => x.strides[a]),
    x.offset,
  );
}

/** Two axes exchanged; the last two unless told otherwise. */
export function transpose(x: Tensor, first = -2, second = -1): Tensor {
  const a = normalizeAxis("transpose", first, x.shape.length);
  const b = normalizeAxis("transpose", second, x.shape.length);
  const order = x.shape.map((_, axis) => (axis === a ? b : axis === b ? a : axis));
  return permute(x, order);
}

/**
 * Elements start to end (exclusive) along an axis, every `step`-th; negative positions count from the end.
 * Throws when the range is empty or outside.
 */
export function slice(
  x: Tensor,
  axis: number,
  start: number,
  end: number = x.shape.at(axis) ?? 0,
  step = 1,
): Tensor {
  const at = normalizeAxis("slice", axis, x.shape.length);
  const length = x.shape[at];
  const from = start < 0 ? start + length : start;
  const to = Math.min(end < 0 ? end + length : end, length);
  if (!(from >= 0 && from < to && step >= 1 && [from, to, step].every(Number.isInteger)))
    throw new ShapeError(
      `slice: [${start}, ${end}) by ${step} along axis ${axis} of ${formatShape(x.shape)} is empty or outside`,
    );
  const count = Math.ceil((to - from) / step);
  const part = (whole: Tensor): Tensor =>
    viewOf(
      whole,
      whole.shape.map((n, i) => (i === at ? count : n)),
      whole.strides.map((s, i) => (i === at ? s * step : s)),
      whole.offset + from * whole.strides[at],
    );
  return recordPart("slice", x, part(x), part);
}

/** The elements at one index of an axis, which is dropped; a negative index counts from the end. */
export function select(x: Tensor, axis: number, index: number): Tensor {
  const at = normalizeAxis("select", axis, x.shape.length);
  const i = index < 0 ? index + x.shape[at] : index;
  if (!Number.isInteger(i) || i < 0 || i >= x.shape[at])
    throw new ShapeError(`select: index ${index} is outside axis ${axis} of ${formatShape(x.shape)}`);
  const keep = (values: Shape): number[] => values.filter((_, a) => a !== at);
  const part = (whole: Tensor): Tensor =>
    viewOf(whole, keep(whole.shape), keep(whole.strides), whole.offset + i * whole.strides[at]);
  if (x.shape[at] === 1) return squeeze(x, at);
  return recordPart("select", x, part(x), part);
}

/** A view of some elements: its gradient is zero elsewhere. */
function recordPart(name: string, x: Tensor, out: Tensor, part: (whole: Tensor) => Tensor): Tensor {
  record(name, [x], [out], [], ([dout], sink) => {
    if (!dout) return;
    sink.into(x, (dx, accumulate) => {
      if (!accumulate) fillInto(dx, 0);
      const target = part(dx);
      if (!accumulate) {
        copyElements(dout, target);
        return;
      }
      // Adding needs contiguous memory: gather what is there, add, put it back.
      const sum = contiguousCopy(target);
      sum.addFrom(dout);
      copyElements(sum, target);
    });
  });
  return out;
}

/**
 * Axes of size 1 and missing leading axes repeated to `shape`, without a copy; −1 keeps a size.
 * Throws a ShapeError when another axis would change.
 */
export function expand(x: Tensor, shape: Shape): Tensor {
  const shift = shape.length - x.shape.length;
  const target = shape.map((n, axis) => (n === -1 && axis >= shift ? x.shape[axis - shift] : n));
  const fits =
    shift >= 0 &&
    target.every((n) => Number.isInteger(n) && n >= 0) &&
    x.shape.every((n, axis) => n === 1 || n === target[axis + shift]);
  if (!fits) throw new ShapeError(`expand: ${formatShape(x.shape)} does not repeat to ${formatShape(shape)}`);
  const out = viewOf(x, target, broadcastStrides(x.shape, x.strides, target), x.offset);
  record("expand", [x], [out], [], ([dout], sink) => {
    if (dout) sumTo(dout, x, sink);
  });
  return out;
}

/** Without axes of size 1, or without the one that is named; throws a ShapeError when that has another size. */
export function squeeze(x: Tensor, axis?: number): Tensor {
  if (axis === undefined)
    return reshape(
      x,
      x.shape.filter((n) => n !== 1),
    );
  const at = normalizeAxis("squeeze", axis, x.shape.length);
  if (x.shape[at] !== 1)
    throw new ShapeError(`squeeze: axis ${axis} of ${formatShape(x.shape)} has size ${x.shape[at]}, not 1`);
  return recordView("squeeze", x, withoutAxis(x, at), (dout) => withAxis(dout, at));
}

function withoutAxis(x: Tensor, at: number): Tensor {
  return viewOf(x, x.shape.toSpliced(at, 1), x.strides.toSpliced(at, 1), x.offset);
}

function withAxis(x: Tensor, at: number): Tensor {
  return viewOf(x, x.shape.toSpliced(at, 0, 1), x.strides.toSpliced(at, 0, 0), x.offset);
}

/** With a new axis of size 1 at this position; −1 puts it last. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.shape.length + 1);
  return recordView("unsqueeze", x, withAxis(x, at), (dout) => withoutAxis(dout, at));
}

/** The same elements in row-major memory: x itself when they are already. */
export function contiguous(x: Tensor): Tensor {
  if (x.isContiguous) return x;
  return recordView("contiguous", x, contiguousCopy(x), (dout) => dout);
}

/** The same values without the graph behind them. */
export function detach(x: Tensor): Tensor {
  return viewOf(x, x.shape, x.strides, x.offset);
}

/**
 * Pieces of these sizes along an axis, as views; one number makes pieces of that size, the last of what is left.
 * Throws a ShapeError when the sizes do not add up to the axis.
 */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.shape.length);
  const length = x.shape[at];
  const count = typeof sizes === "number" ? Math.ceil(length / sizes) : sizes.length;
  const list =
    typeof sizes !== "number"
      ? sizes
      : Array.from({ length: sizes >= 1 ? count : 0 }, (_, i) => Math.min(sizes, length - i * sizes));
  const total = list.reduce((sum, n) => sum + n, 0);
  if (total !== length || !list.every((n) => Number.isInteger(n) && n >= 1))
    throw new ShapeError(
      `split: sizes [${list.join(", ")}] are not positive or do not add up to ${length}, the size of axis ${axis} of ${formatShape(x.shape)}`,
    );
  let start = 0;
  return list.map((size) => slice(x, at, start, (start += size)));
}
