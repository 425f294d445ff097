// Bars over categories: counts of classes, tables of experiments (grouped), error rates by bin.

import type { BarSeriesOption } from "echarts/charts";
import { formatCount, formatPercent } from "../format.ts";
import {
  AXIS,
  AXIS_STYLE,
  BASE,
  bottomAxis,
  CHART_SIZE,
  type ChartOption,
  FONT,
  formatIn,
  head,
  INK,
  isNarrow,
  leftAxis,
  NEGATIVE,
  type NumberStyle,
  PALETTE,
  plotBelow,
  textPixels,
  usualHeight,
  wrapPixels,
} from "./theme.ts";

/** What `barChart` draws. */
export interface BarChartSettings {
  readonly title: string;
  readonly categories: readonly string[];
  /** One bar for each category, or several, one from each series. */
  readonly values:
    | readonly number[]
    | readonly { readonly name: string; readonly values: readonly number[] }[];
  /** What the categories are, and what the bars measure. */
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** A colour for each category when there is one series, else for each series. */
  readonly colors?: readonly string[];
  /** Texts on the bars, `true` for their values; shown unless false. */
  readonly labels?: boolean | readonly string[];
  readonly format?: NumberStyle;
  readonly min?: number;
  readonly max?: number;
  /** Bars from left to right; where the categories' names would not fit side by side unless told. */
  readonly horizontal?: boolean;
  readonly width?: number;
}

/** Room below a name in a line of categories. */
const NAME_SIZE = 12;

/** Bars over categories as an ECharts option. Values that are not finite leave a gap. */
export function barChart(settings: BarChartSettings): ChartOption {
  const { categories, colors, labels = true, format = "count", width = CHART_SIZE.width } = settings;
  const { xLabel = "", yLabel = "", min, max } = settings;
  const groups =
    typeof settings.values[0] === "object"
      ? (settings.values as readonly { name: string; values: readonly number[] }[])
      : [{ name: yLabel, values: settings.values as readonly number[] }];
  const single = groups.length === 1;
  const names = single ? [] : groups.map(({ name }) => name);
  const { title, legend, top } = head(settings.title, names, width);
  const write = formatIn(format);
  // A bar says more exactly what the axis says roughly.
  const writeLabel = format === "percent" ? (share: number) => formatPercent(share) : write;
  const text = (group: number, index: number): string =>
    typeof labels === "object" && single ? labels[index] : writeLabel(groups[group].values[index]);

  // Names beside each other get the plot's width without its axis; a bar's label is as wide as its bar at most.
  const slot = (width - 110) / Math.max(1, categories.length);
  const lines = categories.map((name) => splitName(name, slot - 10));
  const widestLabel = Math.max(
    0,
    ...groups.flatMap(({ values }, group) => values.map((_, index) => textPixels(text(group, index), 12))),
  );
  const fits =
    lines.every((parts) => parts.length <= 3 && parts.every((part) => textPixels(part, NAME_SIZE) <= slot)) &&
    (labels === false || widestLabel * groups.length <= slot);
  const horizontal = settings.horizontal ?? !fits;
  const nameWidth = Math.min(
    0.45 * width,
    Math.max(0, ...categories.flatMap((name) => name.split("\n").map((part) => textPixels(part, NAME_SIZE)))),
  );
  const shown = horizontal ? categories.map((name) => splitName(name, nameWidth)) : lines;

  const series = groups.map(({ name, values }, group): BarSeriesOption => {
    const color = (index: number) =>
      single ? (colors?.[index] ?? PALETTE[0]) : (colors?.[group] ?? PALETTE[group % PALETTE.length]);
    return {
      type: "bar",
      name,
      silent: true,
      color: color(0),
      barMaxWidth: horizontal ? 26 : 96,
      barCategoryGap: "28%",
      barGap: "8%",
      itemStyle: { borderRadius: horizontal ? [0, 3, 3, 0] : [3, 3, 0, 0] },
      data: values.map((value, index) =>
        Number.isFinite(value)
          ? { value, itemStyle: { color: color(index) }, label: { formatter: () => text(group, index) } }
          : "-",
      ),
      label: {
        show: labels !== false,
        position: horizontal ? "right" : "top",
        distance: 4,
        color: INK,
        fontSize: 12,
        fontFamily: FONT,
      },
    };
  });
  const categoryAxis = {
    type: "category" as const,
    data: shown.map((parts) => parts.join("\n")),
    axisTick: { show: false },
    axisLine: { lineStyle: { color: AXIS } },
    axisLabel: { color: INK, fontSize: NAME_SIZE, fontFamily: FONT, interval: 0, lineHeight: 16 },
  };
  const rowsBelow = Math.max(1, ...shown.map((parts) => parts.length));
  if (!horizontal) {
    return {
      ...BASE,
      title,
      legend,
      grid: plotBelow(top + (yLabel === "" ? 0 : 6)),
      xAxis: { ...bottomAxis(xLabel), ...categoryAxis, nameGap: 14 + 16 * rowsBelow },
      yAxis: { ...leftAxis(yLabel, format), min, max, ...wholeSteps(groups) },
      series,
      preferredHeight: usualHeight(top, width) + 16 * (rowsBelow - 1),
    };
  }
  const rowHeight = Math.max(16 * rowsBelow + 10, 20 * groups.length + 14);
  // A label right of the longest bar needs room of its own.
  const labelRoom = labels === false ? 28 : 20 + widestLabel;
  // Between a known minimum and maximum as many pieces as their numbers leave room for.
  const pieces = width - nameWidth - labelRoom - 24 > 4 * 44 ? 4 : 2;
  return {
    ...BASE,
    title,
    legend,
    grid: {
      ...plotBelow(top + (xLabel === "" ? 0 : 22)),
      right: max === undefined ? Math.max(28, 0.5 * labelRoom) : labelRoom,
    },
    xAxis: {
      ...bottomAxis(yLabel),
      ...wholeSteps(groups),
      splitLine: AXIS_STYLE.splitLine,
      axisLine: { show: false },
      splitNumber: isNarrow(width) ? 3 : 5,
      interval: isNarrow(width) && max !== undefined ? (max - (min ?? 0)) / pieces : undefined,
      axisLabel: { ...AXIS_STYLE.axisLabel, formatter: write },
      min,
      max,
      // Without a maximum the axis is made longer by what the labels need.
      boundaryGap: max === undefined ? [0, labels === false ? 0 : widestLabel / (0.4 * width)] : undefined,
    },
    yAxis: {
      ...categoryAxis,
      inverse: true,
      name: xLabel,
      nameLocation: "start",
      nameGap: 8,
      nameTextStyle: { ...AXIS_STYLE.nameTextStyle, align: "right" },
    },
    series,
    preferredHeight: top + (xLabel === "" ? 60 : 82) + rowHeight * categories.length,
  };
}

