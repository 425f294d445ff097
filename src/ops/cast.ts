import { ValueError } from "../errors.ts";
import { type Dtype, emptyTensor, type Tensor } from "../tensor.ts";
import { overFourAxes } from "./launch.ts";

/**
 * The same shape as f32 or i32; x itself when it has that dtype already. To i32, fractions are cut off (−1.7 becomes
 * −1) and what i32 cannot hold is clamped. No gradient flows through a change of dtype.
 * Throws a ValueError for another dtype.
 */
export function cast(x: Tensor, dtype: Dtype): Tensor {
  if (dtype !== "f32" && dtype !== "i32")
    throw new ValueError(`cast: unknown dtype "${dtype}"; known: f32, i32`);
  if (x.dtype === dtype) return x;
  const out = emptyTensor(x.device, x.shape, dtype);
  const {
    shape,
    strides: [x_strides],
    tensors: [source],
  } = overFourAxes(x);
  x.device.backend.run(
    "convert",
    { to_integer: dtype === "i32", count: x.size, x_offset: source.offset, shape, x_strides },
    { x: source.storage.bind(), out: out.storage.bind() },
  );
  return out;
}
