import type { Params, Views } from "../backend.ts";
import { multiply } from "./matmul.ts";

/** Twin of kernels/lstm_cell_backward.wgsl and kernels/lstm_cell_backward_direct.wgsl. */
export function lstm_cell_backward(
  params: Params<"lstm_cell_backward">,
  { gates, wh, c, dout, dh_carry, dc_carry, mask, keep }: Views<"lstm_cell_backward">,
): void {
  const { batch, hidden: H, steps, time } = params;
  const from_next = new Float64Array(batch * H);

  // Whᵀ·dpre of the step after; with recurrent dropout gate by gate, since each gate has its own mask.
  const blocks = params.recurrent_dropout ? [0, 1, 2, 3] : [0];
  const inner = (4 * H) / blocks.length;
  const share = params.recurrent_dropout ? new Float64Array(batch * H) : from_next;
  for (const gate of params.has_next === 1 ? blocks : []) {
    multiply(gates, wh, share, {
      rows: batch,
      inner,
      columns: H,
      a: params.next_time * batch * 4 * H + gate * H,
      aRow: 4 * H,
      aColumn: 1,
      b: gate * H * H,
      bRow: H,
      bColumn: 1,
      out: 0,
      outRow: H,
      accumulate: false,
    });
    if (!params.recurrent_dropout || !keep) continue;
    for (let e = 0; e < batch * H; e++) from_next[e] += share[e] * keep[gate * batch * H + e];
  }

  for (let b = 0; b < batch; b++) {
    for (let j = 0; j < H; j++) {
      const at = (time * batch + b) * 4 * H + j;
      const carry = b * H + j;
      let dh = from_next[carry];
      let dc = 0;
      if (params.has_carry === 1) {
        dh += dh_carry[carry];
        dc = dc_carry[carry];
      }
      if (params.has_dout === 1 && dout)
        dh +=
          dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];
      if (params.has_mask === 1 && mask && mask[b * steps + time] === 0) {
        for (let gate = 0; gate < 4; gate++) gates[at + gate * H] = 0;
        dh_carry[carry] = dh;
        dc_carry[carry] = dc;
        continue;
      }
      const i = gates[at];
      const f = gates[at + H];
      const g = gates[at + 2 * H];
      const o = gates[at + 3 * H];
      const tanh_c = Math.tanh(c[(params.to_slot * batch + b) * H + j]);
      const c_prev = params.has_state === 1 ? c[(params.from_slot * batch + b) * H + j] : 0;
      dc += dh * o * (1 - tanh_c * tanh_c);
      gates[at] = dc * g * i * (1 - i);
      gates[at + H] = dc * c_prev * f * (1 - f);
      gates[at + 2 * H] = dc * i * (1 - g * g);
      gates[at + 3 * H] = dh * tanh_c * o * (1 - o);
      dh_carry[carry] = 0;
      dc_carry[carry] = dc * f;
    }
  }
}
