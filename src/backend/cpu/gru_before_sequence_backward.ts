import type { Params, Views } from "../backend.ts";
import { maskOf } from "./rnn_sequence.ts";
import { fromNext } from "./rnn_sequence_backward.ts";

/** Twin of kernels/gru_before_sequence_backward.wgsl. */
export function gru_before_sequence_backward(
  params: Params<"gru_before_sequence_backward">,
  { gates, q, wh, h, dout, dh_carry, mask, keep }: Views<"gru_before_sequence_backward">,
): void {
  const { batch, hidden: H, steps, reverse, halves } = params;
  const from_next = new Float64Array(batch * H);
  const dq = new Float64Array(batch * H);
  const dropped = maskOf(params, keep);
  for (let m = params.begin; m < params.end; m++) {
    const step = steps - 1 - m;
    const [time, before] = reverse === 1 ? [m, m + 1] : [step, step];
    const next_time = reverse === 1 ? m - 1 : step + 1;

    if (halves !== 2) {
      // Whᵀ·(dpre_r, dpre_z) of the step after.
      for (let gate = 0; m > 0 && gate < 2; gate++)
        fromNext(
          { values: gates, at: next_time * batch * 3 * H + gate * H, row: 3 * H },
          { wh, gate },
          from_next,
          { batch, H, accumulate: gate > 0 },
          dropped,
        );
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
              dout[
                params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit
              ];
          const at = (time * batch + b) * 3 * H + j;
          if (params.has_mask === 1 && mask && mask[b * steps + time] === 0) {
            for (let gate = 0; gate < 3; gate++) gates[at + gate * H] = 0;
            dh_carry[carry] = dh;
            continue;
          }
          const z = gates[at + H];
          const n = gates[at + 2 * H];
          const h_prev = m + 1 < steps || params.has_state === 1 ? h[(before * batch + b) * H + j] : 0;
          gates[at + H] = dh * (h_prev - n) * z * (1 - z);
          gates[at + 2 * H] = dh * (1 - z) * (1 - n * n);
          dh_carry[carry] = dh * z;
        }
    }

    if (halves !== 1 && m < steps) {
      // Whᵀ·dpre_n of this step.
      const dpre_n = { values: gates, at: time * batch * 3 * H + 2 * H, row: 3 * H };
      fromNext(dpre_n, { wh, gate: 2 }, dq, { batch, H, accumulate: false });
      for (let b = 0; b < batch; b++)
        for (let j = 0; j < H; j++) {
          const at = (time * batch + b) * H;
          const r = gates[3 * at + j];
          gates[3 * at + j] = dq[b * H + j] * q[at + j] * (1 - r);
          const kept = dropped ? dropped[(2 * batch + b) * H + j] : 1;
          dh_carry[b * H + j] += dq[b * H + j] * r * kept;
        }
    }
  }
}
