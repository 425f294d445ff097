// Every chart of the examples, drawn by Apache ECharts: as SVG text without a page (Node, Deno, a worker),
// or live in a page, since each is built as an option.

export {
  type BarChartSettings,
  barChart,
  type ErrorBin,
  type ErrorRateSettings,
  errorRateChart,
  errorsByBin,
} from "./charts/bars.ts";
export { type ChartColors, DARK_PALETTE, withColors } from "./charts/colors.ts";
export { type HeatMapSettings, heatMap } from "./charts/heat_map.ts";
export { countInBins, type HistogramSettings, histogram } from "./charts/histogram.ts";
export { type LineChartSettings, lineChart, type RocCurveSettings, rocCurve } from "./charts/line.ts";
export { type ChartFigure, chartFigure, renderSvg } from "./charts/render.ts";
export { type ScatterSettings, scatterChart } from "./charts/scatter.ts";
export {
  CHART_SIZE,
  type ChartOption,
  NARROW_SIZE,
  NEGATIVE,
  type NumberStyle,
  PALETTE,
  POSITIVE,
} from "./charts/theme.ts";
