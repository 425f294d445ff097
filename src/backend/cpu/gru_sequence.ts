import type { Params, Views } from "../backend.ts";
import { sigmoid } from "./math.ts";
import { maskOf, recurrentProduct } from "./rnn_sequence.ts";

/** Twin of kernels/gru_sequence.wgsl. */
export function gru_sequence(
  params: Params<"gru_sequence">,
  { gates, q, wh, bias, h, mask, keep }: Views<"gru_sequence">,
): void {
  const { batch, hidden: H, steps, reverse } = params;
  const wh_h = new Float64Array(batch * 3 * H);
  for (let step = params.begin; step < params.end; step++) {
    const [time, before, after] =
      reverse === 1 ? [steps - 1 - step, steps - step, steps - 1 - step] : [step, step, step + 1];
    const has_state = step > 0 || params.has_state === 1;
    if (has_state)
      recurrentProduct(h, before * batch * H, wh, wh_h, { batch, H, gates: 3 }, maskOf(params, keep));

    for (let b = 0; b < batch; b++)
      for (let j = 0; j < H; j++) {
        const at = (time * batch + b) * 3 * H + j;
        const at_q = (time * batch + b) * H + j;
        const next = (after * batch + b) * H + j;
        const h_prev = has_state ? h[(before * batch + b) * H + j] : 0;
        if (params.has_mask === 1 && mask && mask[b * steps + time] === 0) {
          h[next] = h_prev;
          for (let gate = 0; gate < 3; gate++) gates[at + gate * H] = 0;
          q[at_q] = 0;
          continue;
        }
        const at_h = b * 3 * H + j;
        let r = 0;
        let z = 0;
        let q_new = 0;
        if (has_state) {
          r = wh_h[at_h];
          z = wh_h[at_h + H];
          q_new = wh_h[at_h + 2 * H];
        }
        if (params.has_bias === 1 && bias) {
          r += bias[j];
          z += bias[H + j];
          q_new += bias[2 * H + j];
        }
        r = sigmoid(gates[at] + r);
        z = sigmoid(gates[at + H] + z);
        const n = Math.tanh(gates[at + 2 * H] + r * q_new);
        h[next] = (1 - z) * n + z * h_prev;
        gates[at] = r;
        gates[at + H] = z;
        gates[at + 2 * H] = n;
        q[at_q] = q_new;
      }
  }
}
