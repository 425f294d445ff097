import { describe, expect, it } from "vitest";
import { FileFormatError, ShapeError, ValueError } from "../../src/errors.ts";
import {
  cosineSimilarity,
  meanVector,
  nearestWords,
  readWordVectors,
  wordVector,
} from "../../src/text/word_vectors.ts";
import { WordVocabulary } from "../../src/text/word_vocabulary.ts";

const file = "4 3\nle 1 0 -0.5\nchat 0.25 2e-1 3 \nl' 0 1 0\nmatou 0.3 0.25 2.5\n";

describe("readWordVectors", () => {
  it("reads fastText's format: a header, then a word and its numbers on each line", () => {
    const { vocabulary, table } = readWordVectors(file);
    expect(vocabulary.words).toEqual(["le", "chat", "l'", "matou"]);
    expect(table.shape).toEqual([4, 3]);
    expect(table.data).toEqual(Float32Array.of(1, 0, -0.5, 0.25, 0.2, 3, 0, 1, 0, 0.3, 0.25, 2.5));
    expect(wordVector(table, vocabulary, "chat")).toEqual(Float32Array.of(0.25, 0.2, 3));
  });

  it("takes Windows line ends, a byte-order mark, tabs, no line end at the end, and no header", () => {
    const wanted = readWordVectors(file).table;
    expect(readWordVectors(`\ufeff${file.trimEnd().replaceAll("\n", "\r\n")}`).table).toEqual(wanted);
    expect(readWordVectors(file.replaceAll(" ", "\t")).table).toEqual(wanted);
    expect(readWordVectors(file.slice(4)).table).toEqual(wanted);
  });

  it("keeps the words that are asked for, in any of their spellings, and the first of two", () => {
    const twice = `5 3\n${file.slice(4)}chat 9 9 9\n`;
    const { vocabulary, table } = readWordVectors(twice, { only: new Set(["l’", "chat", "zèbre"]) });
    expect(vocabulary.words).toEqual(["chat", "l'"]);
    expect(table).toEqual({ data: Float32Array.of(0.25, 0.2, 3, 0, 1, 0), shape: [2, 3] });
    expect(wordVector(table, vocabulary, "l’")).toEqual(Float32Array.of(0, 1, 0));
  });

  it("keeps words that are numbers, or have a no-break space", () => {
    expect(readWordVectors("2 2\n10 1 2\na\u00a0b 3 4\n").vocabulary.words).toEqual(["10", "a\u00a0b"]);
    // Two words of dimension 1 without a header would read as a header; with one they don't.
    expect(readWordVectors("2 1\n10 1\n20 2\n").table.data).toEqual(Float32Array.of(1, 2));
  });

  it("reads more words than its buffer starts with", () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `mot${i} ${i} ${-i}`);
    const { vocabulary, table } = readWordVectors(`3000 2\n${lines.join("\n")}\n`);
    expect(vocabulary.size).toBe(3000);
    expect(wordVector(table, vocabulary, "mot2999")).toEqual(Float32Array.of(2999, -2999));
    expect(wordVector(table, vocabulary, "mot1024")).toEqual(Float32Array.of(1024, -1024));
  });

  it.each<[text: string, message: string]>([
    ["2 3\nle 1 2 3\nchat 1 2\n", 'word vectors: line 3 has 2 numbers behind "chat", expected 3'],
    ["2 3\nle 1 2 3\n\nchat 1 2 3 4\n", 'word vectors: line 4 has 4 numbers behind "chat", expected 3'],
    ["le 1 2\nchat\n", 'word vectors: line 2 has 0 numbers behind "chat", expected 2'],
    ["le\n", 'word vectors: line 1 has 0 numbers behind "le", expected some'],
    ["1 2\nle 1 deux\n", 'word vectors: line 2 has "deux" behind "le", expected a number'],
    ["1 2\nle 1 nan\n", 'word vectors: line 2 has "nan" behind "le", expected a number'],
    ["1 0\nle\n", "word vectors: line 1 has a dimension of 0"],
    ["3 2\nle 1 2\nun 1 2\n", "word vectors: the header promises 3 words, the file has 2; is it cut off?"],
  ])("refuses %j", (text, message) => {
    expect(() => readWordVectors(text)).toThrow(FileFormatError);
    expect(() => readWordVectors(text)).toThrow(message);
  });

  it("refuses a file without words, or without those that are asked for", () => {
    expect(() => readWordVectors("")).toThrow(ValueError);
    expect(() => readWordVectors("")).toThrow("word vectors: the file is empty");
    expect(() => readWordVectors(file, { only: new Set(["zèbre"]) })).toThrow(
      "word vectors: the file has none of the words in only",
    );
    expect(() => readWordVectors(file, { words: [] } as object)).toThrow('unknown option "words"');
  });
});

