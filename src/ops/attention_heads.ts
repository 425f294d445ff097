/** Attention over projections: heads are columns of [batch, length, width], read by strides where they lie. */
import { emptyTensor, type Tensor } from "../tensor.ts";
import { type AttentionResult, needsPlainPath, plainAttention } from "./attention.ts";
import { attend, type AttentionRun, type HeadsOf } from "./attention_launch.ts";
import { contiguousOf } from "./launch.ts";
import { reshape, slice, transpose } from "./view.ts";

/** Where the queries, keys or values of all heads are: these columns of x [batch, length, width]. */
export interface HeadColumns {
  x: Tensor;
  /** The first of heads · headDim columns. */
  first: number;
}

function asHeads({ x, first }: HeadColumns, headDim: number): HeadsOf {
  return {
    tensor: x,
    heads: (given) => {
      const tensor = given.strides[2] === 1 ? given : contiguousOf(given);
      const [batch, row] = tensor.strides;
      return { tensor, offset: tensor.offset + first, batch, row, head: headDim };
    },
  };
}

/** [batch, heads, length, headDim], recorded. */
function split({ x, first }: HeadColumns, { heads, headDim }: AttentionRun): Tensor {
  const width = heads * headDim;
  const columns = x.shape[2] === width ? x : slice(x, 2, first, first + width);
  return transpose(reshape(columns, [x.shape[0], x.shape[1], heads, headDim]), 1, 2);
}

/**
 * Attention of all heads → output [batch, queries, heads · headDim]. `packed` says that keys and values are columns of
 * one tensor (and queries of it or of another), whose gradient is then written in place. Weights [batch, heads,
 * queries, keys] where they must be stored.
 */
export function attendHeads(
  where: string,
  run: AttentionRun,
  { q, k, v }: { q: HeadColumns; k: HeadColumns; v: HeadColumns },
  options: { attnMask?: Tensor; needWeights?: boolean; packed: boolean },
): AttentionResult {
  const { batch, heads, queries, headDim } = run;
  const width = heads * headDim;
  if (needsPlainPath(run, options.attnMask, options.needWeights ?? false)) {
    const plain = plainAttention(run, split(q, run), split(k, run), split(v, run), options.attnMask);
    const output = reshape(transpose(plain.output, 1, 2), [batch, queries, width]);
    return { output, weights: options.needWeights ? plain.weights : null };
  }
  const output = emptyTensor(q.x.device, [batch, queries, width]);
  attend(where, run, {
    q: asHeads(q, headDim),
    k: asHeads(k, headDim),
    v: asHeads(v, headDim),
    out: asHeads({ x: output, first: 0 }, headDim),
    packed: options.packed,
  });
  return { output, weights: null };
}
