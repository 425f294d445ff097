import { checkOptions, ValueError } from "../errors.ts";
import { accuracy, checkZeroDivision, meanScores, type Scores, scoresOf } from "./classification.ts";
import { countClasses } from "./labels.ts";

/** Options of classificationReport. */
export interface ClassificationReportOptions {
  /** A name for each class id from 0; default the ids themselves. */
  targetNames?: readonly string[];
  /** Number of classes; default as many as names, or without names those in either list. */
  classes?: number;
  /** Decimals in the text; default 2. */
  digits?: number;
  /** What 0/0 gives: 0 (default) or 1. */
  zeroDivision?: 0 | 1;
}

/** A row of the report. */
export interface ReportRow extends Scores {
  readonly name: string;
  /** Samples of the class, or of all. */
  readonly support: number;
}

/** What classificationReport gives; `String(report)` is scikit-learn's text. */
export interface ClassificationReport {
  /** A row for each class. */
  readonly classes: readonly ReportRow[];
  /** The share of right predictions. */
  readonly accuracy: number;
  /** The mean over the classes. */
  readonly macroAverage: ReportRow;
  /** The mean over the classes, each weighted by its samples. */
  readonly weightedAverage: ReportRow;
  /** The table laid out as scikit-learn's `classification_report`. */
  toString(): string;
}

/**
 * Precision, recall, F1 and support of each class, and their means, as scikit-learn's `classification_report`. Its
 * text is the same, too, but that the accuracy is given also when a named class has no sample.
 * Throws a ValueError for unequal lengths, no sample, and labels that are no class ids or have no name.
 */
export function classificationReport(
  yTrue: ArrayLike<number>,
  yPred: ArrayLike<number>,
  options: ClassificationReportOptions = {},
): ClassificationReport {
  const where = "classificationReport";
  checkOptions(where, options, ["targetNames", "classes", "digits", "zeroDivision"]);
  const { targetNames, classes = targetNames?.length, digits = 2, zeroDivision = 0 } = options;
  checkZeroDivision(where, zeroDivision);
  if (!Number.isInteger(digits) || digits < 0 || digits > 15)
    throw new ValueError(`${where}: digits is ${digits}, expected a whole number from 0 to 15`);
  if (targetNames && targetNames.length !== classes)
    throw new ValueError(`${where}: there are ${targetNames.length} targetNames for ${classes} classes`);
  const counts = countClasses(where, yTrue, yPred, classes);
  const rows = counts.labels.map((label) => ({
    name: targetNames?.[label] ?? String(label),
    ...scoresOf(counts, label, zeroDivision),
    support: counts.actual[label],
  }));
  const mean = (average: "macro" | "weighted"): ReportRow => ({
    name: `${average} avg`,
    ...meanScores(counts, average, zeroDivision),
    support: counts.samples,
  });
  const report = {
    classes: rows,
    accuracy: accuracy(yTrue, yPred),
    macroAverage: mean("macro"),
    weightedAverage: mean("weighted"),
  };
  return { ...report, toString: () => layOut(report, digits) };
}

function layOut(report: Omit<ClassificationReport, "toString">, digits: number): string {
  const { classes, macroAverage, weightedAverage } = report;
  const means = [macroAverage, weightedAverage];
  const width = Math.max(digits, ...[...classes, ...means].map(({ name }) => [...name].length));
  const line = (name: string, cells: readonly string[]): string =>
    `${padded(name, width)} ${cells.map((cell) => ` ${padded(cell, 9)}`).join("")}\n`;
  const row = ({ name, precision, recall, f1Score, support }: ReportRow): string =>
    line(name, [...[precision, recall, f1Score].map((x) => fixed(x, digits)), String(support)]);
  return [
    line("", ["precision", "recall", "f1-score", "support"]),
    classes.map(row).join(""),
    line("accuracy", ["", "", fixed(report.accuracy, digits), String(macroAverage.support)]) +
      means.map(row).join(""),
  ].join("\n");
}

function padded(text: string, width: number): string {
  // Python counts code points.
  return " ".repeat(Math.max(0, width - [...text].length)) + text;
}

/** As Python prints it: a tie goes to the even digit, where toFixed goes up (0.125 is 0.12). */
function fixed(value: number, digits: number): string {
  // Only a number with at most digits + 1 binary places lies exactly between two decimals.
  const scaled = value * 10 ** digits;
  const tie = Number.isInteger(value * 2 ** (digits + 1)) && scaled % 1 === 0.5;
  return tie && Math.floor(scaled) % 2 === 0
    ? (Math.floor(scaled) / 10 ** digits).toFixed(digits)
    : value.toFixed(digits);
}
