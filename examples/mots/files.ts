/** Where the sentences come from: the user's file, the notebook's corpus from a cache, or the sample. */
import { basename, join } from "node:path";
import { download } from "../support/download.ts";
import { formatCount } from "../support/format.ts";
import { TextError } from "../support/plays.ts";
import { readTextFile } from "../support/text_source.ts";

/** The corpus of the French course that the example follows: a sentence per line. */
export const CORPUS_ADDRESS =
  "https://raw.githubusercontent.com/Quera-fr/YOLO-DATASET/refs/heads/main/corpus.txt";

/** What `loadSentences` is asked for. */
export interface SentencesRequest {
  /** The user's file (`--data`). */
  readonly data?: string;
  readonly sample: { readonly name: string; readonly text: string };
  /** The folder where a download is kept. */
  readonly cacheDirectory: string;
  /** Without `data`: the notebook's corpus, fetched once. Otherwise the network is never touched. */
  readonly fetch?: boolean;
  readonly address?: string;
  readonly timeoutSeconds?: number;
}

/** The text, and in French where it comes from. Throws a TextError for a file that cannot be used. */
export async function loadSentences(request: SentencesRequest): Promise<{ text: string; source: string }> {
  const {
    data,
    sample,
    cacheDirectory,
    fetch: mayFetch = false,
    address = CORPUS_ADDRESS,
    timeoutSeconds = 5,
  } = request;
  if (data !== undefined) return described(readTextFile(data), basename(data), data);
  let why = "";
  if (mayFetch) {
    const path = join(cacheDirectory, basename(new URL(address).pathname));
    const failure = await download({ address, path, accepts: isCorpus, timeoutSeconds });
    if (failure === undefined) return described(readTextFile(path), address, path);
    why = ` (téléchargement impossible : ${failure})`;
  }
  return described(sample.text, `l'échantillon du projet, ${sample.name}${why}`, "the sample");
}

/** Lines of words, no page of a hotel's network. */
function isCorpus(body: Uint8Array): boolean {
  const text = new TextDecoder().decode(body);
  return !/<html|<!doctype/i.test(text) && text.split("\n").length > 20;
}

function described(text: string, origin: string, path: string): { text: string; source: string } {
  const lines = text.split("\n").filter((line) => line.trim() !== "").length;
  if (lines === 0) throw new TextError(`the text is empty: ${path}; give another file with --data FILE`);
  return { text, source: `${origin} : ${formatCount(lines)} phrases` };
}
