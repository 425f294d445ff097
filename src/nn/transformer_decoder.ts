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
import type { LayerFactory } from "./transformer_encoder.ts";

/** What a layer of a decoder takes beside the sequences. */
export interface DecoderLayerCall {
  /** [target, target] and what broadcasts to [batch, heads, target, target]: f32 is added, i32 ≠ 0 forbids. */
  tgtMask?: Tensor;
  /** [target, source], likewise. */
  memoryMask?: Tensor;
  /** [batch, target] i32; a token with 1 is padding. */
  tgtKeyPaddingMask?: Tensor;
  /** [batch, source] i32, likewise. */
  memoryKeyPaddingMask?: Tensor;
  /** A token of the target sees only those before it and itself; false. */
  causal?: boolean;
  /** Keys and values, for decoding under noGrad; tgt is then the new tokens. */
  cache?: LayerCache;
}

const CALL_OPTIONS = [
  "tgtMask",
  "memoryMask",
  "tgtKeyPaddingMask",
  "memoryKeyPaddingMask",
  "causal",
  "cache",
];

/**
 * Self-attention on the target, attention on the encoder's memory, then two Linear layers with an activation between,
 * each added to what went in and normed: as torch.nn.TransformerDecoderLayer with batch_first=True and by its names.
 * Throws a ValueError for sizes and rates that cannot be. Source: Vaswani et al. 2017; normFirst: Xiong et al. 2020.
 */
export class TransformerDecoderLayer extends Module {
  readonly self_attn: MultiheadAttention;
  readonly multihead_attn: MultiheadAttention;
  readonly linear1: Linear;
  readonly linear2: Linear;
  readonly norm1: LayerNorm;
  readonly norm2: LayerNorm;
  readonly norm3: LayerNorm;
  readonly dropout: number;
  readonly activation: Activation;
  readonly normFirst: boolean;

  constructor(dModel: number, nhead: number, options: TransformerLayerOptions = {}) {
    super();
    const settings = layerSettings("TransformerDecoderLayer", dModel, nhead, options);
    const { dimFeedforward, dropout, bias, layerNormEps: eps } = settings;
    const device = moduleDevice(options);
    this.self_attn = new MultiheadAttention(dModel, nhead, { device, dropout, bias });
    this.multihead_attn = new MultiheadAttention(dModel, nhead, { device, dropout, bias });
    this.linear1 = new Linear(dModel, dimFeedforward, { device, bias });
    this.linear2 = new Linear(dimFeedforward, dModel, { device, bias });
    this.norm1 = new LayerNorm(dModel, { device, eps, bias });
    this.norm2 = new LayerNorm(dModel, { device, eps, bias });
    this.norm3 = new LayerNorm(dModel, { device, eps, bias });
    this.dropout = dropout;
    this.activation = settings.activation;
    this.normFirst = settings.normFirst;
  }

