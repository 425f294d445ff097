/** Beginnings that the models continue: the notebook's where the corpus has their words, else the sample's or its own. */
import { frenchTokens, type WordVocabulary } from "../../src/index.ts";

/** What each part of the lesson asks. */
export interface Prompts {
  /** Sentences without their last word. */
  lastWord: string[];
  /** A sentence to put into a row of ids. */
  row: string;
  /** A word whose vector is shown. */
  word: string;
  /** The start of a sentence, continued by some words. */
  short: { text: string; count: number };
  /** Starts of sentences for SimpleLLM. */
  llm: { text: string; count: number }[];
}

const NOTEBOOK: Prompts = {
  lastWord: ["Merci pour ton aide précieuse je suis", "Ils marcheront sur la plage au coucher du"],
  row: "Bonjour le chat touches totalement",
  word: "soleil",
  short: { text: "Bonjour", count: 4 },
  llm: [
    { text: "Ils regardaient", count: 8 },
    { text: "Bonjour", count: 4 },
    { text: "Tu apprendras", count: 7 },
  ],
};

const SAMPLE: Prompts = {
  lastWord: ["Merci de ta visite je suis très", "Nous marcherons sur la plage jusqu’au coucher du"],
  row: "Bonjour le chat chante bien",
  word: "soleil",
  short: { text: "Bonjour", count: 4 },
  llm: [
    { text: "Ils écoutaient", count: 6 },
    { text: "Bonjour", count: 6 },
    { text: "Tu liras", count: 6 },
  ],
};

function known(vocabulary: WordVocabulary, text: string): boolean {
  return frenchTokens(text.toLowerCase()).every((word) => vocabulary.has(word));
}

/** The prompts for a corpus; `own` is a beginning that the user gave. */
export function promptsFor(
  {
    sentences,
    words,
    vocabulary,
  }: { sentences: readonly string[]; words: readonly (readonly string[])[]; vocabulary: WordVocabulary },
  own?: string,
): Prompts {
  const fits = (prompts: Prompts): boolean =>
    [
      ...prompts.lastWord,
      prompts.row,
      prompts.word,
      prompts.short.text,
      ...prompts.llm.map(({ text }) => text),
    ].every((text) => known(vocabulary, text));
  const found = [NOTEBOOK, SAMPLE].find(fits);
  const start = (i: number, count: number): string =>
    sentences[i % sentences.length].split(" ").slice(0, count).join(" ");
  const prompts = found ?? {
    lastWord: [0, 1].map((i) => sentences[i % sentences.length].split(" ").slice(0, -1).join(" ")),
    row: sentences[0],
    word: words[0].at(-1)!,
    short: { text: start(0, 1), count: 4 },
    llm: [0, 1, 2].map((i) => ({ text: start(i, 2), count: 6 })),
  };
  if (own === undefined) return prompts;
  return {
    ...prompts,
    lastWord: [own, ...prompts.lastWord],
    short: { text: own, count: prompts.short.count },
    llm: [{ text: own, count: 8 }, ...prompts.llm],
  };
}
