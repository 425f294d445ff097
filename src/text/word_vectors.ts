/** Tables of word vectors: reading them from text, and what is close to what. */
import type { HostArray } from "../data/batch.ts";
import { checkOptions, FileFormatError, nearestName, ShapeError, ValueError } from "../errors.ts";
import { formatShape } from "../shape.ts";
import { plainTypography } from "./typography.ts";
import { WordVocabulary } from "./word_vocabulary.ts";

/** Words and a vector for each. */
export interface WordVectors {
  /** The words of the file, ids from 0. */
  readonly vocabulary: WordVocabulary;
  /** [words, dimension]; row i is the vector of id i. */
  readonly table: HostArray<Float32Array<ArrayBuffer>>;
}

/** Options of readWordVectors. */
export interface WordVectorsOptions {
  /** Keep only these words, in any of their spellings (' or ’): a file of two million words fits in memory so. */
  only?: ReadonlySet<string>;
}

/**
 * Word vectors in the text format of fastText and word2vec (`.vec`): a header line `words dimension`, then one word
 * per line with its numbers, all separated by spaces. GloVe's files, which lack the header, are read as well. Of a
 * word that comes twice, the first is kept. For a file too large for one string, see WordVectorReader.
 * Throws a FileFormatError with the line's number when a line has another count of numbers or no number where one
 * should be, and when the file ends before the promised count; a ValueError when it has none of the words in `only`.
 */
export function readWordVectors(text: string, options: WordVectorsOptions = {}): WordVectors {
  const reader = new WordVectorReader(options);
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf("\n", start);
    reader.add(text.slice(start, end < 0 ? text.length : end));
    start = end < 0 ? text.length : end + 1;
  }
  return reader.finish();
}

/** Reads word vectors line by line, as readWordVectors does, for files that come in pieces. */
export class WordVectorReader {
  readonly #only: ReadonlySet<string> | undefined;
  readonly #words: string[] = [];
  readonly #seen = new Set<string>();
  /** Grows by doubling; holds #words.length rows. */
  #data = new Float32Array(0);
  #dimension = 0;
  /** Words that the header promises. */
  #promised: number | undefined;
  #lines = 0;
  #rows = 0;

  constructor(options: WordVectorsOptions = {}) {
    checkOptions("readWordVectors", options, ["only"]);
    const { only } = options;
    this.#only = only && new Set([...only].flatMap((word) => [word, plainTypography(word)]));
  }

