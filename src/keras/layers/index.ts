/** `layers`: a function per layer, and the way back from a file. */
import { FileFormatError } from "../../errors.ts";
import type { Layer, LayerConfig, LayerOptions } from "../layer.ts";
import { Attention, type AttentionOptions } from "./attention.ts";
import { Bidirectional, type BidirectionalOptions } from "./bidirectional.ts";
import { Dense, type DenseOptions } from "./dense.ts";
import { Dropout, type DropoutOptions } from "./dropout.ts";
import { Embedding, type EmbeddingOptions } from "./embedding.ts";
import { GRU, type GRULayerOptions } from "./gru.ts";
import { LayerNormalization, type LayerNormalizationOptions } from "./layer_normalization.ts";
import { LSTM, type LSTMLayerOptions } from "./lstm.ts";
import { GlobalAveragePooling1D } from "./pooling.ts";
import type { Recurrent } from "./recurrent.ts";
import { SimpleRNN, type SimpleRNNOptions } from "./simple_rnn.ts";
import { TimeDistributed } from "./time_distributed.ts";

/** The layers of the Keras door, each with Keras 3's defaults. */
export const layers = {
  /** A table of vectors, one per id. */
  embedding: (options: EmbeddingOptions): Embedding => new Embedding(options),
  /** A plain recurrent network. */
  simpleRNN: (options: SimpleRNNOptions): SimpleRNN => new SimpleRNN(options),
  /** Long short-term memory. */
  lstm: (options: LSTMLayerOptions): LSTM => new LSTM(options),
  /** Gated recurrent units. */
  gru: (options: GRULayerOptions): GRU => new GRU(options),
  /** A recurrent layer run from both ends. */
  bidirectional: (layer: Recurrent, options?: BidirectionalOptions): Bidirectional =>
    new Bidirectional(layer, options),
  /** activation(x · kernel + bias). */
  dense: (options: DenseOptions): Dense => new Dense(options),
  /** Sets a share of the elements to zero while training. */
  dropout: (options: DropoutOptions | number): Dropout => new Dropout(options),
  /** A layer applied to every time step by itself. */
  timeDistributed: (layer: Layer, options?: LayerOptions): TimeDistributed =>
    new TimeDistributed(layer, options),
  /** The mean over the time steps that are no padding. */
  globalAveragePooling1D: (options?: LayerOptions): GlobalAveragePooling1D =>
    new GlobalAveragePooling1D(options),
  /** Mean 0 and variance 1 at each position. */
  layerNormalization: (options?: LayerNormalizationOptions): LayerNormalization =>
    new LayerNormalization(options),
  /** Every position looks at all of its sequence. */
  attention: (options?: AttentionOptions): Attention => new Attention(options),
};

type Maker = (options: never) => Layer;

const MAKERS: Record<string, Maker> = {
  Embedding: layers.embedding,
  SimpleRNN: layers.simpleRNN,
  LSTM: layers.lstm,
  GRU: layers.gru,
  Dense: layers.dense,
  Dropout: layers.dropout,
  GlobalAveragePooling1D: layers.globalAveragePooling1D,
  LayerNormalization: layers.layerNormalization,
  Attention: layers.attention,
};

/** A layer from what a file says of it; throws a FileFormatError for a kind that this version does not know. */
export function layerFromConfig({ className, name, options }: LayerConfig): Layer {
  const { layer: inner, ...rest } = options as { layer?: LayerConfig };
  const given = { ...rest, name } as never;
  if (inner && className === "TimeDistributed") return layers.timeDistributed(layerFromConfig(inner), given);
  if (inner && className === "Bidirectional")
    return layers.bidirectional(layerFromConfig(inner) as Recurrent, given);
  const make = Object.hasOwn(MAKERS, className) ? MAKERS[className] : undefined;
  if (!make) throw new FileFormatError(`loadModel: unknown layer "${className}"`);
  return make(given);
}
