/** `layers`: a function per layer, and the way back from a file. */
import { FileFormatError } from "../../errors.ts";
import type { Layer, LayerConfig, LayerOptions } from "../layer.ts";
import { Dense, type DenseOptions } from "./dense.ts";
import { Dropout, type DropoutOptions } from "./dropout.ts";
import { Embedding, type EmbeddingOptions } from "./embedding.ts";
import { LSTM, type LSTMLayerOptions } from "./lstm.ts";
import { GlobalAveragePooling1D } from "./pooling.ts";
import { TimeDistributed } from "./time_distributed.ts";

/** The layers of the Keras door, each with Keras 3's defaults. */
export const layers = {
  /** A table of vectors, one per id. */
  embedding: (options: EmbeddingOptions): Embedding => new Embedding(options),
  /** Long short-term memory. */
  lstm: (options: LSTMLayerOptions): LSTM => new LSTM(options),
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
};

type Maker = (options: never) => Layer;

const MAKERS: Record<string, Maker> = {
  Embedding: layers.embedding,
  LSTM: layers.lstm,
  Dense: layers.dense,
  Dropout: layers.dropout,
  GlobalAveragePooling1D: layers.globalAveragePooling1D,
};

/** A layer from what a file says of it; throws a FileFormatError for a kind that this version does not know. */
export function layerFromConfig({ className, name, options }: LayerConfig): Layer {
  const { layer: inner, ...rest } = options as { layer?: LayerConfig };
  const given = { ...rest, name } as never;
  if (className === "TimeDistributed" && inner) return new TimeDistributed(layerFromConfig(inner), given);
  const make = Object.hasOwn(MAKERS, className) ? MAKERS[className] : undefined;
  if (!make) throw new FileFormatError(`loadModel: unknown layer "${className}"`);
  return make(given);
}
