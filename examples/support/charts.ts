// Line charts as SVG text, drawn by Apache ECharts without a page: the same in Node, Deno and a browser.

import { LineChart, type LineSeriesOption } from "echarts/charts";
import {
  GridComponent,
  type GridComponentOption,
  LegendComponent,
  type LegendComponentOption,
  MarkLineComponent,
  TitleComponent,
  type TitleComponentOption,
} from "echarts/components";
import { type ComposeOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { type ChartSeries, decimate } from "./curves.ts";
import { formatCount, formatPercent, wrap } from "./format.ts";

use([LineChart, GridComponent, LegendComponent, MarkLineComponent, TitleComponent, SVGRenderer]);

/** The part of ECharts' options that is used here; anything in it may be changed before `renderSvg`. */
export type ChartOption = ComposeOption<
  LineSeriesOption | GridComponentOption | LegendComponentOption | TitleComponentOption
>;

/** What `lineChart` draws. */
export interface LineChartSettings {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly series: readonly ChartSeries[];
  /** How y is written along the axis: as a count (default), a percentage (0.5 → 50 %) or by a function. */
  readonly yFormat?: "count" | "percent" | ((value: number) => string);
  readonly yMin?: number;
  readonly yMax?: number;
  /** Horizontal dashed lines, such as the loss of pure chance. */
  readonly references?: readonly { readonly y: number; readonly label: string }[];
  /** The width that the legend is laid out for; give `renderSvg` the same. */
  readonly width?: number;
}

/** Okabe and Ito's colours, told apart with any colour vision; the pale ones are darkened to read on white. */
const PALETTE = ["#0072b2", "#d55e00", "#008763", "#b4559a", "#b07c00", "#3a8fc4", "#444444"];
const DASHES = ["solid", "dashed", "dotted"] as const;
// Single quotes: the text goes into a style attribute as it is.
const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif";
const INK = "#1f2933";
const MUTED = "#52606d";
const GRID = "#e4e7eb";

/** The size of a chart in CSS pixels, unless told; and the one for a phone. */
export const CHART_SIZE = { width: 860, height: 420 } as const;
export const NARROW_SIZE = { width: 380, height: 340 } as const;

/** Points kept in one chart, all curves together: some 60 KB of SVG. */
const POINT_BUDGET = 3000;

/** Curves over a common x axis as an ECharts option, for `renderSvg`. */
export function lineChart(settings: LineChartSettings): ChartOption {
  const { series, references = [], yFormat = "count", width = CHART_SIZE.width } = settings;
  const format = {
    count: formatCount,
    percent: (y: number) => formatPercent(y, y === 0 || y * 100 >= 1 ? 0 : 1),
  };
  const points = Math.min(width, Math.floor(POINT_BUDGET / Math.max(1, series.length)));
  // Without a page no text can be measured: rows are estimated, and an eighth of the width is left in reserve.
  const textWidth = 0.875 * (width - 32);
  const titleLines = wrap(settings.title, Math.floor(textWidth / 9));
  const legendTop = 22 + 22 * titleLines.length;
  const legendRows = series.length > 1 ? countLegendRows(series, textWidth) : 0;
  let strong = 0;
  const curves = series.map(({ name, x, y, faint = false }, index): LineSeriesOption => {
    const kept = decimate(x, y, points);
    const color = PALETTE[strong % PALETTE.length];
    const type = DASHES[Math.floor(strong / PALETTE.length) % DASHES.length];
    if (!faint) strong++;
    return {
      type: "line",
      name,
      data: kept,
      color,
      silent: true,
      symbol: "circle",
      symbolSize: 6,
      showSymbol: !faint && kept.length <= 30,
      lineStyle: { width: faint ? 1 : 2.25, opacity: faint ? 0.35 : 1, type, join: "round" },
      itemStyle: { opacity: faint ? 0.45 : 1 },
      markLine: index === 0 ? markReferences(references) : undefined,
    };
  });
  const whole = curves.every((curve) =>
    (curve.data as [number, number][]).every(([x]) => Number.isInteger(x)),
  );
  const axis = {
    type: "value" as const,
    nameTextStyle: { color: MUTED, fontSize: 13, fontFamily: FONT },
    axisLabel: { color: MUTED, fontSize: 12, fontFamily: FONT, hideOverlap: true },
    splitLine: { lineStyle: { color: GRID } },
  };
  return {
    animation: false,
    backgroundColor: "#ffffff",
    textStyle: { fontFamily: FONT },
    title: {
      text: titleLines.join("\n"),
      left: 16,
      top: 14,
      textStyle: {
        color: INK,
        fontSize: 16,
        fontWeight: "bold",
        lineHeight: 22,
      },
    },
    legend: {
      show: legendRows > 0,
      left: 12,
      top: legendTop,
      width: textWidth,
      itemGap: 16,
      itemWidth: 20,
      itemHeight: 8,
      selectedMode: false,
      textStyle: { color: INK, fontSize: 13, fontFamily: FONT },
    },
    grid: { left: 16, right: 28, top: legendTop + 10 + 30 * legendRows, bottom: 14, outerBoundsMode: "same" },
    xAxis: {
      ...axis,
      name: settings.xLabel,
      nameLocation: "middle",
      nameGap: 30,
      min: "dataMin",
      max: "dataMax",
      minInterval: whole ? 1 : 0,
      splitLine: { show: false },
      axisLine: { lineStyle: { color: "#9aa5b1" } },
      axisLabel: { ...axis.axisLabel, formatter: formatCount },
    },
    yAxis: {
      ...axis,
      name: settings.yLabel,
      nameLocation: "end",
      nameGap: 12,
      nameTextStyle: { ...axis.nameTextStyle, align: "left" },
      scale: true,
      axisLine: { show: false },
      axisTick: { show: false },
      min: settings.yMin,
      max: settings.yMax,
      axisLabel: { ...axis.axisLabel, formatter: typeof yFormat === "function" ? yFormat : format[yFormat] },
    },
    series: curves,
  };
}

function markReferences(references: LineChartSettings["references"] = []): LineSeriesOption["markLine"] {
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: MUTED, type: "dashed", width: 1.25 },
    label: { position: "insideEndTop", color: MUTED, fontSize: 12, fontFamily: FONT, formatter: "{b}" },
    data: references.map(({ y, label }) => ({ yAxis: y, name: label })),
  };
}

