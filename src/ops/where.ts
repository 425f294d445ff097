import { record, withGrad } from "../autograd.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { broadcastShapes, formatShape, sameShape } from "../shape.ts";
import { emptyTensor, leafTensor, type Tensor } from "../tensor.ts";
import { asTensor, maximum, minimum, type Operand, operands } from "./binary.ts";
import { equal } from "./compare.ts";
import { constant } from "./constants.ts";
import { broadcastView, expectDtype, overFourAxes, sameDevice } from "./launch.ts";
import { sumTo } from "./reduce.ts";

/** Launches kernels/where_select.wgsl and gives the new result. */
function chosen(condition: Tensor, a: Tensor, b: Tensor): Tensor {
  const both = broadcastShapes("where", a.shape, b.shape);
  const out = emptyTensor(a.device, broadcastShapes("where", condition.shape, both), a.dtype);
  const views = [condition, a, b].map((operand) => broadcastView(operand, out.shape));
  const { shape, strides, tensors } = overFourAxes(...views);
  out.device.backend.run(
    "where_select",
    {
      count: out.size,
      condition_offset: tensors[0].offset,
      a_offset: tensors[1].offset,
      b_offset: tensors[2].offset,
      shape,
      condition_strides: strides[0],
      a_strides: strides[1],
      b_strides: strides[2],
    },
    {
      condition: tensors[0].storage.bind(),
      a: tensors[1].storage.bind(),
      b: tensors[2].storage.bind(),
      out: out.storage.bind(),
    },
  );
  return out;
}

/**
 * Elements of `left` where the i32 mask `condition` is not 0, of `right` elsewhere. All three broadcast; left and
 * right are both f32 (with gradients) or both i32. Throws a ShapeError for other dtypes or shapes.
 */
export function where(condition: Tensor, left: Operand, right: Operand): Tensor {
  expectDtype("where", "condition", condition, "i32");
  const first = typeof left === "number" && typeof right === "number" ? scalar(left, condition) : left;
  const [a, b] = operands("where", first, right);
  sameDevice("where", condition, a);
  const out = chosen(condition, a, b);
  record("where", [a, b], [out], [condition], ([dout], sink) => {
    if (!dout) return;
    const zero = asTensor(0, dout);
    if (sink.needs(a)) sumTo(chosen(condition, dout, zero), a, sink);
    if (sink.needs(b)) sumTo(chosen(condition, zero, dout), b, sink);
  });
  return out;
}

/** Two bare numbers are f32, whatever the dtype of the mask. */
function scalar(value: number, { device }: Tensor): Tensor {
  return leafTensor(device, [value], [], "f32");
}

/**
 * x with `value` wherever the i32 mask is not 0; the mask broadcasts to the shape of x.
 * Throws a ShapeError when it does not. To mask scores before a softmax, −3.0e38 serves where PyTorch has −∞.
 */
export function maskedFill(x: Tensor, mask: Tensor, value: number): Tensor {
  if (!sameShape(broadcastShapes("maskedFill", x.shape, mask.shape), x.shape))
    throw new ShapeError(
      `maskedFill: the mask ${formatShape(mask.shape)} does not broadcast to x ${formatShape(x.shape)}`,
    );
  return where(mask, value, x);
}

/** Masks beyond this size are made each time instead of kept. */
const LARGEST_KEPT = 2 ** 20;

function triangle(name: "triu" | "tril", x: Tensor, diagonal: number): Tensor {
  if (x.shape.length < 2)
    throw new ShapeError(`${name}: x is ${formatShape(x.shape)}, expected at least two axes`);
  if (!Number.isInteger(diagonal))
    throw new ValueError(`${name}: diagonal must be a whole number, got ${diagonal}`);
  const [rows, columns] = x.shape.slice(-2);
  const make = (): Tensor => {
    const keep = new Int32Array(rows * columns);
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        keep[r * columns + c] = Number(name === "triu" ? c - r >= diagonal : c - r <= diagonal);
    return leafTensor(x.device, keep, [rows, columns], "i32");
  };
  const key = `${name} ${rows} ${columns} ${diagonal}`;
  const mask = rows * columns > LARGEST_KEPT ? make() : constant(x.device, key, make);
  return where(mask, x, 0);
}

/** x [..., rows, columns] with zeros below a diagonal: 0 is the main one, positive ones lie above it. */
export function triu(x: Tensor, diagonal = 0): Tensor {
  return triangle("triu", x, diagonal);
}

/** x [..., rows, columns] with zeros above a diagonal: 0 is the main one, positive ones lie above it. */
export function tril(x: Tensor, diagonal = 0): Tensor {
  return triangle("tril", x, diagonal);
}

/**
 * x with everything below `low` raised to it and everything above `high` lowered to it; ±Infinity leaves a side open.
 * The gradient is that of x within the limits (included), else 0. Throws a ValueError when low > high.
 */
export function clamp(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) throw new ValueError(`clamp: the range [${low}, ${high}] is empty`);
  const out = withGrad(false, () => {
    const raised = low === Number.NEGATIVE_INFINITY ? x : maximum(x, low);
    return high === Number.POSITIVE_INFINITY ? raised : minimum(raised, high);
  });
  if (out === x) return x;
  record("clamp", [x], [out], [x, out], ([dout], sink) => {
    if (dout && sink.needs(x)) sink.give(x, chosen(equal(x, out), dout, asTensor(0, dout)));
  });
  return out;
}
