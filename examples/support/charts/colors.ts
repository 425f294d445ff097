// A chart in other colours: those of a page, by day and by night.

import { AXIS, type ChartOption, GRID, GROUND, INK, MUTED, PALETTE } from "./theme.ts";

/** The colours of the page that a chart is drawn in; any CSS colour. What is left out stays as in a report. */
export interface ChartColors {
  readonly ink?: string;
  readonly muted?: string;
  readonly grid?: string;
  readonly line?: string;
  /** Behind the chart. */
  readonly ground?: string;
  /** Curves, bars and points, in order. */
  readonly palette?: readonly string[];
}

/** The palette for a dark ground: as far apart, and lighter. */
export const DARK_PALETTE = [
  "#56b4e9",
  "#f0883e",
  "#2fbf8f",
  "#e08fc8",
  "#e0b040",
  "#9cd0f0",
  "#c8ccd2",
] as const;

type Part = Record<string, unknown>;

/** The same option with a page's colours in place of a report's, wherever they stand in it. */
export function withColors(option: ChartOption, colors: ChartColors): ChartOption {
  const { ink, muted, grid, line, ground, palette = [] } = colors;
  const pairs: [string, string | undefined][] = [
    [INK, ink],
    [MUTED, muted],
    [GRID, grid],
    [AXIS, line],
    [GROUND, ground],
    ...PALETTE.map((color, i): [string, string | undefined] => [color, palette[i]]),
  ];
  const replaced = new Map(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return replaced.get(value) ?? value;
    if (Array.isArray(value)) return value.map(walk);
    if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, walk(part)]));
    return value;
  };
  // A cell's text is chosen for the colour of its cell, and a scale of colours is no matter of taste.
  return Object.fromEntries(
    Object.entries(option as Record<string, Part>).map(([key, part]) => {
      if (key === "visualMap") return [key, { ...part, textStyle: walk(part.textStyle) }];
      if (key !== "series") return [key, walk(part)];
      const series = [part]
        .flat()
        .map((one) => (one.type === "heatmap" ? { ...one, itemStyle: walk(one.itemStyle) } : walk(one)));
      return [key, series];
    }),
  ) as ChartOption;
}
