/** Texts as ids: English words or single digits, and French words with the hyphen before them where there is one. */
import { type Form, LARGEST, writeEnglish, writeFrench } from "./numbers.ts";

/** Ids that every list of tokens begins with. */
export const PAD = 0;
export const START = 1;
export const END = 2;
const SPECIAL = ["<pad>", "<s>", "</s>"];

/** The longest sequences: "three hundred and seventy-seven thousand three hundred and seventy-seven". */
export const MAX_SOURCE = 11;
/** quatre cent quatre-vingt-dix-neuf mille quatre cent quatre-vingt-dix-neuf, with the mark of its start or its end. */
export const MAX_TARGET = 14;

/** Words to ids and back. */
export class Tokens {
  readonly words: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  constructor(words: Iterable<string>) {
    this.words = [...SPECIAL, ...new Set(words)];
    this.#ids = new Map(this.words.map((word, id) => [word, id]));
  }

  get size(): number {
    return this.words.length;
  }

  /** Throws an UnknownWordsError that names the words which have no id. */
  encode(words: readonly string[]): number[] {
    const unknown = words.filter((word) => !this.#ids.has(word));
    if (unknown.length > 0) throw new UnknownWordsError(unknown);
    return words.map((word) => this.#ids.get(word)!);
  }

  /** The words of ids, up to the end mark, special ones left out. */
  decode(ids: ArrayLike<number>): string[] {
    const all = Array.from(ids);
    const end = all.indexOf(END);
    return (end < 0 ? all : all.slice(0, end)).filter((id) => id > END).map((id) => this.words[id]);
  }
}

/** A text with words that the model has never seen. */
export class UnknownWordsError extends Error {
  override name = "UnknownWordsError";
  readonly words: readonly string[];

  constructor(words: readonly string[]) {
    super(`unknown words: ${words.join(", ")}`);
    this.words = words;
  }
}

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

/** Everything below 1,000, and what only thousands have, holds every word once. */
const SHOWN = [...Array(1000).keys(), 1000, 80_000, 200_000];
const every = (tokens: (n: number) => string[]): string[] => SHOWN.flatMap(tokens);

/** All English tokens. */
export const SOURCE = new Tokens([
  ..."0123456789",
  ...every((n) => englishTokens(writeEnglish(n, "words"))),
  "oh",
]);
/** All French tokens. */
export const TARGET = new Tokens(every((n) => frenchTokens(writeFrench(n))));

/** A number's source ids in a form. */
export function sourceIds(n: number, form: Form): number[] {
  return SOURCE.encode(englishTokens(writeEnglish(n, form)));
}

/** A number's target ids, without the marks of start and end. */
export function targetIds(n: number): number[] {
  return TARGET.encode(frenchTokens(writeFrench(n)));
}

/** Whether a text has a length that the model can read, and why not. */
export function checkSource(ids: readonly number[]): void {
  if (ids.length === 0) throw new RangeError("there is nothing to translate");
  if (ids.length > MAX_SOURCE)
    throw new RangeError(
      `${ids.length} words or digits are too many; numbers up to ${LARGEST} have at most ${MAX_SOURCE}`,
    );
}
