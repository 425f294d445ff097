import type { FloatArray, Params, Views } from "../backend.ts";
import { multiply } from "./matmul.ts";
import { maskOf } from "./rnn_sequence.ts";

/** Twin of kernels/rnn_sequence_backward.wgsl. */
export function rnn_sequence_backward(
  params: Params<"rnn_sequence_backward">,
  { dpre, wh, h, dout, dh_carry, mask, keep }: Views<"rnn_sequence_backward">,
): void {
  const { batch, hidden: H, steps, reverse } = params;
  const from_next = new Float64Array(batch * H);
  for (let m = params.begin; m < params.end; m++) {
    const n = steps - 1 - m;
    const [time, after] = reverse === 1 ? [m, m] : [n, n + 1];
    const next_time = reverse === 1 ? m - 1 : n + 1;
    if (m > 0)
      fromNext(
        { values: dpre, at: next_time * batch * H, row: H },
        { wh, gate: 0 },
        from_next,
        { batch, H, accumulate: false },
        maskOf(params, keep),
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
            dout[params.dout_offset + b * params.dout_batch + time * params.dout_time + j * params.dout_unit];
        const at = (time * batch + b) * H + j;
        if (params.has_mask === 1 && mask && mask[b * steps + time] === 0) {
          dpre[at] = 0;
          dh_carry[carry] = dh;
          continue;
        }
        const v = h[(after * batch + b) * H + j];
        dpre[at] = dh * (params.relu ? (v <= 0 ? 0 : 1) : 1 - v * v);
        dh_carry[carry] = 0;
      }
  }
}

/** out [batch, H] (+)= keep ∘ (Whᵀ·d) for one gate's block of Wh, where d [batch, H] has rows `row` apart. */
export function fromNext(
  d: { values: FloatArray; at: number; row: number },
  { wh, gate }: { wh: FloatArray; gate: number },
  out: FloatArray,
  { batch, H, accumulate }: { batch: number; H: number; accumulate: boolean },
  keep?: FloatArray,
): void {
  const share = keep ? new Float64Array(batch * H) : out;
  multiply(d.values, wh, share, {
    rows: batch,
    inner: H,
    columns: H,
    a: d.at,
    aRow: d.row,
    aColumn: 1,
    b: gate * H * H,
    bRow: H,
    bColumn: 1,
    out: 0,
    outRow: H,
    accumulate: accumulate && !keep,
  });
  if (!keep) return;
  for (let e = 0; e < batch * H; e++)
    out[e] = (accumulate ? out[e] : 0) + share[e] * keep[gate * batch * H + e];
}
