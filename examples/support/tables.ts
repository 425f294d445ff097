// Tables, histograms and matrices for a terminal.

import { countInBins } from "./charts/histogram.ts";
import { cut, formatCount, formatNumber, textWidth } from "./format.ts";

/** Where a cell's text stands in its column. */
export type Alignment = "left" | "right" | "center";

/** What `formatTable` is told besides the rows. */
export interface TableOptions {
  readonly headers?: readonly string[];
  /** For each column; to the right where every cell is a number, or reads like one, unless told. */
  readonly align?: readonly (Alignment | undefined)[];
  /** A line above the table. */
  readonly title?: string;
  /** Columns of the terminal: wider tables get their longest texts cut. No limit unless told. */
  readonly columns?: number;
}

/** Whether a text reads as a number, with or without units: `12 500`, `−0,5`, `83,4 %`, `3 min 12 s`, `—`. */
export function isNumeric(text: string): boolean {
  const amount = /^[+−-]?(?:\d[\d\s]*(?:[.,]\d+)?\s*(?:%|[a-zµ]{1,3}(?![\p{L}]))?\s*)+$/u;
  return amount.test(text.trim()) || /^(?:[+−-]?∞|NaN|[—–-]?)$/.test(text.trim());
}

/** For each column its alignment: as told, else by what it holds. */
export function alignments(
  cells: readonly (readonly string[])[],
  columns: number,
  align: TableOptions["align"] = [],
): Alignment[] {
  return Array.from({ length: columns }, (_, column) => {
    const texts = cells.map((row) => row[column] ?? "");
    const numbers = texts.every(isNumeric) && texts.some((text) => /\d/.test(text));
    return align[column] ?? (numbers ? "right" : "left");
  });
}

/** Rows of one length as texts: numbers the French way, fractions of a column to as many decimals, line breaks as ⏎. */
export function cellTexts(
  rows: readonly (readonly (string | number | undefined)[])[],
  columns: number,
): string[][] {
  const digits = Array.from({ length: columns }, (_, column) => {
    const fractions = rows
      .map((row) => row[column])
      .filter((cell): cell is number => Number.isFinite(cell) && !Number.isInteger(cell));
    const small = fractions.some((value) => Math.abs(value) < 0.001);
    const needed = fractions.map((value) => (/,(\d+)$/.exec(formatCount(value))?.[1] ?? "").length);
    return Math.min(small ? 6 : 4, Math.max(0, ...needed));
  });
  const text = (cell: string | number | undefined, column: number) => {
    if (typeof cell !== "number") return (cell ?? "").replace(/\r?\n/g, "⏎");
    return Number.isInteger(cell) ? formatCount(cell) : formatNumber(cell, digits[column]);
  };
  return rows.map((row) => Array.from({ length: columns }, (_, column) => text(row[column], column)));
}

/** Rows in a frame of light lines, columns aligned by what is seen (accents, emoji). Missing cells are empty. */
export function formatTable(
  rows: readonly (readonly (string | number | undefined)[])[],
  options: TableOptions = {},
): string {
  const { headers, title, columns = Number.POSITIVE_INFINITY } = options;
  const count = Math.max(headers?.length ?? 0, ...rows.map((row) => row.length));
  const cells = cellTexts(rows, count);
  const align = alignments(cells, count, options.align);
  const head = headers && Array.from({ length: count }, (_, i) => headers[i] ?? "");
  const all = head ? [head, ...cells] : cells;
  const widths = Array.from({ length: count }, (_, i) => Math.max(1, ...all.map((row) => textWidth(row[i]))));
  // A frame takes three columns for each cell and one more.
  let spare = columns - widths.reduce((sum, width) => sum + width + 3, 1);
  while (spare < 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if (widths[widest] <= 4) break;
    widths[widest]--;
    spare++;
  }
  const rule = (left: string, middle: string, right: string) =>
    left + widths.map((width) => "─".repeat(width + 2)).join(middle) + right;
  const line = (row: readonly string[], how: readonly Alignment[]) =>
    `│${row.map((text, i) => ` ${pad(cut(text, widths[i]), widths[i], how[i])} `).join("│")}│`;
  return [
    ...(title === undefined ? [] : [title]),
    rule("┌", "┬", "┐"),
    ...(head ? [line(head, align), rule("├", "┼", "┤")] : []),
    ...cells.map((row) => line(row, align)),
    rule("└", "┴", "┘"),
  ].join("\n");
}

function pad(text: string, width: number, align: Alignment): string {
  const space = Math.max(0, width - textWidth(text));
  const left = align === "right" ? space : align === "center" ? Math.floor(space / 2) : 0;
  return " ".repeat(left) + text + " ".repeat(space - left);
}

