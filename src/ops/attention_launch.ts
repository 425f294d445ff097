/** Launches of the attention kernels, forward and backward, over operands in any layout. */
import { type GradientSink, record } from "../autograd.ts";
import { ATTENTION_MASK } from "../backend/operations.ts";
import type { Device } from "../device.ts";
import { contiguousStrides } from "../shape.ts";
import { emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import type { AttentionMasks } from "./attention_masks.ts";
import { dropoutThreshold } from "./dropout.ts";

/** Where the heads of a tensor lie: element d of a row of a head is at offset + batch, row and head strides + d. */
export interface Heads {
  tensor: Tensor;
  offset: number;
  batch: number;
  row: number;
  head: number;
}

/** A tensor, and how it or another of its shape (its gradient) is read as heads. */
export interface HeadsOf {
  tensor: Tensor;
  heads: (tensor: Tensor) => Heads;
}

/** Largest head that the kernels take. */
export const LARGEST_HEAD = 128;

/** The sizes and choices of one attention. */
export interface AttentionRun {
  batch: number;
  heads: number;
  queries: number;
  keys: number;
  headDim: number;
  scale: number;
  /** The number of keys before those that query 0 may see the first of; null: not causal. */
  causalFrom: number | null;
  masks: AttentionMasks;
  /** Share of the weights dropped; 0: none. */
  dropout: number;
}

/** Queries, keys and values, and where the result goes. */
export interface AttentionOperands {
  q: HeadsOf;
  k: HeadsOf;
  v: HeadsOf;
  out: HeadsOf;
  /** Keys and values are columns of one tensor, and queries too if they are of that same tensor. */
  packed: boolean;
}

function placed<N extends string>(name: N, at: Heads) {
  return {
    [`${name}_offset`]: at.offset,
    [`${name}_batch`]: at.batch,
    [`${name}_row`]: at.row,
    [`${name}_head`]: at.head,
  } as { [K in `${N}_${"offset" | "batch" | "row" | "head"}`]: number };
}

/** Launches kernels/attention.wgsl into `out`, and records the gradient. */
export function attend(where: string, run: AttentionRun, operands: AttentionOperands): void {
  const { tensor: out } = operands.out;
  const { device } = out;
  const [q, k, v] = [operands.q, operands.k, operands.v].map(({ tensor, heads }) => heads(tensor));
  const { batch, heads, queries, keys, headDim, scale, causalFrom, masks, dropout } = run;
  const { mask, padding } = masks;
  const { seed, step } = device.randomState;
  const shared = {
    batch,
    heads,
    queries,
    keys,
    head_dim: headDim,
    scale,
    causal: causalFrom === null ? 0 : 1,
    query_start: causalFrom ?? 0,
    ...placed("q", q),
    ...placed("k", k),
    ...placed("v", v),
    mask_kind: mask ? ATTENTION_MASK[mask.kind] : ATTENTION_MASK.none,
    mask_offset: mask?.tensor.offset ?? 0,
    mask_batch: mask?.batch ?? 0,
    mask_head: mask?.head ?? 0,
    mask_row: mask?.row ?? 0,
    mask_column: mask?.column ?? 0,
    has_padding: padding ? 1 : 0,
    padding_offset: padding?.offset ?? 0,
    padding_batch: padding?.strides[0] ?? 0,
    // As words of the launch, since the gradient kernels have no buffer to spare for the counter.
    seed,
    step,
    operation: dropout > 0 ? device.nextRandom().operation : 0,
    threshold: dropoutThreshold(dropout),
    keep_scale: 1 / (1 - dropout),
  };
  const buffers = {
    q: q.tensor.storage.bind(),
    k: k.tensor.storage.bind(),
    v: v.tensor.storage.bind(),
    mask: mask?.tensor.storage.bind(),
    padding: padding?.storage.bind(),
  };
  const lse = emptyTensor(device, [batch, heads, queries]);
  const result = operands.out.heads(out);
  device.backend.run(
    "attention",
    { ...shared, ...placed("out", result) },
    { ...buffers, out: out.storage.bind(), lse: lse.storage.bind() },
  );
  const inputs = [...new Set([operands.q.tensor, operands.k.tensor, operands.v.tensor])];
  const saved = [q.tensor, k.tensor, v.tensor, out, lse];
  if (mask) saved.push(mask.tensor);
  if (padding) saved.push(padding);
  record(where, inputs, [out], saved, ([given], sink) => {
    if (!given || !inputs.some((input) => sink.needs(input))) return;
    const dout = operands.out.heads(given);
    const stats = emptyTensor(device, [batch, heads, queries, 2]);
    device.backend.run(
      "attention_backward_delta",
      { batch, heads, queries, head_dim: headDim, ...placed("out", result), ...placed("dout", dout) },
      {
        out: out.storage.bind(),
        dout: dout.tensor.storage.bind(),
        lse: lse.storage.bind(),
        stats: stats.storage.bind(),
      },
    );
    const params = { ...shared, ...placed("dout", dout) };
    const read = { ...buffers, stats: stats.storage.bind(), dout: dout.tensor.storage.bind() };
    gradientsInto(device, operands, sink, {
      queries: (dq, accumulate) =>
        device.backend.run(
          "attention_backward_queries",
          { ...params, ...placed("dq", dq), accumulate: accumulate ? 1 : 0 },
          { ...read, dq: dq.tensor.storage.bind() },
        ),
      keys: (dk, dv, accumulate) =>
        device.backend.run(
          "attention_backward_keys",
          {
            ...params,
            dk_offset: dk.offset,
            dv_offset: dv.offset,
            dkv_batch: dk.batch,
            dkv_row: dk.row,
            dkv_head: dk.head,
            accumulate: accumulate ? 1 : 0,
          },
          { ...read, dkv: dk.tensor.storage.bind() },
        ),
    });
  });
}

/** Lets the two gradient kernels write where the gradients of the operands are. */
function gradientsInto(
  device: Device,
  { q, k, v, packed }: AttentionOperands,
  sink: GradientSink,
  launch: {
    queries: (dq: Heads, accumulate: boolean) => void;
    keys: (dk: Heads, dv: Heads, accumulate: boolean) => void;
  },
): void {
  if (packed && q.tensor === k.tensor) {
    sink.into(q.tensor, (d, accumulate) => {
      launch.queries(q.heads(d), accumulate);
      launch.keys(k.heads(d), v.heads(d), accumulate);
    });
    return;
  }
  sink.into(q.tensor, (d, accumulate) => launch.queries(q.heads(d), accumulate));
  if (packed) {
    sink.into(k.tensor, (d, accumulate) => launch.keys(k.heads(d), v.heads(d), accumulate));
    return;
  }
  if (!sink.needs(k.tensor) && !sink.needs(v.tensor)) return;
  // One buffer for both, since a launch may not bind one buffer twice for writing, nor more than eight.
  const { shape } = k.tensor;
  const both = emptyTensor(device, [2, ...shape]);
  const [dk, dv] = [0, k.tensor.size].map((at) => viewOf(both, shape, contiguousStrides(shape), at));
  launch.keys(k.heads(dk), v.heads(dv), false);
  sink.give(k.tensor, dk);
  sink.give(v.tensor, dv);
}
