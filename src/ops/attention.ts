import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { collapseAxes, formatShape, sameShape, sizeOf } from "../shape.ts";
import { contiguousCopy, emptyTensor, leafTensor, type Tensor } from "../tensor.ts";
import { attend, type AttentionRun, type Heads, type HeadsOf, LARGEST_HEAD } from "./attention_launch.ts";
import { type AttentionMasks, checkMasks, type MaskOptions } from "./attention_masks.ts";
import { add, mul } from "./binary.ts";
import { constant } from "./constants.ts";
import { checkRate, dropout } from "./dropout.ts";
import { expectDtype, sameDevice } from "./launch.ts";
import { matmul } from "./matmul.ts";
import { softmax } from "./softmax.ts";
import { reshape, transpose } from "./view.ts";
import { maskedFill } from "./where.ts";

/** What `scaledDotProductAttention` takes beside queries, keys and values. */
export interface AttentionOptions extends MaskOptions {
  /** Query t sees the keys 0 to t only (counted from the first of each, whatever the lengths). */
  causal?: boolean;
  /** What scores are multiplied by; 1 / √headDim. */
  scale?: number;
  /** Share of the weights dropped while training; 0. */
  dropout?: number;
  /** Whether dropout acts; true. */
  training?: boolean;
  /** Asks for the weights, for which they must be stored: memory grows with queries · keys. */
  needWeights?: boolean;
}

/** The result of an attention, and its weights where they were asked for. */
export interface AttentionResult {
  output: Tensor;
  weights: Tensor | null;
}

/** Names of the options, for checking. */
export const ATTENTION_OPTIONS = [
  "attnMask",
  "keyPaddingMask",
  "causal",
  "scale",
  "dropout",
  "training",
  "needWeights",
];

/** Leading axes as sequences and heads: [..., heads] from rank 4 on; of rank 3, sequences of one head. */
function leadingSizes(lead: readonly number[]): { batch: number; heads: number } {
  if (lead.length < 2) return { batch: sizeOf(lead), heads: 1 };
  return { batch: sizeOf(lead.slice(0, -1)), heads: lead.at(-1)! };
}

/** Reads [..., heads, length, headDim] by its strides, or a copy where they do not allow it. */
function headsOfAxes(x: Tensor): Heads {
  const rank = x.shape.length;
  const split = Math.max(rank - 3, Math.min(1, rank - 2));
  const { strides } = collapseAxes(x.shape.slice(0, split), [x.strides.slice(0, split)]);
  if (strides[0].length > 1 || (x.strides.at(-1) !== 1 && x.shape.at(-1) !== 1))
    return headsOfAxes(contiguousCopy(x));
  return {
    tensor: x,
    offset: x.offset,
    batch: strides[0][0] ?? 0,
    row: x.strides.at(-2)!,
    head: rank > 3 ? x.strides.at(-3)! : 0,
  };
}

function asHeads(tensor: Tensor): HeadsOf {
  return { tensor, heads: headsOfAxes };
}

function check(where: string, q: Tensor, k: Tensor, v: Tensor): void {
  for (const [name, x] of Object.entries({ q, k, v })) {
    expectDtype(where, name, x, "f32");
    if (x.shape.length < 2)
      throw new ShapeError(
        `${where}: ${name} is ${formatShape(x.shape)}, expected [..., heads, length, headDim]`,
      );
  }
  const shapes = `q ${formatShape(q.shape)}, k ${formatShape(k.shape)}, v ${formatShape(v.shape)}`;
  const lead = q.shape.slice(0, -2);
  if (![k, v].every((x) => sameShape(x.shape.slice(0, -2), lead)))
    throw new ShapeError(
      `${where}: the axes before length and headDim differ: ${shapes}; expand() repeats heads`,
    );
  if (k.shape.at(-2) !== v.shape.at(-2))
    throw new ShapeError(`${where}: there must be as many keys as values: ${shapes}`);
  if (q.shape.at(-1) !== k.shape.at(-1))
    throw new ShapeError(`${where}: queries and keys differ in headDim: ${shapes}`);
  if (q.size === 0 || k.size === 0 || v.size === 0)
    throw new ShapeError(`${where}: nothing to attend to: ${shapes}`);
}

