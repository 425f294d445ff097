/** Sentences as words, and words as ids: what every model of the word notebook starts from. */
import { frenchTokens, padSequences, type HostArray, ValueError, WordVocabulary } from "../../src/index.ts";

/** A corpus in words and ids. */
export interface Corpus {
  /** In lower case, one for each line of the text. */
  readonly sentences: readonly string[];
  /** The words of each sentence. */
  readonly words: readonly (readonly string[])[];
  /** Sorted words from id 1; 0 is the padding. */
  readonly vocabulary: WordVocabulary;
  /** The ids of each sentence. */
  readonly ids: readonly Int32Array[];
  /** Words of the longest sentence. */
  readonly longest: number;
}

/** The lines of a text in lower case, spaces put in order; lines of fewer than two words say nothing of what comes next. */
export function sentencesOf(text: string): string[] {
  const sentences = text
    .toLowerCase()
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/\s+/g, " "))
    .filter((line) => line.includes(" "));
  if (sentences.length === 0)
    throw new ValueError(
      "the corpus has no line of two words or more; give one sentence per line with --data FILE",
    );
  return sentences;
}

/** Reads a corpus with one sentence per line. Throws a ValueError when there is none of two words or more. */
export function readCorpus(text: string): Corpus {
  const sentences = sentencesOf(text);
  const words = sentences.map(frenchTokens);
  const vocabulary = WordVocabulary.from(words, { reserved: { padding: 0 } });
  const ids = words.map((sentence) => vocabulary.encode(sentence));
  return { sentences, words, vocabulary, ids, longest: Math.max(...ids.map(({ length }) => length)) };
}

/** The beginning of a sentence as words of a vocabulary; throws a ValueError that names a word that it lacks. */
export function tokenize(vocabulary: WordVocabulary, text: string): Int32Array {
  const words = frenchTokens(text.toLowerCase());
  if (words.length === 0) throw new ValueError("the beginning is empty; write a word of the corpus at least");
  return vocabulary.encode(words);
}

/** Ids as one row of a model's input: padding behind, and the last words where there are too many. */
export function inputRow(ids: ArrayLike<number>, width: number): HostArray {
  return padSequences([ids], { maxLength: width, padding: "post" });
}

/** Words as a sentence: no space behind an apostrophe, none before the hyphen of an inversion. */
export function joinWords(words: readonly string[]): string {
  return words
    .join(" ")
    .replace(/(['’]) /g, "$1")
    .replace(/ (?=-\p{L})/gu, "");
}
