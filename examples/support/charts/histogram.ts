// How often values occur: touching bars over a number axis, with marked lines.

import { formatCount } from "../format.ts";
import {
  AXIS_STYLE,
  BASE,
  bottomAxis,
  CHART_SIZE,
  type ChartOption,
  FONT,
  head,
  isNarrow,
  leftAxis,
  PALETTE,
  plotBelow,
  textPixels,
  usualHeight,
} from "./theme.ts";

/** What `histogram` draws. */
export interface HistogramSettings {
  readonly title: string;
  readonly xLabel: string;
  /** `effectif` unless told. */
  readonly yLabel?: string;
  /** Those that are not finite are left out. */
  readonly values: ArrayLike<number>;
  /** Roughly how many bars, 50 unless told (30 on a phone). */
  readonly bins?: number;
  /** Vertical dashed lines with a text above, such as `Limite : 200`. */
  readonly marks?: readonly { readonly x: number; readonly label: string }[];
  readonly width?: number;
}

/** Values counted in bins of one width: bin i from `edges[i]` to `edges[i + 1]`, the last with its upper edge. */
export function countInBins(values: ArrayLike<number>, bins: number): { edges: number[]; counts: number[] } {
  let [low, high, whole] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, true];
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) continue;
    low = Math.min(low, values[i]);
    high = Math.max(high, values[i]);
    whole &&= Number.isInteger(values[i]);
  }
  if (low > high) return { edges: [0, 1], counts: [0] };
  if (whole) {
    // Bins of as many whole numbers each: others would look ragged.
    high++;
  } else if (low === high) [low, high] = [low - 0.5, high + 0.5];
  if (whole && high - low <= bins) [low, high] = [low - 0.5, high - 0.5]; // Each number in the middle of its bar.
  const step = whole ? Math.ceil((high - low) / bins) : (high - low) / bins;
  const count = Math.max(1, whole ? Math.ceil((high - low) / step) : bins);
  const counts = new Array<number>(count).fill(0);
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) counts[Math.min(count - 1, Math.floor((values[i] - low) / step))]++;
  }
  return { edges: Array.from({ length: count + 1 }, (_, i) => low + i * step), counts };
}

const BAR_COLOR = "#85b8dc";
const MARK_COLORS = [PALETTE[1], PALETTE[2], PALETTE[3], PALETTE[6]];

/** A histogram as an ECharts option. */
export function histogram(settings: HistogramSettings): ChartOption {
  const { values, marks = [], yLabel = "effectif", width = CHART_SIZE.width } = settings;
  const { edges, counts } = countInBins(values, settings.bins ?? (isNarrow(width) ? 30 : 50));
  const { title, legend, top } = head(settings.title, [], width);
  const low = Math.min(edges[0], ...marks.map(({ x }) => x));
  const high = Math.max(edges[edges.length - 1], ...marks.map(({ x }) => x));
  const placed = placeMarks(marks, low, high, width - 110);
  const levels = Math.max(0, ...placed.map(({ level }) => level + 1));
  const plotTop = top + 6 + 17 * levels;
  const xAxis = bottomAxis(settings.xLabel);
  return {
    ...BASE,
    title,
    legend,
    grid: plotBelow(plotTop),
    xAxis: {
      ...xAxis,
      min: low,
      max: high,
      axisLabel: {
        ...xAxis.axisLabel,
        formatter: formatCount,
        showMinLabel: isRound(low),
        showMaxLabel: isRound(high),
      },
    },
    // The name goes beside the axis: above it are the marks.
    yAxis: { ...leftAxis(yLabel, "count"), minInterval: 1, ...(levels > 0 ? BESIDE : {}) },
    series: {
      type: "custom",
      name: settings.title,
      // Pale, for the marks to stand out.
      color: BAR_COLOR,
      silent: true,
      clip: true,
      data: counts.map((count, i) => [edges[i], edges[i + 1], count]),
      encode: { x: [0, 1], y: 2 },
      renderItem: (_, api) => {
        const [left, y] = api.coord([api.value(0), api.value(2)]);
        const [right, ground] = api.coord([api.value(1), 0]);
        const gap = right - left > 4 ? 1 : 0;
        return {
          type: "rect",
          shape: { x: left, y, width: right - left - gap, height: ground - y },
          style: { fill: api.visual("color") },
        };
      },
      markLine: {
        silent: true,
        symbol: "none",
        data: placed.map(({ x, label, level, align }, i) => ({
          xAxis: x,
          name: label,
          lineStyle: { color: MARK_COLORS[i % MARK_COLORS.length], type: "dashed", width: 2 },
          label: {
            formatter: "{b}",
            position: "end",
            distance: 4 + 17 * level,
            align,
            color: MARK_COLORS[i % MARK_COLORS.length],
            fontSize: 12.5,
            fontWeight: "bold",
            fontFamily: FONT,
          },
        })),
      },
    },
    preferredHeight: usualHeight(plotTop, width),
  };
}

const BESIDE = {
  nameLocation: "middle",
  nameGap: 44,
  nameTextStyle: { ...AXIS_STYLE.nameTextStyle, align: "center" },
} as const;

/** Whether an end of the axis is a number that a tick may carry. */
function isRound(value: number): boolean {
  return Number(value.toPrecision(2)) === value && value % 1 !== 0.5;
}

/** Marks on levels above the plot such that their texts don't run into each other or out of the plot. */
function placeMarks(
  marks: NonNullable<HistogramSettings["marks"]>,
  low: number,
  high: number,
  pixels: number,
) {
  const ends: number[] = [];
  return [...marks]
    .sort((a, b) => a.x - b.x)
    .map(({ x, label }) => {
      const at = ((x - low) / (high - low)) * pixels;
      const half = textPixels(label, 12.5) / 2;
      const align = at < half ? "left" : at > pixels - half ? "right" : "center";
      const start = at - (align === "left" ? 0 : align === "right" ? 2 * half : half);
      let level = ends.findIndex((end) => end + 8 <= start);
      if (level < 0) level = ends.length;
      ends[level] = start + 2 * half;
      return { x, label, level, align } as const;
    });
}
