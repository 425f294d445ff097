/** Sequences of random tokens and the label of each: the notebook's rule. */
import { type Device, type Generator, type Tensor, tensor } from "../../src/index.ts";

/** A batch on the host: the rows one after the other, and a label for each. */
export interface TokenRows {
  ids: Int32Array;
  labels: Int32Array;
  length: number;
}

/** 1 when the first and the last token have an even sum, else 0. */
export function labelOf(sequence: ArrayLike<number>): 0 | 1 {
  return (sequence[0] + sequence[sequence.length - 1]) % 2 === 0 ? 1 : 0;
}

/** `count` fresh sequences. */
export function generateTokenRows(
  generator: Generator,
  count: number,
  { vocabulary, length }: { vocabulary: number; length: number },
): TokenRows {
  // The task is about parity: by the leading bits of a random number, which are its best.
  const ids = Int32Array.from({ length: count * length }, () => Math.floor(generator.uniform() * vocabulary));
  const labels = Int32Array.from({ length: count }, (_, i) =>
    labelOf(ids.subarray(i * length, (i + 1) * length)),
  );
  return { ids, labels, length };
}

/** The same rows as tensors: ids [batch, length] and labels [batch]. */
export function toTokenTensors(rows: TokenRows, device: Device): { x: Tensor; y: Tensor } {
  const { ids, labels, length } = rows;
  return {
    x: tensor(ids, { device, shape: [labels.length, length] }),
    y: tensor(labels, { device }),
  };
}
