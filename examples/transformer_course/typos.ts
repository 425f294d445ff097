/**
 * A task whose answers are known and whose difficulty can be chosen: which number from 0 to 99 do these French letters
 * mean? They are typed with mistakes, so that no table answers, and numbers whose names look alike (seize, treize) are
 * told apart less often than others.
 */
import { Generator, padSequences } from "../../src/index.ts";
import { writeFrench } from "../translation/numbers.ts";

/** The numbers that are told apart. */
export const NUMBERS = 100;
/** Letters kept: "quatre-vingt-dix-neuf" has 21, and mistakes may add some. */
export const LETTERS = 24;

const ALPHABET = " -abcdefghijklmnopqrstuvwxyzéè";
/** Ids: 0 is padding, then the letters. */
export const LETTER_IDS = ALPHABET.length + 1;

/** Ids [count, LETTERS], the number that each row means, and what was typed. */
export interface TypoExamples {
  readonly ids: Int32Array;
  readonly labels: Int32Array;
  readonly texts: readonly string[];
}

/** Types a text as hasty fingers do: at each letter, with probability `rate`, one of three mistakes. */
export function withTypos(text: string, rate: number, random: Generator): string {
  let typed = "";
  for (const letter of text) {
    if (random.uniform() >= rate) typed += letter;
    else {
      const other = ALPHABET[2 + random.integer(26)];
      // Left out, hit twice, or another key.
      typed += ["", letter + letter, other][random.integer(3)];
    }
  }
  return typed.slice(0, LETTERS);
}

/** `count` examples, all numbers equally often; the same stream of the same seed gives the same ones. */
export function typoExamples(count: number, rate: number, seed: number, stream: number): TypoExamples {
  const random = new Generator(seed, stream);
  const labels = Int32Array.from({ length: count }, (_, i) => i % NUMBERS);
  const texts = Array.from(labels, (n) => withTypos(writeFrench(n), rate, random));
  return { ids: lettersOf(texts), labels, texts };
}

/** Texts as ids [texts, LETTERS]. */
export function lettersOf(texts: readonly string[]): Int32Array {
  const ids = texts.map((text) => Array.from(text, (letter) => ALPHABET.indexOf(letter) + 1));
  return padSequences(ids, { maxLength: LETTERS, padding: "post" }).data;
}

/** The first `count` examples. */
export function firstOf({ ids, labels, texts }: TypoExamples, count: number): TypoExamples {
  return {
    ids: ids.subarray(0, count * LETTERS),
    labels: labels.subarray(0, count),
    texts: texts.slice(0, count),
  };
}
