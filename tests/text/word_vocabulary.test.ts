import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { frenchTokens } from "../../src/text/french_tokenizer.ts";
import { WordVocabulary } from "../../src/text/word_vocabulary.ts";

const texts = [
  ["le", "merle", "siffle", "et", "le", "chat", "écoute"],
  ["et", "l’", "été", "arrive", "le", "merle", "œuvre"],
];
/** As notebooks with Keras have it: 0 is padding, words from 1. */
const vocabulary = WordVocabulary.from(texts, { reserved: { padding: 0 } });

describe("WordVocabulary.from", () => {
  it("sorts distinct words by code point, as Python's sorted(set(words)), from the first free id", () => {
    expect(vocabulary.words).toEqual("arrive chat et le l’ merle siffle écoute été œuvre".split(" "));
    expect(vocabulary.offset).toBe(1);
    expect(vocabulary.size).toBe(11);
    expect(vocabulary.id("arrive")).toBe(1);
    expect(WordVocabulary.from(texts).id("arrive")).toBe(0);
    // python3: sorted({"a", "ab", "-", "-t", "ﬁ", "😀", "z\uffff"})
    expect(WordVocabulary.from([["😀", "ab", "z\uffff", "ﬁ", "-t", "a", "-"]]).words).toEqual([
      "-",
      "-t",
      "a",
      "ab",
      "z\uffff",
      "ﬁ",
      "😀",
    ]);
  });

  it("puts the most frequent first, ties in the order of appearance, and keeps as many ids as it is told", () => {
    const { words } = WordVocabulary.from(texts, { order: "frequency" });
    expect(words).toEqual("le merle et siffle chat écoute l’ été arrive œuvre".split(" "));
    // The three most frequent, then sorted.
    expect(WordVocabulary.from(texts, { size: 4, reserved: { padding: 0 } }).words).toEqual([
      "et",
      "le",
      "merle",
    ]);
    expect(WordVocabulary.from(texts, { size: 100 }).size).toBe(10);
  });

  it("counts a text that is one word, too", () => {
    expect(WordVocabulary.from(["b", "a", "b"], { order: "frequency" }).words).toEqual(["b", "a"]);
  });

  it.each<[texts: unknown, options: unknown, message: string]>([
    [[], {}, "word vocabulary: the texts have no words"],
    [[[], []], {}, "word vocabulary: the texts have no words"],
    ["le chat", {}, "word vocabulary: expected lists of words, got a text; split it first"],
    [
      texts,
      { order: "alphabet" },
      'WordVocabulary.from: order is "alphabet", expected "codePoint" or "frequency"',
    ],
    [texts, { size: 0 }, "WordVocabulary.from: size is 0, expected a whole number above 0"],
    [texts, { size: 3, reserved: { unknown: 2 } }, "size is 3, expected a whole number above 3"],
    [texts, { ofset: 3 }, 'WordVocabulary.from: unknown option "ofset"; did you mean "offset"?'],
    [texts, { reserved: { pad: 0 } }, 'WordVocabulary: reserved: unknown option "pad"'],
    [texts, { offset: -1 }, "word vocabulary: offset is -1, expected a whole number from 0"],
    [
      texts,
      { offset: 1, reserved: { end: 10 } },
      "the end id is 10, expected a whole number outside the words' ids, 1 to 10",
    ],
    [texts, { reserved: { start: 0.5 } }, "word vocabulary: offset is 1.5"],
    [[["a", ""]], {}, 'word vocabulary: entry 0 is "", expected a word'],
  ])("refuses %j with %j", (of, options, message) => {
    const act = () => WordVocabulary.from(of as string[][], options as object);
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });
});

describe("WordVocabulary.byFrequency", () => {
  const reviews = ["the film the plot the end".split(" "), "a film a bore".split(" ")];

  it("has the ids of Keras's IMDB reviews: word i of the index, from 1, is i + 3", () => {
    const all = WordVocabulary.byFrequency(reviews);
    expect(all.words).toEqual(["the", "film", "a", "plot", "end", "bore"]);
    expect(all.reserved).toEqual({ padding: 0, start: 1, unknown: 2 });
    expect(all.id("the")).toBe(1 + 3);
    expect(all.id("bore")).toBe(6 + 3);
    expect(all.size).toBe(10);
  });

  it("keeps ids below size, as num_words does, and marks the rest as unknown", () => {
    const few = WordVocabulary.byFrequency(reviews, { size: 6 });
    expect(few.words).toEqual(["the", "film"]);
    expect(few.size).toBe(6);
    expect(few.encode(["the", "plot", "film"], { start: true })).toEqual(Int32Array.of(1, 4, 2, 5));
    expect(few.decode([0, 0, 1, 4, 2, 5, 3])).toEqual(["<start>", "the", "<unknown>", "film", "<unused>"]);
    expect(few.unknownWords(["the", "plot", "a", "plot"])).toEqual(["plot", "a"]);
  });

  it("takes a word index in the order of its numbers", () => {
    const index = { film: 2, the: 1, a: 3 };
    const words = Object.entries(index).sort(([, a], [, b]) => a - b);
    const same = new WordVocabulary(
      words.map(([word]) => word),
      { reserved: { padding: 0, start: 1, unknown: 2 }, offset: 4 },
    );
    expect([...same.encode(["a", "film"])]).toEqual([6, 5]);
  });
});

