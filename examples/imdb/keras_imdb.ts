/**
 * Keras's copy of the IMDB reviews: `imdb.npz` (word ranks, labels) and `imdb_word_index.json` (word → rank).
 *
 *   loadKerasImdb(npz, wordIndexJson, { numWords: 5000 }) -> { train, test, wordIndex }
 *
 * The same rows, in the same order and with the same ids, as `keras.datasets.imdb.load_data`: RandomState(113) orders
 * the training part and goes on to the test part; every rank is raised by 3, since 0 is padding, 1 the start of a
 * review and 2 a word outside the vocabulary.
 */
import { FileFormatError, ValueError } from "../../src/index.ts";
import { arrayOf, integerLists, type NpyArray, readNpz } from "./npz.ts";
import { RandomState } from "./random_state.ts";

/** What `loadKerasImdb` takes, with Keras's defaults. */
export interface KerasImdbOptions {
  /** Ids from here on become `oovChar`: 5000 leaves 4,997 words beside the three special ids. All words without it. */
  numWords?: number;
  /** Ids below it become `oovChar`: leaves out the most frequent words (0). */
  skipTop?: number;
  /** Keeps only the reviews with fewer ids than this. */
  maxLen?: number;
  /** Of the order (113). */
  seed?: number;
  /** The id that opens each review, or null for none (1). */
  startChar?: number | null;
  /** The id of words outside the vocabulary, or null to leave them out (2). */
  oovChar?: number | null;
  /** What is added to a word's rank (3). */
  indexFrom?: number;
}

/** Reviews as ids, and their labels: 1 is positive. */
export interface IdReviews {
  ids: number[][];
  labels: number[];
}

/** What `loadKerasImdb` gives. */
export interface KerasImdb {
  train: IdReviews;
  test: IdReviews;
  /** Word → rank, 1 for the most frequent. */
  wordIndex: Map<string, number>;
}

/**
 * Reads Keras's two files. Throws a FileFormatError when one of them is not what it should be, and a ValueError when
 * `maxLen` leaves no review.
 */
export function loadKerasImdb(
  npz: Uint8Array,
  wordIndexJson: string | Uint8Array,
  options: KerasImdbOptions = {},
  where = "imdb.npz",
): KerasImdb {
  const { seed = 113, maxLen, skipTop = 0, startChar = 1, oovChar = 2, indexFrom = 3 } = options;
  const arrays = readNpz(npz, where);
  const random = new RandomState(seed);
  const read = (part: "train" | "test"): IdReviews => {
    const ranks = integerLists(arrayOf(arrays, `x_${part}`, where), `${where}, x_${part}`);
    const labels = labelsOf(arrayOf(arrays, `y_${part}`, where), ranks.length, `${where}, y_${part}`);
    const result: IdReviews = { ids: [], labels: [] };
    for (const i of random.shuffled(ranks.length)) {
      const ids = ranks[i].map((rank) => rank + indexFrom);
      if (startChar !== null) ids.unshift(startChar);
      if (maxLen !== undefined && ids.length >= maxLen) continue;
      result.ids.push(ids);
      result.labels.push(labels[i]);
    }
    if (result.ids.length === 0)
      throw new ValueError(`loadKerasImdb: maxLen ${maxLen} leaves no review in the ${part} part; raise it`);
    return result;
  };
  const [train, test] = [read("train"), read("test")];
  // Without a limit, Keras takes the largest id as one, and so loses the rarest word.
  const limit = options.numWords ?? largest([...train.ids, ...test.ids]);
  for (const part of [train, test])
    part.ids = part.ids.map((ids) =>
      oovChar === null
        ? ids.filter((id) => id >= skipTop && id < limit)
        : ids.map((id) => (id >= skipTop && id < limit ? id : oovChar)),
    );
  return { train, test, wordIndex: parseWordIndex(wordIndexJson) };
}

/** `imdb_word_index.json`: word → rank. Throws a FileFormatError when it is not an object of whole numbers. */
export function parseWordIndex(
  json: string | Uint8Array,
  where = "imdb_word_index.json",
): Map<string, number> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(typeof json === "string" ? json : new TextDecoder().decode(json));
  } catch (error) {
    throw new FileFormatError(`${where} is not JSON (${(error as Error).message}); get the file again`);
  }
  const entries = Object.entries((parsed ?? {}) as Record<string, unknown>);
  const wrong = entries.find(([, rank]) => !(Number.isInteger(rank) && (rank as number) > 0));
  if (wrong !== undefined || entries.length === 0 || Array.isArray(parsed))
    throw new FileFormatError(
      `${where}: expected an object { "word": rank, … }, ` +
        (wrong === undefined
          ? "it has no words"
          : `got ${JSON.stringify(wrong[0])}: ${JSON.stringify(wrong[1])}`),
    );
  return new Map(entries as [string, number][]);
}

function labelsOf(array: NpyArray, count: number, where: string): number[] {
  const labels = [...array.data] as number[];
  if (labels.length !== count)
    throw new FileFormatError(`${where}: ${labels.length} labels for ${count} reviews; the file is damaged`);
  const wrong = labels.findIndex((label) => label !== 0 && label !== 1);
  if (wrong >= 0) throw new FileFormatError(`${where}: label ${wrong} is ${labels[wrong]}, expected 0 or 1`);
  return labels;
}

function largest(lists: readonly (readonly number[])[]): number {
  let max = 0;
  for (const list of lists) for (const id of list) if (id > max) max = id;
  return max;
}
