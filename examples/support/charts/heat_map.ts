// A matrix as coloured cells: confusion matrices with their counts, attention or weights as colours alone.

import type { HeatmapSeriesOption } from "echarts/charts";
import { formatNumber } from "../format.ts";
import {
  AXIS_STYLE,
  BASE,
  CHART_SIZE,
  type ChartOption,
  FONT,
  formatIn,
  GROUND,
  head,
  INK,
  isNarrow,
  MUTED,
  type NumberStyle,
  textPixels,
} from "./theme.ts";

/** What `heatMap` draws. */
export interface HeatMapSettings {
  readonly title: string;
  /** Rows from top to bottom. */
  readonly matrix: readonly ArrayLike<number>[];
  /** Names of rows and columns; 1, 2, 3 … when left out. */
  readonly rowLabels?: readonly string[];
  readonly columnLabels?: readonly string[];
  /** What rows and columns are, such as `Réalité` and `Prédictions`. */
  readonly rowTitle?: string;
  readonly columnTitle?: string;
  /** Whether cells show their values: where they fit unless told. */
  readonly values?: boolean;
  readonly format?: NumberStyle;
  /** Ends of the colour scale; 0 or the least value, and the greatest. */
  readonly min?: number;
  readonly max?: number;
  readonly width?: number;
}

type HeatmapCell = NonNullable<HeatmapSeriesOption["data"]>[number];

/** White to dark blue, for amounts; each step is darker than the one before. */
const SEQUENTIAL = ["#f3f8fc", "#9ccbe8", "#3a8fc4", "#0072b2", "#003f6b"];
/** Vermilion to blue over white, for values on both sides of 0. */
const DIVERGING = ["#8f3a00", "#d55e00", "#f3b78f", "#f7f7f7", "#9ccbe8", "#0072b2", "#003f6b"];

/** A matrix as an ECharts option. Values that are not finite leave their cell empty. */
export function heatMap(settings: HeatMapSettings): ChartOption {
  const { matrix, rowTitle = "", columnTitle = "", width = CHART_SIZE.width } = settings;
  const narrow = isNarrow(width);
  const rows = matrix.length;
  const columns = Math.max(0, ...matrix.map((row) => row.length));
  const name = (labels: readonly string[] | undefined, i: number) => labels?.[i] ?? String(i + 1);
  const rowNames = matrix.map((_, i) => name(settings.rowLabels, i));
  const columnNames = Array.from({ length: columns }, (_, i) => name(settings.columnLabels, i));
  const { title, legend, top } = head(settings.title, [], width);

  const known = matrix.flatMap((row) => Array.from(row).filter(Number.isFinite));
  const least = known.reduce((a, b) => Math.min(a, b), 0);
  const most = known.reduce((a, b) => Math.max(a, b), least);
  const bound = Math.max(-least, most);
  const [low, high] =
    least < 0 ? [settings.min ?? -bound, settings.max ?? bound] : [settings.min ?? 0, settings.max ?? most];
  const ramp = least < 0 ? DIVERGING : SEQUENTIAL;
  const write = formatIn(
    settings.format ?? (known.every(Number.isInteger) ? "count" : (v) => formatNumber(v, 2)),
  );

  const { left, right, nameWidth, cell, cellHeight, tilted, below } = layOut(
    width,
    rowNames,
    columnNames,
    rowTitle,
  );
  const widestColumn = Math.max(0, ...columnNames.map((text) => textPixels(text, 12)));
  const plotHeight = rows * cellHeight;
  const fontSize = Math.min(rows <= 4 ? 20 : 15, 0.4 * cellHeight, 0.36 * cell);
  const fits = known.every((v) => textPixels(write(v), fontSize) <= cell - 4) && fontSize >= 9.5;
  const values = settings.values ?? fits;
  // Numbers in the cells make a scale needless where room is short.
  const scale = !(narrow && values);
  const bottom = below + (columnTitle === "" ? 8 : 32) + (narrow && scale ? 46 : 0);
  const plotTop = top + 2;

  const cells = matrix.flatMap((row, y) =>
    Array.from(row, (value, x): HeatmapCell => {
      if (!Number.isFinite(value)) return { value: [x, y, "-"] };
      if (!values) return [x, y, value];
      const color = isDark(colorAt(ramp, (value - low) / (high - low || 1))) ? "#ffffff" : INK;
      return { value: [x, y, value], label: { color, formatter: () => write(value) } };
    }),
  );
  const axis = {
    type: "category" as const,
    axisTick: { show: false },
    axisLine: { show: false },
    splitLine: { show: false },
    nameLocation: "middle" as const,
    nameTextStyle: { ...AXIS_STYLE.nameTextStyle, fontWeight: "bold" as const },
  };
  const axisLabel = { color: INK, fontSize: 12, fontFamily: FONT };
  const gap = Math.min(cell, cellHeight) >= 12 ? 1 : 0;
  return {
    ...BASE,
    title,
    legend,
    grid: { left, right, top: plotTop, bottom, outerBoundsMode: "none" },
    xAxis: {
      ...axis,
      data: columnNames,
      name: columnTitle,
      nameGap: below + 6,
      axisLabel: {
        ...axisLabel,
        rotate: tilted ? 45 : 0,
        interval: spaced(tilted ? 16 : widestColumn + 8, cell, settings.columnLabels === undefined),
      },
    },
    yAxis: {
      ...axis,
      data: rowNames,
      inverse: true,
      name: rowTitle,
      nameGap: nameWidth + 18,
      axisLabel: {
        ...axisLabel,
        width: nameWidth + 2,
        overflow: "truncate",
        interval: spaced(15, cellHeight, settings.rowLabels === undefined),
      },
    },
    visualMap: {
      type: "continuous",
      min: low,
      max: high > low ? high : low + 1,
      calculable: false,
      show: scale,
      orient: narrow ? "horizontal" : "vertical",
      ...(narrow ? { left: "center", bottom: 8 } : { right: right - 84, top: plotTop }),
      itemWidth: 14,
      itemHeight: narrow ? 150 : Math.max(60, Math.min(180, plotHeight - 50)),
      text: [write(high), write(low)],
      textGap: 6,
      textStyle: { color: MUTED, fontSize: 12, fontFamily: FONT },
      inRange: { color: ramp },
    },
    series: {
      type: "heatmap",
      name: settings.title,
      silent: true,
      itemStyle: { borderColor: GROUND, borderWidth: gap },
      label: { show: values, fontSize, fontFamily: FONT },
      data: cells,
    },
    preferredHeight: Math.round(plotTop + plotHeight + bottom),
  };
}

