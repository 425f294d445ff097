import { record } from "../autograd.ts";
import { BINARY, BINARY_INTEGER } from "../backend/operations.ts";
import { ShapeError, ValueError } from "../errors.ts";
import { broadcastShapes, formatShape } from "../shape.ts";
import { emptyTensor, leafTensor, Tensor } from "../tensor.ts";
import { constant } from "./constants.ts";
import { broadcastView, expectDtype, overFourAxes, sameDevice } from "./launch.ts";
import { sumTo } from "./reduce.ts";
import { log } from "./unary.ts";

/** A tensor, or a number that stands for a scalar tensor. */
export type Operand = Tensor | number;

/** The tensor, or a number as a scalar of the other operand's dtype on its device. */
export function asTensor(value: Operand, like: Tensor): Tensor {
  if (typeof value !== "number") return value;
  const { device, dtype } = like;
  if (dtype === "i32" && (value | 0) !== value)
    throw new ValueError(
      `${value} is no i32, which the other operand ${formatShape(like.shape)} is; convert that with cast(x, "f32")`,
    );
  const key = `${dtype} ${Object.is(value, -0) ? "-0" : value}`;
  return constant(device, key, () => leafTensor(device, [value], [], dtype));
}

/** Two operands as tensors of one dtype and device; at least one must be a tensor. */
export function operands(where: string, left: Operand, right: Operand): [Tensor, Tensor] {
  const like = left instanceof Tensor ? left : right;
  if (!(like instanceof Tensor))
    throw new ValueError(`${where}: both operands are numbers (${left} and ${right}); one must be a tensor`);
  const a = asTensor(left, like);
  const b = asTensor(right, like);
  if (a.dtype !== b.dtype)
    throw new ShapeError(
      `${where}: left ${formatShape(a.shape)} is ${a.dtype} and right ${formatShape(b.shape)} is ${b.dtype}; ` +
        `convert one with cast(x, "${a.dtype}") or cast(x, "${b.dtype}")`,
    );
  sameDevice(where, a, b);
  return [a, b];
}

/** Launches kernels/binary.wgsl, or binary_integer.wgsl when both are i32, and gives the new result. */
function elementwise(name: keyof typeof BINARY | keyof typeof BINARY_INTEGER, a: Tensor, b: Tensor): Tensor {
  const out = emptyTensor(a.device, broadcastShapes(name, a.shape, b.shape), a.dtype);
  const { shape, strides, tensors } = overFourAxes(broadcastView(a, out.shape), broadcastView(b, out.shape));
  const params = {
    count: out.size,
    a_offset: tensors[0].offset,
    b_offset: tensors[1].offset,
    shape,
    a_strides: strides[0],
    b_strides: strides[1],
  };
  const buffers = { a: tensors[0].storage.bind(), b: tensors[1].storage.bind(), out: out.storage.bind() };
  const { backend } = out.device;
  if (a.dtype === "i32" && name in BINARY_INTEGER) {
    const operation = BINARY_INTEGER[name as keyof typeof BINARY_INTEGER];
    backend.run("binary_integer", { ...params, operation }, buffers);
  } else {
    expectDtype(name, "left", a, name === "remainder" ? "i32" : "f32");
    const operation = BINARY[name as keyof typeof BINARY];
    backend.run("binary", { ...params, operation, accumulate: 0 }, buffers);
  }
  return out;
}

/** left + right, with broadcasting; i32 when both are. */
export function add(left: Operand, right: Operand): Tensor {
  const [a, b] = operands("add", left, right);
  const out = elementwise("add", a, b);
  record("add", [a, b], [out], [], ([dout], sink) => {
    if (!dout) return;
    sumTo(dout, a, sink);
    sumTo(dout, b, sink);
  });
  return out;
}

/** left − right, with broadcasting; i32 when both are. */
export function sub(left: Operand, right: Operand): Tensor {
  const [a, b] = operands("sub", left, right);
  const out = elementwise("sub", a, b);
  record("sub", [a, b], [out], [], ([dout], sink) => {
    if (!dout) return;
    sumTo(dout, a, sink);
    sumTo(dout, b, sink, -1);
  });
  return out;
}

/** left · right, element by element, with broadcasting; i32 when both are. */
export function mul(left: Operand, right: Operand): Tensor {
  const [a, b] = operands("mul", left, right);
  const out = elementwise("mul", a, b);
  record("mul", [a, b], [out], [a, b], ([dout], sink) => {
    if (!dout) return;
    if (sink.needs(a)) sumTo(elementwise("mul", dout, b), a, sink);
    if (sink.needs(b)) sumTo(elementwise("mul", dout, a), b, sink);
  });
  return out;
}

/** left / right, with broadcasting; two i32 tensors divide toward zero, and by zero to 0. */
export function div(left: Operand, right: Operand): Tensor {
  const [a, b] = operands("div", left, right);
  const out = elementwise("div", a, b);
  record("div", [a, b], [out], [b, out], ([dout], sink) => {
    if (!dout) return;
    const da = elementwise("div", dout, b);
    sumTo(da, a, sink);
    if (sink.needs(b)) sumTo(elementwise("mul", da, out), b, sink, -1);
  });
  return out;
}

/** left − right · ⌊left / right⌋ of two i32 tensors: the rest of the division, with the sign of the divisor. */
export function remainder(left: Operand, right: Operand): Tensor {
  const [a, b] = operands("remainder", left, right);
  return elementwise("remainder", a, b);
}

/** left to the power right (f32); the gradient for the exponent needs left > 0. */
export function pow(left: Operand, right: Operand): Tensor {
  const [a, b] = operands("pow", left, right);
  const out = elementwise("pow", a, b);
  record("pow", [a, b], [out], [a, b, out], ([dout], sink) => {
    if (!dout) return;
    if (sink.needs(a)) {
      const below = elementwise("pow", a, elementwise("sub", b, asTensor(1, b)));
      sumTo(elementwise("mul", dout, elementwise("mul", b, below)), a, sink);
    }
    if (sink.needs(b)) sumTo(elementwise("mul", dout, elementwise("mul", out, log(a))), b, sink);
  });
  return out;
}

/** The larger of the two, element by element; where they are equal, each gets half the gradient, as in PyTorch. */
export function maximum(left: Operand, right: Operand): Tensor {
  return extreme("maximum", left, right);
}

/** The smaller of the two, element by element; where they are equal, each gets half the gradient, as in PyTorch. */
export function minimum(left: Operand, right: Operand): Tensor {
  return extreme("minimum", left, right);
}

function extreme(name: "maximum" | "minimum", left: Operand, right: Operand): Tensor {
  const [a, b] = operands(name, left, right);
  const out = elementwise(name, a, b);
  record(name, [a, b], [out], [a, b], ([dout], sink) => {
    if (!dout) return;
    const [x, y] = name === "maximum" ? [a, b] : [b, a];
    if (sink.needs(a)) sumTo(elementwise("mul", dout, elementwise("step", x, y)), a, sink);
    if (sink.needs(b)) sumTo(elementwise("mul", dout, elementwise("step", y, x)), b, sink);
  });
  return out;
}
