import type { FloatArray, Params, Views } from "../backend.ts";
import { multiply } from "./matmul.ts";

/** Twin of kernels/rnn_sequence.wgsl. */
export function rnn_sequence(
  params: Params<"rnn_sequence">,
  { pre, wh, h, mask, keep }: Views<"rnn_sequence">,
): void {
  const { batch, hidden: H, steps, reverse } = params;
  const wh_h = new Float64Array(batch * H);
  for (let n = params.begin; n < params.end; n++) {
    const [time, before, after] = reverse === 1 ? [steps - 1 - n, steps - n, steps - 1 - n] : [n, n, n + 1];
    const has_state = n > 0 || params.has_state === 1;
    if (has_state)
      recurrentProduct(h, before * batch * H, wh, wh_h, { batch, H, gates: 1 }, maskOf(params, keep));

    for (let b = 0; b < batch; b++)
      for (let j = 0; j < H; j++) {
        const next = (after * batch + b) * H + j;
        if (params.has_mask === 1 && mask && mask[b * steps + time] === 0) {
          h[next] = has_state ? h[(before * batch + b) * H + j] : 0;
          continue;
        }
        const v = pre[(time * batch + b) * H + j] + (has_state ? wh_h[b * H + j] : 0);
        h[next] = params.relu ? Math.max(v, 0) : Math.tanh(v);
      }
  }
}

/** The masks of recurrent dropout, when the launch has any. */
export function maskOf(
  params: { recurrent_dropout: boolean },
  keep: FloatArray | undefined,
): FloatArray | undefined {
  return params.recurrent_dropout ? keep : undefined;
}

/** out [batch, gates · H] = Wh·h for every gate; with dropout each gate has its own h. */
export function recurrentProduct(
  h: FloatArray,
  at: number,
  wh: FloatArray,
  out: FloatArray,
  { batch, H, gates }: { batch: number; H: number; gates: number },
  keep?: FloatArray,
): void {
  const blocks = keep ? gates : 1;
  const masked = keep ? new Float64Array(batch * H) : null;
  for (let block = 0; block < blocks; block++) {
    if (masked && keep)
      for (let e = 0; e < batch * H; e++) masked[e] = h[at + e] * keep[block * batch * H + e];
    multiply(masked ?? h, wh, out, {
      rows: batch,
      inner: H,
      columns: (gates / blocks) * H,
      a: masked ? 0 : at,
      aRow: H,
      aColumn: 1,
      b: block * H * H,
      bRow: 1,
      bColumn: H,
      out: block * H,
      outRow: gates * H,
      accumulate: false,
    });
  }
}
