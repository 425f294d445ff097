// Curves over a common x axis: training curves, by step or by epoch, and ROC curves.

import type { LineSeriesOption } from "echarts/charts";
import type { LegendComponentOption } from "echarts/components";
import { type ChartSeries, decimate } from "../curves.ts";
import { formatCount, formatNumber } from "../format.ts";
import {
  BASE,
  bottomAxis,
  CHART_SIZE,
  type ChartOption,
  FONT,
  head,
  isNarrow,
  leftAxis,
  MUTED,
  type NumberStyle,
  PALETTE,
  plotBelow,
  usualHeight,
} from "./theme.ts";

/** What `lineChart` draws. */
export interface LineChartSettings {
  readonly title: string;
  readonly xLabel: string;
  readonly yLabel: string;
  /** A curve of at most 30 points, such as one of epochs, gets a mark on each. */
  readonly series: readonly ChartSeries[];
  /** How y is written along the axis, as a count unless told. */
  readonly yFormat?: NumberStyle;
  readonly yMin?: number;
  readonly yMax?: number;
  /** Horizontal dashed lines, such as the loss of pure chance. */
  readonly references?: readonly { readonly y: number; readonly label: string }[];
  /** The width that the legend is laid out for; give `renderSvg` the same. */
  readonly width?: number;
}

const DASHES = ["solid", "dashed", "dotted"] as const;
const SYMBOLS = ["circle", "diamond", "triangle", "rect"] as const;

/** Points kept in one chart, all curves together: some 60 KB of SVG. */
const POINT_BUDGET = 3000;

/** Curves over a common x axis as an ECharts option, for `renderSvg`. */
export function lineChart(settings: LineChartSettings): ChartOption {
  const { series, references = [], yFormat = "count", width = CHART_SIZE.width } = settings;
  const points = Math.min(width, Math.floor(POINT_BUDGET / Math.max(1, series.length)));
  const { title, legend, top } = head(
    settings.title,
    series.map(({ name }) => name),
    width,
  );
  let strong = 0;
  const curves = series.map(({ name, x, y, faint = false }, index): LineSeriesOption => {
    const kept = decimate(x, y, points);
    const color = PALETTE[strong % PALETTE.length];
    const type = DASHES[Math.floor(strong / PALETTE.length) % DASHES.length];
    const shape = SYMBOLS[strong % SYMBOLS.length];
    const marked = !faint && kept.length <= 30;
    if (!faint) strong++;
    return {
      type: "line",
      name,
      data: kept,
      color,
      silent: true,
      symbol: marked ? shape : "none",
      symbolSize: shape === "circle" || shape === "rect" ? 6 : 8,
      showSymbol: marked,
      lineStyle: { width: faint ? 1 : 2.25, opacity: faint ? 0.35 : 1, type, join: "round" },
      itemStyle: { opacity: faint ? 0.45 : 1 },
      markLine: index === 0 ? markReferences(references) : undefined,
    };
  });
  // The axis is fitted to points: a reference beyond the curves needs one.
  const known = curves.flatMap((curve) => curve.data as [number, number][]);
  if (known.length > 0 && references.length > 0) {
    const data = references.map(({ y }) => [known[0][0], y]);
    curves.push({
      type: "line",
      data,
      silent: true,
      symbol: "none",
      lineStyle: { width: 0 },
      tooltip: { show: false },
    });
  }
  const whole = known.every(([x]) => Number.isInteger(x));
  const xAxis = bottomAxis(settings.xLabel);
  return {
    ...BASE,
    title,
    legend: hideMarks(legend, curves),
    grid: plotBelow(top),
    xAxis: {
      ...xAxis,
      min: "dataMin",
      max: "dataMax",
      minInterval: whole ? 1 : 0,
      axisLabel: { ...xAxis.axisLabel, formatter: formatCount },
    },
    yAxis: {
      ...leftAxis(settings.yLabel, yFormat),
      scale: true,
      min: settings.yMin,
      max: settings.yMax,
    },
    series: curves,
    preferredHeight: usualHeight(top, width),
  };
}

/** Legends whose swatches have a mark only where the curve has marks. */
function hideMarks(
  legends: readonly LegendComponentOption[],
  curves: readonly LineSeriesOption[],
): LegendComponentOption[] {
  const bare = new Set(curves.filter(({ symbol }) => symbol === "none").map(({ name }) => name));
  return legends.map((legend) => ({
    ...legend,
    data: legend.data?.map((item) => {
      const name = typeof item === "object" ? item.name : item;
      return bare.has(name) ? { name, itemStyle: { opacity: 0 } } : item;
    }),
  }));
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

/** What `rocCurve` draws. */
export interface RocCurveSettings {
  /** `Courbe ROC` unless told. */
  readonly title?: string;
  /** For each classifier, the rates at falling thresholds (both ascending from 0 to 1) and the area below. */
  readonly curves: readonly {
    readonly name: string;
    readonly falsePositiveRate: ArrayLike<number>;
    readonly truePositiveRate: ArrayLike<number>;
    readonly auc: number;
  }[];
  readonly width?: number;
}

/** Receiver operating characteristics with the diagonal of pure chance; the area is part of each name. */
export function rocCurve(settings: RocCurveSettings): ChartOption {
  const { title = "Courbe ROC", curves, width } = settings;
  const named = (name: string, auc: number) => `${name} (AUC = ${formatNumber(auc, 3)})`;
  const [only] = curves;
  const option = lineChart({
    title: curves.length === 1 ? named(title, only.auc) : title,
    xLabel: "taux de faux positifs",
    yLabel: "taux de vrais positifs",
    series: [
      ...curves.map(({ name, falsePositiveRate, truePositiveRate, auc }) => ({
        name: named(name, auc),
        x: falsePositiveRate,
        y: truePositiveRate,
      })),
      { name: "hasard (AUC = 0,5)", x: [0, 1], y: [0, 1] },
    ],
    yMin: 0,
    yMax: 1,
    width,
  });
  const series = option.series as LineSeriesOption[];
  series.forEach((one) => {
    one.symbol = "none";
  });
  option.legend = hideMarks(option.legend as LegendComponentOption[], series);
  Object.assign(series[series.length - 1], {
    color: MUTED,
    lineStyle: { width: 1.25, type: "dashed" },
  });
  // Nearly as high as wide: both axes are shares.
  option.preferredHeight += isNarrow(width ?? CHART_SIZE.width) ? 70 : 140;
  option.xAxis = { ...(option.xAxis as object), type: "value", min: 0, max: 1 };
  return option;
}
