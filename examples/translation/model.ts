import {
  cast,
  type DecoderCache,
  Embedding,
  equal,
  LayerNorm,
  LearnedPositions,
  Linear,
  Module,
  type ModuleOptions,
  type Tensor,
  TransformerDecoder,
  TransformerEncoder,
} from "../../src/index.ts";
import type { Settings } from "./settings.ts";
import { MAX_SOURCE, MAX_TARGET, PAD, SOURCE, TARGET } from "./tokens.ts";

/** What the encoder made of some sources. */
export interface Encoded {
  /** [batch, source, width] */
  readonly memory: Tensor;
  /** [batch, source], i32: 1 where there is padding, which nobody may look at. */
  readonly padding: Tensor;
}

/** An encoder reads English, a decoder writes French word by word; in between, its cross-attention. */
export class NumberTranslator extends Module {
  readonly source_embedding: Embedding;
  readonly source_positions: LearnedPositions;
  readonly encoder: TransformerEncoder;
  readonly target_embedding: Embedding;
  readonly target_positions: LearnedPositions;
  readonly decoder: TransformerDecoder;
  readonly output: Linear;

  constructor({ width, heads, layers, feedForward, dropout, device }: Settings & ModuleOptions) {
    super();
    // The norm stands before each part (normFirst) and once more at the end: it bears a larger learning rate.
    const layer = {
      dModel: width,
      nhead: heads,
      dimFeedforward: feedForward,
      dropout,
      normFirst: true,
      device,
    };
    this.source_embedding = new Embedding(SOURCE.size, width, { device });
    this.source_positions = new LearnedPositions(MAX_SOURCE, width, { device });
    this.encoder = new TransformerEncoder(layer, layers, { norm: new LayerNorm(width, { device }) });
    this.target_embedding = new Embedding(TARGET.size, width, { device });
    this.target_positions = new LearnedPositions(MAX_TARGET, width, { device });
    this.decoder = new TransformerDecoder(layer, layers, { norm: new LayerNorm(width, { device }) });
    this.output = new Linear(width, TARGET.size, { device });
  }

  /**
   * source [batch, source] ids, shorter texts with padding in front. Places are counted from the end, so that units
   * stand at the same one in 84 and in 1984.
   */
  encode(source: Tensor): Encoded {
    const padding = cast(equal(source, PAD), "i32"); // [batch, source]
    const start = MAX_SOURCE - source.shape[1];
    const embedded = this.source_positions.forward(this.source_embedding.forward(source), { start });
    return { memory: this.encoder.forward(embedded, { keyPaddingMask: padding }), padding };
  }

  /** given [batch, target] ids, whose first stands at place `start` → [batch, target, width]. */
  embed(given: Tensor, start = 0): Tensor {
    return this.target_positions.forward(this.target_embedding.forward(given), { start });
  }

  /**
   * given [batch, target] ids → logits [batch, target, words]; a place sees only those before it. With a cache, given
   * are the words that it has not seen yet.
   */
  decode(given: Tensor, { memory, padding }: Encoded, cache?: DecoderCache): Tensor {
    const decoded = this.decoder.forward(this.embed(given, cache?.length), memory, {
      causal: true,
      memoryKeyPaddingMask: padding,
      cache,
    });
    return this.output.forward(decoded);
  }

  /** Teacher forcing: at every place the decoder is given the right words so far, and says the next one. */
  forward(source: Tensor, given: Tensor): Tensor {
    return this.decode(given, this.encode(source));
  }
}