/** Counts are not divided: their axis has no 0,5. */
function wholeSteps(groups: readonly { readonly values: readonly number[] }[]): { minInterval?: number } {
  const whole = groups.every(({ values }) => values.every((v) => Number.isInteger(v) || !Number.isFinite(v)));
  return whole ? { minInterval: 1 } : {};
}

/** A category's name in lines that fit, broken between words and where it is broken already. */
function splitName(name: string, pixels: number): string[] {
  return name.split("\n").flatMap((part) => wrapPixels(part, pixels, NAME_SIZE));
}

/** Errors among the examples of one bin, such as the reviews of 100 to 199 words. */
export interface ErrorBin {
  readonly label: string;
  readonly errors: number;
  readonly count: number;
}

/**
 * Counts errors by bins of a quantity: bin i holds `edges[i]` ≤ value < `edges[i + 1]`, the last one its upper
 * edge too. `label` writes a bin's two edges.
 */
export function errorsByBin(
  values: ArrayLike<number>,
  wrong: ArrayLike<boolean | number>,
  edges: readonly number[],
  label = (low: number, high: number) => `${formatCount(low)}–${formatCount(high)}`,
): ErrorBin[] {
  const last = edges.length - 2;
  const bins = edges.slice(0, -1).map((low, i) => ({ label: label(low, edges[i + 1]), errors: 0, count: 0 }));
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const bin =
      value === edges[last + 1]
        ? last
        : edges.findIndex((_, k) => k <= last && value >= edges[k] && value < edges[k + 1]);
    if (bin < 0) continue;
    bins[bin].count++;
    if (wrong[i]) bins[bin].errors++;
  }
  return bins;
}

/** What `errorRateChart` draws. */
export interface ErrorRateSettings extends Omit<BarChartSettings, "categories" | "values" | "labels"> {
  readonly bins: readonly ErrorBin[];
}

/** The share of errors in each bin, with the number of examples that it comes from. */
export function errorRateChart(settings: ErrorRateSettings): ChartOption {
  const { bins, ...rest } = settings;
  return barChart({
    yLabel: "taux d’erreur",
    format: "percent",
    min: 0,
    colors: bins.map(() => NEGATIVE),
    ...rest,
    categories: bins.map(({ label, count }) => `${label}\nn\u00a0=\u00a0${formatCount(count)}`),
    values: bins.map(({ errors, count }) => (count > 0 ? errors / count : Number.NaN)),
  });
}
