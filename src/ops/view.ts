/** Other ways to read the same memory. A view costs nothing; kernels that need contiguous memory copy it. */
import { record } from "../autograd.ts";
import { ShapeError } from "../errors.ts";
import {
  broadcastStrides,
  contiguousStrides,
  formatShape,
  normalizeAxis,
  type Shape,
  sameShape,
  sizeOf,
} from "../shape.ts";
import { contiguousCopy, copyElements, emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import { contiguousOf } from "./launch.ts";
import { sumTo } from "./reduce.ts";

/** Records a view whose gradient is another view of the output's gradient. */
function recordView(name: string, x: Tensor, out: Tensor, back: (dout: Tensor) => Tensor): Tensor {
  record(name, [x], [out], [], ([dout], sink) => dout && sink.give(x, back(dout)));
  return out;
}

/** The same elements with other sizes; one size may be −1. Copies only when the layout cannot be read that way. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const target = [...shape];
  const unknown = target.indexOf(-1);
  if (unknown >= 0) target[unknown] = x.size / sizeOf(target.filter((_, axis) => axis !== unknown));
  if (sizeOf(target) !== x.size || target.some((n) => !Number.isInteger(n) || n < 0))
    throw new ShapeError(
      `reshape: ${formatShape(x.shape)} has ${x.size} elements, which do not fill ${formatShape(shape)}`,
    );
  const source = contiguousOf(x);
  const out = viewOf(source, target, contiguousStrides(target), source.offset);
  return recordView("reshape", x, out, (dout) => {
    const whole = contiguousOf(dout);
    return viewOf(whole, x.shape, contiguousStrides(x.shape), whole.offset);
  });
}

/** Axes `first` to `last` (inclusive) as one. */
export function flatten(x: Tensor, first = 0, last = -1): Tensor {
  const a = normalizeAxis("flatten", first, x.shape.length);
  const b = normalizeAxis("flatten", last, x.shape.length);
  return reshape(x, [...x.shape.slice(0, a), -1, ...x.shape.slice(b + 1)]);
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
  if (!(from >= 0 && from < to && step >= 1))
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
  return recordPart("select", x, part(x), part);
}

/** A view of some elements: its gradient is zero elsewhere. */
function recordPart(name: string, x: Tensor, out: Tensor, part: (whole: Tensor) => Tensor): Tensor {
  record(name, [x], [out], [], ([dout], sink) => {
    if (!dout) return;
    sink.into(x, (dx, accumulate) => {
      if (!accumulate)
        dx.device.backend.run(
          "fill",
          { count: dx.size, offset: dx.offset, value: 0 },
          { out: dx.storage.bind() },
        );
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

/** Axes of size 1 and missing leading axes repeated to `shape`, without a copy; −1 keeps a size. */
export function expand(x: Tensor, shape: Shape): Tensor {
  const shift = shape.length - x.shape.length;
  const target = shape.map((n, axis) => (n === -1 ? x.shape[axis - shift] : n));
  const fits = shift >= 0 && x.shape.every((n, axis) => n === 1 || n === target[axis + shift]);
  if (!fits) throw new ShapeError(`expand: ${formatShape(x.shape)} does not repeat to ${formatShape(shape)}`);
  const out = viewOf(x, target, broadcastStrides(x.shape, x.strides, target), x.offset);
  record("expand", [x], [out], [], ([dout], sink) => {
    if (dout) sumTo(dout, x, sink);
  });
  return out;
}

/** The tensor repeated `times[i]` times along axis i, as a copy. */
export function repeat(x: Tensor, times: readonly number[]): Tensor {
  const shift = times.length - x.shape.length;
  if (shift < 0) throw new ShapeError(`repeat: ${times.length} counts for ${formatShape(x.shape)}`);
  const sizes = times.map((_, axis) => (axis < shift ? 1 : x.shape[axis - shift]));
  const spread = reshape(
    x,
    sizes.flatMap((n) => [1, n]),
  );
  const repeated = expand(
    spread,
    sizes.flatMap((n, axis) => [times[axis], n]),
  );
  return reshape(
    repeated,
    sizes.map((n, axis) => n * times[axis]),
  );
}

/** Without axes of size 1, or without the one that is named. */
export function squeeze(x: Tensor, axis?: number): Tensor {
  if (axis === undefined)
    return reshapeView(
      x,
      x.shape.filter((n) => n !== 1),
    );
  const at = normalizeAxis("squeeze", axis, x.shape.length);
  if (x.shape[at] !== 1)
    throw new ShapeError(`squeeze: axis ${axis} of ${formatShape(x.shape)} has size ${x.shape[at]}, not 1`);
  return select(x, at, 0);
}

function reshapeView(x: Tensor, shape: Shape): Tensor {
  return reshape(x, shape);
}

/** With a new axis of size 1 at this position. */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalizeAxis("unsqueeze", axis, x.shape.length + 1);
  const shape = [...x.shape.slice(0, at), 1, ...x.shape.slice(at)];
  const strides = [...x.strides.slice(0, at), 0, ...x.strides.slice(at)];
  return recordView("unsqueeze", x, viewOf(x, shape, strides, x.offset), (dout) =>
    viewOf(
      dout,
      dout.shape.filter((_, a) => a !== at),
      dout.strides.filter((_, a) => a !== at),
      dout.offset,
    ),
  );
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

/** Tensors one behind the other along an axis; all other sizes must agree. */
export function concat(parts: readonly Tensor[], axis = 0): Tensor {
  if (parts.length === 0) throw new ShapeError("concat: no tensors were given");
  const at = normalizeAxis("concat", axis, parts[0].shape.length);
  const [first] = parts;
  for (const part of parts)
    if (
      part.dtype !== first.dtype ||
      !sameShape(part.shape.toSpliced(at, 1), first.shape.toSpliced(at, 1)) ||
      part.shape.length !== first.shape.length
    )
      throw new ShapeError(
        `concat: ${formatShape(first.shape)} ${first.dtype} and ${formatShape(part.shape)} ${part.dtype} differ outside axis ${axis}`,
      );
  const total = parts.reduce((sum, part) => sum + part.shape[at], 0);
  const out = emptyTensor(first.device, first.shape.with(at, total), first.dtype);
  const starts: number[] = [];
  let start = 0;
  for (const part of parts) {
    starts.push(start);
    copyElements(part, window(out, at, start, part.shape[at]));
    start += part.shape[at];
  }
  record("concat", parts, [out], [], ([dout], sink) => {
    if (!dout) return;
    for (const [i, part] of parts.entries()) sink.give(part, window(dout, at, starts[i], part.shape[at]));
  });
  return out;
}

function window(x: Tensor, axis: number, start: number, length: number): Tensor {
  return viewOf(x, x.shape.with(axis, length), x.strides, x.offset + start * x.strides[axis]);
}

/** Tensors of one shape along a new axis. */
export function stack(parts: readonly Tensor[], axis = 0): Tensor {
  return concat(
    parts.map((part) => unsqueeze(part, axis)),
    axis,
  );
}

/** Pieces of these sizes along an axis (the last takes what is left of an even `size`); views, not copies. */
export function split(x: Tensor, sizes: number | readonly number[], axis = 0): Tensor[] {
  const at = normalizeAxis("split", axis, x.shape.length);
  const length = x.shape[at];
  const list =
    typeof sizes === "number"
      ? Array.from({ length: Math.ceil(length / sizes) }, (_, i) => Math.min(sizes, length - i * sizes))
      : sizes;
  const total = list.reduce((sum, n) => sum + n, 0);
  if (total !== length)
    throw new ShapeError(
      `split: sizes add up to ${total}, but axis ${axis} of ${formatShape(x.shape)} has ${length}`,
    );
  let start = 0;
  return list.map((size) => slice(x, at, start, (start += size)));
}
