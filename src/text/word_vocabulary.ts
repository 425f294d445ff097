import { checkOptions, nearestName, ValueError } from "../errors.ts";
import { plainTypography } from "./typography.ts";

/** Ids that mean no word of a text. */
export interface ReservedIds {
  /** Fills short sequences; left out by `decode`. */
  readonly padding?: number;
  /** Stands before the first word. */
  readonly start?: number;
  /** Stands for every word that the vocabulary lacks. */
  readonly unknown?: number;
  /** Stands behind the last word; may be the padding. */
  readonly end?: number;
}

/** Which ids a vocabulary gives. */
export interface WordIdsOptions {
  /** Ids that mean no word; default none. */
  reserved?: ReservedIds;
  /** The id of the first word; default the one after the largest reserved id. */
  offset?: number;
}

/** Options of WordVocabulary.from. */
export interface WordVocabularyOptions extends WordIdsOptions {
  /** `codePoint` (default) sorts as Python's `sorted(set(words))`, `frequency` puts the most frequent first. */
  order?: "codePoint" | "frequency";
  /** At most so many ids, reserved ones included: the most frequent words get them; default as many as words. */
  size?: number;
}

/** Options of WordVocabulary.encode. */
export interface EncodeOptions {
  /** Put the start id before the words; default false. */
  start?: boolean;
  /** Put the end id behind the words; default false. */
  end?: boolean;
}

/** How a WordVocabulary is stored as JSON. */
export interface WordVocabularyJson {
  /** The words, in the order of their ids. */
  readonly words: readonly string[];
  readonly offset: number;
  readonly reserved: ReservedIds;
}

const KINDS = ["padding", "start", "unknown", "end"] as const;

/** What Keras's IMDB reviews use; word i of its index, from 1, has the id i + 3, so that id 3 means nothing. */
const KERAS_IDS = { reserved: { padding: 0, start: 1, unknown: 2 }, offset: 4 } as const;

/** Words and their ids, offset … size − 1, with ids below for what is no word. */
export class WordVocabulary {
  /** The words, in the order of their ids. */
  readonly words: readonly string[];
  /** The id of the first word. */
  readonly offset: number;
  /** Ids that mean no word. */
  readonly reserved: ReservedIds;
  readonly #ids: ReadonlyMap<string, number>;
  /** Ids by plainTypography; made when first needed. */
  #plainIds: ReadonlyMap<string, number> | undefined;

  /**
   * `words` in the order of their ids, such as Keras's word index sorted by its numbers.
   * Throws a ValueError when a word is there twice, or a reserved id is one of a word.
   */
  constructor(words: readonly string[], options: WordIdsOptions = {}) {
    checkOptions("WordVocabulary", options, ["reserved", "offset"]);
    const { reserved = {} } = options;
    checkOptions("WordVocabulary: reserved", reserved, KINDS);
    const offset = options.offset ?? 1 + Math.max(-1, ...KINDS.map((kind) => reserved[kind] ?? -1));
    checkIds(words, reserved, offset);
    this.words = Object.freeze([...words]);
    this.offset = offset;
    this.reserved = Object.freeze({ ...reserved });
    const ids = new Map(words.map((word, i) => [word, offset + i]));
    for (const kind of KINDS)
      if (reserved[kind] !== undefined && !ids.has(nameOf(kind))) ids.set(nameOf(kind), reserved[kind]);
    this.#ids = ids;
  }

