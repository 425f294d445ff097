/** The embedded reviews: enough, balanced, varied, and the same every time. */
import { describe, expect, it } from "vitest";
import { CRITIQUES, writeCritiques } from "../../examples/data/critiques.ts";

const WORDS = [
  "good great excellent amazing wonderful fantastic bad terrible awful horrible worst hate",
  "movie film story actor acting director boring interesting funny dramatic beautiful",
].flatMap((line) => line.split(" "));

describe("CRITIQUES", () => {
  it("are balanced and all different", () => {
    expect(CRITIQUES.filter(({ label }) => label === 1)).toHaveLength(CRITIQUES.length / 2);
    expect(new Set(CRITIQUES.map(({ text }) => text)).size).toBe(CRITIQUES.length);
  });

  it("are sentences without anything left to fill in", () => {
    for (const { text } of CRITIQUES) {
      expect(text).toMatch(/^[A-Z][^{}]*[.?!]$/);
      expect(text).not.toMatch(/ {2}|\ba [aeio]/);
      const words = text.split(" ").length;
      expect(words).toBeGreaterThan(15);
      expect(words).toBeLessThan(90);
    }
  });

  it("hold the words that the example draws, those of praise and blame on both sides", () => {
    const textOf = (label: number): string =>
      CRITIQUES.filter((critique) => critique.label === label)
        .map(({ text }) => text.toLowerCase())
        .join(" ");
    const all = `${textOf(0)} ${textOf(1)}`;
    for (const word of WORDS) expect(all, word).toMatch(new RegExp(`\\b${word}\\b`));
    for (const word of ["great", "good", "awful", "terrible", "boring", "funny"])
      for (const label of [0, 1])
        expect(textOf(label), `${word} in ${label}`).toMatch(new RegExp(`\\b${word}\\b`));
  });

  it("repeat with their seed", () => {
    expect(writeCritiques(12)).toEqual(CRITIQUES.slice(0, 12));
    expect(writeCritiques(12, 7)).not.toEqual(CRITIQUES.slice(0, 12));
  });
});
