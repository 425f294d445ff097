import { type GradientSink, record } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { contiguousStrides, normalizeAxis, type Shape, sizeOf } from "../shape.ts";
import { emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import { broadcastView, contiguousOf, expectDtype } from "./launch.ts";

/** Beyond this length one workgroup is too slow, and a first pass leaves partial results. */
const ONE_PASS = 65_536;

/** Up to this length a row is not worth a workgroup of its own. */
const SHORT = 64;

export interface ReduceLaunch {
  operation: number;
  scale?: number;
  power?: number;
  accumulate?: boolean;
}

/** A tensor read as [outer, length, inner], as kernels/reduce.wgsl and argmax.wgsl take it. */
interface MiddleAxis {
  source: Tensor;
  layout: {
    outer: number;
    length: number;
    inner: number;
    lanes: number;
    x_offset: number;
    x_outer: number;
    x_length: number;
    x_inner: number;
  };
}

/** Reads `axes` of x as one in the middle. Axes that are not neighbours in memory are brought together by a copy. */
export function middleAxis(x: Tensor, axes: readonly number[]): MiddleAxis {
  const reduced = axes.filter((axis) => x.shape[axis] !== 1);
  const first = reduced[0] ?? 0;
  if (!reduced.every((axis, i) => axis === first + i)) {
    const keptAxes = x.shape.map((_, axis) => axis).filter((axis) => !reduced.includes(axis));
    const order = [...keptAxes, ...reduced];
    const moved = viewOf(
      x,
      order.map((a) => x.shape[a]),
      order.map((a) => x.strides[a]),
      x.offset,
    );
    return middleAxis(
      contiguousOf(moved),
      reduced.map((_, i) => keptAxes.length + i),
    );
  }
  const source = mergeable(x, first, reduced.length) ? x : contiguousOf(x);
  const { shape, strides } = source;
  const end = first + reduced.length;
  const outer = sizeOf(shape.slice(0, first));
  const length = sizeOf(shape.slice(first, end));
  const inner = sizeOf(shape.slice(end));
  const x_outer = strideOf(shape.slice(0, first), strides.slice(0, first));
  const x_length = strideOf(shape.slice(first, end), strides.slice(first, end));
  const x_inner = strideOf(shape.slice(end), strides.slice(end));
  const x_offset = source.offset;
  // Short rows leave most of a workgroup idle: read as columns, 32 of them share one.
  const layout =
    inner === 1 && length <= SHORT
      ? {
          outer: 1,
          length,
          inner: outer,
          lanes: outer === 1 ? 1 : 32,
          x_offset,
          x_outer: 0,
          x_length,
          x_inner: x_outer,
        }
      : { outer, length, inner, lanes: inner === 1 ? 1 : 32, x_offset, x_outer, x_length, x_inner };
  return { source, layout };
}

/**
 * Launches kernels/reduce.wgsl over `axes` of x into `out`, a contiguous tensor (or block of a larger one) with as
 * many elements as the other axes have, in their order.
 */
export function reduceInto(x: Tensor, axes: readonly number[], out: Tensor, launch: ReduceLaunch): void {
  const { source, layout } = middleAxis(x, axes);
  const { outer, length, inner } = layout;
  if (outer === 1 && inner === 1 && length > ONE_PASS && length % 256 === 0 && source.isContiguous) {
    const rows = viewOf(source, [256, length / 256], [length / 256, 1], source.offset);
    const partial = emptyTensor(x.device, [256]);
    reduceInto(rows, [1], partial, { operation: launch.operation, power: launch.power });
    reduceInto(partial, [0], out, { ...launch, power: 1 });
    return;
  }
  x.device.backend.run(
    "reduce",
    {
      ...layout,
      operation: launch.operation,
      scale: launch.scale ?? 1,
      power: launch.power ?? 1,
      accumulate: launch.accumulate ? 1 : 0,
      out_offset: out.offset,
    },
    { x: source.storage.bind(), out: out.storage.bind() },
  );
}

/** Stride of axes that are read as one. */
function strideOf(shape: Shape, strides: Shape): number {
  for (let axis = shape.length - 1; axis >= 0; axis--) if (shape[axis] !== 1) return strides[axis];
  return 0;
}

/** True when the axes before, within and after the reduced ones can each be read as one. */
function mergeable(x: Tensor, first: number, count: number): boolean {
  const asOne = (from: number, to: number): boolean => {
    let expected = -1;
    for (let axis = to - 1; axis >= from; axis--) {
      if (x.shape[axis] === 1) continue;
      if (expected >= 0 && x.strides[axis] !== expected) return false;
      expected = x.strides[axis] * x.shape[axis];
    }
    return true;
  };
  return asOne(0, first) && asOne(first, first + count) && asOne(first + count, x.shape.length);
}

/** Adds up whatever broadcasting repeated, so that the result has the shape of `target`, and hands it to the sink. */
export function sumTo(gradient: Tensor, target: Tensor, sink: GradientSink, scale = 1): void {
  const shift = gradient.shape.length - target.shape.length;
  const axes = gradient.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < shift || (target.shape[axis - shift] === 1 && gradient.shape[axis] !== 1));
  if (axes.length === 0 && scale === 1) {
    sink.give(target, viewOf(gradient, target.shape, gradient.strides.slice(shift), gradient.offset));
    return;
  }
  sink.into(target, (out, accumulate) =>
    reduceInto(gradient, axes, out, { operation: REDUCE.sum, scale, accumulate }),
  );
}

