import type { FloatArray, Params, Views } from "../backend.ts";
import { blockScratch, forRowBlocks, headStart, type RowBlock, slopesOf } from "./attention_rows.ts";
import { multiply } from "./matmul.ts";

/** Twin of kernels/attention_backward_keys.wgsl. */
export function attention_backward_keys(
  p: Params<"attention_backward_keys">,
  { q, k, v, mask, padding, stats, dout, dkv }: Views<"attention_backward_keys">,
): void {
  if (p.accumulate === 0) {
    clear(p, p.dk_offset, dkv);
    clear(p, p.dv_offset, dkv);
  }
  const weights = blockScratch(0, p);
  const ds = blockScratch(1, p);
  forRowBlocks(p, (block) => {
    slopesOf(block, p, { q, k, v, mask, padding, stats, dout }, weights, ds);
    const qStart = headStart(p.q_offset, p.q_batch, p.q_head, block) + block.first * p.q_row;
    const doutStart = headStart(p.dout_offset, p.dout_batch, p.dout_head, block) + block.first * p.dout_row;
    addTurned(block, p, ds, { data: q, start: qStart, row: p.q_row }, p.dk_offset, dkv);
    addTurned(block, p, weights, { data: dout, start: doutStart, row: p.dout_row }, p.dv_offset, dkv);
  });
}

function clear(p: Params<"attention_backward_keys">, offset: number, dkv: FloatArray): void {
  for (let b = 0; b < p.batch; b++)
    for (let j = 0; j < p.keys; j++)
      for (let h = 0; h < p.heads; h++) {
        const at = offset + b * p.dkv_batch + j * p.dkv_row + h * p.dkv_head;
        dkv.fill(0, at, at + p.head_dim);
      }
}

/** Adds matrixᵀ [keys, rows] · the block's rows of an operand to dk or dv. */
function addTurned(
  block: RowBlock,
  p: Params<"attention_backward_keys">,
  matrix: Float64Array<ArrayBuffer>,
  operand: { data: FloatArray; start: number; row: number },
  offset: number,
  dkv: FloatArray,
): void {
  multiply(matrix, operand.data, dkv, {
    rows: block.columns,
    inner: block.rows,
    columns: p.head_dim,
    a: 0,
    aRow: 1,
    aColumn: block.columns,
    b: operand.start,
    bRow: operand.row,
    bColumn: 1,
    out: headStart(offset, p.dkv_batch, p.dkv_head, block),
    outRow: p.dkv_row,
    accumulate: true,
  });
}
