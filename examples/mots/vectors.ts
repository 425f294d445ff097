/** Word vectors: which words, which neighbours, which sentences are alike. */
import {
  cosineSimilarity,
  type HostArray,
  meanVector,
  nearestWords,
  type WordVocabulary,
  wordVector,
} from "../../src/index.ts";
import { formatNumber } from "../support/format.ts";
import type { LessonTable } from "../support/lesson.ts";
import { tsne } from "../support/tsne.ts";
import type { Corpus } from "./corpus.ts";

/** Vectors and the words that have one. */
export interface Vectors {
  readonly table: HostArray;
  readonly vocabulary: WordVocabulary;
}

const PRONOUNS =
  "je j’ tu il elle on nous vous ils elles me m’ te t’ se s’ lui leur y en qui que qu’ -il -elle -je -vous".split(
    " ",
  );
const SMALL_WORDS =
  "le la les l’ un une des du de d’ à au aux dans sur pour avec par sous chez vers près depuis pendant après avant et ou mon ma mes ton ta ses son sa leurs ce cet cette".split(
    " ",
  );

/** The most frequent words of a corpus that have a vector, the most frequent first. */
export function frequentWords(corpus: Corpus, vocabulary: WordVocabulary, count: number): string[] {
  const counts = new Map<string, number>();
  for (const word of corpus.words.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .filter(([word]) => vocabulary.has(word))
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, count)
    .map(([word]) => word);
}

/** A word in the plane, in one of three groups. */
export interface MapPoint {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  readonly group: string;
}

/** Words as points of a plane, by t-SNE. */
export function mapWords({ table, vocabulary }: Vectors, words: readonly string[], seed: number): MapPoint[] {
  const points = tsne(
    words.map((word) => wordVector(table, vocabulary, word)),
    { perplexity: 12, seed, iterations: 600 },
  );
  return words.map((label, i) => ({ x: points[i][0], y: points[i][1], label, group: groupOf(label) }));
}

function groupOf(word: string): string {
  if (PRONOUNS.includes(word)) return "pronoms";
  return SMALL_WORDS.includes(word) ? "articles, prépositions, possessifs" : "autres mots";
}

/** The nearest neighbours of some words. */
export function neighboursTable({ table, vocabulary }: Vectors, words: readonly string[]): LessonTable {
  return {
    caption: "Les mots aux vecteurs les plus proches (cosinus)",
    header: ["mot", "voisins"],
    rows: words.map((word) => [
      word,
      nearestWords(table, vocabulary, word, 4)
        .map((near) => `${near.word} (${formatNumber(near.similarity, 2)})`)
        .join(", "),
    ]),
  };
}

/** The mean of the vectors of a sentence's words; words without one are left out. */
export function sentenceVector(
  { table, vocabulary }: Vectors,
  words: readonly string[],
): Float32Array | undefined {
  const ids = words.flatMap((word) => vocabulary.id(word) ?? []);
  return ids.length === 0 ? undefined : meanVector(table, ids);
}

/** The sentences whose mean vectors are nearest to one of them. */
export function similarSentences(vectors: Vectors, corpus: Corpus, sentence: number, count = 3): LessonTable {
  const own = sentenceVector(vectors, corpus.words[sentence]);
  const rows = corpus.sentences.flatMap((text, i): [string, number][] => {
    const other = i === sentence ? undefined : sentenceVector(vectors, corpus.words[i]);
    return own && other ? [[text, cosineSimilarity(own, other)]] : [];
  });
  return {
    caption: `Les phrases les plus proches de « ${corpus.sentences[sentence]} »`,
    header: ["phrase", "cosinus"],
    rows: rows
      .sort((a, b) => b[1] - a[1])
      .slice(0, count)
      .map(([text, similarity]) => [text, formatNumber(similarity, 3)]),
  };
}

/** The first numbers of a vector, as Python prints them. */
export function firstNumbers(vector: ArrayLike<number>, count = 6): string {
  const shown = Array.from(vector)
    .slice(0, count)
    .map((value) => formatNumber(value, 4));
  return `[${shown.join("  ")}${vector.length > count ? " …" : ""}]`;
}