/** What `terminalHistogram` is told besides the values. */
export interface TerminalHistogramOptions {
  /** Columns of bars at most, 50 unless told; and lines of them, 6 unless told. */
  readonly bins?: number;
  readonly rows?: number;
  /** Marked below the axis by ▲. */
  readonly mark?: { readonly x: number; readonly label: string };
}

/** How often values occur, as bars of `▁▂▃▄▅▆▇█`, with the largest count and the ends of the axis. */
export function terminalHistogram(values: ArrayLike<number>, options: TerminalHistogramOptions = {}): string {
  const { bins = 50, rows = 6, mark } = options;
  const { edges, counts } = countInBins(values, bins);
  const most = Math.max(1, ...counts);
  const label = formatCount(most);
  const margin = textWidth(label);
  const lines = Array.from({ length: rows }, (_, row) => {
    const bars = counts.map((count) => {
      // Eighths of a line; what occurs at all is seen.
      const eighths = Math.max(count > 0 ? 1 : 0, Math.round((count / most) * rows * 8));
      return " ▁▂▃▄▅▆▇█"[Math.min(8, Math.max(0, eighths - 8 * (rows - 1 - row)))];
    });
    return `${(row === 0 ? label : "").padStart(margin)} ┤${bars.join("").trimEnd()}`;
  });
  const indent = " ".repeat(margin + 2);
  const ends = [edges[0], edges[edges.length - 1]];
  // Whole numbers stand in the middle of their bars: the ends are half a bar off.
  const [low, high] = ends.every((end) => Math.abs(end % 1) === 0.5) ? [ends[0] + 0.5, ends[1] - 0.5] : ends;
  const [left, right] = [formatCount(low), formatCount(high)];
  const between = Math.max(1, counts.length - textWidth(left) - textWidth(right));
  const axis = [
    `${"0".padStart(margin)} └${"─".repeat(counts.length)}`,
    indent + left + " ".repeat(between) + right,
  ];
  if (mark !== undefined) {
    const at = Math.floor(((mark.x - ends[0]) / (ends[1] - ends[0])) * counts.length);
    if (at >= 0 && at <= counts.length) axis.push(`${indent}${" ".repeat(at)}▲ ${mark.label}`);
  }
  return [...lines, ...axis].join("\n");
}

/** What `textHeatMap` is told besides the matrix. */
export interface TextHeatMapOptions {
  readonly rowLabels?: readonly string[];
  readonly columnLabels?: readonly string[];
  /** What rows and columns are, such as `Réalité` and `Prédictions`. */
  readonly rowTitle?: string;
  readonly columnTitle?: string;
  /** How values are written, as counts unless told. */
  readonly format?: (value: number) => string;
}

/** A matrix with its values, each beside a shade (` ░▒▓█`) that grows with it. */
export function textHeatMap(matrix: readonly ArrayLike<number>[], options: TextHeatMapOptions = {}): string {
  const {
    rowLabels = [],
    columnLabels = [],
    rowTitle = "",
    columnTitle = "",
    format = formatCount,
  } = options;
  const count = Math.max(0, ...matrix.map((row) => row.length));
  const known = matrix.flatMap((row) => Array.from(row).filter(Number.isFinite));
  const low = Math.min(0, ...known);
  const span = Math.max(low, ...known) - low;
  const shade = (value: number) =>
    Number.isFinite(value) && span > 0
      ? " ░▒▓█"[Math.ceil(((value - low) / span) * 4 - 1e-9)].repeat(2)
      : "  ";
  const names = Array.from({ length: count }, (_, i) => columnLabels[i] ?? String(i + 1));
  const texts = matrix.map((row) => Array.from(row, (value) => `${shade(value)} ${format(value)}`));
  const widths = names.map((name, i) =>
    Math.max(textWidth(name), ...texts.map((row) => 3 + textWidth((row[i] ?? "").slice(3)))),
  );
  const first = matrix.map((_, i) => rowLabels[i] ?? String(i + 1));
  const margin = Math.max(textWidth(rowTitle), ...first.map(textWidth));
  const columns = (cells: readonly string[]) =>
    cells.map((text, i) => pad(text, widths[i], "right")).join("   ");
  const body = texts.map((row, y) => {
    // The shade stays at the left of its cell, the number at the right.
    const cells = row.map((text, x) => text.slice(0, 2) + pad(text.slice(3), widths[x] - 2, "right"));
    return `${pad(first[y], margin, "left")}   ${columns(cells)}`.trimEnd();
  });
  const width = widths.reduce((sum, each) => sum + each + 3, -3);
  const title = columnTitle && `${" ".repeat(margin + 3)}${pad(columnTitle, width, "center").trimEnd()}`;
  return [...(title ? [title] : []), `${pad(rowTitle, margin, "left")}   ${columns(names)}`, ...body].join(
    "\n",
  );
}
