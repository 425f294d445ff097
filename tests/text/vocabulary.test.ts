import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { CharacterVocabulary } from "../../src/text/vocabulary.ts";

const from = CharacterVocabulary.from;

describe("CharacterVocabulary", () => {
  it("sorts distinct characters as Python's sorted(set(text)) does", () => {
    // python3: "".join(sorted(set("zoé’ Élan\n😀ﬁ\uffff𝒜aœ…«»é")))
    expect(from("zoé’ Élan\n😀ﬁ\uffff𝒜aœ…«»é").characters.join("")).toBe("\n alnoz«»Éé\u0153’…ﬁ\uffff𝒜😀");
  });

  it("counts code points, not UTF-16 units", () => {
    const vocabulary = from("a😀b");
    expect(vocabulary.size).toBe(3);
    expect(vocabulary.characters).toEqual(["a", "b", "😀"]);
    expect(vocabulary.encode("😀a😀")).toEqual(Int32Array.of(2, 0, 2));
    expect(vocabulary.decode([2, 1])).toBe("😀b");
    expect(vocabulary.has("😀")).toBe(true);
    expect(vocabulary.has("c")).toBe(false);
  });

  it("decodes what it encoded", () => {
    const text = "Quand l’Amour à vos yeux offre un choix 😀 agréable,\r\n\t\u00a0jeunes beautés… e\u0301";
    const vocabulary = from(text);
    const ids = vocabulary.encode(text);
    expect(ids).toBeInstanceOf(Int32Array);
    expect(ids.length).toBe([...text].length);
    expect(vocabulary.decode(ids)).toBe(text);
    expect(vocabulary.encode("")).toEqual(new Int32Array(0));
    expect(vocabulary.decode([])).toBe("");
  });

  it("refuses an empty text", () => {
    expect(() => from("")).toThrow(ValueError);
    expect(() => from("")).toThrow(/^the text is empty$/);
  });

  it("comes back from JSON with the same ids", () => {
    const vocabulary = from("Tartuffe 😀\ud83d é’");
    const back = CharacterVocabulary.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
    expect(back.characters).toEqual(vocabulary.characters);
    expect(back.encode("fut 😀")).toEqual(vocabulary.encode("fut 😀"));
  });

  it("refuses JSON that is no vocabulary", () => {
    const read = (characters: unknown) => () => CharacterVocabulary.fromJSON({ characters });
    for (const json of [null, 3, {}, { characters: "abc" }, { characters: [] }])
      expect(() => CharacterVocabulary.fromJSON(json)).toThrow('vocabulary: expected { "characters":');
    expect(read(["a", "bc"])).toThrow('vocabulary: entry 1 is "bc", not a single character');
    expect(read(["a", 1])).toThrow("vocabulary: entry 1 is 1, not a single character");
    expect(read(["a", "b", "a"])).toThrow('vocabulary: "a" (U+0061) is in it twice, at the end as 2');
  });

  it("refuses ids outside the table", () => {
    for (const id of [3, -1, 1.5, NaN])
      expect(() => from("abc").decode([0, id])).toThrow(
        `decode: id ${id} at position 1 is outside the vocabulary of 3 characters`,
      );
  });
});

describe("an unknown character is named, with the nearest that the vocabulary has", () => {
  const unknown = (vocabulary: string, text: string): string => {
    try {
      from(vocabulary).encode(text);
    } catch (error) {
      expect(error).toBeInstanceOf(ValueError);
      return (error as Error).message;
    }
    throw new Error("nothing was thrown");
  };

  it.each([
    ["l'Amour", "l’", '"’" (U+2019) at position 1; the nearest it has: "\'"'],
    ["l’Amour", "l'", '"\'" (U+0027) at position 1; the nearest it has: "’"'],
    ["abcEeé", "É", '"É" (U+00C9) at position 0; the nearest it has: "é" or "E"'],
    ["abcE", "baÉ", '"É" (U+00C9) at position 2; the nearest it has: "E"'],
    ["abce", "É", '"É" (U+00C9) at position 0; the nearest it has: "e"'],
    ["abc", "ç", '"ç" (U+00E7) at position 0; the nearest it has: "c"'],
    ["abc", "B", '"B" (U+0042) at position 0; the nearest it has: "b"'],
    ['ab"', "«", '"«" (U+00AB) at position 0; the nearest it has: "\\""'],
    ["a b", "a\u00a0b", '(U+00A0) at position 1; the nearest it has: " "'],
    ["oeuvr", "œ", '"œ" (U+0153) at position 0; the nearest it has: "oe"'],
    ["abc-", "—", '"—" (U+2014) at position 0; the nearest it has: "-"'],
    ["abcfi", "ﬁ", '"ﬁ" (U+FB01) at position 0; the nearest it has: "fi"'],
    ["a😀", "😀😀😁", '"😁" (U+1F601) at position 2; leave it out, or train on a text that has it'],
  ])("%j lacks a character of %j", (vocabulary, text, message) => {
    expect(unknown(vocabulary, text)).toContain(message);
  });

  it("in a whole sentence", () => {
    expect(unknown("l'Amour", "l’Amour")).toBe(
      'the vocabulary of 7 characters lacks "’" (U+2019) at position 1; the nearest it has: "\'"',
    );
  });
});

describe("normalize", () => {
  it.each([
    ["apostrophes", "l'Amour", "l’Amour", "l'Amour"],
    ["apostrophes the other way", "l’Amour", "l'Amour", "l’Amour"],
    ["guillemets", 'ab "', "« a »", '" a "'],
    ["quotes", "ab “”", "«a»", "“a”"],
    ["an ellipsis", "a.", "a…", "a..."],
    ["dashes", "a-", "a – a — a", "a - a - a"],
    ["ligatures", "coeur", "cœur", "coeur"],
    ["capital ligatures", "COEUR", "CŒUR", "COEUR"],
    ["capitals after ligatures", "coeurO", "Œuvre", "Oeuvre"],
    ["spaces", "a !", "a\u202f!", "a !"],
    ["Windows line ends", "a\nb", "a\r\nb", "a\nb"],
    ["a letter with a separate accent", "é", "e\u0301", "é"],
    ["a letter with an accent of its own", "e\u0301", "é", "e\u0301"],
  ])("replaces %s", (_, text, prompt, expected) => {
    expect(from(`${text} `).normalize(prompt)).toBe(expected);
  });

  it("leaves alone what the vocabulary has", () => {
    const text = "’'«»\"…–-œ oe.\r\ne\u0301é\u00a0";
    expect(from(text).normalize(text)).toBe(text);
  });

  it("leaves what it cannot replace without a loss, for encode to name", () => {
    const vocabulary = from("abcde");
    expect(vocabulary.normalize("É😀…\ud800")).toBe("É😀…\ud800");
    expect(() => vocabulary.encode(vocabulary.normalize("É"))).toThrow('the nearest it has: "e"');
  });

  it("makes a typed prompt fit a printed text", () => {
    const vocabulary = from("Quand l’Amour à vos yeux… « oui »");
    const prompt = vocabulary.normalize("Quand l'Amour");
    expect(vocabulary.decode(vocabulary.encode(prompt))).toBe("Quand l’Amour");
  });
});