  /** Takes the next line, without its line end. Throws a FileFormatError when it doesn't fit. */
  add(line: string): void {
    this.#lines++;
    const text = (this.#lines === 1 ? line.replace(/^\ufeff/, "") : line).trimEnd();
    if (text === "") return;
    if (this.#lines === 1) {
      const header = /^(\d+)[ \t]+(\d+)$/.exec(text);
      if (header) {
        this.#promised = Number(header[1]);
        this.#dimension = Number(header[2]);
        if (this.#dimension < 1) throw this.#error("a dimension of 0");
        return;
      }
    }
    this.#rows++;
    const end = text.search(/[ \t]/);
    const word = end < 0 ? text : text.slice(0, end);
    // Words that nobody wants are not parsed, but for the first line, which may have to tell the dimension.
    if (this.#dimension > 0 && (this.#seen.has(word) || !this.#wants(word))) return;
    const numbers = end < 0 ? [] : text.slice(end + 1).split(/[ \t]+/);
    if (this.#dimension === 0) this.#dimension = numbers.length;
    if (numbers.length !== this.#dimension || numbers.length === 0)
      throw this.#error(
        `${numbers.length} numbers behind ${JSON.stringify(word)}, expected ${this.#dimension || "some"}`,
      );
    if (!this.#wants(word)) return;
    this.#seen.add(word);
    const row = this.#words.length * this.#dimension;
    this.#words.push(word);
    if (row + this.#dimension > this.#data.length) {
      const larger = new Float32Array(Math.max(1024 * this.#dimension, 2 * this.#data.length));
      larger.set(this.#data);
      this.#data = larger;
    }
    numbers.forEach((digits, i) => {
      const value = Number(digits);
      if (!Number.isFinite(value))
        throw this.#error(`${JSON.stringify(digits)} behind ${JSON.stringify(word)}, expected a number`);
      this.#data[row + i] = value;
    });
  }

  /** What was read. Throws as readWordVectors does when the file is too short or has none of the words. */
  finish(): WordVectors {
    if (this.#promised !== undefined && this.#rows < this.#promised)
      throw new FileFormatError(
        `word vectors: the header promises ${this.#promised} words, the file has ${this.#rows}; is it cut off? ` +
          "(if on purpose, correct the first line)",
      );
    const words = this.#words;
    if (words.length === 0)
      throw new ValueError(
        `word vectors: ${this.#rows === 0 ? "the file is empty" : "the file has none of the words in only"}`,
      );
    return {
      vocabulary: new WordVocabulary(words),
      table: {
        data: this.#data.slice(0, words.length * this.#dimension),
        shape: [words.length, this.#dimension],
      },
    };
  }

  #wants(word: string): boolean {
    return !this.#only || this.#only.has(word) || this.#only.has(plainTypography(word));
  }

  #error(what: string): FileFormatError {
    return new FileFormatError(`word vectors: line ${this.#lines} has ${what}`);
  }
}

/** A word and how similar it is: the cosine of the angle, from −1 to 1. */
export interface SimilarWord {
  readonly word: string;
  readonly similarity: number;
}

/** The vector of a word: a copy of its row. Throws a ValueError for a word that the vocabulary lacks. */
export function wordVector(table: HostArray, vocabulary: WordVocabulary, word: string): Float32Array {
  const width = checkTable("wordVector", table, vocabulary.size);
  return rowOf(table, idOf("wordVector", vocabulary, word), width);
}

/**
 * The mean of the vectors of some ids, such as those of a sentence; leave padding out. Throws a ValueError when there
 * is none, and for an id outside the table [rows, width].
 */
export function meanVector(table: HostArray, ids: ArrayLike<number>): Float32Array {
  const width = checkTable("meanVector", table);
  if (ids.length === 0) throw new ValueError("meanVector: there is no id; the mean of no vectors is none");
  const sum = new Float64Array(width);
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i];
    if (!Number.isInteger(id) || id < 0 || id >= table.shape[0])
      throw new ValueError(`meanVector: id ${id} at ${i} is outside the table of ${table.shape[0]} rows`);
    for (let j = 0; j < width; j++) sum[j] += table.data[id * width + j];
  }
  return Float32Array.from(sum, (value) => value / ids.length);
}

/** The cosine of the angle between two vectors, a·b / (|a|·|b|); 0 when one of them is zero. */
export function cosineSimilarity(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length)
    throw new ShapeError(`cosineSimilarity: the vectors have ${a.length} and ${b.length} numbers`);
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot === 0 ? 0 : dot / Math.sqrt(aa * bb);
}

/**
 * The `count` words whose vectors point most nearly the same way, the nearest first, without the word itself. The
 * table [vocabulary.size, width] is an Embedding's weight or comes from readWordVectors; `word` may be a vector, such
 * as a mean or a difference. Throws a ValueError for a word that the vocabulary lacks, and a ShapeError when the table
 * or the vector doesn't fit.
 */
export function nearestWords(
  table: HostArray,
  vocabulary: WordVocabulary,
  word: string | ArrayLike<number>,
  count = 10,
): SimilarWord[] {
  const width = checkTable("nearestWords", table, vocabulary.size);
  if (!Number.isInteger(count) || count < 1)
    throw new ValueError(`nearestWords: count is ${count}, expected a whole number from 1`);
  const own = typeof word === "string" ? idOf("nearestWords", vocabulary, word) : -1;
  const vector = typeof word === "string" ? rowOf(table, own, width) : word;
  if (vector.length !== width)
    throw new ShapeError(
      `nearestWords: the vector has ${vector.length} numbers, those of the table ${width}`,
    );
  return vocabulary.words
    .map((candidate, i) => {
      const row = (vocabulary.offset + i) * width;
      return { word: candidate, similarity: cosineSimilarity(vector, table.data.subarray(row, row + width)) };
    })
    .filter((_, i) => vocabulary.offset + i !== own)
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, count);
}

/** The width of a table; throws a ShapeError unless it has two axes and, when told, that many rows. */
function checkTable(where: string, { data, shape }: HostArray, rows = shape[0]): number {
  if (shape.length !== 2 || shape[0] !== rows || data.length !== shape[0] * shape[1])
    throw new ShapeError(
      `${where}: the table is ${formatShape(shape)} (${data.length} values), expected [${rows}, width]; ` +
        "is it of another vocabulary?",
    );
  return shape[1];
}

/** Not `encode`, which would give the unknown id. */
function idOf(where: string, vocabulary: WordVocabulary, word: string): number {
  const id = vocabulary.id(word);
  if (id !== undefined) return id;
  const near = nearestName(word, vocabulary.words);
  throw new ValueError(
    `${where}: the vocabulary of ${vocabulary.words.length} words lacks ${JSON.stringify(word)}` +
      (near ? `; the nearest it has: ${JSON.stringify(near)}` : ""),
  );
}

function rowOf({ data }: HostArray, id: number, width: number): Float32Array {
  return Float32Array.from(data.subarray(id * width, (id + 1) * width));
}
