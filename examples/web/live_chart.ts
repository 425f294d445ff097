/** A curve that grows while the model trains, in the page's colours. */
import type { EChartsType } from "echarts/core";
import { type ChartOption, type LineChartSettings, lineChart, withColors } from "../support/charts.ts";
import { init } from "../support/charts/echarts.ts";
import { rawAndSmoothed } from "../support/curves.ts";
import { formatCount } from "../support/format.ts";
import { french, make } from "./dom.ts";
import { css, pageColors } from "./page_colors.ts";

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

/** The option of a report's chart, which is drawn on white, for a curve of this page. */
function inPageColors(
  option: ChartOption,
  color: string,
  describe: (value: number) => string,
): Record<string, unknown> {
  const { xAxis, series, ...rest } = withColors(option, pageColors());
  return {
    ...rest,
    title: { show: false },
    legend: { show: false },
    grid: { left: 4, right: 14, top: 18, bottom: 6, outerBoundsMode: "same" },
    xAxis: { ...(xAxis as object), nameGap: 24 },
    series: [series].flat().map((one) => ({ ...one, color: css(color) })),
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: css("--card"),
      borderColor: css("--line"),
      textStyle: { color: css("--ink"), fontSize: 12 },
      valueFormatter: (value: unknown) => describe(Number(value)),
    },
  };
}

/** Any chart of a report, live in the page: laid out again when the page's width or colours change. */
export class LiveFigure {
  readonly #target: HTMLElement;
  #build: ((width: number) => ChartOption) | undefined;
  #chart: EChartsType | undefined;

  constructor(target: HTMLElement) {
    this.#target = target;
    let width = target.clientWidth;
    new ResizeObserver(() => {
      if (target.clientWidth !== width) this.#draw();
      width = target.clientWidth;
    }).observe(target);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#draw());
  }

  /** Draws what `build` gives for the element's width, which takes the chart's height; `label` tells it in words. */
  show(build: (width: number) => ChartOption, label: string): void {
    this.#build = build;
    this.#target.setAttribute("role", "img");
    this.#target.setAttribute("aria-label", french(label));
    this.#draw();
  }

  /** Takes the chart away. */
  clear(): void {
    this.#build = undefined;
    this.#chart?.dispose();
    this.#chart = undefined;
    this.#target.style.height = "";
    this.#target.replaceChildren();
  }

  #draw(): void {
    const width = this.#target.clientWidth;
    if (this.#build === undefined || width === 0) return;
    const option = withColors(this.#build(width), pageColors());
    this.#target.style.height = `${option.preferredHeight}px`;
    this.#chart ??= init(this.#target, null, { renderer: "svg" });
    this.#chart.resize();
    this.#chart.setOption(option, true);
  }
}