/** Lines that the legend takes: for each name a swatch and gaps, and some 7 pixels for a letter. */
function countLegendRows(series: readonly ChartSeries[], width: number): number {
  let rows = 1;
  let used = 0;
  for (const { name } of series) {
    const item = 41 + 6.6 * name.length;
    if (used > 0 && used + item > width) [rows, used] = [rows + 1, 0];
    used += item;
  }
  return rows;
}

/** Draws an option as one `<svg>` element: the same text for the same option, and no name shared with other charts. */
export function renderSvg(option: ChartOption, size: { width?: number; height?: number } = {}): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, ...CHART_SIZE, ...size });
  try {
    chart.setOption(option);
    return tidy(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/** Takes out what serves a live chart only, and names clip paths by what is drawn rather than by a counter. */
function tidy(svg: string): string {
  const still = svg
    .replace(/<style[\s\S]*?<\/style>\s*/g, "")
    .replace(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, "")
    .replace(/\bzr\d+-c(?=\d)/g, "clip-");
  let hash = 0x811c9dc5;
  for (let i = 0; i < still.length; i++) hash = Math.imul(hash ^ still.charCodeAt(i), 0x01000193);
  return still.replace(/(id="|url\(#)clip-/g, `$1clip-${(hash >>> 0).toString(36)}-`);
}

/** A chart for a report: drawn for a page and again for a phone, where the first would be too small to read. */
export function chartFigure(
  settings: LineChartSettings,
  caption: string,
): { svg: string; narrowSvg: string; caption: string } {
  const draw = ({ width, height }: { width: number; height: number }) => {
    const option = lineChart({ ...settings, width });
    // Long titles and legends make the chart taller, not its plot smaller.
    const { top } = option.grid as { top: number };
    return renderSvg(option, { width, height: height - 84 + top });
  };
  return { svg: draw(CHART_SIZE), narrowSvg: draw(NARROW_SIZE), caption };
}
