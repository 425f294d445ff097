import { COMPARE } from "../backend/operations.ts";
import { broadcastShapes } from "../shape.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { type Operand, operands } from "./binary.ts";
import { broadcastView, overFourAxes } from "./launch.ts";

function compare(name: keyof typeof COMPARE, left: Operand, right: Operand): Tensor {
  const [a, b] = operands(name, left, right);
  const out = emptyTensor(a.device, broadcastShapes(name, a.shape, b.shape), "i32");
  const { shape, strides, tensors } = overFourAxes(broadcastView(a, out.shape), broadcastView(b, out.shape));
  out.device.backend.run(
    "compare",
    {
      operation: COMPARE[name],
      integer: a.dtype === "i32",
      count: out.size,
      a_offset: tensors[0].offset,
      b_offset: tensors[1].offset,
      shape,
      a_strides: strides[0],
      b_strides: strides[1],
    },
    { a: tensors[0].storage.bind(), b: tensors[1].storage.bind(), out: out.storage.bind() },
  );
  return out;
}

/** An i32 mask: 1 where left = right, else 0; with broadcasting. Like all comparisons it has no gradient. */
export function equal(left: Operand, right: Operand): Tensor {
  return compare("equal", left, right);
}

/** An i32 mask: 1 where left ≠ right, else 0. */
export function notEqual(left: Operand, right: Operand): Tensor {
  return compare("notEqual", left, right);
}

/** An i32 mask: 1 where left < right, else 0. */
export function less(left: Operand, right: Operand): Tensor {
  return compare("less", left, right);
}

/** An i32 mask: 1 where left ≤ right, else 0. */
export function lessEqual(left: Operand, right: Operand): Tensor {
  return compare("lessEqual", left, right);
}

/** An i32 mask: 1 where left > right, else 0. */
export function greater(left: Operand, right: Operand): Tensor {
  return compare("greater", left, right);
}

/** An i32 mask: 1 where left ≥ right, else 0. */
export function greaterEqual(left: Operand, right: Operand): Tensor {
  return compare("greaterEqual", left, right);
}