/**
 * softmax(scale · q · kᵀ + mask) · v for every head: each query's mean of the values, weighed by how well its key
 * fits. q [..., heads, queries, headDim], k and v [..., heads, keys, headDim], of any strides → output
 * [..., heads, queries, headDim], and the weights [..., heads, queries, keys] when `needWeights` asks for them (after
 * dropout, as PyTorch gives them), else null.
 *
 * One fused kernel whose memory grows with the length alone (kernels/attention.wgsl); matrices and a softmax instead
 * for weights, for a mask that requires a gradient, and for heads wider than 128. A query that sees no key gives zeros.
 * Throws a ShapeError for sizes and masks that do not fit. Source: Vaswani et al. 2017.
 */
export function scaledDotProductAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): AttentionResult {
  const where = "scaledDotProductAttention";
  checkOptions(where, options, ATTENTION_OPTIONS);
  check(where, q, k, v);
  const { attnMask, keyPaddingMask, causal = false, training = true, needWeights = false } = options;
  checkRate(where, "dropout", options.dropout ?? 0);
  const masksGiven = [attnMask, keyPaddingMask].filter((given) => given !== undefined);
  const device = sameDevice(where, q, k, v, ...masksGiven);
  const [queries, headDim] = q.shape.slice(-2);
  const keys = k.shape.at(-2)!;
  const sizes = { ...leadingSizes(q.shape.slice(0, -2)), queries, keys };
  const run: AttentionRun = {
    ...sizes,
    headDim,
    scale: checkScale(where, options.scale, headDim),
    causalFrom: causal ? 0 : null,
    masks: checkMasks(where, options, sizes),
    dropout: training ? (options.dropout ?? 0) : 0,
  };
  if (needsPlainPath(run, attnMask, needWeights) || v.shape.at(-1) !== headDim) {
    const { output, weights } = plainAttention(run, q, k, v, attnMask);
    return { output, weights: needWeights ? weights : null };
  }
  const output = emptyTensor(device, q.shape);
  attend(where, run, { q: asHeads(q), k: asHeads(k), v: asHeads(v), out: asHeads(output), packed: false });
  return { output, weights: null };
}

/** The scale that was asked for, or 1 / √headDim. Throws a ValueError unless it is a number. */
export function checkScale(where: string, scale: number | undefined, headDim: number): number {
  const value = scale ?? 1 / Math.sqrt(headDim);
  if (!Number.isFinite(value)) throw new ValueError(`${where}: scale must be a finite number, got ${scale}`);
  return value;
}

/** Whether an attention must store its weights. */
export function needsPlainPath(
  run: AttentionRun,
  attnMask: Tensor | undefined,
  needWeights: boolean,
): boolean {
  return needWeights || run.headDim > LARGEST_HEAD || attnMask?.requiresGrad === true;
}

/**
 * The same with the weights as a tensor: matmul, masks, softmax, dropout, matmul. q, k and v [..., length, headDim].
 * `attnMask` is the mask as it was given, through which its gradient flows.
 */
export function plainAttention(
  run: AttentionRun,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  attnMask: Tensor | undefined,
): { output: Tensor; weights: Tensor } {
  const { batch, heads, queries, keys, masks } = run;
  const shape = [batch, heads, queries, keys];
  let scores = reshape(mul(matmul(q, transpose(k)), run.scale), shape);
  scores = masked(scores, run, masks, attnMask);
  const weights = reshape(dropout(softmax(scores), run.dropout), [...q.shape.slice(0, -1), keys]);
  return { output: matmul(weights, v), weights };
}

/** Scores [batch, heads, queries, keys] with the masks applied. */
function masked(
  scores: Tensor,
  run: AttentionRun,
  masks: AttentionMasks,
  attnMask: Tensor | undefined,
): Tensor {
  const { batch, heads, queries, keys, causalFrom } = run;
  let out = scores;
  if (masks.mask && attnMask) {
    const given =
      attnMask.shape.length === 3 && attnMask.shape[0] === batch * heads
        ? reshape(attnMask, [batch, heads, ...attnMask.shape.slice(1)])
        : attnMask;
    out = masks.mask.kind === "added" ? add(out, given) : maskedFill(out, given, MASKED);
  }
  if (causalFrom !== null) {
    const future = (): Tensor => {
      const marks = Int32Array.from({ length: queries * keys }, (_, i) =>
        Number(i % keys > causalFrom + Math.floor(i / keys)),
      );
      return leafTensor(scores.device, marks, [queries, keys], "i32");
    };
    const key = `future ${queries} ${keys} ${causalFrom}`;
    out = maskedFill(out, constant(scores.device, key, future), MASKED);
  }
  if (masks.padding) out = maskedFill(out, reshape(masks.padding, [batch, 1, 1, keys]), MASKED);
  return out;
}

/** Stands for −∞ in scores: softmax gives it the weight 0. */
const MASKED = -3e38;
