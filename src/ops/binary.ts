import { record } from "../autograd.ts";
import { BINARY } from "../backend/operations.ts";
import { broadcastShapes } from "../shape.ts";
import { emptyTensor, leafTensor, type Tensor } from "../tensor.ts";
import { broadcastView, expectDtype, overFourAxes, sameDevice } from "./launch.ts";
import { sumTo } from "./reduce.ts";
import { log } from "./unary.ts";

/** A tensor, or a number that stands for a scalar tensor. */
export type Operand = Tensor | number;

/** The tensor, or a number as a scalar on the other operand's device. */
export function asTensor(value: Operand, like: Tensor): Tensor {
  return typeof value === "number" ? leafTensor(like.device, [value], [], like.dtype) : value;
}

function operands(left: Operand, right: Operand): [Tensor, Tensor] {
  const like = (typeof left === "number" ? right : left) as Tensor;
  return [asTensor(left, like), asTensor(right, like)];
}

/** Launches kernels/binary.wgsl on operands that broadcast to `out`'s shape. */
function binaryInto(operation: number, a: Tensor, b: Tensor, out: Tensor, accumulate = false): void {
  const { shape, strides, tensors } = overFourAxes(broadcastView(a, out.shape), broadcastView(b, out.shape));
  out.device.backend.run(
    "binary",
    {
      operation,
      count: out.size,
      a_offset: tensors[0].offset,
      b_offset: tensors[1].offset,
      accumulate: accumulate ? 1 : 0,
      shape,
      a_strides: strides[0],
      b_strides: strides[1],
    },
    { a: tensors[0].storage.bind(), b: tensors[1].storage.bind(), out: out.storage.bind() },
  );
}

function forward(name: keyof typeof BINARY, a: Tensor, b: Tensor): Tensor {
  expectDtype(name, "left", a, "f32");
  expectDtype(name, "right", b, "f32");
  const device = sameDevice(name, a, b);
  const out = emptyTensor(device, broadcastShapes(name, a.shape, b.shape));
  binaryInto(BINARY[name], a, b, out);
  return out;
}

/** a + b. */
export function add(left: Operand, right: Operand): Tensor {
  const [a, b] = operands(left, right);
  const out = forward("add", a, b);
  record("add", [a, b], [out], [], ([dout], sink) => {
    if (!dout) return;
    sumTo(dout, a, sink);
    sumTo(dout, b, sink);
  });
  return out;
}

/** a − b. */
export function sub(left: Operand, right: Operand): Tensor {
  const [a, b] = operands(left, right);
  const out = forward("sub", a, b);
  record("sub", [a, b], [out], [], ([dout], sink) => {
    if (!dout) return;
    sumTo(dout, a, sink);
    if (sink.needs(b)) sumTo(dout, b, sink, -1);
  });
  return out;
}

/** a · b, element by element. */
export function mul(left: Operand, right: Operand): Tensor {
  const [a, b] = operands(left, right);
  const out = forward("mul", a, b);
  record("mul", [a, b], [out], [a, b], ([dout], sink) => {
    if (!dout) return;
    if (sink.needs(a)) sumTo(forward("mul", dout, b), a, sink);
    if (sink.needs(b)) sumTo(forward("mul", dout, a), b, sink);
  });
  return out;
}

/** a / b. */
export function div(left: Operand, right: Operand): Tensor {
  const [a, b] = operands(left, right);
  const out = forward("div", a, b);
  record("div", [a, b], [out], [b, out], ([dout], sink) => {
    if (!dout) return;
    const da = forward("div", dout, b);
    sumTo(da, a, sink);
    if (sink.needs(b)) sumTo(forward("mul", da, out), b, sink, -1);
  });
  return out;
}

/** a to the power b; the gradient for b needs a > 0. */
export function pow(left: Operand, right: Operand): Tensor {
  const [a, b] = operands(left, right);
  const out = forward("pow", a, b);
  record("pow", [a, b], [out], [a, b, out], ([dout], sink) => {
    if (!dout) return;
    if (sink.needs(a)) {
      const slope = forward("mul", b, forward("pow", a, forward("sub", b, asTensor(1, b))));
      sumTo(forward("mul", dout, slope), a, sink);
    }
    if (sink.needs(b)) sumTo(forward("mul", dout, forward("mul", out, log(a))), b, sink);
  });
  return out;
}
