import type { Params, Views } from "../backend.ts";
import {
  blockScratch,
  dropWeights,
  forRowBlocks,
  headStart,
  LOWEST,
  scoresOf,
  weightOf,
} from "./attention_rows.ts";
import { multiply } from "./matmul.ts";

/** Twin of kernels/attention.wgsl; plain softmax over rows, a block of queries at a time. */
export function attention(
  p: Params<"attention">,
  { q, k, v, mask, padding, out, lse }: Views<"attention">,
): void {
  const weights = blockScratch(0, p);
  forRowBlocks(p, (block) => {
    const { b, h, first, rows, columns } = block;
    scoresOf(block, p, { q, k, mask, padding }, weights);
    for (let r = 0; r < rows; r++) {
      const start = r * columns;
      let m = LOWEST;
      for (let j = start; j < start + columns; j++) m = Math.max(m, weights[j]);
      let l = 0;
      for (let j = start; j < start + columns; j++) l += weights[j] = weightOf(weights[j], m);
      // A query that sees no key.
      const scale = l === 0 ? 0 : 1 / l;
      for (let j = start; j < start + columns; j++) weights[j] *= scale;
      lse[(b * p.heads + h) * p.queries + first + r] = l === 0 ? 0 : m + Math.log(l);
    }
    dropWeights(block, p, weights);
    multiply(weights, v, out, {
      rows,
      inner: columns,
      columns: p.head_dim,
      a: 0,
      aRow: columns,
      aColumn: 1,
      b: headStart(p.v_offset, p.v_batch, p.v_head, block),
      bRow: p.v_row,
      bColumn: 1,
      out: headStart(p.out_offset, p.out_batch, p.out_head, block) + first * p.out_row,
      outRow: p.out_row,
      accumulate: false,
    });
  });
}
