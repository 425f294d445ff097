/** The live curves: one by step for each value, and one by epoch where there is something to compare. */
import { lineChart } from "../support/charts.ts";
import { formatNumber, formatPercent } from "../support/format.ts";
import { block, french, make } from "./dom.ts";
import { LiveChart, LiveFigure } from "./live_chart.ts";
import type { ModelFacts, NotebookFacts, ProgressFacts } from "./protocol.ts";

type Curve = NotebookFacts["curves"][number];

/** The colours of curves by step, as CSS properties. */
const COLORS = ["--loss", "--accuracy", "--third"];
const EPOCH_CHART_HEIGHT = 250;

/** A value of a curve, for people. */
export function describeValue({ percent }: Curve, value: number): string {
  return percent ? formatPercent(value) : formatNumber(value, 3);
}

export class CurvesView {
  readonly #curves: readonly Curve[];
  readonly #steps = new Map<string, LiveChart>();
  readonly #epochs = new Map<string, LiveFigure>();
  readonly #cards = new Map<string, HTMLElement>();
  #epochValues: Record<string, number[]> = {};
  #references: ModelFacts["references"];

  constructor(curves: readonly Curve[]) {
    this.#curves = curves;
    curves.forEach((curve, i) => {
      const target = card(`${curve.id}-chart`, curve.label, curve.caption).chart;
      target.role = "img";
      target.ariaLabel = french(`Courbe : ${curve.label}, encore vide`);
      const chart = new LiveChart({
        target,
        name: curve.label.toLowerCase(),
        color: COLORS[i % COLORS.length],
        yFormat: curve.percent ? "percent" : undefined,
        yMin: curve.percent ? 0 : undefined,
        describe: (value) => describeValue(curve, value),
      });
      this.#steps.set(curve.id, chart);
      const byEpoch = card(`${curve.id}-epochs-chart`, `${curve.label} par époque`, undefined);
      byEpoch.figure.hidden = true;
      byEpoch.chart.style.height = "auto";
      this.#cards.set(curve.id, byEpoch.figure);
      this.#epochs.set(curve.id, new LiveFigure(byEpoch.chart));
    });
  }

  /** Starts over, with what a loaded run gave so far. */
  reset({ history = {}, references }: Pick<ModelFacts, "history" | "references">): void {
    this.#references = references;
    this.#epochValues = {};
    for (const [id, chart] of this.#steps) {
      chart.reset(history.steps?.[id] ?? [], references?.[id] ?? []);
      this.#cards.get(id)!.hidden = true;
    }
    this.#addEpochs(history.epochs ?? {});
  }

  add({ values, epochValues }: Pick<ProgressFacts, "values" | "epochValues">): void {
    for (const [id, list] of Object.entries(values)) this.#steps.get(id)?.add(list);
    this.#addEpochs(epochValues);
  }

  #addEpochs(values: Readonly<Record<string, readonly number[]>>): void {
    if (Object.keys(values).length === 0) return;
    for (const [id, list] of Object.entries(values)) (this.#epochValues[id] ??= []).push(...list);
    for (const curve of this.#curves) this.#drawEpochs(curve);
  }

  #drawEpochs(curve: Curve): void {
    const series = [
      { name: "entraînement", y: this.#epochValues[curve.id] ?? [] },
      { name: "validation", y: this.#epochValues[`val_${curve.id}`] ?? [] },
    ].filter(({ y }) => y.length > 0);
    if (series.length === 0) return;
    this.#cards.get(curve.id)!.hidden = false;
    const newest = series.map(({ name, y }) => `${name} ${describeValue(curve, y.at(-1)!)}`).join(", ");
    this.#epochs.get(curve.id)!.show(
      (width) => ({
        ...lineChart({
          title: "",
          xLabel: "époque",
          yLabel: "",
          series: series.map(({ name, y }) => ({ name, x: y.map((_, i) => i + 1), y })),
          references: this.#references?.[curve.id],
          yFormat: curve.percent ? "percent" : undefined,
          width,
        }),
        preferredHeight: EPOCH_CHART_HEIGHT,
      }),
      `Courbes par époque : ${curve.label}, ${newest} à l'époque ${series[0].y.length}`,
    );
  }
}

function card(
  id: string,
  title: string,
  caption: string | undefined,
): { figure: HTMLElement; chart: HTMLElement } {
  const chart = make("div", "chart", "");
  chart.id = id;
  const figure = make("figure", "card", "");
  figure.append(make("h2", "", french(title)), chart);
  if (caption) figure.append(make("figcaption", "", french(caption)));
  block("curves").append(figure);
  return { figure, chart };
}
