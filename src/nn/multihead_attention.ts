import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { attendHeads, type HeadColumns } from "../ops/attention_heads.ts";
import { checkMasks, type MaskOptions } from "../ops/attention_masks.ts";
import { checkRate } from "../ops/dropout.ts";
import { projectBlocks } from "../ops/projection.ts";
import { mean } from "../ops/reduce.ts";
import { slice } from "../ops/view.ts";
import { formatShape } from "../shape.ts";
import type { Parameter, Tensor } from "../tensor.ts";
import { glorotUniform, initialize, initialized, zeros } from "./init.ts";
import type { KeyValueCache } from "./key_value_cache.ts";
import { checkSize, Linear } from "./linear.ts";
import { Module, moduleDevice, type ModuleOptions } from "./module.ts";

/** What a MultiheadAttention is made of. */
export interface MultiheadAttentionOptions extends ModuleOptions {
  /** Share of the weights dropped while training; 0. */
  dropout?: number;
  /** Whether the projections have a bias; true. */
  bias?: boolean;
  /** Width of the keys that come in; embedDim. */
  kdim?: number;
  /** Width of the values that come in; embedDim. */
  vdim?: number;
}

/** What `MultiheadAttention.forward` takes beside query, key and value. */
export interface MultiheadAttentionCall extends MaskOptions {
  /** Query t sees the keys 0 to t only, or with a cache, also all that were there before. */
  causal?: boolean;
  /** Asks for the weights; they are then stored, which takes memory for queries · keys. */
  needWeights?: boolean;
  /** Weights as the mean of all heads; true. */
  averageWeights?: boolean;
  /**
   * Where decoding keeps keys and values (under noGrad). Self-attention adds those of the new tokens, and the masks
   * are then over all keys. Cross-attention projects the memory once, and afterwards does not look at it.
   */
  cache?: KeyValueCache;
}

const CALL_OPTIONS = ["attnMask", "keyPaddingMask", "causal", "needWeights", "averageWeights", "cache"];

/**
 * Attention of several heads, each over its own projection of queries, keys and values, as torch.nn.MultiheadAttention
 * with batch_first=True: `in_proj_weight` [3 · embedDim, embedDim] (or `q_proj_weight`, `k_proj_weight` and
 * `v_proj_weight` when kdim or vdim differ from embedDim), `in_proj_bias`, `out_proj.weight`, `out_proj.bias`;
 * Glorot-uniform, biases 0. Throws a ValueError for sizes and rates that cannot be. Source: Vaswani et al. 2017.
 */
