/** Numbers in words: the spelling against written lists, and back to the number by a reader that shares nothing with it. */
import { describe, expect, it } from "vitest";
import {
  LARGEST,
  readEnglish,
  writeEnglish,
  writeFrench,
  YEARS,
} from "../../examples/translation/numbers.ts";
import {
  END,
  englishTokens,
  frenchText,
  frenchTokens,
  joinFrench,
  MAX_SOURCE,
  MAX_TARGET,
  PAD,
  SOURCE,
  sourceIds,
  START,
  TARGET,
  targetIds,
} from "../../examples/translation/tokens.ts";

const FRENCH: [number, string][] = [
  [0, "zéro"],
  [1, "un"],
  [10, "dix"],
  [16, "seize"],
  [17, "dix-sept"],
  [20, "vingt"],
  [21, "vingt et un"],
  [22, "vingt-deux"],
  [31, "trente et un"],
  [60, "soixante"],
  [61, "soixante et un"],
  [69, "soixante-neuf"],
  [70, "soixante-dix"],
  [71, "soixante et onze"],
  [72, "soixante-douze"],
  [77, "soixante-dix-sept"],
  [79, "soixante-dix-neuf"],
  [80, "quatre-vingts"],
  [81, "quatre-vingt-un"],
  [90, "quatre-vingt-dix"],
  [91, "quatre-vingt-onze"],
  [97, "quatre-vingt-dix-sept"],
  [99, "quatre-vingt-dix-neuf"],
  [100, "cent"],
  [101, "cent un"],
  [121, "cent vingt et un"],
  [171, "cent soixante et onze"],
  [180, "cent quatre-vingts"],
  [191, "cent quatre-vingt-onze"],
  [200, "deux cents"],
  [201, "deux cent un"],
  [280, "deux cent quatre-vingts"],
  [999, "neuf cent quatre-vingt-dix-neuf"],
  [1000, "mille"],
  [1001, "mille un"],
  [1080, "mille quatre-vingts"],
  [1100, "mille cent"],
  [1200, "mille deux cents"],
  [1984, "mille neuf cent quatre-vingt-quatre"],
  [2000, "deux mille"],
  [2001, "deux mille un"],
  [21_000, "vingt et un mille"],
  [71_071, "soixante et onze mille soixante et onze"],
  [80_000, "quatre-vingt mille"],
  [80_080, "quatre-vingt mille quatre-vingts"],
  [81_000, "quatre-vingt-un mille"],
  [100_000, "cent mille"],
  [101_000, "cent un mille"],
  [180_000, "cent quatre-vingt mille"],
  [200_000, "deux cent mille"],
  [200_200, "deux cent mille deux cents"],
  [380_080, "trois cent quatre-vingt mille quatre-vingts"],
  [999_999, "neuf cent quatre-vingt-dix-neuf mille neuf cent quatre-vingt-dix-neuf"],
];

const ENGLISH: [number, words: string, american: string][] = [
  [0, "zero", "zero"],
  [13, "thirteen", "thirteen"],
  [20, "twenty", "twenty"],
  [21, "twenty-one", "twenty-one"],
  [40, "forty", "forty"],
  [100, "one hundred", "one hundred"],
  [101, "one hundred and one", "one hundred one"],
  [1000, "one thousand", "one thousand"],
  [1001, "one thousand and one", "one thousand one"],
  [1100, "one thousand one hundred", "one thousand one hundred"],
  [1984, "one thousand nine hundred and eighty-four", "one thousand nine hundred eighty-four"],
  [80_000, "eighty thousand", "eighty thousand"],
  [100_005, "one hundred thousand and five", "one hundred thousand five"],
  [380_080, "three hundred and eighty thousand and eighty", "three hundred eighty thousand eighty"],
  [
    999_999,
    "nine hundred and ninety-nine thousand nine hundred and ninety-nine",
    "nine hundred ninety-nine thousand nine hundred ninety-nine",
  ],
];

const YEAR_READINGS: [number, string][] = [
  [1100, "eleven hundred"],
  [1101, "eleven oh one"],
  [1110, "eleven ten"],
  [1215, "twelve fifteen"],
  [1789, "seventeen eighty-nine"],
  [1900, "nineteen hundred"],
  [1905, "nineteen oh five"],
  [1984, "nineteen eighty-four"],
  [1999, "nineteen ninety-nine"],
];

/** The number of a French text, from left to right: values are added, cent and vingt multiply what stands before them. */
function readFrench(text: string): number {
  const simple: Record<string, number> = { zéro: 0, vingt: 20, trente: 30, quarante: 40, cinquante: 50 };
  const small = "un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize";
  for (const [i, word] of small.split(" ").entries()) simple[word] = i + 1;
  simple.soixante = 60;
  let [thousands, sum, last] = [0, 0, 0];
  for (const word of text.split(/[ -]/)) {
    if (word === "et") continue;
    if (word === "mille") {
      thousands = 1000 * (sum || 1);
      [sum, last] = [0, 0];
    } else if (word.startsWith("cent")) {
      sum = 100 * (sum || 1);
      last = 0;
    } else if (word.startsWith("vingt") && last === 4) {
      sum += 76; // the 4 is in the sum, and becomes 80
      last = 0;
    } else {
      last = simple[word === "vingts" ? "" : word];
      sum += last;
    }
  }
  return thousands + sum;
}

