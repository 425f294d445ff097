import type { Params, Views } from "../backend.ts";
import { blockScratch, forRowBlocks, headStart, slopesOf } from "./attention_rows.ts";
import { multiply } from "./matmul.ts";

/** Twin of kernels/attention_backward_queries.wgsl. */
export function attention_backward_queries(
  p: Params<"attention_backward_queries">,
  { q, k, v, mask, padding, stats, dout, dq }: Views<"attention_backward_queries">,
): void {
  const weights = blockScratch(0, p);
  const ds = blockScratch(1, p);
  forRowBlocks(p, (block) => {
    const { rows, columns } = block;
    slopesOf(block, p, { q, k, v, mask, padding, stats, dout }, weights, ds);
    multiply(ds, k, dq, {
      rows,
      inner: columns,
      columns: p.head_dim,
      a: 0,
      aRow: columns,
      aColumn: 1,
      b: headStart(p.k_offset, p.k_batch, p.k_head, block),
      bRow: p.k_row,
      bColumn: 1,
      out: headStart(p.dq_offset, p.dq_batch, p.dq_head, block) + block.first * p.dq_row,
      outRow: p.dq_row,
      accumulate: p.accumulate === 1,
    });
  });
}
