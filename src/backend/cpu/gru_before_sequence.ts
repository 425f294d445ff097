import type { FloatArray, Params, Views } from "../backend.ts";
import { sigmoid } from "./math.ts";
import { multiply } from "./matmul.ts";
import { maskOf, recurrentProduct } from "./rnn_sequence.ts";

/** Twin of kernels/gru_before_sequence.wgsl. */
export function gru_before_sequence(
  params: Params<"gru_before_sequence">,
  { gates, q, wh, h, mask, keep }: Views<"gru_before_sequence">,
): void {
  const { batch, hidden: H, steps, reverse, halves } = params;
  const wh_h = new Float64Array(batch * 2 * H);
  const wh_q = new Float64Array(batch * H);
  const dropped = maskOf(params, keep);
  for (let step = params.begin; step < params.end; step++) {
    const [time, before, after] =
      reverse === 1 ? [steps - 1 - step, steps - step, steps - 1 - step] : [step, step, step + 1];
    const has_state = step > 0 || params.has_state === 1;
    const masked = params.has_mask === 1 ? mask : undefined;

    if (halves !== 2) {
      if (has_state) recurrentProduct(h, before * batch * H, wh, wh_h, { batch, H, gates: 2 }, dropped);
      for (let b = 0; b < batch; b++)
        for (let j = 0; j < H; j++) {
          const at = (time * batch + b) * 3 * H + j;
          const at_q = (time * batch + b) * H + j;
          if (masked && masked[b * steps + time] === 0) {
            for (let gate = 0; gate < 3; gate++) gates[at + gate * H] = 0;
            q[at_q] = 0;
            continue;
          }
          const at_h = b * 2 * H + j;
          const h_prev = has_state ? h[(before * batch + b) * H + j] : 0;
          const r = sigmoid(gates[at] + (has_state ? wh_h[at_h] : 0));
          gates[at] = r;
          gates[at + H] = sigmoid(gates[at + H] + (has_state ? wh_h[at_h + H] : 0));
          q[at_q] = r * h_prev * (dropped ? dropped[(2 * batch + b) * H + j] : 1);
        }
    }

    if (halves !== 1) {
      candidateProduct(q, time * batch * H, wh, wh_q, batch, H);
      for (let b = 0; b < batch; b++)
        for (let j = 0; j < H; j++) {
          const at = (time * batch + b) * 3 * H + j;
          const next = (after * batch + b) * H + j;
          const h_prev = has_state ? h[(before * batch + b) * H + j] : 0;
          if (masked && masked[b * steps + time] === 0) {
            h[next] = h_prev;
            continue;
          }
          const z = gates[at + H];
          const n = Math.tanh(gates[at + 2 * H] + (has_state ? wh_q[b * H + j] : 0));
          gates[at + 2 * H] = n;
          h[next] = (1 - z) * n + z * h_prev;
        }
    }
  }
}

/** out [batch, H] = Wh·q with the rows of n. */
function candidateProduct(
  q: FloatArray,
  at: number,
  wh: FloatArray,
  out: FloatArray,
  batch: number,
  H: number,
): void {
  multiply(q, wh, out, {
    rows: batch,
    inner: H,
    columns: H,
    a: at,
    aRow: H,
    aColumn: 1,
    b: 2 * H * H,
    bRow: 1,
    bColumn: H,
    out: 0,
    outRow: H,
    accumulate: false,
  });
}
