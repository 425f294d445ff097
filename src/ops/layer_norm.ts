import { record } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import { emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";
import { reduceInto } from "./reduce.ts";

/** What `layerNorm` takes beside x. */
export interface LayerNormOptions {
  /** [columns]; scales each column. */
  weight?: Tensor;
  /** [columns]; added to each column. */
  bias?: Tensor;
  /** Added to the variance; 1e-5, PyTorch's (Keras: 1e-3). */
  eps?: number;
}

/** Rows whose share of the weights' gradients one workgroup adds up; more when there would be over 512 such blocks. */
function rowsPerBlock(rows: number): number {
  return Math.max(64, Math.ceil(rows / 512));
}

/**
 * (x − μ) / √(σ² + eps) · weight + bias, with the mean and the variance of each row along the last axis, as
 * torch.nn.functional.layer_norm. Throws a ShapeError when weight or bias are not of that axis's length.
 * Source: Ba, Kiros & Hinton 2016.
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  const where = "layerNorm";
  checkOptions(where, options, ["weight", "bias", "eps"]);
  const { eps = 1e-5 } = options;
  const columns = x.shape.at(-1) ?? 0;
  expectDtype(where, "x", x, "f32");
  if (columns === 0) throw new ShapeError(`${where}: x is ${formatShape(x.shape)}: there is no row to norm`);
  if (!(eps >= 0)) throw new ValueError(`${where}: eps must be at least 0, got ${eps}`);
  const { weight, bias } = options;
  for (const [name, given] of Object.entries({ weight, bias })) {
    if (!given) continue;
    expectDtype(where, name, given, "f32");
    if (!sameShape(given.shape, [columns]))
      throw new ShapeError(`${where}: ${name} is ${formatShape(given.shape)}, expected [${columns}]`);
  }
  const trained = [weight, bias].filter((given) => given !== undefined);
  const device = sameDevice(where, x, ...trained);
  const rows = x.size / columns;
  const source = contiguousOf(x);
  const scale = weight && contiguousOf(weight);
  const shift = bias && contiguousOf(bias);
  const out = emptyTensor(device, x.shape);
  const stats = emptyTensor(device, [rows, 2]);
  const shared = { rows, columns, x_offset: source.offset };
  const byRow = {
    ...shared,
    lanes: columns <= 32 ? 1 : 64,
    weight_offset: scale?.offset ?? 0,
    has_weight: scale ? 1 : 0,
  };
  device.backend.run(
    "layer_norm",
    { ...byRow, bias_offset: shift?.offset ?? 0, has_bias: shift ? 1 : 0, eps },
    {
      x: source.storage.bind(),
      weight: scale?.storage.bind(),
      bias: shift?.storage.bind(),
      out: out.storage.bind(),
      stats: stats.storage.bind(),
    },
  );
  const saved = scale ? [source, stats, scale] : [source, stats];
  record(where, [x, ...trained], [out], saved, ([dout], sink) => {
    if (!dout) return;
    const given = contiguousOf(dout);
    const dout_offset = given.offset;
    const buffers = { x: source.storage.bind(), stats: stats.storage.bind(), dout: given.storage.bind() };
    sink.into(x, (dx, accumulate) =>
      device.backend.run(
        "layer_norm_backward",
        { ...byRow, dout_offset, accumulate: accumulate ? 1 : 0 },
        { ...buffers, weight: scale?.storage.bind(), dx: dx.storage.bind() },
      ),
    );
    if (!trained.some((tensor) => sink.needs(tensor))) return;
    const rows_per_block = rowsPerBlock(rows);
    const blocks = Math.ceil(rows / rows_per_block);
    const sums = emptyTensor(device, [blocks, 2, columns]);
    device.backend.run(
      "layer_norm_backward_weights",
      { ...shared, dout_offset, rows_per_block },
      { ...buffers, sums: sums.storage.bind() },
    );
    for (const [i, tensor] of [weight, bias].entries())
      if (tensor)
        sink.into(tensor, (gradient, accumulate) => {
          const parts = viewOf(sums, [blocks, columns], [2 * columns, 1], i * columns);
          reduceInto(parts, [0], gradient, { operation: REDUCE.sum, accumulate });
        });
  });
  return out;
}