describe("what is close", () => {
  const { vocabulary, table } = readWordVectors(file);

  it("cosine: 1 along, 0 across, −1 against, whatever the lengths", () => {
    expect(cosineSimilarity([1, 2], [2, 4])).toBeCloseTo(1, 15);
    expect(cosineSimilarity([1, 0], [0, 5])).toBe(0);
    expect(cosineSimilarity([1, 2], [-3, -6])).toBeCloseTo(-1, 15);
    expect(cosineSimilarity([0, 0], [1, 1])).toBe(0);
    expect(cosineSimilarity([3, 4], [4, 3])).toBeCloseTo(24 / 25, 15);
    expect(() => cosineSimilarity([1], [1, 2])).toThrow(ShapeError);
  });

  it("nearestWords leaves the word itself out and goes by angle", () => {
    const near = nearestWords(table, vocabulary, "chat", 2);
    expect(near.map(({ word }) => word)).toEqual(["matou", "l'"]);
    const norms = Math.hypot(0.25, 0.2, 3) * Math.hypot(0.3, 0.25, 2.5);
    // The table is in single precision.
    expect(near[0].similarity).toBeCloseTo((0.25 * 0.3 + 0.2 * 0.25 + 3 * 2.5) / norms, 6);
    expect(near[1].similarity).toBeCloseTo(0.2 / Math.hypot(0.25, 0.2, 3), 6);
    expect(nearestWords(table, vocabulary, "chat")).toHaveLength(3);
    expect(nearestWords(table, vocabulary, [0, 7, 0], 1)).toEqual([{ word: "l'", similarity: 1 }]);
  });

  it("reads an Embedding's table, whose first rows are no words", () => {
    const words = WordVocabulary.from([["chat", "chien", "mur"]], { reserved: { padding: 0, unknown: 1 } });
    const weight = { data: Float32Array.of(1, 1, 1, 1, 1, 0.1, 1, 0, -1, 2), shape: [5, 2] };
    expect(nearestWords(weight, words, "chat").map(({ word }) => word)).toEqual(["chien", "mur"]);
    expect(wordVector(weight, words, "mur")).toEqual(Float32Array.of(-1, 2));
    // An unknown id is nobody's word.
    expect(() => wordVector(weight, words, "zèbre")).toThrow(
      'wordVector: the vocabulary of 3 words lacks "zèbre"',
    );
    expect(meanVector(weight, words.encode(["chien", "mur"]))).toEqual(Float32Array.of(0, 1));
  });

  it.each<[act: () => unknown, error: new (message: string) => Error, message: string]>([
    [
      () => nearestWords(table, vocabulary, "chaton"),
      ValueError,
      'lacks "chaton"; the nearest it has: "chat"',
    ],
    [() => nearestWords(table, vocabulary, "chat", 0), ValueError, "nearestWords: count is 0"],
    [
      () => nearestWords(table, vocabulary, [1, 2]),
      ShapeError,
      "nearestWords: the vector has 2 numbers, those of the table 3",
    ],
    [
      () => nearestWords({ data: new Float32Array(6), shape: [2, 3] }, vocabulary, "chat"),
      ShapeError,
      "nearestWords: the table is [2, 3] (6 values), expected [4, width]; is it of another vocabulary?",
    ],
    [() => wordVector(table, vocabulary, "zèbre"), ValueError, 'the vocabulary of 4 words lacks "zèbre"'],
    [() => meanVector(table, []), ValueError, "meanVector: there is no id"],
    [() => meanVector(table, [0, 4]), ValueError, "meanVector: id 4 at 1 is outside the table of 4 rows"],
    [() => meanVector({ data: table.data, shape: [12] }, [0]), ShapeError, "meanVector: the table is [12]"],
  ])("%s", (act, error, message) => {
    expect(act).toThrow(error);
    expect(act).toThrow(message);
  });
});
