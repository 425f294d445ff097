import type { Params, Views } from "../backend.ts";
import { lstm_cell } from "./lstm_cell.ts";

/** Twin of kernels/lstm_sequence.wgsl and kernels/lstm_sequence_direct.wgsl: the cell's twin, step after step. */
export function lstm_sequence(params: Params<"lstm_sequence">, views: Views<"lstm_sequence">): void {
  const { steps } = params;
  for (let n = 0; n < steps; n++) {
    const [time, from_slot, to_slot] =
      params.reverse === 1 ? [steps - 1 - n, steps - n, steps - 1 - n] : [n, n, n + 1];
    lstm_cell({ ...params, time, from_slot, to_slot, has_state: n > 0 ? 1 : params.has_state }, views);
  }
}
