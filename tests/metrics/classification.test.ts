import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import {
  accuracy,
  type AverageOptions,
  f1Score,
  precision,
  recall,
} from "../../src/metrics/classification.ts";
import { classificationReport } from "../../src/metrics/classification_report.ts";
import { confusionMatrix } from "../../src/metrics/confusion_matrix.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

/** Options of a case that it gives. */
function optionsOf(testCase: (typeof fixture.classification)[number]) {
  const { classes, targetNames } = testCase;
  return {
    ...(classes !== null && { classes }),
    ...(targetNames && { targetNames }),
    digits: testCase.digits,
  };
}

describe.each(fixture.classification)("scikit-learn: $name", (testCase) => {
  const { yTrue, yPred, scores } = testCase;
  const {
    targetNames: _,
    digits: __,
    ...classes
  } = optionsOf(testCase) as { classes?: number; [key: string]: unknown };

  it("confusion matrix and accuracy", () => {
    expect(confusionMatrix(yTrue, yPred, classes)).toEqual(testCase.confusion);
    expect(accuracy(yTrue, yPred)).toBe(testCase.accuracy);
  });

  it("precision, recall and F1 of every average, for both zero divisions", () => {
    const entries = Object.entries(scores).filter(([, wanted]) => wanted !== undefined);
    expect(entries.length).toBeGreaterThanOrEqual(6);
    for (const [key, wanted] of entries) {
      const [average, zeroDivision] = key.split(" ");
      const options = { average, zeroDivision: Number(zeroDivision), ...classes } as AverageOptions;
      // The same fractions, added up in another order.
      for (const [i, score] of [precision, recall, f1Score].entries())
        expect(score(yTrue, yPred, options), `${score.name} ${key}`).toBeCloseTo(wanted![i], 14);
    }
  });

  it("the text of the report", () => {
    const wanted = testCase.report
      // scikit-learn 1.2 shows the accuracy as "micro avg" when a named class has no sample; later ones do not.
      .replace(/^( *) micro avg {7}\d\.\d+ {6}\d\.\d+/m, (row, indent: string) =>
        `${indent}  accuracy`.padEnd(row.length),
      )
      // … and whole supports as 3.0 when nothing was right in a list of one class.
      .replace(/ {2}(\d)\.0$/gm, "    $1");
    expect(String(classificationReport(yTrue, yPred, optionsOf(testCase)))).toBe(wanted);
  });
});

describe("classificationReport", () => {
  it("holds the numbers of its text", () => {
    const report = classificationReport([0, 1, 1, 1], [0, 0, 1, 1], { targetNames: ["non", "oui"] });
    expect(report.classes).toEqual([
      { name: "non", precision: 1 / 2, recall: 1, f1Score: 2 / 3, support: 1 },
      { name: "oui", precision: 1, recall: 2 / 3, f1Score: 4 / 5, support: 3 },
    ]);
    expect(report.accuracy).toBe(0.75);
    expect(report.macroAverage).toMatchObject({ precision: 0.75, recall: (1 + 2 / 3) / 2, support: 4 });
    expect(report.weightedAverage.precision).toBeCloseTo((0.5 + 3) / 4, 15);
    expect(JSON.parse(JSON.stringify(report)).classes[1].name).toBe("oui");
  });

  it("gives every named class a row", () => {
    const text = String(classificationReport([0, 0], [0, 0], { targetNames: ["non", "oui"] }));
    expect(text).toContain("         oui       0.00      0.00      0.00         0\n");
  });

  it("takes typed arrays", () => {
    expect(classificationReport(Int32Array.of(0, 1), Uint8Array.of(0, 1)).accuracy).toBe(1);
  });
});

describe("what is no list of class ids is refused", () => {
  const metrics: [name: string, act: (yTrue: number[], yPred: number[], options?: object) => unknown][] = [
    ["confusionMatrix", confusionMatrix],
    ["classificationReport", classificationReport],
    ["precision", precision],
    ["recall", recall],
    ["f1Score", f1Score],
  ];

  it.each([...metrics, ["accuracy", accuracy] as const])("%s: unequal lengths, no sample", (name, metric) => {
    expect(() => metric([0, 1], [0])).toThrow(ValueError);
    expect(() => metric([0, 1], [0])).toThrow(
      `${name}: yTrue has 2 values and yPred 1, expected one for each sample`,
    );
    expect(() => metric([], [])).toThrow(`${name}: there is no sample`);
  });

  it.each(metrics)("%s: labels, options", (name, metric) => {
    expect(() => metric([0, 1], [0.2, 0.9])).toThrow(`${name}: yPred has 0.2 at 0, expected a class id`);
    expect(() => metric([0, -1], [0, 0])).toThrow(`${name}: yTrue has -1 at 1, expected a class id`);
    expect(() => metric([0, 1], [0, NaN])).toThrow(`${name}: yPred has NaN at 1, expected a class id`);
    expect(() => metric([0, 2], [0, 0], { classes: 2 })).toThrow(
      `${name}: yTrue has 2 at 1, outside the 2 classes`,
    );
    expect(() => metric([0], [0], { classes: 0 })).toThrow(
      `${name}: classes is 0, expected a whole number from 1`,
    );
    expect(() => metric([0], [0], { classe: 2 })).toThrow(
      `${name}: unknown option "classe"; did you mean "classes"?`,
    );
  });

  it.each<[act: () => unknown, message: string]>([
    [
      () => precision([0, 1, 2], [0, 1, 2]),
      'precision: there are 3 classes, average "binary" is for two; use "macro"',
    ],
    [
      () => recall([3, 4], [3, 4]),
      "recall: the positive class is 1, the labels are 3 and 4; say which is meant",
    ],
    [
      () => f1Score([0], [0], { average: "mean" as "macro" }),
      'f1Score: average is "mean", expected "binary", "macro"',
    ],
    [() => f1Score([0], [0], { zeroDivision: 2 as 1 }), "f1Score: zeroDivision is 2, expected 0 or 1"],
    [() => classificationReport([0], [0], { digits: -1 }), "classificationReport: digits is -1"],
    [
      () => classificationReport([0], [0], { targetNames: ["a"], classes: 2 }),
      "classificationReport: there are 1 targetNames for 2 classes",
    ],
    [
      () => classificationReport([0, 2], [0, 0], { targetNames: ["a", "b"] }),
      "classificationReport: yTrue has 2 at 1, outside the 2 classes",
    ],
  ])("%s", (act, message) => {
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });

  it("takes another positive class when told", () => {
    expect(recall([3, 4, 4], [3, 4, 3], { positive: 4 })).toBe(1 / 2);
    expect(precision([3, 4, 4], [3, 4, 3], { positive: 3 })).toBe(1 / 2);
  });
});
