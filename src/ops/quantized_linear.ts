import { willRecord } from "../autograd.ts";
import { ShapeError, WgradError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import { contiguousCopy, emptyTensor, type Tensor } from "../tensor.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";
import { reshape } from "./view.ts";

/** Rows of numbers as int8: x[r, k] ≈ scale[r] · values[r, k]. */
export interface QuantizedRows {
  /** i32 words [rows, ceil(columns / 4)] of four int8, the first in the lowest byte. */
  values: Tensor;
  /** f32 [rows]. */
  scale: Tensor;
}

/** Sums of more terms could pass 2^31. */
const LONGEST_SUM = 131_071;

/**
 * The rows of x [..., columns] as int8 with a scale of their own, largest magnitude / 127.5, as PyTorch's
 * per-channel symmetric qint8: no element is off by more than half a scale. One launch; not recorded.
 */
export function quantizeRows(x: Tensor): QuantizedRows {
  expectDtype("quantizeRows", "x", x, "f32");
  const columns = x.shape.at(-1);
  if (!columns) throw new ShapeError(`quantizeRows: x is ${formatShape(x.shape)}, expected [..., columns]`);
  const rows = x.size / columns;
  const source = contiguousOf(x);
  const values = emptyTensor(x.device, [rows, Math.ceil(columns / 4)], "i32");
  const scale = emptyTensor(x.device, [rows]);
  x.device.backend.run(
    "quantize_rows",
    { rows, columns, lanes: columns <= 32 ? 1 : 64, x_offset: source.offset },
    { x: source.storage.bind(), q: values.storage.bind(), scale: scale.storage.bind() },
  );
  return { values, scale };
}

/**
 * x · weightᵀ + bias with int8 weights and int8 activations: each row of x is quantized on the fly, the products are
 * summed as whole numbers and scaled back. Two launches. x [..., in], weight the quantized rows of [out, in], bias
 * [out]. Rows are quantized by themselves (PyTorch takes one range for the whole batch), so the answer for one does
 * not depend on its neighbours in the batch.
 *
 * Each output is off by at most scaleX/2 · Σ|w| + scaleW/2 · Σ|x| + in · scaleX · scaleW / 4.
 *
 * For inference only: throws a WgradError when x requires a gradient outside noGrad. Throws a ShapeError when the
 * sizes do not fit.
 */
export function quantizedLinear(x: Tensor, weight: QuantizedRows, bias?: Tensor): Tensor {
  const where = "quantizedLinear";
  expectDtype(where, "x", x, "f32");
  const { device } = x;
  sameDevice(where, x, weight.values, weight.scale, ...(bias ? [bias] : []));
  if (willRecord(x, ...(bias ? [bias] : [])))
    throw new WgradError(
      `${where}: int8 weights have no gradient; call it in noGrad(() => …), and train before you quantize`,
    );
  const [columns, words] = weight.values.shape;
  const inner = x.shape.at(-1) ?? 0;
  if (inner === 0 || Math.ceil(inner / 4) !== words)
    throw new ShapeError(
      `${where}: x is ${formatShape(x.shape)}, its rows take ${Math.ceil(inner / 4)} words of four int8, the weight's ${words}`,
    );
  if (inner > LONGEST_SUM)
    throw new ShapeError(`${where}: rows of ${inner} are too long for sums in i32, at most ${LONGEST_SUM}`);
  if (bias && !sameShape(bias.shape, [columns]))
    throw new ShapeError(`${where}: bias is ${formatShape(bias.shape)}, expected [${columns}]`);
  const rows = quantizeRows(x);
  const ownBias = bias && (bias.isContiguous && bias.offset === 0 ? bias : contiguousCopy(bias));
  const out = emptyTensor(device, [rows.scale.size, columns]);
  device.backend.run(
    "matmul_int8",
    { rows: rows.scale.size, words, columns, has_bias: bias ? 1 : 0 },
    {
      x: rows.values.storage.bind(),
      x_scale: rows.scale.storage.bind(),
      w: weight.values.storage.bind(),
      w_scale: weight.scale.storage.bind(),
      ...(ownBias ? { bias: ownBias.storage.bind() } : {}),
      out: out.storage.bind(),
    },
  );
  return reshape(out, [...x.shape.slice(0, -1), columns]);
}
