/** What the layers of encoder and decoder share: their options, the feed-forward part, the residual connections. */
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { activationDropout } from "../ops/activation_dropout.ts";
import { checkRate } from "../ops/dropout.ts";
import { dropoutAdd } from "../ops/dropout_add.ts";
import { expectDtype } from "../ops/launch.ts";
import { type Activation, checkActivation, linear } from "../ops/matmul.ts";
import { residualNorm, type ResidualNormResult } from "../ops/residual_norm.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import type { LayerNorm } from "./layer_norm.ts";
import { checkSize, Linear } from "./linear.ts";
import type { ModuleOptions } from "./module.ts";

/** What a layer of a Transformer is made of; the defaults are PyTorch's. */
export interface TransformerLayerOptions extends ModuleOptions {
  /** Width of the hidden layer of the feed-forward part; 2048. */
  dimFeedforward?: number;
  /** Share of the attention weights, of the hidden layer and of what each part adds that is dropped in training; 0.1. */
  dropout?: number;
  /** Of the hidden layer; "relu". "geluTanh" is gelu's tanh approximation. */
  activation?: Activation;
  /** Norm before each part instead of behind it; false. */
  normFirst?: boolean;
  /** Added to the variance in each norm; 1e-5. */
  layerNormEps?: number;
  /** Whether projections, Linear layers and norms have a bias; true. */
  bias?: boolean;
}

/** The options of a layer and its sizes in one, as the stacks take them. */
export interface TransformerLayerSizes extends TransformerLayerOptions {
  /** Width of every vector. */
  dModel: number;
  /** Heads of each attention; they share the width equally. */
  nhead: number;
}

/** The names of `TransformerLayerOptions`. */
export const LAYER_OPTIONS = [
  "device",
  "dimFeedforward",
  "dropout",
  "activation",
  "normFirst",
  "layerNormEps",
  "bias",
];

/** The options with their defaults. Throws a ValueError for sizes, rates and names that cannot be. */
export function layerSettings(
  where: string,
  dModel: number,
  nhead: number,
  options: TransformerLayerOptions,
) {
  checkOptions(where, options, LAYER_OPTIONS);
  const { dimFeedforward = 2048, dropout = 0.1, activation = "relu", normFirst = false } = options;
  const { layerNormEps = 1e-5, bias = true } = options;
  for (const [name, size] of Object.entries({ dModel, nhead, dimFeedforward })) checkSize(where, name, size);
  if (dModel % nhead !== 0)
    throw new ValueError(
      `${where}: dModel ${dModel} is not a multiple of nhead ${nhead}; heads share the width equally`,
    );
  checkRate(where, "dropout", dropout);
  checkActivation(where, activation);
  return { dimFeedforward, dropout, activation, normFirst, layerNormEps, bias };
}

/** Throws a ShapeError unless x is [batch, length, dModel] with something in it. */
export function checkSequence(where: string, name: string, x: Tensor, dModel: number): void {
  expectDtype(where, name, x, "f32");
  if (x.shape.length !== 3 || x.shape[2] !== dModel)
    throw new ShapeError(
      `${where}: ${name} is ${formatShape(x.shape)}, expected [batch, length, ${dModel}]; ` +
        "is an Embedding missing before it?",
    );
  if (x.size === 0)
    throw new ShapeError(
      `${where}: ${name} is ${formatShape(x.shape)}: an empty sequence has nothing to attend to; ` +
        "pad it to one token at least",
    );
}

/** linear2(dropout(activation(linear1(x)))): three dispatches, two where nothing is dropped. */
export function feedForward(
  x: Tensor,
  linear1: Linear,
  linear2: Linear,
  activation: Activation,
  rate: number,
): Tensor {
  // A Linear may have been replaced by its quantized form, which has no fused activation.
  const fused = rate === 0 && linear1 instanceof Linear;
  return linear2.forward(
    fused
      ? linear(x, linear1.weight, linear1.bias ?? undefined, { activation })
      : activationDropout(linear1.forward(x), activation, rate),
  );
}

/** x + dropout(sublayer), and its norm, in one dispatch. */
export function addAndNorm(x: Tensor, sublayer: Tensor, norm: LayerNorm, rate: number): ResidualNormResult {
  const { eps } = norm;
  const [weight, bias] = [norm.weight ?? undefined, norm.bias ?? undefined];
  return residualNorm(x, sublayer, { weight, bias, eps, dropout: rate });
}

/** The same where a norm follows; else the sum alone, which then stands for both. */
export function addAndMaybeNorm(
  x: Tensor,
  sublayer: Tensor,
  norm: LayerNorm | null,
  rate: number,
): ResidualNormResult {
  if (norm) return addAndNorm(x, sublayer, norm, rate);
  const sum = dropoutAdd(x, sublayer, rate);
  return { sum, output: sum };
}

/**
 * A stack of layers that norm first: each ends with the first norm of the next, the last with the stack's own, so that
 * no norm and no residual connection needs a dispatch of its own but the norm at the start.
 */
export function throughNormed<Layer extends { self_attn: { embedDim: number }; norm1: LayerNorm }>(
  where: string,
  name: string,
  x: Tensor,
  layers: readonly Layer[],
  last: LayerNorm | null,
  step: (layer: Layer, x: ResidualNormResult, next: LayerNorm | null, index: number) => ResidualNormResult,
): Tensor {
  checkSequence(where, name, x, layers[0].self_attn.embedDim);
  let current: ResidualNormResult = { sum: x, output: layers[0].norm1.forward(x) };
  for (const [i, layer] of layers.entries()) {
    const next = layers[i + 1]?.norm1 ?? last;
    current = step(layer, current, next, i);
  }
  return current.output;
}
