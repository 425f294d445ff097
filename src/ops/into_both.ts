import type { GradientSink } from "../autograd.ts";
import { WRITE } from "../backend/operations.ts";
import type { Tensor } from "../tensor.ts";

/** Where a kernel puts one of its two gradients, and what it does there (WRITE). */
export interface Target {
  out: Tensor;
  write: number;
}

/**
 * The gradients of two inputs from one launch. Calls `launch` with both when both are needed, with null for one that
 * is not, and twice when the inputs are one tensor, since a buffer is bound for writing only once.
 */
export function intoBoth(
  sink: GradientSink,
  first: Tensor | undefined,
  second: Tensor | undefined,
  launch: (first: Target | null, second: Target | null) => void,
): void {
  const target = (out: Tensor, accumulate: boolean): Target => ({
    out,
    write: accumulate ? WRITE.add : WRITE.over,
  });
  const one = first && sink.needs(first) ? first : null;
  const two = second && sink.needs(second) ? second : null;
  if (one && two && one !== two) {
    sink.into(one, (a, addA) => sink.into(two, (b, addB) => launch(target(a, addA), target(b, addB))));
    return;
  }
  if (one) sink.into(one, (a, add) => launch(target(a, add), null));
  if (two) sink.into(two, (b, add) => launch(null, target(b, add)));
}
