/**
 * Where the IMDB example gets its reviews: files and folders of the user's, Keras's copy from a cache, or the sample.
 *
 *   const loaded = await loadReviews({ data: flags.data, fetch: flags.download, cacheDirectory, sample });
 *
 * gives texts (`form: "texts"`, with a test part where the source has one) or Keras's ids (`form: "ids"`), and a line
 * in French that says where they come from.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { FileFormatError } from "../../src/index.ts";
import { download, sha256 } from "../support/download.ts";
import { decodeUtf8 } from "../support/utf8.ts";
import { type CsvOptions, readReviewsCsv } from "./csv.ts";
import { type KerasImdb, loadKerasImdb, parseWordIndex } from "./keras_imdb.ts";
import { describeReviews, isEmptyReview, type Review, type ReviewTable } from "./reviews.ts";

/** Keras's copies of the 50,000 reviews and of their words; Keras publishes the checksum of the first. */
export const KERAS_ADDRESSES = {
  npz: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb.npz",
  npzSha256: "69664113be75683a8fe16e3ed0ab59fda8886cb3cd7ada244f7d9544e4676b9f",
  wordIndex: "https://storage.googleapis.com/tensorflow/tf-keras-datasets/imdb_word_index.json",
};

/** What `loadReviews` is asked for. */
export interface ReviewsRequest {
  /** The user's source (`--data`): `imdb.npz`, a table (.csv, .tsv, also .gz), or a folder as Stanford's aclImdb. */
  readonly data?: string;
  /** The words of an npz (`--word-index`); without it, `imdb_word_index.json` in the same folder. */
  readonly wordIndex?: string;
  /** Columns and labels of a table that names them otherwise. */
  readonly csv?: CsvOptions;
  /** Ids of an npz from here on become "unknown" (5000). */
  readonly numWords?: number;
  /** The project's own small sample, and what it is, for people. */
  readonly sample: { readonly name: string; readonly reviews: readonly Review[] };
  /** The folder where downloads are kept. */
  readonly cacheDirectory: string;
  /** Without `data`: use Keras's copy, fetched once (`--download`). Otherwise the network is never touched. */
  readonly fetch?: boolean;
  readonly addresses?: typeof KERAS_ADDRESSES;
  /** How long a server may be silent. */
  readonly timeoutSeconds?: number;
}

interface Loaded {
  /** In French, for the learner: where the reviews come from and how many they are. */
  readonly source: string;
  readonly kind: "file" | "download" | "sample";
}

/** Reviews to learn from: texts, or ids with the words that they stand for. */
export type LoadedReviews = Loaded &
  (
    | { readonly form: "texts"; readonly train: Review[]; readonly test?: Review[] }
    | ({ readonly form: "ids" } & KerasImdb)
  );

/** Loads the reviews; throws a FileFormatError or a CacheError when they cannot be used. */
export async function loadReviews(request: ReviewsRequest): Promise<LoadedReviews> {
  const { data, sample, cacheDirectory, fetch: mayFetch = false, addresses = KERAS_ADDRESSES } = request;
  if (data !== undefined) return readSource(data, request);
  let why = "";
  if (mayFetch) {
    const npz = join(cacheDirectory, "imdb.npz");
    const wordIndex = join(cacheDirectory, "imdb_word_index.json");
    const { timeoutSeconds } = request;
    // The words first: they are the smaller file.
    const failure =
      (await download({
        address: addresses.wordIndex,
        path: wordIndex,
        accepts: isWordIndex,
        timeoutSeconds,
      })) ??
      (await download({
        address: addresses.npz,
        path: npz,
        accepts: (body) => sha256(body) === addresses.npzSha256,
        timeoutSeconds,
      }));
    if (failure === undefined) return readKeras(npz, wordIndex, request, "download", addresses.npz);
    why = ` (téléchargement impossible : ${failure})`;
  }
  const table = { reviews: [...sample.reviews], empty: [] };
  return {
    form: "texts",
    train: table.reviews,
    kind: "sample",
    source: `l'échantillon du projet, ${sample.name}${why} : ${describeReviews(table)}`,
  };
}