  /** The distinct words of some texts, each a list of words (or a word). Throws a ValueError when there is none. */
  static from(
    texts: Iterable<string | readonly string[]>,
    options: WordVocabularyOptions = {},
  ): WordVocabulary {
    checkOptions("WordVocabulary.from", options, ["order", "size", "reserved", "offset"]);
    const { order = "codePoint", size, ...ids } = options;
    if (order !== "codePoint" && order !== "frequency")
      throw new ValueError(
        `WordVocabulary.from: order is ${JSON.stringify(order)}, expected "codePoint" or "frequency"`,
      );
    let words = byCount(texts);
    if (size !== undefined) {
      const { offset } = new WordVocabulary([], ids);
      if (!Number.isInteger(size) || size <= offset)
        throw new ValueError(
          `WordVocabulary.from: size is ${size}, expected a whole number above ${offset}, the id of the first word`,
        );
      words = words.slice(0, size - offset);
    }
    return new WordVocabulary(order === "frequency" ? words : words.sort(compareCodePoints), ids);
  }

  /**
   * The most frequent words of some texts, ties in the order of appearance, with the ids of Keras's IMDB reviews:
   * 0 padding, 1 start, 2 unknown, 3 nothing, words from 4. `size` counts ids as Keras's `num_words` does: with
   * 5000, ids are below 5000 and words 4,996.
   */
  static byFrequency(
    texts: Iterable<string | readonly string[]>,
    options: Omit<WordVocabularyOptions, "order"> = {},
  ): WordVocabulary {
    checkOptions("WordVocabulary.byFrequency", options, ["size", "reserved", "offset"]);
    return WordVocabulary.from(texts, { ...KERAS_IDS, ...options, order: "frequency" });
  }

  /** What `toJSON` gave. Throws a ValueError when it is something else. */
  static fromJSON(json: unknown): WordVocabulary {
    const { words, offset, reserved } = (json ?? {}) as Partial<WordVocabularyJson>;
    if (!Array.isArray(words) || typeof offset !== "number" || typeof reserved !== "object" || !reserved)
      throw new ValueError(
        'word vocabulary: expected { "words": ["a", "b", …], "offset": 1, "reserved": {…} }',
      );
    return new WordVocabulary(words, { offset, reserved });
  }

  /** Number of ids, reserved and unused ones included: the rows of an Embedding for it. */
  get size(): number {
    return Math.max(this.offset + this.words.length, ...KINDS.map((kind) => (this.reserved[kind] ?? -1) + 1));
  }

  /** The id of a word in any of its spellings (' or ’, oe or œ), or undefined. */
  id(word: string): number | undefined {
    const id = this.#ids.get(word);
    if (id !== undefined) return id;
    this.#plainIds ??= new Map(
      [...this.#ids].reverse().map(([known, knownId]) => [plainTypography(known), knownId]),
    );
    return this.#plainIds.get(plainTypography(word));
  }

  /** True when the vocabulary has this word, in any of its spellings. */
  has(word: string): boolean {
    return this.id(word) !== undefined;
  }

