import type { Params, Views } from "../backend.ts";

/** Twin of kernels/attention_backward_delta.wgsl. */
export function attention_backward_delta(
  p: Params<"attention_backward_delta">,
  { out, dout, lse, stats }: Views<"attention_backward_delta">,
): void {
  for (let b = 0, i = 0; b < p.batch; b++)
    for (let h = 0; h < p.heads; h++)
      for (let t = 0; t < p.queries; t++, i++) {
        const at = p.out_offset + b * p.out_batch + t * p.out_row + h * p.out_head;
        const atDout = p.dout_offset + b * p.dout_batch + t * p.dout_row + h * p.dout_head;
        let delta = 0;
        for (let d = 0; d < p.head_dim; d++) delta += out[at + d] * dout[atDout + d];
        stats[2 * i] = lse[i];
        stats[2 * i + 1] = delta;
      }
}