describe("WordVocabulary", () => {
  it("encodes words and decodes ids without the padding", () => {
    const ids = vocabulary.encode(["le", "chat", "siffle"]);
    expect(ids).toEqual(Int32Array.of(4, 2, 7));
    expect(vocabulary.decode([...ids, 0, 0])).toEqual(["le", "chat", "siffle"]);
    expect(vocabulary.encode([])).toEqual(new Int32Array(0));
    for (const id of [11, -1, 1.5, NaN])
      expect(() => vocabulary.decode([1, id])).toThrow(
        `decode: id ${id} at position 1 is outside the vocabulary of 11 ids`,
      );
  });

  it("takes ' for ’, oe for œ and separate accents, whichever the vocabulary has", () => {
    const words = frenchTokens("l'e\u0301te\u0301 arrive");
    expect(vocabulary.decode(vocabulary.encode(words))).toEqual(["l’", "été", "arrive"]);
    expect(vocabulary.normalize([...words, "oeuvre", "zut'"])).toEqual([
      "l’",
      "été",
      "arrive",
      "œuvre",
      "zut'",
    ]);
    expect(vocabulary.has("l'")).toBe(true);
    expect(vocabulary.has("L’")).toBe(false);
    const straight = WordVocabulary.from([["l'", "eau"]]);
    expect(straight.decode(straight.encode(frenchTokens("l’eau")))).toEqual(["l'", "eau"]);
    // With both, each is itself.
    const both = WordVocabulary.from([["l'", "l’"]]);
    expect([...both.encode(["l’", "l'", "lʼ"])]).toEqual([1, 0, 0]);
  });

  it("names an unknown word with the nearest that it has", () => {
    const act = (word: string) => () => vocabulary.encode(["le", word]);
    expect(act("merles")).toThrow(ValueError);
    expect(act("merles")).toThrow(
      'the vocabulary of 10 words lacks "merles" at position 1; the nearest it has: "merle"',
    );
    expect(act("Chat")).toThrow('lacks "Chat" at position 1; the nearest it has: "chat"');
    expect(act("bibliothèque")).toThrow(
      'lacks "bibliothèque" at position 1; leave it out, or reserve an unknown id',
    );
    expect(() => vocabulary.encode("le chat" as unknown as string[])).toThrow(
      "encode: expected a list of words, got a text; split it first",
    );
  });

  it("adds start and end ids only where it has them", () => {
    const ended = WordVocabulary.from(texts, { reserved: { padding: 0, end: 0 } });
    expect([...ended.encode(["chat"], { end: true })]).toEqual([2, 0]);
    expect(ended.decode([2, 0])).toEqual(["chat"]);
    const behind = WordVocabulary.from(texts, { offset: 0, reserved: { end: 12 } });
    expect(behind.size).toBe(13);
    expect(behind.decode([1, 11, 12])).toEqual(["chat", "<unused>", "<end>"]);
    expect([...behind.encode(["<end>"])]).toEqual([12]);
    expect(() => vocabulary.encode(["le"], { start: true })).toThrow(
      "encode: the vocabulary has no start id; make it with { reserved: { start: 1 } }",
    );
    expect(() => vocabulary.encode(["le"], { begin: true } as object)).toThrow('unknown option "begin"');
  });

  it("comes back from JSON with the same ids", () => {
    const few = WordVocabulary.byFrequency(texts, { size: 7 });
    const back = WordVocabulary.fromJSON(JSON.parse(JSON.stringify(few)));
    expect(back.words).toEqual(few.words);
    expect(back.reserved).toEqual(few.reserved);
    expect(back.encode(["le", "chat"])).toEqual(few.encode(["le", "chat"]));
    for (const json of [null, 3, {}, { words: ["a"], offset: 1 }, { words: "ab", offset: 0, reserved: {} }])
      expect(() => WordVocabulary.fromJSON(json)).toThrow('word vocabulary: expected { "words":');
    expect(() => WordVocabulary.fromJSON({ words: ["a", 3], offset: 0, reserved: {} })).toThrow(
      "entry 1 is 3, expected",
    );
    expect(() => WordVocabulary.fromJSON({ words: ["a", "b", "a"], offset: 0, reserved: {} })).toThrow(
      'word vocabulary: "a" is in it twice, at the end as 2',
    );
  });
});
