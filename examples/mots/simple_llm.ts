/**
 * The notebook's class SimpleLLM: a whole small language model behind one object. It is another model than those
 * before: words are what stands between spaces, two recurrent layers, categorical cross-entropy.
 */
import {
  type Device,
  FileFormatError,
  Generator,
  type HostArray,
  manualSeed,
  packCheckpoint,
  padSequences,
  unpackCheckpoint,
  useDevice,
  ValueError,
  WordVocabulary,
  wordVector,
} from "../../src/index.ts";
import { loadModel, type Sequential } from "../../src/keras/index.ts";
import { sentencesOf } from "./corpus.ts";
import { manyToMany } from "./models.ts";
import { cutAtRandom, cutEverywhere, type Examples, shiftedAnswers } from "./targets.ts";
import {
  type Accuracies,
  accuraciesOf,
  embeddingTable,
  fitWatched,
  type Guess,
  likeliest,
  type Watch,
} from "./training.ts";

/** How a SimpleLLM is made. */
export interface SimpleLLMOptions {
  /** Learns where sentences end, so that `predict` can stop; the notebook's class does not. */
  endToken?: boolean;
  embedding?: number;
  units?: number;
  learningRate?: number;
  seed?: number;
  device?: Device;
}

/** The word behind id 0: padding, and with `endToken` also the end of a sentence. */
export const END = "<end>";

/** Random cuts come from a stream of their own. */
const CUT_STREAM = 0x6c6c6d;

interface SavedState {
  simpleLLM: 1;
  words: string[];
  endToken: boolean;
  padLength: number;
  seed: number;
}

export class SimpleLLM {
  readonly endToken: boolean;
  readonly embeddingDim: number;
  readonly units: number;
  readonly learningRate: number;
  readonly seed: number;
  /** Ids in a row: 12 until the corpus says how long its sentences are. */
  padLength = 12;
  /** Values of every epoch by name. */
  readonly history: Record<string, number[]> = {};
  #device: Device | undefined;
  #vocabulary: WordVocabulary | undefined;
  #model: Sequential | undefined;
  #sentences: Int32Array[] = [];
  #table: Promise<HostArray<Float32Array>> | undefined;

  constructor(options: SimpleLLMOptions = {}) {
    const {
      endToken = false,
      embedding = 128,
      units = 64,
      learningRate = 0.001,
      seed = 42,
      device,
    } = options;
    this.endToken = endToken;
    this.embeddingDim = embedding;
    this.units = units;
    this.learningRate = learningRate;
    this.seed = seed;
    this.#device = device;
  }

