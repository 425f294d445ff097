import { checkOptions, ShapeError } from "../errors.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { glorotUniform, initialize } from "./init.ts";
import { LayerNorm } from "./layer_norm.ts";
import { Module, moduleDevice } from "./module.ts";
import { LAYER_OPTIONS, type TransformerLayerOptions } from "./transformer_block.ts";
import { type DecoderLayerCall, TransformerDecoder } from "./transformer_decoder.ts";
import { TransformerEncoder } from "./transformer_encoder.ts";

/** What a Transformer is made of; the defaults are PyTorch's and those of the 2017 paper. */
export interface TransformerOptions extends TransformerLayerOptions {
  /** Width of every vector; 512. */
  dModel?: number;
  /** Heads of each attention; 8. */
  nhead?: number;
  /** 6. */
  numEncoderLayers?: number;
  /** 6. */
  numDecoderLayers?: number;
}

/** What a Transformer takes beside the two sequences. */
export interface TransformerCall extends Omit<DecoderLayerCall, "cache"> {
  /** [source, source] and what broadcasts to [batch, heads, source, source]: f32 is added, i32 ≠ 0 forbids. */
  srcMask?: Tensor;
  /** [batch, source] i32; a token with 1 is padding, which the encoder does not look at. */
  srcKeyPaddingMask?: Tensor;
}

const CALL_OPTIONS = [
  "srcMask",
  "tgtMask",
  "memoryMask",
  "srcKeyPaddingMask",
  "tgtKeyPaddingMask",
  "memoryKeyPaddingMask",
  "causal",
];

/**
 * An encoder and a decoder that looks at what it made, each with a norm at its end, as torch.nn.Transformer with
 * batch_first=True and by its names (`encoder.layers.0.self_attn.in_proj_weight` …); matrices start Glorot-uniform.
 * Embeddings, positions and the output layer are the caller's. To decode token by token, call `encoder.forward` once,
 * then `decoder.forward` with a DecoderCache. Source: Vaswani et al. 2017.
 */
export class Transformer extends Module {
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder;

  constructor(options: TransformerOptions = {}) {
    super();
    const sizes = ["dModel", "nhead", "numEncoderLayers", "numDecoderLayers"];
    checkOptions("Transformer", options, [...sizes, ...LAYER_OPTIONS]);
    const { dModel = 512, nhead = 8, numEncoderLayers = 6, numDecoderLayers = 6, ...rest } = options;
    const device = moduleDevice(options);
    const layer = { ...rest, dModel, nhead, device };
    const { layerNormEps: eps = 1e-5, bias = true } = rest;
    const norm = (): LayerNorm => new LayerNorm(dModel, { device, eps, bias });
    this.encoder = new TransformerEncoder(layer, numEncoderLayers, { norm: norm() });
    this.decoder = new TransformerDecoder(layer, numDecoderLayers, { norm: norm() });
    for (const parameter of this.parameters())
      if (parameter.shape.length > 1) initialize(parameter, glorotUniform());
  }

  /**
   * src [batch, source, dModel], tgt [batch, target, dModel] → [batch, target, dModel]. `causal` is about the target.
   * Throws a ShapeError for sequences and masks that do not fit.
   */
  forward(src: Tensor, tgt: Tensor, options: TransformerCall = {}): Tensor {
    checkOptions("Transformer", options, CALL_OPTIONS);
    if (src.shape[0] !== tgt.shape[0])
      throw new ShapeError(
        `Transformer: src ${formatShape(src.shape)} and tgt ${formatShape(tgt.shape)} differ in their batch`,
      );
    const { srcMask: mask, srcKeyPaddingMask: keyPaddingMask, ...ofTarget } = options;
    const memory = this.encoder.forward(src, { mask, keyPaddingMask });
    return this.decoder.forward(tgt, memory, ofTarget);
  }
}
