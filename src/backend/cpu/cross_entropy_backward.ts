import type { Params, Views } from "../backend.ts";
import { clampId } from "./cross_entropy.ts";

/** Twin of kernels/cross_entropy_backward.wgsl. */
export function cross_entropy_backward(
  params: Params<"cross_entropy_backward">,
  { logits, targets, lse, dout, result, dlogits }: Views<"cross_entropy_backward">,
): void {
  const { count, classes, smoothing } = params;
  const share = smoothing / classes;
  for (let row = 0; row * classes < count; row++) {
    const id = targets[params.targets_offset + row];
    const t = clampId(id, classes);
    let g = dout[params.dout_offset + row * params.dout_stride];
    if (params.divided === 1) g /= result![2];
    for (let c = 0; c < classes; c++) {
      const i = row * classes + c;
      const softmax = Math.exp(logits[params.logits_offset + i] - lse[row]);
      const wanted = c === t ? share + 1 - smoothing : share;
      const v = id === params.ignore_index ? 0 : g * (softmax - wanted);
      dlogits[i] = params.accumulate === 1 ? dlogits[i] + v : v;
    }
  }
}
