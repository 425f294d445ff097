/**
 * The products of a recurrent layer with its weights over all time steps at once, and Keras's dropout in them.
 *
 * Rows are [time, batch], time first; weights are [gates · hidden, features]. Without masks each product is one plain
 * matmul. With masks [blocks, batch, features], blocks being 1 or the number of gates, gate g sees x ∘ m_g instead
 * of x, the same m_g at every step; kernels/matmul_masked.wgsl multiplies by it on the way, so that no masked x is
 * stored.
 */
import { MASKED } from "../backend/operations.ts";
import type { Device } from "../device.ts";
import { emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import { constant } from "./constants.ts";
import { tensor } from "./create.ts";
import { dropoutInto } from "./dropout.ts";
import { broadcastView } from "./launch.ts";
import { matmulInto, turned } from "./matmul.ts";

/** The dropout masks of one run of a layer, drawn once per sequence: one for all gates, or one per gate. */
export interface RecurrentMasks {
  /** [1 or gates, batch, input], or undefined without dropout on the input. */
  input: Tensor | undefined;
  /** [gates, batch, hidden], or undefined without dropout on the state. */
  state: Tensor | undefined;
}

/**
 * Masks [blocks, batch, features] of 0 (with probability `rate`) and 1 / (1 − rate), drawn by
 * kernels/dropout.wgsl from the device's next random stream; undefined for a rate of 0.
 */
export function drawMasks(
  device: Device,
  blocks: number,
  batch: number,
  features: number,
  rate: number,
): Tensor | undefined {
  if (rate === 0) return undefined;
  const { operation, counter } = device.nextRandom();
  const one = constant(device, "one of the masks", () => tensor([1], { device }));
  const masks = emptyTensor(device, [blocks, batch, features]);
  dropoutInto(broadcastView(one, masks.shape), masks, rate, operation, counter);
  return masks;
}

/**
 * The masks of one run as Keras draws them: the input's for each gate apart only where the state has dropout too,
 * else one that all gates share.
 */
export function recurrentMasks(
  device: Device,
  gates: number,
  sizes: { batch: number; input: number; hidden: number },
  { dropout = 0, recurrentDropout = 0 }: { dropout?: number; recurrentDropout?: number },
): RecurrentMasks {
  const blocks = recurrentDropout > 0 ? gates : 1;
  const input = drawMasks(device, blocks, sizes.batch, sizes.input, dropout);
  const state = drawMasks(device, gates, sizes.batch, sizes.hidden, recurrentDropout);
  return { input, state };
}

/** x · weightᵀ + bias into `pre`: x [rows, features], weight [gates · hidden, features], pre [rows, gates · hidden]. */
export function projectInto(
  x: Tensor,
  weight: Tensor,
  pre: Tensor,
  { bias, masks }: { bias?: Tensor; masks?: Tensor } = {},
): void {
  if (!masks) {
    matmulInto(x, turned(weight), pre, { bias });
    return;
  }
  const [blocks] = masks.shape;
  const columns = weight.shape[0] / blocks;
  masked(MASKED.a, masks, pre, {
    batch: blocks,
    rows: x.shape[0],
    inner: x.shape[1],
    columns,
    a: operand(x),
    b: { ...operand(turned(weight)), batch: columns * weight.strides[0] },
    bias,
    out: { offset: pre.offset, row: pre.strides[0], batch: columns },
  });
}

/** dpreᵀ · x into `dweight` [gates · hidden, features]: the gradient of the weight. */
export function weightGradientInto(
  dpre: Tensor,
  x: Tensor,
  dweight: Tensor,
  { accumulate, masks }: { accumulate: boolean; masks?: Tensor },
): void {
  if (!masks) {
    matmulInto(turned(dpre), x, dweight, { accumulate });
    return;
  }
  const [blocks] = masks.shape;
  const rows = dpre.shape[1] / blocks;
  masked(MASKED.b, masks, dweight, {
    batch: blocks,
    rows,
    inner: x.shape[0],
    columns: x.shape[1],
    a: { ...operand(turned(dpre)), batch: rows * dpre.strides[1] },
    b: operand(x),
    accumulate,
    out: { offset: dweight.offset, row: dweight.strides[0], batch: rows * dweight.strides[0] },
  });
}

/** dpre · weight into `dx` [rows, features]: the gradient of what was projected. */
export function inputGradientInto(
  dpre: Tensor,
  weight: Tensor,
  dx: Tensor,
  { accumulate, masks }: { accumulate: boolean; masks?: Tensor },
): void {
  if (!masks) {
    matmulInto(dpre, weight, dx, { accumulate });
    return;
  }
  const [blocks, batch, features] = masks.shape;
  const inner = weight.shape[0] / blocks;
  // Each gate has its own mask behind its own product, so the gates' shares are added one after the other.
  for (let gate = 0; gate < blocks; gate++) {
    const a = operand(dpre);
    const b = operand(weight);
    const mask = viewOf(masks, [batch, features], [features, 1], masks.offset + gate * batch * features);
    masked(MASKED.out, mask, dx, {
      batch: 1,
      rows: dpre.shape[0],
      inner,
      columns: features,
      a: { ...a, offset: a.offset + gate * inner * a.column },
      b: { ...b, offset: b.offset + gate * inner * b.row },
      accumulate: accumulate || gate > 0,
      out: { offset: dx.offset, row: dx.strides[0], batch: 0 },
    });
  }
}

interface Operand {
  tensor: Tensor;
  offset: number;
  row: number;
  column: number;
  batch: number;
}

function operand(tensor: Tensor): Operand {
  const [row, column] = tensor.strides;
  return { tensor, offset: tensor.offset, row, column, batch: 0 };
}

/** Launches kernels/matmul_masked.wgsl; the last two axes of the mask are its rows and its width. */
function masked(
  what: number,
  mask: Tensor,
  out: Tensor,
  launch: {
    batch: number;
    rows: number;
    inner: number;
    columns: number;
    a: Operand;
    b: Operand;
    bias?: Tensor;
    accumulate?: boolean;
    out: { offset: number; row: number; batch: number };
  },
): void {
  const { a, b, bias } = launch;
  out.device.backend.run(
    "matmul_masked",
    {
      batch: launch.batch,
      rows: launch.rows,
      inner: launch.inner,
      columns: launch.columns,
      accumulate: launch.accumulate ? 1 : 0,
      has_bias: bias ? 1 : 0,
      a_offset: a.offset,
      a_row: a.row,
      a_column: a.column,
      a_batch: a.batch,
      b_offset: b.offset,
      b_row: b.row,
      b_column: b.column,
      b_batch: b.batch,
      mask_offset: mask.offset,
      mask_rows: mask.shape.at(-2)!,
      out_offset: launch.out.offset,
      out_row: launch.out.row,
      out_batch: launch.out.batch,
      masked: what,
      a_by_column: a.column !== 1 && a.row === 1,
      b_by_column: b.column !== 1 && b.row === 1,
    },
    {
      a: a.tensor.storage.bind(),
      b: b.tensor.storage.bind(),
      mask: mask.storage.bind(),
      ...(bias ? { bias: bias.storage.bind() } : {}),
      out: out.storage.bind(),
    },
  );
}
