// What all charts share: colours, fonts, sizes, the title and legend above the plot, the looks of axes.

import type {
  BarSeriesOption,
  CustomSeriesOption,
  HeatmapSeriesOption,
  LineSeriesOption,
  ScatterSeriesOption,
} from "echarts/charts";
import type {
  GridComponentOption,
  LegendComponentOption,
  TitleComponentOption,
  VisualMapComponentOption,
} from "echarts/components";
import type { ComposeOption } from "echarts/core";
import { formatCount, formatPercent, joinPunctuation } from "../format.ts";

/**
 * ECharts' options as far as they are used here; anything in them may be changed before they are drawn.
 * `preferredHeight` is the height in pixels at which the plot has good proportions; ECharts ignores it.
 */
export type ChartOption = ComposeOption<
  | BarSeriesOption
  | CustomSeriesOption
  | HeatmapSeriesOption
  | LineSeriesOption
  | ScatterSeriesOption
  | GridComponentOption
  | LegendComponentOption
  | TitleComponentOption
  | VisualMapComponentOption
> & { preferredHeight: number };

/** How numbers are written: as a count, a percentage (0.5 → 50 %) or by a function. */
export type NumberStyle = "count" | "percent" | ((value: number) => string);

/** Okabe and Ito's colours, told apart with any colour vision; the pale ones are darkened to read on white. */
export const PALETTE = ["#0072b2", "#d55e00", "#008763", "#b4559a", "#b07c00", "#3a8fc4", "#444444"] as const;
/** Colours for two classes, bad and good. */
export const NEGATIVE = PALETTE[1];
export const POSITIVE = PALETTE[2];
// Single quotes: the text goes into a style attribute as it is.
export const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
export const INK = "#1f2933";
export const MUTED = "#52606d";
export const GRID = "#e4e7eb";
export const AXIS = "#9aa5b1";
export const GROUND = "#ffffff";

/** The size of a chart in CSS pixels, unless told; and the one for a phone. */
export const CHART_SIZE = { width: 860, height: 420 } as const;
export const NARROW_SIZE = { width: 380, height: 340 } as const;

/** Whether a chart of that width is laid out for a phone. */
export function isNarrow(width: number): boolean {
  return width < 560;
}

/** A number in a style. Percentages get a decimal only where they are small. */
export function formatIn(style: NumberStyle): (value: number) => string {
  if (typeof style === "function") return style;
  if (style === "count") return formatCount;
  return (share) => formatPercent(share, share === 0 || Math.abs(share) * 100 >= 1 ? 0 : 1);
}

/**
 * The width of a text in pixels, estimated: without a page nothing can be measured. It is that of Open Sans
 * or somewhat more, which few faces of `FONT` surpass.
 */
export function textPixels(text: string, fontSize: number): number {
  let em = 0;
  for (const c of text.normalize("NFC")) {
    if (/\p{M}/u.test(c)) continue;
    if (/\p{Extended_Pictographic}/u.test(c)) em += 1.3;
    else if (/[ \u00a0\u202f.,:;'’!|]/.test(c)) em += 0.28;
    else if (/[iljtfrI()[\]-]/.test(c)) em += 0.34;
    else if (/\d/.test(c)) em += 0.58;
    else if (/[mwMWŒœÆæ%@—…]/.test(c)) em += 0.92;
    else if (/[\p{Lu}&+=<>−→]/u.test(c)) em += 0.7;
    else em += 0.56;
  }
  return em * fontSize;
}

/** A text in lines of at most so many pixels, broken between words; longer words stay whole. */
export function wrapPixels(text: string, pixels: number, fontSize: number): string[] {
  const lines = [""];
  for (const word of joinPunctuation(text).split(" ")) {
    const longer = `${lines[lines.length - 1]} ${word}`.trimStart();
    if (lines[lines.length - 1] === "" || textPixels(longer, fontSize) <= pixels)
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The title of a chart and, below it, the legend of the names that need one; and where the plot may begin. */
export interface Head {
  readonly title: TitleComponentOption;
  readonly legend: LegendComponentOption[];
  /** The pixel at which the part below starts. */
  readonly top: number;
}

/** In bold, which is a tenth wider. */
const TITLE_SIZE = 16;

/** Lays out a title and a legend (of two names or more) for a chart of that width. Swatches are wide for lines. */
export function head(title: string, names: readonly string[], width: number, swatch = [20, 8]): Head {
  const room = 0.94 * (width - 32);
  const lines = title === "" ? [] : wrapPixels(title, room, 1.1 * TITLE_SIZE);
  const legendTop = 22 + 22 * lines.length;
  const rows = names.length > 1 ? legendRows(names, room, swatch[0]) : [];
  return {
    title: {
      text: lines.join("\n"),
      left: 16,
      top: 14,
      textStyle: { color: INK, fontSize: TITLE_SIZE, fontWeight: "bold", lineHeight: 22, fontFamily: FONT },
    },
    // One legend for each row: ECharts would break rows by its own guess of widths, unlike the room left for them.
    legend: rows.map((data, row) => ({
      data,
      left: 12,
      top: legendTop + 24 * row,
      width: 10 * width,
      itemGap: 16,
      itemWidth: swatch[0],
      itemHeight: swatch[1],
      selectedMode: false,
      textStyle: { color: INK, fontSize: 13, fontFamily: FONT },
    })),
    top: legendTop + 10 + (rows.length > 0 ? 6 + 24 * rows.length : 0),
  };
}

/** Names in rows that fit: for each a swatch and gaps, and a tenth more, since ECharts guesses wide. */
function legendRows(names: readonly string[], width: number, swatch: number): string[][] {
  const rows: string[][] = [[]];
  let used = 0;
  for (const name of names) {
    const item = swatch + 21 + 1.1 * textPixels(name, 13);
    if (used > 0 && used + item > width) {
      rows.push([]);
      used = 0;
    }
    rows[rows.length - 1].push(name);
    used += item;
  }
  return rows;
}

/** What every chart has, whatever it draws. */
export const BASE = {
  animation: false,
  backgroundColor: GROUND,
  textStyle: { fontFamily: FONT },
} as const;

/** The looks of a number axis. */
export const AXIS_STYLE = {
  type: "value",
  nameTextStyle: { color: MUTED, fontSize: 13, fontFamily: FONT },
  axisLabel: { color: MUTED, fontSize: 12, fontFamily: FONT, hideOverlap: true },
  splitLine: { lineStyle: { color: GRID } },
} as const;

/** An axis along the bottom of the plot, its name below the middle. */
export function bottomAxis(name: string) {
  return {
    ...AXIS_STYLE,
    name,
    nameLocation: "middle" as const,
    nameGap: 30,
    splitLine: { show: false },
    axisLine: { lineStyle: { color: AXIS } },
  };
}

/** A number axis up the left side, its name above it. */
export function leftAxis(name: string, style: NumberStyle) {
  return {
    ...AXIS_STYLE,
    name,
    nameLocation: "end" as const,
    nameGap: 12,
    nameTextStyle: { ...AXIS_STYLE.nameTextStyle, align: "left" as const },
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...AXIS_STYLE.axisLabel, formatter: formatIn(style) },
  };
}

/** The plot's place below a head; axis labels stay inside. */
export function plotBelow(top: number): GridComponentOption {
  return { left: 16, right: 28, top, bottom: 14, outerBoundsMode: "same" };
}

/** The usual height of a chart whose plot begins at `top`: long titles and legends make it taller. */
export function usualHeight(top: number, width: number): number {
  return (isNarrow(width) ? NARROW_SIZE : CHART_SIZE).height - 84 + top;
}
