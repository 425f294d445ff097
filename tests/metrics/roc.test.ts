import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { auc, rocAucScore, rocCurve, thresholdAuc } from "../../src/metrics/roc.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

describe.each(fixture.ranking)(
  "scikit-learn: $name",
  ({ yTrue, scores, curve, full, auc: area, threshold_auc }) => {
    it.each([
      [true, curve],
      [false, full],
    ])("ROC curve, dropIntermediate %s", (dropIntermediate, wanted) => {
      const { falsePositiveRate, truePositiveRate, thresholds } = rocCurve(yTrue, scores, {
        dropIntermediate,
      });
      expect(falsePositiveRate).toEqual(wanted.falsePositiveRate);
      expect(truePositiveRate).toEqual(wanted.truePositiveRate);
      expect(thresholds).toEqual([Number.POSITIVE_INFINITY, ...wanted.thresholds]);
    });

    it("the area under it, and Keras's by thresholds", () => {
      // The same trapezoids, added up in another order.
      expect(rocAucScore(yTrue, scores)).toBeCloseTo(area, 14);
      for (const [count, wanted] of Object.entries(threshold_auc ?? {}))
        expect(thresholdAuc(yTrue, scores, { numThresholds: Number(count) }), count).toBeCloseTo(wanted, 14);
    });
  },
);

describe("ROC", () => {
  it("has Keras's area for most of the fixture", () => {
    expect(fixture.ranking.filter(({ threshold_auc }) => threshold_auc).length).toBeGreaterThanOrEqual(6);
  });

  it("takes the class that is meant, and infinite scores", () => {
    expect(rocAucScore([2, 5, 2, 5], [0.1, 0.9, 0.3, 0.2], { positive: 5 })).toBe(0.75);
    expect(rocAucScore([0, 1, 0, 1], [-Infinity, Infinity, -Infinity, Infinity])).toBe(1);
    expect(rocAucScore([0, 1], [Infinity, Infinity])).toBe(0.5);
  });

  it.each<[act: () => unknown, message: string]>([
    [() => rocCurve([0, 1], [0.5]), "rocCurve: yTrue has 2 values and scores 1"],
    [() => rocCurve([], []), "rocCurve: there is no sample"],
    [
      () => rocCurve([1, 1], [0.1, 0.2]),
      "rocCurve: yTrue has 2 samples of the class 1 and 0 others, expected some of each",
    ],
    [() => rocAucScore([0, 0], [0.1, 0.2]), "rocAucScore: yTrue has 0 samples of the class 1 and 2 others"],
    [() => rocAucScore([0, 1], [0.1, NaN]), "rocAucScore: score 1 is NaN; has training diverged?"],
    [() => rocAucScore([0, 1], [0, 1], { pos: 1 } as object), 'rocAucScore: unknown option "pos"'],
    [
      () => thresholdAuc([0, 1], [0.5, 1.5]),
      "thresholdAuc: score 1 is 1.5, expected a probability from 0 to 1",
    ],
    [() => thresholdAuc([0, 1], [0.5, 1], { numThresholds: 1 }), "thresholdAuc: numThresholds is 1"],
  ])("%s", (act, message) => {
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });

  it("by thresholds, one class alone gives 0, as in Keras", () => {
    expect(thresholdAuc([1, 1], [0.2, 0.7])).toBe(0);
    expect(thresholdAuc([0, 0], [0.2, 0.7])).toBe(0);
  });
});

describe("auc", () => {
  it("adds trapezoids, in either direction of x", () => {
    expect(auc([0, 1, 3], [0, 2, 4])).toBe(7);
    expect(auc([3, 1, 0], [4, 2, 0])).toBe(7);
    expect(auc([1, 1], [0, 5])).toBe(0);
  });

  it("refuses what is no curve", () => {
    expect(() => auc([0, 1, 0.5], [0, 1, 1])).toThrow("auc: x rises and falls, expected one of them");
    expect(() => auc([0], [1])).toThrow("auc: x has 1 values and y 1, expected as many, at least 2");
    expect(() => auc([0, 1], [1])).toThrow("auc: x has 2 values and y 1");
  });
});
