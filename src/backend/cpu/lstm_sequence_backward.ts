import type { Params, Views } from "../backend.ts";
import { lstm_cell_backward } from "./lstm_cell_backward.ts";

/** Twin of kernels/lstm_sequence_backward.wgsl and kernels/lstm_sequence_backward_direct.wgsl: the cell's twin, step after step from the last. */
export function lstm_sequence_backward(
  params: Params<"lstm_sequence_backward">,
  views: Views<"lstm_sequence_backward">,
): void {
  const { steps } = params;
  for (let n = steps - 1; n >= 0; n--) {
    const [time, from_slot, to_slot] =
      params.reverse === 1 ? [steps - 1 - n, steps - n, steps - 1 - n] : [n, n, n + 1];
    const last = n === steps - 1;
    lstm_cell_backward(
      {
        ...params,
        time,
        from_slot,
        to_slot,
        next_time: params.reverse === 1 ? steps - 2 - n : n + 1,
        has_next: last ? 0 : 1,
        has_carry: last ? params.has_carry : 1,
        has_state: n > 0 ? 1 : params.has_state,
      },
      views,
    );
  }
}