  /** Words in the vocabulary's spelling: l' becomes l’ or the other way round; those that it lacks stay. */
  normalize(words: Iterable<string>): string[] {
    return Array.from(words, (word) => {
      const id = this.id(word);
      return id === undefined ? word : (this.#name(id) ?? word);
    });
  }

  /** Those of some words that the vocabulary lacks, each once. */
  unknownWords(words: Iterable<string>): string[] {
    return [...new Set(words)].filter((word) => !this.has(word));
  }

  /**
   * The ids of words, in any of their spellings. A word that the vocabulary lacks gets the unknown id; without one,
   * throws a ValueError with the word, its place (from 0) and the nearest that the vocabulary has.
   */
  encode(words: readonly string[], options: EncodeOptions = {}): Int32Array<ArrayBuffer> {
    checkOptions("encode", options, ["start", "end"]);
    if (typeof words === "string")
      throw new ValueError(
        "encode: expected a list of words, got a text; split it first, as frenchTokens does",
      );
    const { start, end } = options;
    const shift = start ? 1 : 0;
    const ids = new Int32Array(words.length + shift + (end ? 1 : 0));
    if (start) ids[0] = this.#reservedId("start");
    words.forEach((word, position) => {
      const id = this.id(word) ?? this.reserved.unknown;
      if (id === undefined) throw this.#unknown(word, position);
      ids[position + shift] = id;
    });
    if (end) ids[ids.length - 1] = this.#reservedId("end");
    return ids;
  }

  /**
   * The words of some ids, padding left out; other reserved ids give <start>, <unknown> and <end>, those that mean
   * nothing <unused>. Throws a ValueError for an id outside 0 … size − 1.
   */
  decode(ids: ArrayLike<number>): string[] {
    const words: string[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (!Number.isInteger(id) || id < 0 || id >= this.size)
        throw new ValueError(
          `decode: id ${id} at position ${i} is outside the vocabulary of ${this.size} ids`,
        );
      if (id !== this.reserved.padding) words.push(this.#name(id) ?? "<unused>");
    }
    return words;
  }

  /** For `JSON.stringify` and checkpoints. */
  toJSON(): WordVocabularyJson {
    return { words: this.words, offset: this.offset, reserved: this.reserved };
  }

  /** The word or the reserved name of an id. */
  #name(id: number): string | undefined {
    const kind = KINDS.find((name) => this.reserved[name] === id);
    return kind ? nameOf(kind) : this.words[id - this.offset];
  }

  #reservedId(kind: "start" | "end"): number {
    const id = this.reserved[kind];
    if (id !== undefined) return id;
    throw new ValueError(
      `encode: the vocabulary has no ${kind} id; make it with { reserved: { ${kind}: 1 } }`,
    );
  }

  #unknown(word: string, position: number): ValueError {
    const lower = word.toLowerCase();
    const near = this.has(lower) ? lower : nearestName(word, this.words);
    return new ValueError(
      `the vocabulary of ${this.words.length} words lacks ${JSON.stringify(word)} at position ${position}; ` +
        (near ? `the nearest it has: ${JSON.stringify(near)}` : "leave it out, or reserve an unknown id"),
    );
  }
}

function nameOf(kind: (typeof KINDS)[number]): string {
  return `<${kind}>`;
}

/** Distinct words, the most frequent first, ties in the order of appearance. */
function byCount(texts: Iterable<string | readonly string[]>): string[] {
  if (typeof texts === "string")
    throw new ValueError(
      "word vocabulary: expected lists of words, got a text; split it first, as frenchTokens does",
    );
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of typeof text === "string" ? [text] : text)
      counts.set(word, (counts.get(word) ?? 0) + 1);
  if (counts.size === 0) throw new ValueError("word vocabulary: the texts have no words");
  return [...counts.keys()].sort((a, b) => counts.get(b)! - counts.get(a)!);
}

/** Not the default order of sort(), which compares UTF-16 units and puts 😀 before ﬁ. */
function compareCodePoints(a: string, b: string): number {
  for (let i = 0; i < a.length && i < b.length; i++)
    if (a[i] !== b[i]) return a.codePointAt(i)! - b.codePointAt(i)!;
  return a.length - b.length;
}

function checkIds(words: readonly string[], reserved: ReservedIds, offset: number): void {
  if (!Number.isInteger(offset) || offset < 0)
    throw new ValueError(`word vocabulary: offset is ${offset}, expected a whole number from 0`);
  for (const kind of KINDS) {
    const id = reserved[kind];
    if (id === undefined) continue;
    if (!Number.isInteger(id) || id < 0 || (id >= offset && id < offset + words.length))
      throw new ValueError(
        `word vocabulary: the ${kind} id is ${id}, expected a whole number outside the words' ids, ` +
          `${offset} to ${offset + words.length - 1}`,
      );
  }
  const seen = new Set<unknown>();
  words.forEach((word: unknown, i) => {
    if (typeof word !== "string" || word === "")
      throw new ValueError(`word vocabulary: entry ${i} is ${JSON.stringify(word)}, expected a word`);
    if (seen.has(word))
      throw new ValueError(`word vocabulary: ${JSON.stringify(word)} is in it twice, at the end as ${i}`);
    seen.add(word);
  });
}
