/** Tensors put together in new memory. */
import { record } from "../autograd.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, normalizeAxis, sameShape } from "../shape.ts";
import { copyElements, emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import { sameDevice } from "./launch.ts";
import { contiguous, expand, reshape, unsqueeze } from "./view.ts";

/** Tensors one behind the other along an axis, as a copy; throws a ShapeError unless all other sizes and dtypes agree. */
export function concat(parts: readonly Tensor[], axis = 0): Tensor {
  if (parts.length === 0) throw new ShapeError("concat: no tensors were given");
  sameDevice("concat", ...parts);
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

/** The tensor repeated `times[i]` times along axis i, as a copy; counts in front of its axes add new ones. */
export function repeat(x: Tensor, times: readonly number[]): Tensor {
  const shift = times.length - x.shape.length;
  if (shift < 0 || !times.every((n) => Number.isInteger(n) && n >= 0))
    throw new ShapeError(
      `repeat: expected a whole number for each axis of ${formatShape(x.shape)}, got [${times.join(", ")}]`,
    );
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
    contiguous(repeated),
    sizes.map((n, axis) => n * times[axis]),
  );
}