  /** Makes the vocabulary: `<end>` is 0, then the sorted words between spaces. Throws a ValueError for an empty corpus. */
  fitTokenizer(corpus: string): this {
    const words = sentencesOf(corpus).map((sentence) => sentence.split(" "));
    this.#vocabulary = WordVocabulary.from(words, { reserved: { end: 0 } });
    this.#sentences = words.map((sentence) => this.vocabulary.encode(sentence, { end: this.endToken }));
    this.padLength = Math.max(...this.#sentences.map(({ length }) => length)) - 1;
    return this;
  }

  /** The vocabulary; throws a ValueError before `fitTokenizer`. */
  get vocabulary(): WordVocabulary {
    if (!this.#vocabulary)
      throw new ValueError("SimpleLLM: there is no vocabulary yet; call fitTokenizer(corpus) first");
    return this.#vocabulary;
  }

  /** The model; throws a ValueError before `buildModel`. */
  get model(): Sequential {
    if (!this.#model)
      throw new ValueError("SimpleLLM: there is no model yet; call buildModel() and fit() first");
    return this.#model;
  }

  /** The sentences of the corpus as ids. */
  get sentences(): readonly Int32Array[] {
    return this.#sentences;
  }

  /** The ids of a sentence's words. Throws a ValueError that names a word that the vocabulary lacks. */
  tokenize(sentence: string): Int32Array {
    return this.vocabulary.encode(sentence.toLowerCase().split(/\s+/).filter(Boolean));
  }

  /** The words of some ids; 0 is `<end>`. */
  decode(tokens: ArrayLike<number>): string[] {
    return this.vocabulary.decode(tokens);
  }

  /** The vectors of some ids, one for each, from the trained Embedding. */
  async embedding(tokens: ArrayLike<number>): Promise<Float32Array[]> {
    this.#table ??= embeddingTable(this.model);
    const table = await this.#table;
    return this.decode(tokens).map((word) => wordVector(table, this.vocabulary, word));
  }

  /** Embedding → SimpleRNN → SimpleRNN → Dense, with fresh weights. */
  async buildModel(): Promise<this> {
    this.#device ??= await useDevice();
    manualSeed(this.seed);
    this.#model = manyToMany(
      {
        vocabularySize: this.vocabulary.size,
        width: this.padLength,
        embedding: this.embeddingDim,
        units: this.units,
        learningRate: this.learningRate,
        device: this.#device,
      },
      2,
      "categorical_crossentropy",
    );
    return this;
  }

  /**
   * Trains on every sentence, cut at random `repeats` times, the last epochs with smaller and smaller steps.
   * Resolves to true unless the gate ended it.
   */
  async fit(
    options: { epochs?: number; repeats?: number; batchSize?: number } & Watch = {},
  ): Promise<boolean> {
    const { epochs = 10, repeats = 100, batchSize = 64, ...watch } = options;
    if (!this.#model) await this.buildModel();
    this.#table = undefined;
    const examples = this.examples(repeats);
    const { history } = this;
    return fitWatched(this.model, examples, {
      epochs,
      batchSize,
      classes: this.vocabulary.size,
      history,
      settle: true,
      ...watch,
    });
  }

  /** What `fit` trains on. */
  examples(repeats: number): Examples {
    const cuts = cutAtRandom(this.#sentences, repeats, new Generator(this.seed, CUT_STREAM));
    return shiftedAnswers(cuts, this.padLength);
  }

  /** Right answers over every cut of every sentence. */
  accuracies(): Promise<Accuracies> {
    return accuraciesOf(
      this.model,
      shiftedAnswers(cutEverywhere(this.#sentences), this.padLength),
      this.#device!,
    );
  }

  /** The likeliest next words behind some ids. */
  async guess(tokens: ArrayLike<number>, count = 5): Promise<Guess[]> {
    const x = padSequences([tokens], { maxLength: this.padLength, padding: "post" });
    const output = await this.model.predict(x, { verbose: 0 });
    return likeliest(output.data.subarray(-this.vocabulary.size), this.vocabulary, count);
  }

  /**
   * Continues a text word by word with the likeliest one, at most `maxTokens` times, and stops behind `<end>`. Only a
   * model that was trained with `endToken` ever predicts that: the other never saw 0 as an answer.
   */
  async predict(
    seedText: string,
    maxTokens = 10,
    options: { onText?: (text: string) => void; shouldStop?: () => boolean } = {},
  ): Promise<string> {
    const tokens = Array.from(this.tokenize(seedText));
    if (tokens.length === 0)
      throw new ValueError("SimpleLLM.predict: the beginning is empty; write a word of the corpus at least");
    let text = seedText;
    for (let i = 0; i < maxTokens && !options.shouldStop?.(); i++) {
      const [{ word }] = await this.guess(tokens, 1);
      if (word === END) break;
      tokens.push(this.vocabulary.id(word)!);
      text += ` ${word}`;
      options.onText?.(` ${word}`);
    }
    return text;
  }

  /** Words, model and optimizer as one file's bytes; `loadModel` reads its model, too. */
  async save(): Promise<Uint8Array<ArrayBuffer>> {
    const saved = unpackCheckpoint(await this.model.save());
    const { endToken, padLength, seed } = this;
    const own: SavedState = { simpleLLM: 1, words: [...this.vocabulary.words], endToken, padLength, seed };
    return packCheckpoint({ ...saved, state: { ...saved.state, ...own } });
  }

  /** What `save` gave. Throws a FileFormatError for another file. */
  static load(bytes: Uint8Array, options: { device?: Device; where?: string } = {}): SimpleLLM {
    const { device, where = "SimpleLLM.load" } = options;
    const saved = unpackCheckpoint(bytes, where).state as unknown as SavedState;
    if (saved.simpleLLM !== 1 || !Array.isArray(saved.words))
      throw new FileFormatError(`${where}: a checkpoint, but not one that SimpleLLM.save() wrote`);
    const model = loadModel(bytes, { device, where });
    const [, width] = model.inputShape;
    const [embedding] = model.layers;
    const llm = new SimpleLLM({
      endToken: saved.endToken,
      embedding: embedding.outputShape!.at(-1)!,
      units: model.layers[1].outputShape!.at(-1)!,
      learningRate: model.optimizer.learningRate,
      seed: saved.seed,
      device: model.device,
    });
    llm.#vocabulary = new WordVocabulary(saved.words, { reserved: { end: 0 } });
    llm.#model = model;
    llm.padLength = width ?? saved.padLength;
    return llm;
  }
}
