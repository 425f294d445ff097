import { ShapeError } from "./errors.ts";

/** Sizes along each axis, outermost first; [] is a scalar. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const n of shape) size *= n;
  return size;
}

/** Row-major strides, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis];
  }
  return strides;
}

/** True when the elements lie in row-major order without gaps (axes of size 1 may have any stride). */
export function isContiguous(shape: Shape, strides: Shape): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis];
  }
  return true;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((n, axis) => n === b[axis]);
}

/** `[2, 3]`, as errors print it. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** A negative axis counts from the end; throws when there is no such axis. */
export function normalizeAxis(where: string, axis: number, rank: number): number {
  const normal = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normal < 0 || normal >= rank)
    throw new ShapeError(`${where}: axis ${axis} is outside a tensor of rank ${rank}`);
  return normal;
}

/** The shape that both broadcast to by NumPy's rule; throws with both shapes when there is none. */
export function broadcastShapes(where: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const shape = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const x = a[a.length - i] ?? 1;
    const y = b[b.length - i] ?? 1;
    if (x !== y && x !== 1 && y !== 1)
      throw new ShapeError(
        `${where}: shapes do not broadcast: ${formatShape(a)} and ${formatShape(b)} (${x} ≠ ${y})`,
      );
    shape[rank - i] = x === 1 ? y : x;
  }
  return shape;
}

/** Strides that read a tensor of `from` as if it had the broadcast shape `to`: 0 along repeated axes. */
export function broadcastStrides(from: Shape, strides: Shape, to: Shape): number[] {
  const shift = to.length - from.length;
  return to.map((n, axis) =>
    axis < shift || (from[axis - shift] === 1 && n !== 1) ? 0 : strides[axis - shift],
  );
}

/**
 * Merges neighbouring axes wherever every operand's strides allow it, and drops axes of size 1, so that kernels
 * of at most four axes serve tensors of any rank. Returns the new shape and, per operand, its strides.
 */
export function collapseAxes(
  shape: Shape,
  operands: readonly Shape[],
): { shape: number[]; strides: number[][] } {
  const outShape: number[] = [];
  const outStrides: number[][] = operands.map(() => []);
  for (let axis = 0; axis < shape.length; axis++) {
    if (shape[axis] === 1) continue;
    const last = outShape.length - 1;
    const merges =
      last >= 0 && operands.every((strides, i) => outStrides[i][last] === strides[axis] * shape[axis]);
    if (merges) {
      outShape[last] *= shape[axis];
      operands.forEach((strides, i) => {
        outStrides[i][last] = strides[axis];
      });
    } else {
      outShape.push(shape[axis]);
      operands.forEach((strides, i) => {
        outStrides[i].push(strides[axis]);
      });
    }
  }
  return { shape: outShape, strides: outStrides };
}

/**
 * Strides that read a tensor of `shape` and `strides` as one of shape `to` (of as many elements) in the same order, or
 * null when its memory does not allow it. An axis can always be split; neighbouring axes can be read as one only
 * where the outer stride is the inner one's times its size.
 */
export function reshapedStrides(shape: Shape, strides: Shape, to: Shape): number[] | null {
  if (sizeOf(shape) === 0 || isContiguous(shape, strides)) return contiguousStrides(to);
  const merged = collapseAxes(shape, [strides]);
  const runs = merged.shape;
  const result = new Array<number>(to.length);
  let axis = to.length - 1;
  for (let run = runs.length - 1; run >= 0; run--) {
    let stride = merged.strides[0][run];
    let left = runs[run];
    for (; axis >= 0 && left > 1; axis--) {
      if (left % to[axis] !== 0) return null;
      result[axis] = stride;
      stride *= to[axis];
      left /= to[axis];
    }
    if (left > 1) return null;
  }
  for (; axis >= 0; axis--) result[axis] = 0;
  return result;
}