function readSource(data: string, request: ReviewsRequest): LoadedReviews {
  if (isFolder(data)) return readReviewFolders(data);
  if (/\.npz$/i.test(data)) {
    const wordIndex = request.wordIndex ?? join(dirname(data), "imdb_word_index.json");
    return readKeras(data, wordIndex, request, "file", basename(data));
  }
  const table = readReviewsCsv(readBytes(data), data, request.csv);
  return {
    form: "texts",
    train: table.reviews,
    kind: "file",
    source: `${basename(data)} : ${describeReviews(table)}`,
  };
}

function readKeras(
  npz: string,
  wordIndex: string,
  { numWords = 5000 }: ReviewsRequest,
  kind: "file" | "download",
  origin: string,
): LoadedReviews {
  const words = readBytes(wordIndex, "give the words of the npz file with --word-index FILE");
  const keras = loadKerasImdb(readBytes(npz), words, { numWords }, npz);
  const count = (labels: readonly number[]): string => labels.length.toLocaleString("fr-FR");
  return {
    form: "ids",
    ...keras,
    kind,
    source: `${origin} : ${count(keras.train.labels)} avis d'entraînement, ${count(keras.test.labels)} de test`,
  };
}

/**
 * A folder laid out as Stanford's aclImdb: `train/pos`, `train/neg`, `test/pos`, `test/neg`, or only `pos` and `neg`,
 * each with texts named ID_RATING.txt. Reviews come in the order of their ids, positive ones first. Throws a
 * FileFormatError naming the folder that is missing.
 */
export function readReviewFolders(folder: string): LoadedReviews {
  const root = isFolder(join(folder, "aclImdb")) ? join(folder, "aclImdb") : folder;
  const flat = isFolder(join(root, "pos")) && isFolder(join(root, "neg"));
  if (!flat && !isFolder(join(root, "train")))
    throw new FileFormatError(
      `${root} has no folder "train" (with "pos" and "neg" in it), nor "pos" and "neg" themselves; ` +
        `it holds ${listing(root)}`,
    );
  const train = readPart(flat ? root : join(root, "train"));
  const hasTest = !flat && isFolder(join(root, "test"));
  const test = hasTest ? readPart(join(root, "test")) : undefined;
  const parts = test
    ? `entraînement, ${describeReviews(train)} ; test, ${describeReviews(test)}`
    : describeReviews(train);
  return {
    form: "texts",
    train: train.reviews,
    test: test?.reviews,
    kind: "file",
    source: `${basename(root)} : ${parts}`,
  };
}

function readPart(folder: string): ReviewTable {
  const reviews: Review[] = [];
  const empty: string[] = [];
  for (const [name, label] of [
    ["pos", 1],
    ["neg", 0],
  ] as const) {
    const path = join(folder, name);
    if (!isFolder(path))
      throw new FileFormatError(`${folder} has no folder "${name}"; it holds ${listing(folder)}`);
    const files = readdirSync(path).filter((file) => file.endsWith(".txt"));
    if (files.length === 0)
      throw new FileFormatError(`${path} has no reviews: expected files named ID_RATING.txt`);
    // 10_2 comes after 9_4: by number, not by letter.
    files.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10) || (a < b ? -1 : 1));
    for (const file of files) {
      const text = decodeUtf8(readBytes(join(path, file)), join(path, file));
      if (isEmptyReview(text)) empty.push(`${name}/${file}`);
      else reviews.push({ id: file.slice(0, -".txt".length), text, label });
    }
  }
  if (reviews.length === 0) throw new FileFormatError(`${folder}: all ${empty.length} reviews are empty`);
  return { reviews, empty };
}

function listing(folder: string): string {
  const names = readdirSync(folder).sort();
  return names.length === 0 ? "nothing" : `${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isWordIndex(body: Uint8Array): boolean {
  try {
    return parseWordIndex(body).size > 0;
  } catch {
    return false;
  }
}

function readBytes(path: string, wayOut = "give a table, an npz file or a folder with --data"): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { ENOENT: "no such file", EISDIR: "it is a folder", EACCES: "permission denied" }[code ?? ""];
    throw new FileFormatError(`cannot read ${path}: ${why ?? message}; ${wayOut}`);
  }
}
