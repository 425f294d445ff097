/** A decoder-only language model: embedding, sinusoidal positions, pre-norm layers with a causal mask, logits. */
import {
  DecoderCache,
  type Device,
  Embedding,
  type GenerationStep,
  LayerNorm,
  Linear,
  Module,
  noGrad,
  select,
  SinusoidalPositions,
  type Tensor,
  tensor,
  TransformerEncoder,
} from "../src/index.ts";

export interface DecoderSizes {
  layers: number;
  width: number;
  heads: number;
  feedforward: number;
  vocabulary: number;
  dropout: number;
}

export class DecoderModel extends Module {
  readonly device: Device;
  readonly embedding: Embedding;
  readonly positions: SinusoidalPositions;
  readonly layers: TransformerEncoder;
  readonly output: Linear;

  constructor(device: Device, { layers, width, heads, feedforward, vocabulary, dropout }: DecoderSizes) {
    super();
    this.device = device;
    this.embedding = new Embedding(vocabulary, width, { device });
    this.positions = new SinusoidalPositions(width, { dropout, device });
    const layer = {
      dModel: width,
      nhead: heads,
      dimFeedforward: feedforward,
      dropout,
      normFirst: true,
      device,
    };
    this.layers = new TransformerEncoder(layer, layers, { norm: new LayerNorm(width, { device }) });
    this.output = new Linear(width, vocabulary, { device });
  }

  /** ids [batch, time] → logits [batch, time, vocabulary]; with a cache, of the new ids only. */
  forward(ids: Tensor, cache?: DecoderCache): Tensor {
    const x = this.positions.forward(this.embedding.forward(ids), { start: cache?.length ?? 0 });
    return this.output.forward(this.layers.forward(x, { causal: true, cache }));
  }
}

/** A step function for `generate`, with or without a key/value cache; prompts of one length. */
export function decodingStep(
  model: DecoderModel,
  cached: boolean,
): { step: GenerationStep; dispose(): void } {
  const cache = cached ? new DecoderCache() : undefined;
  const step: GenerationStep = async (rows, parents) => {
    // Rows that stay as they are need no move.
    if (parents && (parents.length !== rows.length || parents.some((row, i) => row !== i)))
      cache?.reorder(parents);
    const ids = rows.map((row) => [...row.subarray(cache?.length ?? 0)]);
    const logits = noGrad(() => {
      const x = tensor(ids, { device: model.device, dtype: "i32" });
      return select(model.forward(x, cache), 1, -1);
    });
    const values = await logits.data();
    logits.dispose();
    return values;
  };
  return { step, dispose: () => cache?.dispose() };
}
