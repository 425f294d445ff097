// Numbers, durations, tables and small curves as a French reader expects them, in a terminal or a page.
// Groups of digits, units and the per cent sign are set off by a narrow no-break space (U+202F).

const NARROW = "\u202f";

/** A number with `digits` decimals: `1 234,50` for (1234.5, 2). */
export function formatNumber(value: number, digits: number): string {
  return format(value, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A count, or any number with the decimals it needs (at most 6): `136 500`, `0,05`. */
export function formatCount(value: number): string {
  return format(value, { maximumFractionDigits: 6 });
}

/** A share as a percentage: `56,3 %` for 0.563. */
export function formatPercent(share: number, digits = 1): string {
  return `${formatNumber(share * 100, digits)}${NARROW}%`;
}

const formats = new Map<string, Intl.NumberFormat>();

function format(value: number, options: Intl.NumberFormatOptions): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  const key = `${options.minimumFractionDigits} ${options.maximumFractionDigits}`;
  let formatter = formats.get(key);
  if (formatter === undefined) formats.set(key, (formatter = new Intl.NumberFormat("fr-FR", options)));
  // −0,00 reads as a mistake.
  return formatter
    .format(value)
    .replace(/^-(?=[0,\s]*$)/, "")
    .replace("-", "−");
}

/** A duration by its two largest units: `850 ms`, `4,2 s`, `3 min 12 s`, `1 h 05 min`, `2 j 03 h`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return "?";
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)}${NARROW}ms`;
  if (seconds < 9.95) return `${formatNumber(seconds, 1)}${NARROW}s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s}${NARROW}s`;
  const two = (large: number, unit: string, small: number, smallUnit: string) =>
    `${formatCount(large)}${NARROW}${unit}${NARROW}${String(small).padStart(2, "0")}${NARROW}${smallUnit}`;
  if (s < 3600) return two(Math.floor(s / 60), "min", s % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(seconds / 3600);
  return two(Math.floor(hours / 24), "j", hours % 24, "h");
}

/** Columns that a text takes in a terminal: two for an emoji or an East Asian character, none for accents set over letters. */
export function textWidth(text: string): number {
  let columns = 0;
  for (const { segment } of graphemes.segment(text)) columns += segmentWidth(segment);
  return columns;
}

const graphemes = new Intl.Segmenter("fr", { granularity: "grapheme" });

function segmentWidth(segment: string): number {
  if (/^[\p{M}\p{Cc}\u200b-\u200f]*$/u.test(segment)) return 0;
  const wide =
    /^(?:\p{Emoji_Presentation}|.\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6])/u;
  return wide.test(segment) ? 2 : 1;
}

/** Cuts a text to `columns`, with an ellipsis where something is missing. */
export function cut(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  let kept = "";
  let used = 1;
  for (const { segment } of graphemes.segment(text)) {
    used += segmentWidth(segment);
    if (used > columns) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** French puts a space before : ; ? ! » and after «; here one that lines do not break at. */
export function joinPunctuation(text: string): string {
  return text.replace(/ (?=[:;?!»])/g, "\u00a0").replace(/(?<=«) /g, "\u00a0");
}

/** Breaks a text between words into lines of at most `columns`, longer words excepted. */
export function wrap(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines[lines.length - 1];
    if (last !== "" && textWidth(last) + 1 + textWidth(word) > columns) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

/**
 * Rows as aligned columns under a ruled line of headers. Numbers are written the French way; a column that
 * holds numbers is aligned to the right. Line breaks within a cell are shown as ⏎.
 */
export function table(rows: readonly (readonly (string | number)[])[], headers: readonly string[]): string {
  const show = (cell: string | number | undefined) =>
    typeof cell === "number" ? formatCount(cell) : (cell ?? "").replace(/\r?\n/g, "⏎");
  const cells = rows.map((row) => headers.map((_, column) => show(row[column])));
  const widths = headers.map((header, column) =>
    Math.max(textWidth(header), ...cells.map((row) => textWidth(row[column]))),
  );
  const numeric = headers.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === "number"),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => {
        const space = " ".repeat(widths[column] - textWidth(cell));
        return numeric[column] ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("──");
  return [line(headers), rule, ...cells.map(line)].join("\n");
}

/** A curve in one line of text (`▇▅▃▂▁`), by means over at most `columns` stretches; no number, no mark. */
export function sparkline(values: ArrayLike<number>, columns = 40): string {
  const marks = "▁▂▃▄▅▆▇█";
  const count = Math.min(columns, values.length);
  const means = Array.from({ length: count }, (_, k) => {
    const stretch = Array.prototype.slice
      .call(values, Math.floor((k * values.length) / count), Math.floor(((k + 1) * values.length) / count))
      .filter(Number.isFinite) as number[];
    return stretch.reduce((sum, value) => sum + value, 0) / stretch.length;
  });
  const known = means.filter(Number.isFinite);
  const low = Math.min(...known);
  const span = Math.max(...known) - low;
  return means
    .map((mean) => {
      if (!Number.isFinite(mean)) return " ";
      return marks[span === 0 ? 3 : Math.round(((mean - low) / span) * (marks.length - 1))];
    })
    .join("");
}