/** Along what a reduction goes, and what is left of it. */
export interface ReduceOptions {
  /** Axis or axes to reduce; all when left out. */
  axis?: number | readonly number[];
  /** Keep reduced axes with size 1. */
  keepDims?: boolean;
}

/** The axes to reduce, from first to last; throws when one does not exist or is named twice. */
export function reducedAxes(where: string, x: Tensor, options: ReduceOptions): number[] {
  checkOptions(where, options, ["axis", "keepDims"]);
  const { axis } = options;
  const rank = x.shape.length;
  const list = axis === undefined ? x.shape.map((_, i) => i) : typeof axis === "number" ? [axis] : [...axis];
  const axes = list.map((a) => normalizeAxis(where, a, rank)).sort((a, b) => a - b);
  if (new Set(axes).size !== axes.length)
    throw new ShapeError(`${where}: an axis is named twice in [${list}]`);
  return axes;
}

/** The shape of x with the axes reduced to size 1. */
export function keptShape(x: Tensor, axes: readonly number[]): number[] {
  return x.shape.map((n, axis) => (axes.includes(axis) ? 1 : n));
}

/** A result whose reduced axes have size 1, seen without them unless `keepDims`. */
export function dropAxes(kept: Tensor, axes: readonly number[], keepDims: boolean | undefined): Tensor {
  const shape = keepDims ? [...kept.shape] : kept.shape.filter((_, axis) => !axes.includes(axis));
  return viewOf(kept, shape, contiguousStrides(shape), kept.offset);
}

function sumLike(
  where: string,
  x: Tensor,
  options: ReduceOptions,
  scaleOf: (count: number) => number,
): Tensor {
  expectDtype(where, "x", x, "f32");
  const axes = reducedAxes(where, x, options);
  const kept = keptShape(x, axes);
  const scale = scaleOf(sizeOf(axes.map((axis) => x.shape[axis])));
  const whole = emptyTensor(x.device, kept);
  reduceInto(x, axes, whole, { operation: REDUCE.sum, scale });
  const out = dropAxes(whole, axes, options.keepDims);
  record(where, [x], [out], [], ([dout], sink) => {
    if (!dout) return;
    // The factor goes on the small gradient; the large one is only a view of it.
    const small = contiguousOf(dout);
    const scaled = scale === 1 ? small : emptyTensor(x.device, kept);
    if (scale !== 1) reduceInto(small, [], scaled, { operation: REDUCE.sum, scale });
    sink.give(x, broadcastView(viewOf(scaled, kept, contiguousStrides(kept), scaled.offset), x.shape));
  });
  return out;
}

/** Σ x over the axes (all unless told otherwise); 0 where there is nothing to add. Throws for an axis x lacks. */
export function sum(x: Tensor, options: ReduceOptions = {}): Tensor {
  return sumLike("sum", x, options, () => 1);
}

/** The mean of x over the axes (all unless told otherwise). Throws for an axis x lacks. */
export function mean(x: Tensor, options: ReduceOptions = {}): Tensor {
  return sumLike("mean", x, options, (count) => 1 / count);
}
