/** Texts as ids: English words or single digits, and French words with the hyphen before them where there is one. */
import { padSequences, type HostArray, WordVocabulary } from "../../src/index.ts";
import { type Form, writeEnglish, writeFrench } from "./numbers.ts";

/** Ids that mean no word. */
export const PAD = 0;
export const START = 1;
export const END = 2;

/** The longest sequence: one hundred and twenty-one thousand one hundred and twenty-one. */
export const MAX_SOURCE = 11;
/** deux cent quatre-vingt-dix-sept mille deux cent quatre-vingt-dix-sept, and the mark of its start or its end. */
export const MAX_TARGET = 14;

/** English words in small letters; digits one by one. Spaces, hyphens and commas only separate. */
export function englishTokens(text: string): string[] {
  return text.toLowerCase().match(/\d|[^\s,\d-]+/g) ?? [];
}

/** French words, each with the hyphen before it: soixante-dix is `soixante` and `-dix`. */
export function frenchTokens(text: string): string[] {
  return text.match(/-?[^\s-]+/g) ?? [];
}

/** The text of French tokens. */
export function joinFrench(tokens: readonly string[]): string {
  return tokens.map((token, i) => (i === 0 || token.startsWith("-") ? token : ` ${token}`)).join("");
}

/** Every word occurs in these. */
const SHOWN = [...Array(1000).keys(), 1000];

/** The English words and the ten digits. */
export const SOURCE = WordVocabulary.from(
  [..."0123456789", "oh", ...SHOWN.map((n) => englishTokens(writeEnglish(n, "words")))],
  { reserved: { padding: PAD } },
);
/** The French words. */
export const TARGET = WordVocabulary.from(
  SHOWN.map((n) => frenchTokens(writeFrench(n))),
  { reserved: { padding: PAD, start: START, end: END } },
);

/** The source ids of a number in a form. */
export function sourceIds(n: number, form: Form): Int32Array {
  return SOURCE.encode(englishTokens(writeEnglish(n, form)));
}

/** The target ids of a number, without marks of start and end. */
export function targetIds(n: number): Int32Array {
  return TARGET.encode(frenchTokens(writeFrench(n)));
}

/** The French text of target ids, up to the end mark. */
export function frenchText(ids: ArrayLike<number>): string {
  const all = Array.from(ids);
  const end = all.indexOf(END);
  const words = (end < 0 ? all : all.slice(0, end)).filter((id) => id !== START);
  return joinFrench(TARGET.decode(words));
}

/** Rows as long as the longest, padded in front (sources: their places are counted from the end) or behind. */
export function rowsOf(
  sequences: readonly ArrayLike<number>[],
  padding: "pre" | "post",
): HostArray<Int32Array> {
  return padSequences(sequences, { padding, value: PAD });
}
