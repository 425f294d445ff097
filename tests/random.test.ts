import { describe, expect, it } from "vitest";
import { Generator } from "../src/index.ts";

const DRAWS = 20_000;

describe("Generator.integer", () => {
  for (const end of [2, 6, 50])
    it(`gives numbers below ${end} whose parities know nothing of each other`, () => {
      const generator = new Generator(42);
      const draws = Array.from({ length: DRAWS }, () => generator.integer(end));
      // A share of n fair coins has the deviation 1 / (2√n): five of them are 1.8 % here, once in two million.
      const bound = 5 / (2 * Math.sqrt(DRAWS));
      for (const lag of [1, 2, 3, 4, 5, 8, 16, 64]) {
        const pairs = draws.slice(lag);
        const different = pairs.filter((value, i) => (value ^ draws[i]) & 1).length;
        expect(Math.abs(different / pairs.length - 0.5), `lag ${lag}`).toBeLessThan(bound);
      }
    });

  it("gives each number equally often, the last one included", () => {
    const generator = new Generator(7);
    const counts = new Float64Array(10);
    for (let i = 0; i < DRAWS; i++) counts[generator.integer(10)]++;
    // Chi-square with 9 degrees of freedom exceeds 34 once in ten thousand.
    const expected = DRAWS / 10;
    const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    expect(chiSquare).toBeLessThan(34);
  });
});
