/**
 * One encoder for the training reviews and for your own sentences, with Keras's ids: 0 padding, 1 start, 2 a word
 * outside the vocabulary, 3 nothing, words from 4, the most frequent first.
 *
 *   const encoder = ReviewEncoder.fromTexts(trainingTexts, { size: 5000 });
 *   encoder.encode("A great film") -> [1, 6, 87, 19]      encoder.decode(ids) -> "<start> a great film"
 *   encoder.unknownWords(text)                            encoder.encodeAll(reviews) -> EncodedReviews
 *   encoder.forgottenOffset(ids)                          what the original notebook prints for these ids
 */
import { ValueError, WordVocabulary, type WordVocabularyJson } from "../../src/index.ts";
import { EncodedReviews } from "./encoded_reviews.ts";
import type { Review } from "./reviews.ts";
import { checkPreprocessing, type Preprocessing, reviewWords } from "./words.ts";

/** The ids that are no words, as in Keras's reviews. */
export const PADDING = 0;
export const START = 1;
export const UNKNOWN = 2;
/** What Keras adds to a word's rank, 1 for the most frequent. */
const INDEX_FROM = 3;
const KERAS_IDS = { reserved: { padding: PADDING, start: START, unknown: UNKNOWN }, offset: INDEX_FROM + 1 };

/** What makes an encoder. */
export interface EncoderOptions extends Preprocessing {
  /** Ids in all, Keras's `num_words`: 5000 leaves 4,996 words. */
  size?: number;
}

/** How an encoder is stored. */
export interface ReviewEncoderJson {
  readonly vocabulary: WordVocabularyJson;
  readonly preprocessing: Preprocessing;
}

/** Texts to ids and back, the same for every text. */
export class ReviewEncoder {
  readonly vocabulary: WordVocabulary;
  readonly preprocessing: Preprocessing;

  constructor(vocabulary: WordVocabulary, preprocessing: Preprocessing = {}) {
    checkPreprocessing(preprocessing);
    this.vocabulary = vocabulary;
    this.preprocessing = preprocessing;
  }

  /** The most frequent words of the training texts. Throws a ValueError when no word is left. */
  static fromTexts(texts: readonly string[], options: EncoderOptions = {}): ReviewEncoder {
    const { size = 5000, ...preprocessing } = options;
    checkPreprocessing(preprocessing);
    const { minFrequency = 1 } = preprocessing;
    let lists = texts.map((text) => reviewWords(text, preprocessing));
    if (minFrequency > 1) {
      const counts = new Map<string, number>();
      for (const words of lists) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
      lists = lists.map((words) => words.filter((word) => counts.get(word)! >= minFrequency));
    }
    if (lists.every((words) => words.length === 0))
      throw new ValueError(
        `encoder: no word is left of ${texts.length} texts` +
          (minFrequency > 1 ? `; lower minFrequency, ${minFrequency}` : ""),
      );
    return new ReviewEncoder(WordVocabulary.byFrequency(lists, { size }), preprocessing);
  }

  /** The words of Keras's index, those with an id below `size`; throws a ValueError when ranks are missing. */
  static fromKerasWordIndex(wordIndex: ReadonlyMap<string, number>, size = 5000): ReviewEncoder {
    const count = Math.min(wordIndex.size, size - KERAS_IDS.offset);
    const words = new Array<string>(count).fill("");
    for (const [word, rank] of wordIndex) if (rank <= count) words[rank - 1] = word;
    const missing = words.indexOf("");
    if (missing >= 0) throw new ValueError(`encoder: no word of the index has rank ${missing + 1}`);
    return new ReviewEncoder(new WordVocabulary(words, KERAS_IDS));
  }

  /** What `toJSON` gave. */
  static fromJSON(json: unknown): ReviewEncoder {
    const { vocabulary, preprocessing } = (json ?? {}) as Partial<ReviewEncoderJson>;
    return new ReviewEncoder(WordVocabulary.fromJSON(vocabulary), preprocessing);
  }

  /** Number of ids: the rows of the Embedding. */
  get size(): number {
    return this.vocabulary.size;
  }

  /** The words of a text as this encoder splits it. */
  words(text: string): string[] {
    return reviewWords(text, this.preprocessing);
  }

  /** The start id, then one id per word. */
  encode(text: string): number[] {
    return [...this.vocabulary.encode(this.words(text), { start: true })];
  }

  /** Reviews as ids, with their labels; one whose words were all dropped keeps its start id. */
  encodeAll(reviews: readonly Review[]): EncodedReviews {
    return new EncodedReviews(
      reviews.map(({ text }) => this.encode(text)),
      reviews.map(({ label }) => label),
      this.size,
    );
  }

  /** The words of some ids; padding is left out. */
  decode(ids: ArrayLike<number>): string {
    return this.vocabulary.decode(ids).join(" ");
  }

  /** The id of a word, or undefined: the row of its vector. */
  id(word: string): number | undefined {
    return this.vocabulary.id(word);
  }

  /** The words of a text that the vocabulary lacks, each once. */
  unknownWords(text: string): string[] {
    return this.vocabulary.unknownWords(this.words(text));
  }

  /**
   * What the original notebook prints for these ids: it looks each up as if it were a rank, three words too far, so
   * that "film" becomes the word three places rarer.
   */
  forgottenOffset(ids: ArrayLike<number>): string {
    const { words } = this.vocabulary;
    const special = ["<PAD>", "<START>", "<UNKNOWN>"];
    return Array.from(ids, (id) => special[id] ?? words[id - 1] ?? "<UNKNOWN>").join(" ");
  }

  /**
   * The ids that the original notebook gives a sentence of your own: ranks without the offset, no start, words split
   * at spaces only. `decode` shows what the model then reads.
   */
  forgottenOffsetIds(text: string): number[] {
    return text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "")
      .map((word) => {
        const id = this.vocabulary.words.indexOf(word);
        return id < 0 ? UNKNOWN : id + 1;
      });
  }

  /** For `JSON.stringify` and saved models. */
  toJSON(): ReviewEncoderJson {
    return { vocabulary: this.vocabulary.toJSON(), preprocessing: this.preprocessing };
  }
}
