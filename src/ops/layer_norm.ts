import { type GradientSink, record } from "../autograd.ts";
import { WRITE } from "../backend/operations.ts";
import type { Device } from "../device.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { intoBoth } from "./into_both.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";

/** What `layerNorm` takes beside x. */
export interface LayerNormOptions {
  /** [columns]; scales each column. */
  weight?: Tensor;
  /** [columns]; added to each column. */
  bias?: Tensor;
  /** Added to the variance; 1e-5, PyTorch's (Keras: 1e-3). */
  eps?: number;
}

/** What the kernels of a norm need to know, once it is checked. */
export interface Norm {
  device: Device;
  rows: number;
  columns: number;
  lanes: number;
  eps: number;
  /** Contiguous. */
  weight: Tensor | undefined;
  bias: Tensor | undefined;
  /** The weight and the bias as they were given, without those that were not. */
  trained: Tensor[];
}

/** Throws unless weight and bias are as long as the last axis of x, and eps is a number for them. */
export function checkNorm(where: string, x: Tensor, options: LayerNormOptions): Norm {
  const { eps = 1e-5, weight, bias } = options;
  const columns = x.shape.at(-1) ?? 0;
  expectDtype(where, "x", x, "f32");
  if (columns === 0) throw new ShapeError(`${where}: x is ${formatShape(x.shape)}: there is no row to norm`);
  if (!(eps >= 0)) throw new ValueError(`${where}: eps must be at least 0, got ${eps}`);
  for (const [name, given] of Object.entries({ weight, bias })) {
    if (!given) continue;
    expectDtype(where, name, given, "f32");
    if (!sameShape(given.shape, [columns]))
      throw new ShapeError(`${where}: ${name} is ${formatShape(given.shape)}, expected [${columns}]`);
  }
  const trained = [weight, bias].filter((given) => given !== undefined);
  return {
    device: sameDevice(where, x, ...trained),
    rows: x.size / columns,
    columns,
    lanes: columns <= 32 ? 1 : 64,
    eps,
    weight: weight && contiguousOf(weight),
    bias: bias && contiguousOf(bias),
    trained,
  };
}

/** Rows whose share of the weights' gradients one workgroup adds up; more when there would be over 512 such blocks. */
function rowsPerBlock(rows: number): number {
  return Math.max(64, Math.ceil(rows / 512));
}

/** The gradients of the weight and the bias of a norm of x in two dispatches; x and dout are contiguous. */
export function normWeightGradients(
  sink: GradientSink,
  { weight, bias }: LayerNormOptions,
  { device, rows, columns }: Norm,
  { x, stats, dout }: Record<"x" | "stats" | "dout", Tensor>,
): void {
  if (![weight, bias].some((tensor) => tensor && sink.needs(tensor))) return;
  const rows_per_block = rowsPerBlock(rows);
  const blocks = Math.ceil(rows / rows_per_block);
  const sums = emptyTensor(device, [blocks, 2, columns]);
  device.backend.run(
    "layer_norm_backward_weights",
    { rows, columns, rows_per_block, x_offset: x.offset, dout_offset: dout.offset },
    {
      x: x.storage.bind(),
      stats: stats.storage.bind(),
      dout: dout.storage.bind(),
      sums: sums.storage.bind(),
    },
  );
  intoBoth(sink, weight, bias, (dweight, dbias) =>
    device.backend.run(
      "layer_norm_backward_total",
      {
        blocks,
        columns,
        write_weight: dweight?.write ?? WRITE.nothing,
        write_bias: dbias?.write ?? WRITE.nothing,
      },
      {
        sums: sums.storage.bind(),
        dweight: dweight?.out.storage.bind(),
        dbias: dbias?.out.storage.bind(),
      },
    ),
  );
}

/**
 * (x − μ) / √(σ² + eps) · weight + bias, with the mean and the variance of each row along the last axis, as
 * torch.nn.functional.layer_norm. Throws a ShapeError when weight or bias are not of that axis's length.
 * Source: Ba, Kiros & Hinton 2016.
 */
export function layerNorm(x: Tensor, options: LayerNormOptions = {}): Tensor {
  checkOptions("layerNorm", options, ["weight", "bias", "eps"]);
  const norm = checkNorm("layerNorm", x, options);
  const { device, rows, columns, lanes, eps, weight, bias } = norm;
  const source = contiguousOf(x);
  const out = emptyTensor(device, x.shape);
  const stats = emptyTensor(device, [rows, 2]);
  const byRow = {
    rows,
    columns,
    lanes,
    x_offset: source.offset,
    weight_offset: weight?.offset ?? 0,
    has_weight: weight ? 1 : 0,
  };
  device.backend.run(
    "layer_norm",
    { ...byRow, bias_offset: bias?.offset ?? 0, has_bias: bias ? 1 : 0, eps },
    {
      x: source.storage.bind(),
      weight: weight?.storage.bind(),
      bias: bias?.storage.bind(),
      out: out.storage.bind(),
      stats: stats.storage.bind(),
    },
  );
  const saved = weight ? [source, stats, weight] : [source, stats];
  record("layerNorm", [x, ...norm.trained], [out], saved, ([gradient], sink) => {
    if (!gradient) return;
    const dout = contiguousOf(gradient);
    sink.into(x, (dx, accumulate) =>
      device.backend.run(
        "layer_norm_backward",
        { ...byRow, dout_offset: dout.offset, accumulate: accumulate ? 1 : 0 },
        {
          x: source.storage.bind(),
          stats: stats.storage.bind(),
          weight: weight?.storage.bind(),
          dout: dout.storage.bind(),
          dx: dx.storage.bind(),
        },
      ),
    );
    normWeightGradients(sink, options, norm, { x: source, stats, dout });
  });
  return out;
}
