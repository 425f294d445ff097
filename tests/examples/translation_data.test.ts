/** The split of the translation example by numbers, what training draws, and the rows of a batch. */
import { describe, expect, it } from "vitest";
import {
  inAllForms,
  splitNumbers,
  STRATA,
  stratumOf,
  toBatch,
  TrainingItems,
} from "../../examples/translation/dataset.ts";
import { isYear } from "../../examples/translation/numbers.ts";
import {
  END,
  frenchText,
  MAX_SOURCE,
  MAX_TARGET,
  SOURCE,
  START,
  TARGET,
} from "../../examples/translation/tokens.ts";

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
  const items = new TrainingItems(1, split).batch(20_000);

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

  it("goes on from a state as it would have", () => {
    const one = new TrainingItems(3, split);
    one.batch(10);
    const other = new TrainingItems(4, split);
    other.generator.state = one.generator.state;
    expect(other.batch(20)).toEqual(one.batch(20));
  });
});

describe("a batch", () => {
  it("pads behind, and shifts what is expected by one", () => {
    const { source, given, expected } = toBatch([
      { number: 84, form: "digits" },
      { number: 1984, form: "year" },
    ]);
    expect([source, given, expected].map(({ shape }) => shape)).toEqual([
      [2, MAX_SOURCE],
      [2, MAX_TARGET],
      [2, MAX_TARGET],
    ]);
    expect([...source.data.subarray(0, 3)]).toEqual([...SOURCE.encode(["8", "4"]), 0]);
    expect(SOURCE.decode(source.data.subarray(MAX_SOURCE))).toEqual(["nineteen", "eighty", "four"]);
    const first = TARGET.encode(["quatre", "-vingt", "-quatre"]);
    expect([...given.data.subarray(0, 5)]).toEqual([START, ...first, 0]);
    expect([...expected.data.subarray(0, 5)]).toEqual([...first, END, 0]);
    expect(frenchText(expected.data.subarray(MAX_TARGET))).toBe("mille neuf cent quatre-vingt-quatre");
  });
});
