/** The optimisation chapters of the Transformer course, at quick sizes on the CPU. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Lesson } from "../../examples/support/lesson.ts";
import { reportHtml } from "../../examples/support/report.ts";
import { optimisationChapter } from "../../examples/transformer_course/optimisation.ts";
import {
  LETTER_IDS,
  LETTERS,
  lettersOf,
  NUMBERS,
  typoExamples,
  withTypos,
} from "../../examples/transformer_course/typos.ts";
import { writeFrench } from "../../examples/translation/numbers.ts";
import { Generator, openDevice } from "../../src/index.ts";

describe("typing mistakes", () => {
  it("leave a text alone at a rate of 0, and change every letter at 1", () => {
    const random = new Generator(3);
    expect(withTypos("quatre-vingt-dix-neuf", 0, random)).toBe("quatre-vingt-dix-neuf");
    // Each letter is gone, doubled, or (but for one time in 26) another one.
    const typed = withTypos("a".repeat(20), 1, random);
    expect(typed).not.toBe("a".repeat(20));
    expect(typed.length).toBeLessThanOrEqual(LETTERS);
  });

  it("come in examples that repeat, of all numbers, as ids of known letters", () => {
    const { ids, labels, texts } = typoExamples(250, 0.3, 5, 1);
    expect(typoExamples(250, 0.3, 5, 1).texts).toEqual(texts);
    expect(typoExamples(250, 0.3, 5, 2).texts).not.toEqual(texts);
    expect(ids.length).toBe(250 * LETTERS);
    expect(Math.min(...ids)).toBe(0);
    expect(Math.max(...ids)).toBeLessThan(LETTER_IDS);
    expect(new Set(labels).size).toBe(NUMBERS);
    expect(Array.from(lettersOf(["ab é"]).subarray(0, 5))).toEqual([3, 4, 1, 29, 0]);
    const clean = typoExamples(NUMBERS, 0, 5, 1);
    expect(clean.texts[91]).toBe("quatre-vingt-onze");
    // Every letter that a number is written with has an id of its own.
    for (let n = 0; n < NUMBERS; n++) {
      const row = Array.from(lettersOf([writeFrench(n)])).filter((id) => id > 0);
      expect(row.length).toBe(writeFrench(n).length);
    }
  });
});

describe("the optimisation chapters", () => {
  it("quantize, prune and distil a model that has learnt something", { timeout: 60_000 }, async () => {
    const lines: string[] = [];
    const lesson = new Lesson((line) => lines.push(line), 110);
    const device = await openDevice("cpu");
    const source = (file: string): string =>
      readFileSync(new URL(`../../examples/transformer_course/${file}`, import.meta.url), "utf8");
    const { accuracy, int8, pruning, distillation } = await optimisationChapter(lesson, device, {
      seed: 1,
      quick: true,
      source,
    });
    device.dispose();
    // One number of 100 by chance; the training is short.
    expect(accuracy).toBeGreaterThan(0.4);

    // What the course's cell counts, and what it should have counted.
    expect(int8.after.elements).toBe(LETTER_IDS * 8);
    expect(int8.before.bytes).toBe(4 * int8.before.elements);
    expect(int8.after.bytes).toBeLessThan(0.3 * int8.before.bytes);
    expect(int8.after.fileBytes).toBeLessThan(0.3 * int8.before.fileBytes);
    // Nine texts of 300: an error of about 1 % of a score turns only answers that were nearly tied.
    expect(Math.abs(int8.after.accuracy - int8.before.accuracy)).toBeLessThanOrEqual(0.03);
    expect(int8.sameAnswers).toBeGreaterThan(0.95);
    expect(int8.difference).toBeGreaterThan(0);
    expect(int8.difference).toBeLessThan(0.05 * int8.largest);

    const { points } = pruning;
    expect(points.map(({ sparsity }) => Math.round(100 * sparsity))).toEqual([0, 50, 80, 95]);
    expect(points[0].accuracy).toBe(accuracy);
    expect(points[1].accuracy).toBeGreaterThan(accuracy - 0.15);
    expect(points[3].accuracy).toBeLessThan(0.2);
    // A little training helps most where much was taken away.
    expect(points[2].tunedAccuracy).toBeGreaterThan(points[2].accuracy);
    expect(points[2].sparseBytes).toBeLessThan(pruning.denseBytes / 2);
    expect(points[0].sparseBytes).toBeGreaterThan(pruning.denseBytes);

    expect(distillation.results.map(({ alone, distilled }) => [alone.length, distilled.length])).toEqual([
      [2, 2],
    ]);
    for (const value of distillation.results.flatMap(({ alone, distilled }) => [...alone, ...distilled]))
      expect(value).toBeGreaterThan(0.05);
    expect(distillation.student.parameters).toBeLessThan(distillation.teacher.parameters / 2);

    const text = lines.join("\n");
    for (const words of ["Le carnet compare numel", "Exactitude selon la part de zéros", "élève distillé"])
      expect(text.replace(/\s+/g, " ")).toContain(words);
    expect(text).toContain("function lossFrom(teacher");
    const report = reportHtml({ title: "", chapters: lesson.chapters });
    expect(report).toContain("<svg");
  });
});