export class MultiheadAttention extends Module {
  readonly embedDim: number;
  readonly numHeads: number;
  readonly dropout: number;
  readonly out_proj: Linear;
  /** The projection of queries, keys and values, in one weight or three. */
  readonly #weights: readonly Parameter[];
  readonly #bias: Parameter | null;

  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    checkOptions("MultiheadAttention", options, ["device", "dropout", "bias", "kdim", "vdim"]);
    const { dropout = 0, bias = true, kdim = embedDim, vdim = embedDim } = options;
    for (const [name, size] of Object.entries({ embedDim, numHeads, kdim, vdim }))
      checkSize("MultiheadAttention", name, size);
    if (embedDim % numHeads !== 0)
      throw new ValueError(
        `MultiheadAttention: embedDim ${embedDim} is not a multiple of numHeads ${numHeads}; heads share the width equally`,
      );
    checkRate("MultiheadAttention", "dropout", dropout);
    const device = moduleDevice(options);
    this.embedDim = embedDim;
    this.numHeads = numHeads;
    this.dropout = dropout;
    const weight = (name: string, rows: number, columns: number): Parameter =>
      this.register(name, initialized([rows, columns], glorotUniform(), { device }));
    this.#weights =
      kdim === embedDim && vdim === embedDim
        ? [weight("in_proj_weight", 3 * embedDim, embedDim)]
        : [
            weight("q_proj_weight", embedDim, embedDim),
            weight("k_proj_weight", embedDim, kdim),
            weight("v_proj_weight", embedDim, vdim),
          ];
    this.#bias = bias
      ? this.register("in_proj_bias", initialized([3 * embedDim], zeros(), { device }))
      : null;
    this.out_proj = new Linear(embedDim, embedDim, { device, bias });
    if (this.out_proj.bias) initialize(this.out_proj.bias, zeros());
  }

  /**
   * query [batch, queries, embedDim], key [batch, keys, kdim], value [batch, keys, vdim] → output
   * [batch, queries, embedDim]; weights [batch, queries, keys] (or [batch, heads, queries, keys]) when `needWeights`,
   * else null. Self-attention, the same tensor three times, is one projection launch; cross-attention, the same tensor
   * twice, two. Throws a ShapeError for sizes and masks that do not fit.
   */
  forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    options: MultiheadAttentionCall = {},
  ): { output: Tensor; weights: Tensor | null } {
    const where = "MultiheadAttention";
    checkOptions(where, options, CALL_OPTIONS);
    const { causal = false, needWeights = false, averageWeights = true, cache, attnMask } = options;
    this.#check(where, query, key, value);
    const isSelf = query === key && key === value;
    const before = isSelf ? (cache?.length ?? 0) : 0;
    const { q, k, v } = this.#project(query, key, value, cache);
    const [batch, queries] = query.shape;
    const sizes = { batch, heads: this.numHeads, queries, keys: k.x.shape[1] };
    const headDim = this.embedDim / this.numHeads;
    const run = {
      ...sizes,
      headDim,
      scale: 1 / Math.sqrt(headDim),
      causalFrom: causal ? before : null,
      masks: checkMasks(where, options, sizes),
      dropout: this.training ? this.dropout : 0,
    };
    const packed = k.x === v.x;
    const { output, weights } = attendHeads(where, run, { q, k, v }, { attnMask, needWeights, packed });
    return {
      output: this.out_proj.forward(output),
      weights: weights && averageWeights ? mean(weights, { axis: 1 }) : weights,
    };
  }

  #check(where: string, query: Tensor, key: Tensor, value: Tensor): void {
    const shapes = [query, key, value].map(({ shape }) => formatShape(shape)).join(", ");
    if ([query, key, value].some(({ shape }) => shape.length !== 3))
      throw new ShapeError(
        `${where}: query, key and value are ${shapes}, expected [batch, length, ${this.embedDim}] each`,
      );
    if (key.shape[0] !== query.shape[0] || value.shape[0] !== query.shape[0])
      throw new ShapeError(`${where}: query, key and value differ in their batch: ${shapes}`);
    if (key.shape[1] !== value.shape[1])
      throw new ShapeError(`${where}: there must be as many keys as values: query, key, value ${shapes}`);
    if (query.size === 0 || key.size === 0)
      throw new ShapeError(`${where}: nothing to attend to: query, key, value ${shapes}`);
  }

  /** Queries, keys and values as columns of projections; with a cache, keys and values of all its positions. */
  #project(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    cache: KeyValueCache | undefined,
  ): { q: HeadColumns; k: HeadColumns; v: HeadColumns } {
    const E = this.embedDim;
    const bias = this.#bias ?? undefined;
    const whole = this.#weights.length === 1;
    // Rows of the packed weight: queries, keys, values.
    const block = (x: Tensor, part: number, parts: number) => ({
      x,
      weight: this.#weights[whole ? 0 : part],
      first: whole ? part * E : 0,
      rows: parts * E,
      biasFirst: part * E,
    });
    const held = (from: KeyValueCache, q: HeadColumns) => {
      const x = from.contents;
      return { q, k: { x, first: 0 }, v: { x, first: E } };
    };
    const project = (...blocks: ReturnType<typeof block>[]): Tensor[] =>
      projectBlocks("MultiheadAttention", blocks, bias);
    const isSelf = query === key && key === value;
    if (cache && !isSelf && cache.length > 0)
      return held(cache, { x: project(block(query, 0, 1))[0], first: 0 });
    if (isSelf && whole) {
      const [x] = project(block(query, 0, 3));
      if (cache) {
        cache.append(slice(x, 2, E, 3 * E));
        return held(cache, { x, first: 0 });
      }
      return { q: { x, first: 0 }, k: { x, first: E }, v: { x, first: 2 * E } };
    }
    if (key === value && whole) {
      const [q, kv] = project(block(query, 0, 1), block(key, 1, 2));
      if (cache) {
        cache.append(kv);
        return held(cache, { x: q, first: 0 });
      }
      return { q: { x: q, first: 0 }, k: { x: kv, first: 0 }, v: { x: kv, first: E } };
    }
    const [q, k, v] = project(block(query, 0, 1), block(key, 1, 1), block(value, 2, 1));
    if (cache) {
      cache.append(k, v);
      return held(cache, { x: q, first: 0 });
    }
    return { q: { x: q, first: 0 }, k: { x: k, first: 0 }, v: { x: v, first: 0 } };
  }
}
