/** Pictures and texts that several chapters draw alike. */
import { heatMap, type HeatMapSettings } from "../support/charts.ts";
import { formatNumber } from "../support/format.ts";
import { type Picture, picture } from "../support/lesson.ts";
import { textHeatMap, type TextHeatMapOptions } from "../support/tables.ts";

/** Rows of a flat row-major array. */
export function rowsOf(values: ArrayLike<number>, columns: number): number[][] {
  const rows = Math.round(values.length / columns);
  return Array.from({ length: rows }, (_, r) =>
    Array.from({ length: columns }, (_, c) => values[r * columns + c]),
  );
}

/** A matrix as a picture. */
export function matrixPicture(settings: HeatMapSettings, caption: string): Picture {
  return picture(heatMap, settings, caption);
}

/** A matrix for the terminal, four decimals. */
export function matrixText(matrix: readonly ArrayLike<number>[], options: TextHeatMapOptions = {}): string {
  return textHeatMap(matrix, { format: (value) => formatNumber(value, 4), ...options });
}

/** Numbers with four decimals, apart by two spaces and aligned over rows: `2,2716  3,2716`. */
export function numberRows(matrix: readonly ArrayLike<number>[], digits = 4): string {
  const texts = matrix.map((row) => Array.from(row, (value) => formatNumber(value, digits)));
  const width = Math.max(...texts.flat().map((text) => text.length));
  return texts.map((row) => row.map((text) => text.padStart(width)).join("  ")).join("\n");
}

/** The greatest difference between two arrays of one length. */
export function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let greatest = a.length === b.length ? 0 : Number.NaN;
  for (let i = 0; i < a.length; i++) greatest = Math.max(greatest, Math.abs(a[i] - b[i]));
  return greatest;
}

/** `(32, 10, 256)`, as PyTorch prints a shape. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;
}

/** `3,1e−7`; 0 as it is. */
export function smallNumber(value: number): string {
  if (value === 0) return "0";
  return value >= 0.001 ? formatNumber(value, 4) : value.toExponential(1).replace(".", ",").replace("-", "−");
}
