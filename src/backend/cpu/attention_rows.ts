/** What the twins of the attention kernels share: a block of rows of one head, its scores and its masks. */
import { pcg4d } from "../../random.ts";
import type { FloatArray, Params, TypedArray } from "../backend.ts";
import { multiply } from "./matmul.ts";

/** The params that decide scores, masks and dropout; every attention kernel has them. */
export type AttentionParams = Omit<Params<"attention">, "out_offset" | "out_batch" | "out_row" | "out_head">;

/** The operands that decide them. */
export interface AttentionOperands {
  q: FloatArray;
  k: FloatArray;
  mask?: TypedArray;
  padding?: Int32Array<ArrayBuffer>;
}

/** Rows of one head of one sequence: queries `first` to `first + rows − 1`, and the keys up to `columns` that they see. */
export interface RowBlock {
  b: number;
  h: number;
  first: number;
  rows: number;
  columns: number;
}

/** Scores from here on down are masked. */
const MASKED = -1e38;
/** The score of a masked pair. */
export const LOWEST = -3e38;

/** Queries whose scores are held at once, so that memory grows with the length and not with its square. */
const ROWS = 32;

/** Calls `visit` for every block of queries of every head. */
export function forRowBlocks(p: AttentionParams, visit: (block: RowBlock) => void): void {
  for (let b = 0; b < p.batch; b++)
    for (let h = 0; h < p.heads; h++)
      for (let first = 0; first < p.queries; first += ROWS) {
        const rows = Math.min(ROWS, p.queries - first);
        const columns = p.causal === 1 ? Math.min(p.keys, p.query_start + first + rows) : p.keys;
        visit({ b, h, first, rows, columns });
      }
}

/** Where a head of a sequence starts in an operand [batch, length, heads, head_dim]. */
export function headStart(offset: number, batch: number, head: number, { b, h }: RowBlock): number {
  return offset + b * batch + h * head;
}

/** out [rows, columns] = left rows of the block · right rows of all its keys, each over head_dim. */
export function rowProducts(
  block: RowBlock,
  headDim: number,
  left: { data: FloatArray; start: number; row: number },
  right: { data: FloatArray; start: number; row: number },
  out: Float64Array<ArrayBuffer>,
): void {
  multiply(left.data, right.data, out, {
    rows: block.rows,
    inner: headDim,
    columns: block.columns,
    a: left.start + block.first * left.row,
    aRow: left.row,
    aColumn: 1,
    b: right.start,
    bRow: 1,
    bColumn: right.row,
    out: 0,
    outRow: block.columns,
    accumulate: false,
  });
}

/** Scores [rows, columns] of a block, scaled and masked: −3e38 where a query must not see a key. */
export function scoresOf(
  block: RowBlock,
  p: AttentionParams,
  { q, k, mask, padding }: AttentionOperands,
  scores: Float64Array<ArrayBuffer>,
): void {
  const { rows, columns } = block;
  rowProducts(
    block,
    p.head_dim,
    { data: q, start: headStart(p.q_offset, p.q_batch, p.q_head, block), row: p.q_row },
    { data: k, start: headStart(p.k_offset, p.k_batch, p.k_head, block), row: p.k_row },
    scores,
  );
  for (let r = 0; r < rows; r++) {
    const t = block.first + r;
    const start = r * columns;
    const seen = p.causal === 1 ? Math.min(columns, p.query_start + t + 1) : columns;
    for (let j = 0; j < seen; j++) scores[start + j] *= p.scale;
    scores.fill(LOWEST, start + seen, start + columns);
    if (p.has_padding === 1) {
      const at = p.padding_offset + block.b * p.padding_batch;
      for (let j = 0; j < seen; j++) if (padding![at + j] !== 0) scores[start + j] = LOWEST;
    }
    if (p.mask_kind !== 0) {
      let at = p.mask_offset + block.b * p.mask_batch + block.h * p.mask_head + t * p.mask_row;
      for (let j = 0; j < seen; j++, at += p.mask_column) {
        if (p.mask_kind === 1) scores[start + j] += mask![at];
        else if (mask![at] !== 0) scores[start + j] = LOWEST;
      }
    }
  }
}

/** exp(s − shift), or 0 where the score says masked. */
export function weightOf(s: number, shift: number): number {
  return s <= MASKED ? 0 : Math.exp(s - shift);
}

const bits = new Uint32Array(4);

/** Multiplies each row of a block's weights by what dropout draws for it: 0 or keep_scale. */
export function dropWeights(block: RowBlock, p: AttentionParams, weights: Float64Array): void {
  if (p.threshold === 0) return;
  const { b, h, first, rows, columns } = block;
  for (let r = 0; r < rows; r++) {
    const place = ((b * p.heads + h) * p.queries + first + r) * p.keys;
    let drawn = -1;
    for (let j = 0; j < columns; j++) {
      const four = Math.floor((place + j) / 4);
      if (four !== drawn) pcg4d(p.seed, p.step, p.operation, four, bits);
      drawn = four;
      weights[r * columns + j] *= bits[(place + j) % 4] >>> 8 >= p.threshold ? p.keep_scale : 0;
    }
  }
}

/** The params of the two gradient kernels. */
type GradientParams = AttentionParams &
  Pick<Params<"attention_backward_queries">, "dout_offset" | "dout_batch" | "dout_row" | "dout_head">;

/**
 * What both gradients need of a block, [rows, columns] each: the weights, dropped as in the forward pass, and the
 * slopes of the loss by q · k.
 */
export function slopesOf(
  block: RowBlock,
  p: GradientParams,
  operands: AttentionOperands & { v: FloatArray; stats: FloatArray; dout: FloatArray },
  weights: Float64Array<ArrayBuffer>,
  ds: Float64Array<ArrayBuffer>,
): void {
  const { b, h, first, rows, columns } = block;
  const { v, stats, dout } = operands;
  scoresOf(block, p, operands, weights);
  rowProducts(
    block,
    p.head_dim,
    { data: dout, start: headStart(p.dout_offset, p.dout_batch, p.dout_head, block), row: p.dout_row },
    { data: v, start: headStart(p.v_offset, p.v_batch, p.v_head, block), row: p.v_row },
    ds,
  );
  const sure = blockScratch(2, p); // the weights before dropout
  for (let r = 0; r < rows; r++) {
    const lse = stats[2 * ((b * p.heads + h) * p.queries + first + r)];
    for (let i = r * columns; i < (r + 1) * columns; i++) sure[i] = weights[i] = weightOf(weights[i], lse);
  }
  dropWeights(block, p, weights);
  for (let r = 0; r < rows; r++) {
    const delta = stats[2 * ((b * p.heads + h) * p.queries + first + r) + 1];
    for (let i = r * columns; i < (r + 1) * columns; i++)
      ds[i] = p.scale * (weights[i] * ds[i] - sure[i] * delta);
  }
}

const scratch: Float64Array<ArrayBuffer>[] = [];

/** Memory number n for [rows, columns] of a block; its contents last until the next call with this n. */
export function blockScratch(n: number, p: AttentionParams): Float64Array<ArrayBuffer> {
  const length = ROWS * p.keys;
  if ((scratch[n]?.length ?? 0) < length) scratch[n] = new Float64Array(length);
  return scratch[n];
}