describe("French words", () => {
  it.each(FRENCH)("%i: %s", (n, text) => {
    expect(writeFrench(n)).toBe(text);
  });

  it("are read back as the number by another reader, so no two numbers share their words", () => {
    const wrong: number[] = [];
    // Every number below 1,000 and every number of thousands; then a step that has no factor in common with 1,000.
    for (let n = 0; n < 1000; n++)
      for (const m of [n, 1000 * n, 1000 * n + 999 - n]) if (readFrench(writeFrench(m)) !== m) wrong.push(m);
    for (let n = 0; n <= LARGEST; n += 7) if (readFrench(writeFrench(n)) !== n) wrong.push(n);
    expect(wrong).toEqual([]);
  });

  it("are thousands, mille and the rest, so the million of them are distinct", () => {
    const below = Array.from({ length: 1000 }, (_, n) => writeFrench(n));
    expect(new Set(below).size).toBe(1000);
    // Before mille an s is dropped, and nothing else; no text below 1,000 holds mille.
    const before = below.map((text) => text.replace(/(?<=cent|vingt)s$/, ""));
    expect(new Set(before).size).toBe(1000);
    expect(below.filter((text) => text.includes("mille"))).toEqual([]);
    for (let n = 1000; n <= LARGEST; n++) {
      const [thousands, rest] = [Math.floor(n / 1000), n % 1000];
      const parts = [thousands === 1 ? "" : before[thousands], "mille", rest === 0 ? "" : below[rest]];
      if (writeFrench(n) !== parts.filter(Boolean).join(" ")) expect.fail(`${n}: ${writeFrench(n)}`);
    }
  });

  it("are refused outside 0 to 999,999", () => {
    for (const n of [-1, 1.5, LARGEST + 1, Number.NaN])
      expect(() => writeFrench(n)).toThrow("expected a whole number from 0 to 999999");
  });
});

describe("English words", () => {
  it.each(ENGLISH)("%i: %s, American %s", (n, words, american) => {
    expect(writeEnglish(n, "words")).toBe(words);
    expect(writeEnglish(n, "american")).toBe(american);
    expect(writeEnglish(n, "digits")).toBe(String(n));
  });

  it.each(YEAR_READINGS)("%i as a year: %s", (n, text) => {
    expect(writeEnglish(n, "year")).toBe(text);
  });

  it("have year readings from 1100 to 1999 only", () => {
    for (const n of [0, 1099, 2000, 19_840])
      expect(() => writeEnglish(n, "year")).toThrow("expected a number from 1100 to 1999");
  });

  it("are read back in every form, whatever their case and hyphens", () => {
    for (let n = 0; n <= LARGEST; n += n < 2000 ? 1 : 97) {
      const texts = [writeEnglish(n, "words"), writeEnglish(n, "american"), String(n)];
      if (n >= YEARS.first && n <= YEARS.last) texts.push(writeEnglish(n, "year"));
      for (const text of texts) if (readEnglish(text) !== n) expect.fail(`${text}: ${readEnglish(text)}`);
    }
    expect(readEnglish("Nineteen Eighty Four")).toBe(1984);
    expect([readEnglish("1,984"), readEnglish(" 380 080 "), readEnglish("007")]).toEqual([1984, 380_080, 7]);
  });

  it("are undefined when the rules would not write them", () => {
    const wrong = [
      "",
      "hello",
      "hundred",
      "two and two",
      "twelve five",
      "one oh",
      "1000000",
      "one million",
      "-3",
    ];
    expect(wrong.map(readEnglish)).toEqual(wrong.map(() => undefined));
  });
});

describe("tokens", () => {
  it("split English at spaces and hyphens, digits one by one", () => {
    expect(englishTokens("One thousand, nine hundred and Eighty-four")).toEqual(
      "one thousand nine hundred and eighty four".split(" "),
    );
    expect(englishTokens("1,984")).toEqual(["1", "9", "8", "4"]);
    expect(englishTokens("  ")).toEqual([]);
  });

  it("keep the hyphens of French, which joins back to the same text", () => {
    expect(frenchTokens("soixante-dix mille vingt et un")).toEqual(
      "soixante -dix mille vingt et un".split(" "),
    );
    for (const [, text] of FRENCH) expect(joinFrench(frenchTokens(text))).toBe(text);
  });

  it("have few words, and ids before them that mean none", () => {
    expect([SOURCE.size, TARGET.size]).toEqual([43, 47]);
    expect([SOURCE.reserved, TARGET.reserved]).toEqual([
      { padding: PAD },
      { padding: PAD, start: START, end: END },
    ]);
    expect(SOURCE.has("oh") && !SOURCE.has("eighty-four")).toBe(true);
    expect(TARGET.has("-vingts") && TARGET.has("mille")).toBe(true);
  });

  it("become ids and a text again; an unknown word is named", () => {
    const ids = [...targetIds(1984)];
    expect(frenchText([START, ...ids, END, ids[0]])).toBe("mille neuf cent quatre-vingt-quatre");
    expect(frenchText(ids.slice(0, 2))).toBe("mille neuf");
    expect(() => SOURCE.encode(["one", "dozen", "eggs"])).toThrow('lacks "dozen" at position 1');
  });

  it("fit the longest sequences, which occur", () => {
    let [source, target] = [0, 0];
    // Words below and above 1,000 are chosen apart: the longest are long on both sides.
    for (let n = 0; n < 1000; n++) {
      source = Math.max(source, sourceIds(1001 * n, "words").length);
      target = Math.max(target, targetIds(1001 * n).length);
    }
    expect([source, target + 1]).toEqual([MAX_SOURCE, MAX_TARGET]);
  });
});
