import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { Generator } from "../../src/random.ts";
import { sampleIndex, softmaxHost, temperatureProbabilities } from "../../src/text/sampling.ts";

/** Rounding of a few double operations. */
const CLOSE = 14;
const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe("softmaxHost", () => {
  it("is exp(x) / Σ exp(x) in double", () => {
    const p = softmaxHost([1, 2, 3]);
    const total = Math.exp(1) + Math.exp(2) + Math.exp(3);
    expect(p).toBeInstanceOf(Float64Array);
    p.forEach((value, i) => {
      expect(value).toBeCloseTo(Math.exp(i + 1) / total, CLOSE);
    });
  });

  it("survives large and masked logits", () => {
    expect(softmaxHost([1000, 1000])).toEqual(Float64Array.of(0.5, 0.5));
    expect(softmaxHost([-Infinity, 5])).toEqual(Float64Array.of(0, 1));
    expect(softmaxHost(Float32Array.of(-3e38, 0))).toEqual(Float64Array.of(0, 1));
  });

  it("refuses rows without a meaning", () => {
    expect(() => softmaxHost([])).toThrow("softmaxHost: the row is empty");
    expect(() => softmaxHost([0, NaN])).toThrow("softmaxHost: logit 1 is NaN; has training diverged?");
    expect(() => softmaxHost([Infinity])).toThrow("softmaxHost: logit 0 is Infinity");
    expect(() => softmaxHost([-Infinity, -Infinity])).toThrow("softmaxHost: every logit is -Infinity");
  });
});

describe("temperatureProbabilities", () => {
  it("is the notebook's formula", () => {
    const p = [0.5, 0.3, 0.2, 0];
    for (const temperature of [0.2, 0.5, 0.8, 1, 1.3]) {
      const raised = p.map((x) => Math.exp(Math.log(x + 1e-8) / temperature));
      const got = temperatureProbabilities(p, temperature);
      got.forEach((value, i) => {
        expect(value).toBeCloseTo(raised[i] / sum(raised), CLOSE);
      });
      expect(sum(got)).toBeCloseTo(1, CLOSE);
    }
  });

  it("sharpens below 1, flattens above, and leaves its argument alone", () => {
    const p = Float32Array.of(0.6, 0.4);
    expect(temperatureProbabilities(p, 0.5)[0]).toBeGreaterThan(0.69);
    expect(temperatureProbabilities(p, 2)[0]).toBeLessThan(0.56);
    expect(p).toEqual(Float32Array.of(0.6, 0.4));
  });

  it("holds at temperatures where the plain formula divides 0 by 0", () => {
    const p = new Float64Array(85).fill(0.98 / 84);
    p[7] = 0.02;
    expect(temperatureProbabilities(p, 0.001)[7]).toBe(1);
    expect(temperatureProbabilities(p, Number.MIN_VALUE)[7]).toBe(1);
    expect(sum(temperatureProbabilities(p, 1e300))).toBeCloseTo(1, CLOSE);
  });

  it("refuses a temperature of 0 or less, and says what to use", () => {
    for (const temperature of [0, -1, NaN, Infinity]) {
      expect(() => temperatureProbabilities([1], temperature)).toThrow(ValueError);
      expect(() => temperatureProbabilities([1], temperature)).toThrow(
        `temperature is ${temperature}, expected a number above 0; for (almost) always the likeliest id use a small one, such as 0.01`,
      );
    }
  });

  it("refuses what is no probability", () => {
    expect(() => temperatureProbabilities([0.5, NaN], 1)).toThrow(
      "temperatureProbabilities: probability 1 is NaN; has training diverged?",
    );
    expect(() => temperatureProbabilities([-0.1], 1)).toThrow(
      "temperatureProbabilities: probability 0 is -0.1",
    );
    expect(() => temperatureProbabilities([], 1)).toThrow("temperatureProbabilities: the row is empty");
  });
});

describe("sampleIndex", () => {
  it("draws each index with its probability (chi-square, 20,000 draws)", () => {
    const p = [0.02, 0.5, 0, 0.3, 0.08, 0.1];
    const generator = new Generator(42);
    const draws = 20_000;
    const counts = p.map(() => 0);
    for (let i = 0; i < draws; i++) counts[sampleIndex(p, generator)]++;
    expect(counts[2]).toBe(0);
    const chiSquare = sum(p.map((q, i) => (q === 0 ? 0 : (counts[i] - draws * q) ** 2 / (draws * q))));
    // 4 degrees of freedom: 99.9 % of honest samples stay below 18.47, and one of no spread at all is suspect.
    expect(chiSquare).toBeLessThan(18.47);
    expect(chiSquare).toBeGreaterThan(0.09);
  });

  it("draws from a tempered softmax as from the probabilities it stands for", () => {
    const p = temperatureProbabilities(softmaxHost([0, 1, 2, 3]), 0.7);
    const generator = new Generator(7, 3);
    const draws = 10_000;
    const counts = new Array<number>(4).fill(0);
    for (let i = 0; i < draws; i++) counts[sampleIndex(p, generator)]++;
    // 3 degrees of freedom: 99.9 % stay below 16.27.
    expect(sum(counts.map((count, i) => (count - draws * p[i]) ** 2 / (draws * p[i])))).toBeLessThan(16.27);
  });

  it("repeats with the generator's seed and uses one number per draw", () => {
    const draw = (): number[] => {
      const generator = new Generator(5);
      return Array.from({ length: 20 }, () => sampleIndex([0.2, 0.3, 0.5], generator));
    };
    expect(draw()).toEqual(draw());
    const generator = new Generator(5);
    sampleIndex([0.5, 0.5], generator);
    expect(generator.state.counter).toBe(1);
  });

  it("takes weights that do not sum to 1 and never an index of probability 0", () => {
    const generator = new Generator(1);
    for (let i = 0; i < 200; i++) expect([1, 3]).toContain(sampleIndex([0, 2, 0, 6, 0], generator));
    const almostOne = { uniform: () => 1 - 2 ** -24 } as Generator;
    expect(sampleIndex([0.1, 0.2, 0.7, 0], almostOne)).toBe(2);
    expect(sampleIndex([1 / 3, 1 / 3, 1 / 3 - 1e-17, 0], { uniform: () => 1 } as Generator)).toBe(2);
    expect(sampleIndex([0, 0, 1], { uniform: () => 0 } as Generator)).toBe(2);
  });

  it("refuses rows that cannot be drawn from", () => {
    const generator = new Generator(1);
    expect(() => sampleIndex([0, 0], generator)).toThrow("sampleIndex: all probabilities are 0");
    expect(() => sampleIndex([0.5, -0.5], generator)).toThrow("sampleIndex: probability 1 is -0.5");
    expect(() => sampleIndex([NaN], generator)).toThrow("sampleIndex: probability 0 is NaN");
    expect(() => sampleIndex([], generator)).toThrow("sampleIndex: the row is empty");
  });
});
