import type { FloatArray, Params, Views } from "../backend.ts";
import { sigmoid } from "./math.ts";
import { multiply } from "./matmul.ts";

/** Twin of kernels/lstm_cell.wgsl and kernels/lstm_cell_direct.wgsl. */
export function lstm_cell(
  params: Params<"lstm_cell">,
  { gates, wh, h, c, mask, keep }: Views<"lstm_cell">,
): void {
  const { batch, hidden: H, steps, time } = params;
  const from = params.from_slot * batch * H;
  const to = params.to_slot * batch * H;
  const hasState = params.has_state === 1;

  // pre + Wh·h_prev, for all four gates at once. Recurrent dropout gives each gate its own h.
  const blocks = params.recurrent_dropout ? [0, 1, 2, 3] : [0];
  const rows = (4 * H) / blocks.length;
  for (const gate of hasState ? blocks : []) {
    const masked = params.recurrent_dropout && keep ? keptState(params, h, keep, gate) : null;
    multiply(masked ?? h, wh, gates, {
      rows: batch,
      inner: H,
      columns: rows,
      a: masked ? 0 : from,
      aRow: H,
      aColumn: 1,
      b: gate * H * H,
      bRow: 1,
      bColumn: H,
      out: time * batch * 4 * H + gate * H,
      outRow: 4 * H,
      accumulate: true,
    });
  }

  for (let b = 0; b < batch; b++) {
    for (let j = 0; j < H; j++) {
      const prev = from + b * H + j;
      const next = to + b * H + j;
      const at = (time * batch + b) * 4 * H + j;
      const c_prev = hasState ? c[prev] : 0;
      if (params.has_mask === 1 && mask && mask[b * steps + time] === 0) {
        h[next] = hasState ? h[prev] : 0;
        c[next] = c_prev;
        for (let gate = 0; gate < 4; gate++) gates[at + gate * H] = 0;
        continue;
      }
      const i = sigmoid(gates[at]);
      const f = sigmoid(gates[at + H]);
      const g = Math.tanh(gates[at + 2 * H]);
      const o = sigmoid(gates[at + 3 * H]);
      const c_new = f * c_prev + i * g;
      c[next] = c_new;
      h[next] = o * Math.tanh(c_new);
      gates[at] = i;
      gates[at + H] = f;
      gates[at + 2 * H] = g;
      gates[at + 3 * H] = o;
    }
  }
}

/** h_prev as one gate sees it: some elements dropped, the others scaled up. */
function keptState(params: Params<"lstm_cell">, h: FloatArray, keep: FloatArray, gate: number): FloatArray {
  const size = params.batch * params.hidden;
  const from = params.from_slot * size;
  return Float64Array.from({ length: size }, (_, e) => h[from + e] * keep[gate * size + e]);
}