  /**
   * tgt [batch, target, dModel], memory [batch, source, dModel] → [batch, target, dModel]. Throws a ShapeError for
   * sequences and masks that do not fit.
   */
  forward(tgt: Tensor, memory: Tensor, options: DecoderLayerCall = {}): Tensor {
    const where = "TransformerDecoderLayer";
    checkOptions(where, options, CALL_OPTIONS);
    const { embedDim } = this.self_attn;
    checkSequence(where, "tgt", tgt, embedDim);
    checkSequence(where, "memory", memory, embedDim);
    if (this.normFirst) {
      const start = { sum: tgt, output: this.norm1.forward(tgt) };
      return this.forwardNormed(start, memory, null, options).sum;
    }
    const rate = this.training ? this.dropout : 0;
    const own = addAndNorm(tgt, this.#attend(tgt, options), this.norm1, rate).output;
    const looked = addAndNorm(own, this.#look(own, memory, options), this.norm2, rate).output;
    return addAndNorm(looked, this.#feedForward(looked, rate), this.norm3, rate).output;
  }

  /** Internal: normFirst inside a stack, where the sum at the end and the norm of what follows are one dispatch. */
  forwardNormed(
    tgt: ResidualNormResult,
    memory: Tensor,
    next: LayerNorm | null,
    options: DecoderLayerCall,
  ): ResidualNormResult {
    const rate = this.training ? this.dropout : 0;
    const own = addAndNorm(tgt.sum, this.#attend(tgt.output, options), this.norm2, rate);
    const looked = addAndNorm(own.sum, this.#look(own.output, memory, options), this.norm3, rate);
    return addAndMaybeNorm(looked.sum, this.#feedForward(looked.output, rate), next, rate);
  }

  #attend(x: Tensor, { tgtMask, tgtKeyPaddingMask, causal, cache }: DecoderLayerCall): Tensor {
    const call = { attnMask: tgtMask, keyPaddingMask: tgtKeyPaddingMask, causal, cache: cache?.self };
    return this.self_attn.forward(x, x, x, call).output;
  }

  #look(x: Tensor, memory: Tensor, { memoryMask, memoryKeyPaddingMask, cache }: DecoderLayerCall): Tensor {
    const call = { attnMask: memoryMask, keyPaddingMask: memoryKeyPaddingMask, cache: cache?.cross };
    return this.multihead_attn.forward(x, memory, memory, call).output;
  }

  #feedForward(x: Tensor, rate: number): Tensor {
    return feedForward(x, this.linear1, this.linear2, this.activation, rate);
  }
}

/** What a decoder takes beside the sequences. */
export interface DecoderCall extends Omit<DecoderLayerCall, "cache"> {
  /** Keys and values of all layers, for decoding under noGrad; tgt is then the new tokens. */
  cache?: DecoderCache;
}

/**
 * Layers one after the other, each of which looks at the memory, and a norm behind the last (needed with
 * `normFirst`), as torch.nn.TransformerDecoder: `layers.0.multihead_attn.in_proj_weight` …, `norm.weight`. Layers are
 * given by their sizes and options, or made by a function. Throws a ValueError unless there is a layer.
 */
export class TransformerDecoder extends Module {
  readonly layers: TransformerDecoderLayer[];
  readonly norm: LayerNorm | null;

  constructor(
    layer: TransformerLayerSizes | LayerFactory<TransformerDecoderLayer>,
    numLayers: number,
    options: { norm?: LayerNorm | null } = {},
  ) {
    super();
    checkOptions("TransformerDecoder", options, ["norm"]);
    checkSize("TransformerDecoder", "numLayers", numLayers);
    this.layers = Array.from({ length: numLayers }, (_, i) => {
      if (typeof layer === "function") return layer(i);
      const { dModel, nhead, ...rest } = layer;
      return new TransformerDecoderLayer(dModel, nhead, rest);
    });
    this.norm = options.norm ?? null;
  }

  /** tgt [batch, target, dModel], memory [batch, source, dModel] → [batch, target, dModel]. */
  forward(tgt: Tensor, memory: Tensor, options: DecoderCall = {}): Tensor {
    checkOptions("TransformerDecoder", options, CALL_OPTIONS);
    const { cache, ...rest } = options;
    const call = (i: number): DecoderLayerCall => (cache ? { ...rest, cache: cache.layer(i) } : rest);
    const { forward } = TransformerDecoderLayer.prototype;
    if (this.layers.every((layer) => layer.normFirst && layer.forward === forward)) {
      checkSequence("TransformerDecoder", "memory", memory, this.layers[0].self_attn.embedDim);
      return throughNormed("TransformerDecoder", "tgt", tgt, this.layers, this.norm, (layer, x, next, i) =>
        layer.forwardNormed(x, memory, next, call(i)),
      );
    }
    let x = tgt;
    for (const [i, layer] of this.layers.entries()) x = layer.forward(x, memory, call(i));
    return this.norm ? this.norm.forward(x) : x;
  }
}
