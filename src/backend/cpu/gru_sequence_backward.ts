import type { Params, Views } from "../backend.ts";
import { maskOf } from "./rnn_sequence.ts";
import { fromNext } from "./rnn_sequence_backward.ts";

/** Twin of kernels/gru_sequence_backward.wgsl. */
export function gru_sequence_backward(
  params: Params<"gru_sequence_backward">,
  { gates, q, wh, h, dout, dh_carry, mask, keep }: Views<"gru_sequence_backward">,
): void {
  const { batch, hidden: H, steps, reverse } = params;
  const from_next = new Float64Array(batch * H);
  const dropped = maskOf(params, keep);
  for (let m = params.begin; m < params.end; m++) {
    const step = steps - 1 - m;
    const [time, before] = reverse === 1 ? [m, m + 1] : [step, step];
    const next_time = reverse === 1 ? m - 1 : step + 1;
    // Whᵀ·(dpre_r, dpre_z, dq) of the step after.
    for (let gate = 0; m > 0 && gate < 3; gate++) {
      const d =
        gate < 2
          ? { values: gates, at: next_time * batch * 3 * H + gate * H, row: 3 * H }
          : { values: q, at: next_time * batch * H, row: H };
      fromNext(d, { wh, gate }, from_next, { batch, H, accumulate: gate > 0 }, dropped);
    }

    for (let b = 0; b < batch; b++)
      for (let j = 0; j < H; j++) {
        const carry = b * H + j;
        let dh = m > 0 ? from_next[carry] : 0;
        if (m > 0 || params.has_carry === 1) dh += dh_carry[carry];
        if (m === steps) {
          dh_carry[carry] = dh;
          continue;
        }
        if (params.has_dout === 1 && dout)
          dh +=
            dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];
        const at = (time * batch + b) * 3 * H + j;
        const at_q = (time * batch + b) * H + j;
        if (params.has_mask === 1 && mask && mask[b * steps + time] === 0) {
          for (let gate = 0; gate < 3; gate++) gates[at + gate * H] = 0;
          q[at_q] = 0;
          dh_carry[carry] = dh;
          continue;
        }
        const r = gates[at];
        const z = gates[at + H];
        const n = gates[at + 2 * H];
        const h_prev = m + 1 < steps || params.has_state === 1 ? h[(before * batch + b) * H + j] : 0;
        const dn = dh * (1 - z) * (1 - n * n);
        gates[at] = dn * q[at_q] * r * (1 - r);
        gates[at + H] = dh * (h_prev - n) * z * (1 - z);
        gates[at + 2 * H] = dn;
        q[at_q] = dn * r;
        dh_carry[carry] = dh * z;
      }
  }
}
