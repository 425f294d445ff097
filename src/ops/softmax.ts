import { record } from "../autograd.ts";
import { formatShape, normalizeAxis } from "../shape.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { ShapeError } from "../errors.ts";
import { contiguousOf, expectDtype } from "./launch.ts";
import { transpose } from "./view.ts";

/** Threads per row: short rows are cheaper with one each, which never wait for another (kernels/softmax.wgsl). */
function lanesFor(columns: number): number {
  return columns <= 32 ? 1 : 64;
}

function alongRows(name: "softmax" | "log_softmax", x: Tensor, axis: number): Tensor {
  const where = name === "softmax" ? "softmax" : "logSoftmax";
  expectDtype(where, "x", x, "f32");
  const at = normalizeAxis(where, axis, x.shape.length);
  if (at !== x.shape.length - 1) return transpose(alongRows(name, transpose(x, at, -1), -1), at, -1);
  const columns = x.shape[at];
  if (columns === 0) throw new ShapeError(`${where}: axis ${axis} of ${formatShape(x.shape)} is empty`);
  const rows = x.size / columns;
  const lanes = lanesFor(columns);
  const out = emptyTensor(x.device, x.shape);
  const source = contiguousOf(x);
  x.device.backend.run(
    name,
    { rows, columns, lanes, x_offset: source.offset },
    { x: source.storage.bind(), out: out.storage.bind() },
  );
  record(where, [x], [out], [out], ([dout], sink) => {
    if (!dout) return;
    sink.into(x, (dx, accumulate) => {
      const given = contiguousOf(dout);
      x.device.backend.run(
        `${name}_backward`,
        { rows, columns, lanes, dout_offset: given.offset, accumulate: accumulate ? 1 : 0 },
        { y: out.storage.bind(), dout: given.storage.bind(), dx: dx.storage.bind() },
      );
    });
  });
  return out;
}

/**
 * e^x along an axis (the last one unless told otherwise), divided by its sum: weights that add up to 1. Elements at
 * or below −1e38 count as masked and get the weight 0; where all are masked, all weights are 0.
 */
export function softmax(x: Tensor, axis = -1): Tensor {
  return alongRows("softmax", x, axis);
}

/** The logarithm of softmax along an axis; masked elements (at or below −1e38) give −3e38. */
export function logSoftmax(x: Tensor, axis = -1): Tensor {
  return alongRows("log_softmax", x, axis);
}
