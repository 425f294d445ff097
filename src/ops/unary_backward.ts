import { UNARY } from "../backend/operations.ts";
import type { Tensor } from "../tensor.ts";
import { overFourAxes } from "./launch.ts";

/** Launches kernels/unary_backward.wgsl; `out` and `dx` are contiguous, `out` starts its storage. */
export function unaryBackwardInto(
  name: keyof typeof UNARY,
  x: Tensor,
  out: Tensor,
  dout: Tensor,
  dx: Tensor,
  accumulate = false,
): void {
  const { shape, strides, tensors } = overFourAxes(x, dout);
  x.device.backend.run(
    "unary_backward",
    {
      operation: UNARY[name],
      count: x.size,
      x_offset: tensors[0].offset,
      dout_offset: tensors[1].offset,
      accumulate: accumulate ? 1 : 0,
      shape,
      x_strides: strides[0],
      dout_strides: strides[1],
    },
    {
      x: tensors[0].storage.bind(),
      y: out.storage.bind(),
      dout: tensors[1].storage.bind(),
      dx: dx.storage.bind(),
    },
  );
}
