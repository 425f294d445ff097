/**
 * From a review to its words, in the variants that the exercises compare.
 *
 *   reviewWords(text, { punctuation: "keep", stopWords: "drop" })
 *
 * The usual way is Keras's: lower case, marks dropped, apostrophes kept. Marks kept as words of their own tell a
 * model how loud a review is; words such as "the" and "of" say little about an opinion, but "not" and "no" do, so
 * they are never dropped.
 */
import { ValueError, wordTokens } from "../../src/index.ts";

/** How texts become words. */
export interface Preprocessing {
  /** "drop" (default), or "keep": `! ? . , ; :` and the like are words. */
  punctuation?: "drop" | "keep";
  /** "keep" (default), or "drop": leave out the words of `STOP_WORDS`. */
  stopWords?: "keep" | "drop";
  /** Words that the training texts have fewer times are unknown (1). */
  minFrequency?: number;
}

/** Frequent English words that carry no opinion. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  (
    "a an the and or of to in on at by for from with as into about over than then " +
    "is am are was were be been being it it's its this that these those there here " +
    "i me my you your he him his she her they them their we us our who whom whose which what when where " +
    "has have had do does did will would can could should may might shall also just"
  ).split(" "),
);

const LINE_BREAK = /<br\s*\/?>/gi;
/** A word with its apostrophes, or one mark. Dashes and slashes only separate. */
const WORD_OR_MARK = /[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*|[.!?,;:…"()*]/gu;

/** The words of a review. */
export function reviewWords(text: string, preprocessing: Preprocessing = {}): string[] {
  const { punctuation = "drop", stopWords = "keep" } = preprocessing;
  const words =
    punctuation === "drop"
      ? wordTokens(text)
      : (text.replace(LINE_BREAK, " ").toLowerCase().match(WORD_OR_MARK) ?? []);
  return stopWords === "keep" ? words : words.filter((word) => !STOP_WORDS.has(word));
}

/** Throws a ValueError for a setting that is none. */
export function checkPreprocessing({ punctuation, stopWords, minFrequency }: Preprocessing): void {
  for (const [name, value] of Object.entries({ punctuation, stopWords }))
    if (value !== undefined && value !== "keep" && value !== "drop")
      throw new ValueError(`preprocessing: ${name} is ${JSON.stringify(value)}, expected "keep" or "drop"`);
  if (minFrequency !== undefined && !(Number.isInteger(minFrequency) && minFrequency >= 1))
    throw new ValueError(`preprocessing: minFrequency is ${minFrequency}, expected a whole number from 1`);
}
