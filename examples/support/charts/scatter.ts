// Points in a plane with their names, in groups: word vectors projected by t-SNE.

import type { LineSeriesOption, ScatterSeriesOption } from "echarts/charts";
import { formatCount } from "../format.ts";
import { placeLabels } from "./labels.ts";
import {
  AXIS_STYLE,
  BASE,
  CHART_SIZE,
  type ChartOption,
  FONT,
  head,
  INK,
  isNarrow,
  MUTED,
  PALETTE,
} from "./theme.ts";

/** What `scatterChart` draws. */
export interface ScatterSettings {
  readonly title: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    /** Written beside the point; none when left out. */
    readonly label?: string;
    /** A name of the legend; groups come in the order of their first point. */
    readonly group?: string;
  }[];
  /** Colours by group. */
  readonly colors?: Readonly<Record<string, string>>;
  /** The size that labels are placed for. */
  readonly width?: number;
  readonly height?: number;
}

const SYMBOLS = ["circle", "diamond", "triangle", "rect"] as const;
const LABEL_SIZE = 12;

/** Points with their names as an ECharts option. Points with a coordinate that is not finite are left out. */
export function scatterChart(settings: ScatterSettings): ChartOption {
  const { xLabel = "", yLabel = "", colors = {}, width = CHART_SIZE.width } = settings;
  const points = settings.points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const groups = [...new Set(points.map(({ group = "" }) => group))];
  const { title, legend, top } = head(settings.title, groups, width, [11, 11]);
  const plotTop = top + (yLabel === "" ? 4 : 26);
  const plotHeight = isNarrow(width) ? 400 : 480;
  const below = xLabel === "" ? 34 : 56;
  const height = settings.height ?? plotTop + plotHeight + below;
  // Labels are placed in pixels, so the plot's frame is fixed: axis labels lie outside of it.
  const plot = { left: 52, top: plotTop, right: width - 20, bottom: height - below };
  const [xMin, xMax] = range(points.map(({ x }) => x));
  const [yMin, yMax] = range(points.map(({ y }) => y));
  const xPixel = (x: number) => plot.left + ((x - xMin) / (xMax - xMin)) * (plot.right - plot.left);
  const yPixel = (y: number) => plot.bottom - ((y - yMin) / (yMax - yMin)) * (plot.bottom - plot.top);
  const named = points.map(({ x, y, label = "" }) => ({ x: xPixel(x), y: yPixel(y), text: label }));
  const inner = { left: plot.left + 4, top: plot.top + 3, right: plot.right - 4, bottom: plot.bottom - 3 };
  const places = placeLabels(named, inner, { fontSize: LABEL_SIZE });

  const series = groups.map((group, k): ScatterSeriesOption => {
    const color = colors[group] ?? PALETTE[k % PALETTE.length];
    const symbol = SYMBOLS[k % SYMBOLS.length];
    const size = symbol === "rect" ? 9 : 11;
    return {
      type: "scatter",
      name: group,
      silent: true,
      color,
      symbol,
      symbolSize: size,
      itemStyle: { color, opacity: 0.9 },
      label: {
        show: true,
        color: INK,
        fontSize: LABEL_SIZE,
        fontFamily: FONT,
        align: "center",
        verticalAlign: "middle",
      },
      data: points.flatMap((point, i) => {
        if ((point.group ?? "") !== group) return [];
        const { label = "" } = point;
        const { x, y } = places[i];
        // From the corner of the symbol.
        const position: [number, number] = [x - named[i].x + size / 2, y - named[i].y + size / 2];
        return [
          { value: [point.x, point.y], label: { show: label !== "", formatter: () => label, position } },
        ];
      }),
    };
  });
  const leaders = points.flatMap(({ x, y, label = "" }, i) => {
    const { leader } = places[i];
    if (leader === undefined || label === "") return [];
    const end = [
      xMin + ((leader.x - plot.left) / (plot.right - plot.left)) * (xMax - xMin),
      yMin + ((plot.bottom - leader.y) / (plot.bottom - plot.top)) * (yMax - yMin),
    ];
    return [[x, y], end, ["-", "-"]];
  });
  const lines: LineSeriesOption = {
    type: "line",
    name: "",
    data: leaders as [number, number][],
    silent: true,
    showSymbol: false,
    color: MUTED,
    lineStyle: { width: 0.75, color: MUTED, opacity: 0.7 },
    z: 1,
  };
  const axis = (name: string, min: number, max: number) => ({
    ...AXIS_STYLE,
    name,
    min,
    max,
    axisLine: { show: false, onZero: false },
    axisTick: { show: false },
    // The ends of the axes are wherever the points end: no numbers for a reader.
    axisLabel: { ...AXIS_STYLE.axisLabel, formatter: formatCount, showMinLabel: false, showMaxLabel: false },
  });
  return {
    ...BASE,
    title,
    legend,
    grid: {
      ...plot,
      right: width - plot.right,
      bottom: below,
      outerBoundsMode: "none",
      show: true,
      borderColor: AXIS_STYLE.splitLine.lineStyle.color,
    },
    xAxis: { ...axis(xLabel, xMin, xMax), nameLocation: "middle", nameGap: 30 },
    yAxis: {
      ...axis(yLabel, yMin, yMax),
      nameLocation: "end",
      nameGap: 10,
      nameTextStyle: { ...AXIS_STYLE.nameTextStyle, align: "left" },
    },
    series: [...(leaders.length > 0 ? [lines] : []), ...series],
    preferredHeight: height,
  };
}

/** The ends of an axis, a tenth beyond the points. */
function range(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  const margin = high > low ? (high - low) / 10 : 1;
  return [low - margin, high + margin];
}
