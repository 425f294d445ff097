/** The split of the translation example by numbers, what training draws, and the rows of a batch. */
import { describe, expect, it } from "vitest";
import {
  byLength,
  inAllForms,
  splitNumbers,
  STRATA,
  stratumOf,
  toBatch,
  TrainingItems,
} from "../../examples/translation/dataset.ts";
import { isYear } from "../../examples/translation/numbers.ts";
import { END, frenchText, SOURCE, START, TARGET } from "../../examples/translation/tokens.ts";

describe("the split", () => {
  const split = splitNumbers(42);

  it("holds numbers out, each in one part, as many of each stratum as it says", () => {
    const { test, validation, heldOut } = split;
    expect(new Set([...test, ...validation])).toEqual(heldOut);
    expect(heldOut.size).toBe(test.length + validation.length);
    const count = (numbers: readonly number[]): number[] =>
      STRATA.map((stratum) => numbers.filter((n) => stratumOf(n) === stratum).length);
    expect(count(test)).toEqual([0, 10, 100, 100, 100, 200, 200]);
    expect(count(validation)).toEqual([0, 10, 50, 50, 50, 50, 50]);
    expect(test.filter(isYear)).toHaveLength(100);
  });

  it("is the same for a seed and another one for another", () => {
    expect(splitNumbers(42).test).toEqual(split.test);
    expect(splitNumbers(43).test).not.toEqual(split.test);
  });

  it("writes a number in three forms, a year in four", () => {
    const forms = (n: number): string[] => inAllForms([n]).map(({ form }) => form);
    expect(forms(84)).toEqual(["words", "american", "digits"]);
    expect(forms(1984)).toEqual(["words", "american", "digits", "year"]);
  });
});

describe("what training draws", () => {
  const split = splitNumbers(1);
  const drawn = new TrainingItems(1, split, 1);
  const items = Array.from({ length: 20_000 }, () => drawn.draw());

  it("is nothing that is held out, in whatever form", () => {
    expect(items.filter(({ number }) => split.heldOut.has(number))).toEqual([]);
    // The check sees what it looks for: drawn at random, held-out numbers of two digits would be among so many.
    const two = items.filter(({ number }) => stratumOf(number).digits === 2).map(({ number }) => number);
    expect(new Set(two).size).toBe(70);
  });

  it("follows the weights of the strata and the shares of the forms", () => {
    const total = STRATA.reduce((sum, { weight }) => sum + weight, 0);
    for (const stratum of STRATA) {
      const share = items.filter(({ number }) => stratumOf(number) === stratum).length / items.length;
      // Four standard deviations of a share of 20,000 draws at most.
      expect(Math.abs(share - stratum.weight / total)).toBeLessThan(4 * Math.sqrt(0.25 / items.length));
    }
    const share = (form: string, of = items): number =>
      of.filter((item) => item.form === form).length / of.length;
    expect(share("digits")).toBeCloseTo(0.4, 1);
    expect(
      share(
        "year",
        items.filter(({ number }) => isYear(number)),
      ),
    ).toBeCloseTo(0.3, 1);
    expect(share("words")).toBeGreaterThan(share("american"));
  });

  it("has round numbers more often than chance, which has a thousandth", () => {
    const six = items.filter(({ number }) => number >= 100_000);
    const round = six.filter(({ number }) => number % 1000 === 0).length / six.length;
    // A fifth of them, of which an eighth lose all three digits.
    expect(round).toBeGreaterThan(0.015);
    expect(round).toBeLessThan(0.04);
  });

  it("comes in batches of texts of like lengths, in an order of their own", () => {
    const training = new TrainingItems(1, split, 16);
    const lengths = Array.from({ length: 16 }, () => {
      const { source, given } = toBatch(training.next());
      return [source.shape, given.shape];
    });
    expect(lengths.every(([[rows]]) => rows === 16)).toBe(true);
    const widths = lengths.map(([[, source], [, target]]) => source + target);
    // Unsorted, nearly every batch would be as long as the longest.
    expect(widths.reduce((a, b) => a + b, 0) / widths.length).toBeLessThan(20);
    expect(widths).not.toEqual([...widths].sort((a, b) => a - b));
    const items = inAllForms([7, 999_999, 70, 1]);
    expect(byLength(items).map(({ number }) => number)).toEqual([
      7, 7, 7, 1, 1, 1, 70, 70, 70, 999_999, 999_999, 999_999,
    ]);
  });

  it.each([0, 1, 5, 8, 11])("goes on after %i batches as it would have", (count) => {
    const one = new TrainingItems(3, split, 4);
    for (let i = 0; i < count; i++) one.next();
    const other = new TrainingItems(4, split, 4);
    other.state = one.state;
    expect(other.state).toEqual(one.state);
    for (let i = 0; i < 9; i++) expect(other.next()).toEqual(one.next());
  });
});

describe("a batch", () => {
  it("pads sources in front and targets behind, and shifts what is expected by one", () => {
    const { source, given, expected } = toBatch([
      { number: 84, form: "digits" },
      { number: 1984, form: "year" },
    ]);
    expect([source, given, expected].map(({ shape }) => shape)).toEqual([
      [2, 3],
      [2, 7],
      [2, 7],
    ]);
    expect([...source.data.subarray(0, 3)]).toEqual([0, ...SOURCE.encode(["8", "4"])]);
    expect(SOURCE.decode(source.data.subarray(3))).toEqual(["nineteen", "eighty", "four"]);
    const first = TARGET.encode(["quatre", "-vingt", "-quatre"]);
    expect([...given.data.subarray(0, 5)]).toEqual([START, ...first, 0]);
    expect([...expected.data.subarray(0, 5)]).toEqual([...first, END, 0]);
    expect(frenchText(expected.data.subarray(7))).toBe("mille neuf cent quatre-vingt-quatre");
  });
});
