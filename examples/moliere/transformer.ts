import {
  DecoderCache,
  type Device,
  Embedding,
  LayerNorm,
  LearnedPositions,
  Linear,
  Module,
  type ModuleOptions,
  select,
  type Tensor,
  TransformerEncoder,
} from "../../src/index.ts";

export interface MoliereTransformerOptions extends ModuleOptions {
  /** Characters that it sees at most: it learns a vector for each position. */
  window: number;
  /** Width of the vectors, everywhere. */
  units: number;
  heads: number;
  layers: number;
  dropout: number;
  /** Predict behind the last character only, or behind every one. */
  predict: "last" | "every";
}

/**
 * A decoder-only Transformer in the place of the notebook's LSTM: characters → Embedding + positions → layers of causal
 * self-attention → Linear over the vocabulary. Nothing is carried from one character to the next: each looks back at
 * all before it, and decoding keeps their keys and values. The norms stand before the attention, as in GPT-2.
 */
export class MoliereTransformer extends Module {
  readonly predict: "last" | "every";
  readonly longest: number;
  readonly embedding: Embedding;
  readonly positions: LearnedPositions;
  readonly decoder: TransformerEncoder;
  readonly fc: Linear;

  constructor(vocabularySize: number, options: MoliereTransformerOptions) {
    super();
    const { device, window, units, heads, layers, dropout, predict } = options;
    this.predict = predict;
    this.longest = window;
    this.embedding = new Embedding(vocabularySize, units, { device });
    this.positions = new LearnedPositions(window, units, { device, dropout });
    this.decoder = new TransformerEncoder(
      {
        dModel: units,
        nhead: heads,
        dimFeedforward: 4 * units,
        dropout,
        activation: "gelu",
        normFirst: true,
        device,
      },
      layers,
      { norm: new LayerNorm(units, { device }) },
    );
    this.fc = new Linear(units, vocabularySize, { device });
  }

  get device(): Device {
    return this.fc.weight.device;
  }

  /** ids [batch, time] → logits [batch, vocabulary], or [batch, time, vocabulary] at every position. */
  forward(ids: Tensor): Tensor {
    const seen = this.#read(ids);
    return this.fc.forward(this.predict === "every" ? seen : select(seen, 1, -1));
  }

  /** Characters behind those in the cache: ids [batch, time] → logits [batch, vocabulary], and the cache with them. */
  next(
    ids: Tensor,
    cache = new DecoderCache({ capacity: this.longest }),
  ): { logits: Tensor; state: DecoderCache } {
    return { logits: this.fc.forward(select(this.#read(ids, cache), 1, -1)), state: cache };
  }

  #read(ids: Tensor, cache?: DecoderCache): Tensor {
    const x = this.positions.forward(this.embedding.forward(ids), { start: cache?.length ?? 0 });
    return this.decoder.forward(x, { causal: true, cache });
  }
}
