/** A curve that grows while the model trains, in the page's colours. */
import { TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { type LineChartSettings, lineChart } from "../support/charts.ts";
import { rawAndSmoothed } from "../support/curves.ts";
import { formatCount } from "../support/format.ts";
import { french, make } from "./dom.ts";

use([TooltipComponent]);

/** Redrawing costs the page more than training costs the worker, so it is rare. */
const REDRAW_MILLISECONDS = 400;

/** What a live curve shows. */
export interface LiveChartOptions {
  /** The element that the chart fills. */
  target: HTMLElement;
  /** The curve's name, and the CSS property of its colour. */
  name: string;
  color: string;
  yFormat?: LineChartSettings["yFormat"];
  yMin?: number;
  /** A value in words, for the tooltip and for readers of the screen. */
  describe: (value: number) => string;
}

/** One value per step, drawn as it is and smoothed. */
export class LiveChart {
  readonly #options: LiveChartOptions;
  readonly #values: number[] = [];
  #references: LineChartSettings["references"];
  #chart: EChartsType | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: LiveChartOptions) {
    this.#options = options;
    new ResizeObserver(() => this.#chart?.resize()).observe(options.target);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
    this.#draw();
  }

  /** Starts over, with the values of a run so far. */
  reset(values: readonly number[] = [], references?: LineChartSettings["references"]): void {
    this.#values.length = 0;
    for (const value of values) this.#values.push(value);
    this.#references = references;
    this.#draw();
  }

  /** Adds what the newest steps gave; it is drawn a little later. */
  add(values: readonly number[]): void {
    for (const value of values) this.#values.push(value);
    this.#timer ??= setTimeout(() => this.#draw(), REDRAW_MILLISECONDS);
  }

  #draw(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { target, name, color, yFormat, yMin, describe } = this.#options;
    if (this.#values.length === 0) {
      this.#chart?.dispose();
      this.#chart = undefined;
      target.replaceChildren(make("p", "empty", "La courbe se dessinera ici."));
      return;
    }
    if (!this.#chart) {
      target.replaceChildren();
      this.#chart = init(target, null, { renderer: "svg" });
    }
    const series = rawAndSmoothed({ name, y: this.#values });
    const references = this.#references;
    const settings = { title: "", xLabel: "pas", yLabel: "", series, references, yFormat, yMin };
    const option = lineChart({ ...settings, width: target.clientWidth });
    this.#chart.setOption(inPageColors(option, color, describe));
    const last = series[1].y[this.#values.length - 1];
    target.setAttribute(
      "aria-label",
      french(`Courbe : ${name} ${describe(last)} au pas ${formatCount(this.#values.length)}`),
    );
  }
}

/** The option of a report's chart, which is drawn on white, for this page. */
function inPageColors(
  option: ReturnType<typeof lineChart>,
  color: string,
  describe: (value: number) => string,
): Record<string, unknown> {
  const style = getComputedStyle(document.documentElement);
  const css = (name: string): string => style.getPropertyValue(name).trim();
  const [ink, muted, grid, card, line] = ["--ink", "--muted", "--grid", "--card", "--line"].map(css);
  const { xAxis, yAxis, series } = option as Record<string, Record<string, object>> & { series: object[] };
  const axis = (of: Record<string, object>): object => ({
    ...of,
    nameTextStyle: { ...of.nameTextStyle, color: muted },
    axisLabel: { ...of.axisLabel, color: muted },
    splitLine: { ...of.splitLine, lineStyle: { color: grid } },
  });
  return {
    ...option,
    backgroundColor: "transparent",
    title: { show: false },
    legend: { show: false },
    grid: { left: 4, right: 14, top: 18, bottom: 6, outerBoundsMode: "same" },
    xAxis: { ...axis(xAxis), nameGap: 24, axisLine: { lineStyle: { color: line } } },
    yAxis: axis(yAxis),
    series: series.map((one) => {
      const { markLine } = one as { markLine?: { label: object; lineStyle: object } };
      const marks = markLine && {
        ...markLine,
        lineStyle: { ...markLine.lineStyle, color: muted },
        label: { ...markLine.label, color: muted },
      };
      return { ...one, color: css(color), markLine: marks };
    }),
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: card,
      borderColor: line,
      textStyle: { color: ink, fontSize: 12 },
      valueFormatter: (value: unknown) => describe(Number(value)),
    },
  };
}
