// From an option to SVG text, without a page: the same in Node, Deno and a browser.

import { init } from "./echarts.ts";
import { type LineChartSettings, lineChart } from "./line.ts";
import { CHART_SIZE, type ChartOption, FONT, NARROW_SIZE } from "./theme.ts";

/** Draws an option as one `<svg>` element: the same text for the same option, and no name shared with other charts. */
export function renderSvg(option: ChartOption, size: { width?: number; height?: number } = {}): string {
  const { width = CHART_SIZE.width, height = option.preferredHeight } = size;
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(option);
    return tidy(chart.renderToSVGString());
  } finally {
    chart.dispose();
  }
}

/**
 * Takes out what serves a live chart only and what cannot be seen, writes the rest shorter (a heat map has
 * thousands of cells), and names clip paths by what is drawn rather than by a counter.
 */
function tidy(svg: string): string {
  const still = svg
    .replace(/<style[\s\S]*?<\/style>\s*/g, "")
    .replace(/ (?:ecmeta_\w+|class|pointer-events)="[^"]*"/g, "")
    .replace(/ stroke="[^"]*" stroke-width="0"/g, "")
    .replace(/<path(?=[^>]* (?:fill="none"|fill-opacity="0"))(?![^>]* stroke=)[^>]*><\/path>\s*/g, "")
    .replace(/><\/path>/g, "/>")
    .replace(/rgb\((\d+),(\d+),(\d+)\)/g, (_, ...channels) => hex(channels.slice(0, 3).map(Number)))
    .replace(/ d="[^"]*"/g, (path) =>
      path.replace(/l(-?[\d.]+) 0(?=[a-zA-Z])/g, "h$1").replace(/l0 (-?[\d.]+)(?=[a-zA-Z])/g, "v$1"),
    )
    .replaceAll(`font-family:${FONT};`, "")
    .replace(/^<svg [^>]*(?=>)/, `$& font-family="${FONT}"`)
    .replace(/\bzr\d+-(?=[a-z]\d)/g, "part-");
  let hash = 0x811c9dc5;
  for (let i = 0; i < still.length; i++) hash = Math.imul(hash ^ still.charCodeAt(i), 0x01000193);
  return still.replace(/(id="|url\(#)part-/g, `$1part-${(hash >>> 0).toString(36)}-`);
}

function hex(channels: readonly number[]): string {
  return `#${channels.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
}

/** A chart for a report, drawn twice; `title` names its file. */
export interface ChartFigure {
  readonly title: string;
  readonly svg: string;
  readonly narrowSvg: string;
  readonly caption: string;
}

/**
 * A chart for a report: drawn for a page and again for a phone, where the first would be too small to read.
 * `chart` makes the option from the settings, `lineChart` unless told.
 */
export function chartFigure(settings: LineChartSettings, caption: string): ChartFigure;
export function chartFigure<S extends object>(
  settings: S,
  caption: string,
  chart: (settings: S & { width: number }) => ChartOption,
): ChartFigure;
export function chartFigure(
  settings: { readonly title?: string } & object,
  caption: string,
  chart: (settings: never) => ChartOption = lineChart,
): ChartFigure {
  const draw = ({ width }: { width: number }) => renderSvg(chart({ ...settings, width } as never), { width });
  return { title: settings.title || caption, svg: draw(CHART_SIZE), narrowSvg: draw(NARROW_SIZE), caption };
}
