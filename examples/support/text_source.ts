// Where a text example gets its text: a file of the user's, the full corpus from a cache, or the sample.

import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { download } from "./download.ts";
import { formatCount } from "./format.ts";
import {
  type CueTable,
  findPlays,
  isCueTable,
  type Play,
  pickPlay,
  readCueTable,
  TextError,
} from "./plays.ts";
import { decodeUtf8 } from "./utf8.ts";

/** What `loadText` is asked for. */
export interface TextRequest {
  /** The user's file (`--data`): plain UTF-8 text, or a CSV with the columns `play_name` and `cue`. */
  readonly data?: string;
  /** One play of it (`--play`). */
  readonly play?: string;
  /** The project's own small sample, and what it is, for people. */
  readonly sample: { readonly name: string; readonly text: string };
  /** The folder where a download is kept. */
  readonly cacheDirectory: string;
  /** Without `data`: use the full corpus, fetched once (`--download`). Otherwise the network is never touched. */
  readonly fetch?: boolean;
  /** Where the full corpus is fetched from. */
  readonly address?: string;
  /** How long the server may be silent. */
  readonly timeoutSeconds?: number;
}

/** A text to train on. */
export interface LoadedText {
  /** Line breaks are `\n`, whatever the file has. */
  readonly text: string;
  /** In French, for the learner: where the text comes from and how long it is. */
  readonly source: string;
  readonly kind: "file" | "download" | "sample";
  /** The titles of the plays in the source, when it has any. */
  readonly plays?: string[];
  /** How many replies were joined, when the source is a table of them. */
  readonly replies?: number;
  /** The columns and first rows of such a table. */
  readonly table?: CueTable;
}

/** The corpus of the French course that the Molière example follows: a table of replies. */
export const MOLIERE_ADDRESS = "https://skatai.com/data/df_moliere.csv";

/** Loads the text to train on; throws `TextError` when it cannot be used, `CacheError` when the cached copy has changed. */
export async function loadText(request: TextRequest): Promise<LoadedText> {
  const { data, play, sample, fetch: mayFetch = false } = request;
  if (data !== undefined) return describe(readTextFile(data), data, play, "file", basename(data));
  let why = "";
  if (mayFetch) {
    const { address = MOLIERE_ADDRESS, cacheDirectory, timeoutSeconds = 5 } = request;
    const path = join(cacheDirectory, basename(new URL(address).pathname));
    const accepts = (body: Uint8Array): boolean => isCueTable(new TextDecoder().decode(body));
    const failure = await download({ address, path, accepts, timeoutSeconds });
    if (failure === undefined) return describe(readTextFile(path), path, play, "download", address);
    why = ` (téléchargement impossible : ${failure})`;
  }
  return describe(sample.text, sample.name, play, "sample", `l'échantillon du projet, ${sample.name}${why}`);
}

/** Picks the play, joins replies and says what the text is. */
function describe(
  content: string,
  path: string,
  wanted: string | undefined,
  kind: LoadedText["kind"],
  origin: string,
): LoadedText {
  const isTable = /\.csv$/i.test(path) || isCueTable(content);
  const { all, plays, table } = isTable
    ? readCueTable(content, path)
    : { all: { title: "", text: content } as Play, plays: findPlays(content), table: undefined };
  const chosen = wanted === undefined ? all : pickPlay(plays, wanted, path);
  if (chosen.text.trim() === "")
    throw new TextError(`the text is empty: ${path}; give another file with --data FILE`);
  const facts = [
    wanted === undefined ? plays.length > 1 && `${formatCount(plays.length)} pièces` : chosen.title,
    chosen.replies !== undefined && `${formatCount(chosen.replies)} répliques`,
    `${formatCount([...chosen.text].length)} caractères`,
  ];
  return {
    text: chosen.text,
    source: `${origin} : ${facts.filter(Boolean).join(", ")}`,
    kind,
    plays: plays.length > 0 ? plays.map((play) => play.title) : undefined,
    replies: chosen.replies,
    table,
  };
}

/** A UTF-8 file as a text: byte-order mark removed, line breaks as `\n`. */
export function readTextFile(path: string): string {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = { ENOENT: "no such file", EISDIR: "it is a folder", EACCES: "permission denied" }[code ?? ""];
    throw new TextError(`cannot read ${path}: ${why ?? message}; give a text file with --data FILE`);
  }
  return decodeUtf8(bytes, path);
}