/** The pixels that names, titles and the colour scale leave to the cells: square ones unless they would be large. */
function layOut(
  width: number,
  rowNames: readonly string[],
  columnNames: readonly string[],
  rowTitle: string,
) {
  const narrow = isNarrow(width);
  const widest = (names: readonly string[]) =>
    names.reduce((most, text) => Math.max(most, textPixels(text, 12)), 0);
  const columns = Math.max(1, columnNames.length);
  const nameWidth = Math.min(widest(rowNames) + 12, 0.35 * width);
  const names = 16 + nameWidth + (rowTitle === "" ? 0 : 26);
  const scale = narrow ? 20 : 100;
  const room = width - names - scale;
  const cell = Math.min(190, room / columns);
  // A matrix of few columns stands in the middle.
  const spare = (room - cell * columns) / 2;
  const tallest = 900 / Math.max(1, rowNames.length);
  const cellHeight = Math.min(tallest, narrow ? 84 : 110, Math.max(rowNames.length > 40 ? 4 : 16, cell));
  const tilted = columnNames.some((text) => textPixels(text, 12) > cell - 6) && columns <= 40;
  const below = tilted ? Math.min(120, 0.75 * widest(columnNames)) + 14 : 22;
  return { left: names + spare, right: scale + spare, nameWidth, cell, cellHeight, tilted, below };
}

/** Which names are shown where there is no room for each: the first, then those of round numbers. */
function spaced(needed: number, cell: number, numbered: boolean): (index: number) => boolean {
  const steps = [1, 2, 5, 10, 20, 25, 50, 100, 200, 500];
  const step = steps.find((count) => count * cell >= needed) ?? 1000;
  if (!numbered) return (index) => index % step === 0;
  // Without 1 where the first round number is near.
  return (index) => (index + 1) % step === 0 || (index === 0 && step > 4);
}

/** The colour at a share of a ramp, as the chart blends it. */
export function colorAt(ramp: readonly string[], share: number): readonly [number, number, number] {
  const at = Math.min(1, Math.max(0, share)) * (ramp.length - 1);
  const i = Math.min(ramp.length - 2, Math.floor(at));
  const channel = (color: string, k: number) => Number.parseInt(color.slice(1 + 2 * k, 3 + 2 * k), 16);
  const blend = (k: number) =>
    channel(ramp[i], k) + (at - i) * (channel(ramp[i + 1], k) - channel(ramp[i], k));
  return [blend(0), blend(1), blend(2)];
}

/** Whether white reads better on a colour than ink, by the contrast ratio of WCAG 2. */
export function isDark(color: readonly [number, number, number]): boolean {
  const own = luminance(color) + 0.05;
  return 1.05 / own > own / (luminance(colorAt([INK, INK], 0)) + 0.05);
}

/** Relative luminance of a colour of 0 to 255 a channel. */
function luminance(color: readonly [number, number, number]): number {
  const [r, g, b] = color.map((c) => (c <= 10.3 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
