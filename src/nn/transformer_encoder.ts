import { checkOptions } from "../errors.ts";
import type { Activation } from "../ops/matmul.ts";
import type { ResidualNormResult } from "../ops/residual_norm.ts";
import type { Tensor } from "../tensor.ts";
import type { DecoderCache, LayerCache } from "./key_value_cache.ts";
import { LayerNorm } from "./layer_norm.ts";
import { checkSize, Linear } from "./linear.ts";
import { Module, moduleDevice } from "./module.ts";
import { MultiheadAttention } from "./multihead_attention.ts";
import {
  addAndMaybeNorm,
  addAndNorm,
  checkSequence,
  feedForward,
  layerSettings,
  throughNormed,
  type TransformerLayerOptions,
  type TransformerLayerSizes,
} from "./transformer_block.ts";

/** What a layer of an encoder takes beside the sequence. */
export interface EncoderLayerCall {
  /** [length, length], [batch, heads, length, length] and what broadcasts to it: f32 is added, i32 ≠ 0 forbids. */
  mask?: Tensor;
  /** [batch, length] i32; a token with 1 is padding, which nobody looks at. */
  keyPaddingMask?: Tensor;
  /** A token sees only those before it and itself: a decoder-only model; false. */
  causal?: boolean;
  /** The keys and values of the tokens before, for decoding under noGrad; src is then the new tokens. */
  cache?: LayerCache;
}

/**
 * Self-attention, then two Linear layers with an activation between, each added to what went in and normed: a layer
 * of an encoder (or, with `causal`, of a decoder-only model), as torch.nn.TransformerEncoderLayer with
 * batch_first=True and by its names. Throws a ValueError for sizes and rates that cannot be.
 * Source: Vaswani et al. 2017; normFirst: Xiong et al. 2020.
 */
export class TransformerEncoderLayer extends Module {
  readonly self_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly dropout: number;
  readonly activation: Activation;
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const settings = layerSettings("TransformerEncoderLayer", dModel, nhead, options);
    const { dimFeedforward, dropout, bias, layerNormEps: eps } = settings;
    const device = moduleDevice(options);
    this.self_attn = new MultiheadAttention(dModel, nhead, { device, dropout, bias });
    this.linear1 = new Linear(dModel, dimFeedforward, { device, bias });
    this.linear2 = new Linear(dimFeedforward, dModel, { device, bias });
    this.norm1 = new LayerNorm(dModel, { device, eps, bias });
    this.norm2 = new LayerNorm(dModel, { device, eps, bias });
    this.dropout = dropout;
    this.activation = settings.activation;
    this.normFirst = settings.normFirst;
  }

  /** src [batch, length, dModel] → the same shape. Throws a ShapeError for sequences and masks that do not fit. */
  forward(src: Tensor, options: EncoderLayerCall = {}): Tensor {
    const where = "TransformerEncoderLayer";
    checkOptions(where, options, ["mask", "keyPaddingMask", "causal", "cache"]);
    checkSequence(where, "src", src, this.self_attn.embedDim);
    if (this.normFirst) {
      const start = { sum: src, output: this.norm1.forward(src) };
      return this.forwardNormed(start, null, options).sum;
    }
    const rate = this.training ? this.dropout : 0;
    const x = addAndNorm(src, this.#attend(src, options), this.norm1, rate).output;
    return addAndNorm(x, this.#feedForward(x, rate), this.norm2, rate).output;
  }

  /** Internal: normFirst inside a stack, where the sum at the end and the norm of what follows are one dispatch. */
  forwardNormed(
    src: ResidualNormResult,
    next: LayerNorm | null,
    options: EncoderLayerCall,
  ): ResidualNormResult {
    const rate = this.training ? this.dropout : 0;
    const { sum, output } = addAndNorm(src.sum, this.#attend(src.output, options), this.norm2, rate);
    return addAndMaybeNorm(sum, this.#feedForward(output, rate), next, rate);
  }

  #attend(x: Tensor, { mask: attnMask, keyPaddingMask, causal, cache }: EncoderLayerCall): Tensor {
    const call = { attnMask, keyPaddingMask, causal, cache: cache?.self };
    return this.self_attn.forward(x, x, x, call).output;
  }

  #feedForward(x: Tensor, rate: number): Tensor {
    return feedForward(x, this.linear1, this.linear2, this.activation, rate);
  }
}

/** What an encoder takes beside the sequence. */
export interface EncoderCall extends Omit<EncoderLayerCall, "cache"> {
  /** The keys and values of all layers, for decoding with a decoder-only model; see DecoderCache. */
  cache?: DecoderCache;
}

/** Makes a layer of a stack, by its place. */
export type LayerFactory<Layer> = (index: number) => Layer;

/**
 * Layers one after the other, and a norm behind the last (needed with `normFirst`), as torch.nn.TransformerEncoder:
 * `layers.0.self_attn.in_proj_weight` …, `norm.weight`. Layers are given by their sizes and options, or made by a
 * function; each starts with weights of its own. Throws a ValueError unless there is a layer.
 */
export class TransformerEncoder extends Module {
  readonly layers: TransformerEncoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(
    layer: TransformerLayerSizes | LayerFactory<TransformerEncoderLayer>,
    numLayers: number,
    options: { norm?: LayerNorm | null } = {},
  ) {
    super();
    checkOptions("TransformerEncoder", options, ["norm"]);
    checkSize("TransformerEncoder", "numLayers", numLayers);
    this.layers = Array.from({ length: numLayers }, (_, i) => {
      if (typeof layer === "function") return layer(i);
      const { dModel, nhead, ...rest } = layer;
      return new TransformerEncoderLayer(dModel, nhead, rest);
    });
    this.norm = options.norm ?? null;
  }

  /** src [batch, length, dModel] → the same shape. */
  forward(src: Tensor, options: EncoderCall = {}): Tensor {
    checkOptions("TransformerEncoder", options, ["mask", "keyPaddingMask", "causal", "cache"]);
    const { cache, ...rest } = options;
    const call = (i: number): EncoderLayerCall => (cache ? { ...rest, cache: cache.layer(i) } : rest);
    const { forward } = TransformerEncoderLayer.prototype;
    if (this.layers.every((layer) => layer.normFirst && layer.forward === forward))
      return throughNormed("TransformerEncoder", "src", src, this.layers, this.norm, (layer, x, next, i) =>
        layer.forwardNormed(x, next, call(i)),
      );
    let x = src;
    for (const [i, layer] of this.layers.entries()) x = layer.forward(x, call(i));
    return this.norm ? this.norm.forward(x) : x;
  }
}
