/**
 * The course's full encoder-decoder, written out from blocks.ts: embeddings and learned positions on both sides, layers,
 * and a Linear that gives a score to every id of the vocabulary. Ids are [batch, time]; 0 is padding.
 */
import {
  add,
  type Device,
  Dropout,
  Embedding,
  equal,
  LearnedPositions,
  Linear,
  Module,
  slice,
  type Tensor,
  TransformerDecoder,
  TransformerEncoder,
} from "../../src/index.ts";
import { WrittenBlock, WrittenDecoderBlock } from "./blocks.ts";
import { lookAheadMask, paddingMask } from "./masks.ts";
import type { TrainingSettings } from "./settings.ts";

/** What a training needs of a model. */
export interface Translator extends Module {
  /** source [batch, S], target [batch, T] → scores [batch, T, vocabulary]. */
  forward(source: Tensor, target: Tensor): Tensor;
}

export type ModelSettings = Pick<
  TrainingSettings,
  "vocabulary" | "width" | "heads" | "layers" | "expansion" | "dropout" | "maxLength"
> & {
  readonly device: Device;
  /** What scores are divided by; √(width of a head) unless told. */
  readonly divisor?: number;
};

/** Words and places as vectors. */
export class WrittenInput extends Module {
  readonly words: Embedding;
  readonly places: Embedding;
  readonly dropout: Dropout;

  constructor({ vocabulary, width, maxLength, dropout, device }: ModelSettings) {
    super();
    this.words = new Embedding(vocabulary, width, { device });
    this.places = new Embedding(maxLength, width, { device });
    this.dropout = new Dropout(dropout);
  }

  forward(ids: Tensor): Tensor {
    const places = slice(this.places.weight, 0, 0, ids.shape[1]); // les premières lignes, une par place
    return this.dropout.forward(add(this.words.forward(ids), places));
  }
}

/** The course's Transformer. */
export class WrittenTransformer extends Module implements Translator {
  readonly source: WrittenInput;
  readonly target: WrittenInput;
  readonly encoder: WrittenBlock[];
  readonly decoder: WrittenDecoderBlock[];
  readonly fcOut: Linear;

  constructor(settings: ModelSettings) {
    super();
    const { vocabulary, width, heads, layers, expansion, device } = settings;
    this.source = new WrittenInput(settings);
    this.encoder = Array.from({ length: layers }, () => new WrittenBlock(width, heads, expansion, settings));
    this.target = new WrittenInput(settings);
    this.decoder = Array.from(
      { length: layers },
      () => new WrittenDecoderBlock(width, heads, expansion, settings),
    );
    this.fcOut = new Linear(width, vocabulary, { device });
  }

  encode(source: Tensor): Tensor {
    let x = this.source.forward(source);
    for (const block of this.encoder) x = block.forward(x, x, x, paddingMask(source));
    return x; // [lot, longueur, largeur]
  }

  decode(target: Tensor, memory: Tensor, source: Tensor): Tensor {
    const sourceMask = paddingMask(source); // le remplissage de la source se cache aussi au décodeur
    const targetMask = lookAheadMask(target.shape[1], target.device);
    let x = this.target.forward(target);
    for (const block of this.decoder) x = block.forward(x, memory, sourceMask, targetMask);
    return this.fcOut.forward(x); // [lot, longueur, vocabulaire]
  }

  forward(source: Tensor, target: Tensor): Tensor {
    return this.decode(target, this.encode(source), source);
  }
}

/** The same from the library's layers: fused attention and norms, so that a step launches fewer kernels. */
export class LibraryTransformer extends Module implements Translator {
  readonly sourceWords: Embedding;
  readonly sourcePlaces: LearnedPositions;
  readonly encoder: TransformerEncoder;
  readonly targetWords: Embedding;
  readonly targetPlaces: LearnedPositions;
  readonly decoder: TransformerDecoder;
  readonly fcOut: Linear;

  constructor({ vocabulary, width, heads, layers, expansion, dropout, maxLength, device }: ModelSettings) {
    super();
    const sizes = { dModel: width, nhead: heads, dimFeedforward: expansion * width, dropout, device };
    this.sourceWords = new Embedding(vocabulary, width, { device });
    this.sourcePlaces = new LearnedPositions(maxLength, width, { device, dropout });
    this.encoder = new TransformerEncoder(sizes, layers);
    this.targetWords = new Embedding(vocabulary, width, { device });
    this.targetPlaces = new LearnedPositions(maxLength, width, { device, dropout });
    this.decoder = new TransformerDecoder(sizes, layers);
    this.fcOut = new Linear(width, vocabulary, { device });
  }

  forward(source: Tensor, target: Tensor): Tensor {
    const padding = equal(source, 0); // [lot, longueur] : 1 = cacher
    const read = this.sourcePlaces.forward(this.sourceWords.forward(source));
    const memory = this.encoder.forward(read, { keyPaddingMask: padding });
    const written = this.targetPlaces.forward(this.targetWords.forward(target));
    const options = { causal: true, memoryKeyPaddingMask: padding };
    return this.fcOut.forward(this.decoder.forward(written, memory, options));
  }
}
