/** The notebook's experiments: short runs that each change one thing, side by side. */
import type { Device } from "../../src/index.ts";
import type { BarChartSettings, LineChartSettings } from "../support/charts.ts";
import { smooth } from "../support/curves.ts";
import { cut, formatCount, formatNumber, formatPercent } from "../support/format.ts";
import { oneLine } from "./exploration.ts";
import { generateTexts } from "./generation.ts";
import { modelName, NOTEBOOK, type Settings } from "./settings.ts";
import { lastMean, MoliereTraining, type Progress } from "./training.ts";

/** What varies: experiments of one group are drawn in one chart, with the reference. */
export type ExperimentGroup = "référence" | "fenêtre" | "embedding" | "unités" | "architecture";

/** One run that differs from the reference in one thing. */
export interface Experiment {
  name: string;
  group: ExperimentGroup;
  changed: Partial<Settings>;
}

/** What a run gave. */
export interface ExperimentResult extends Experiment {
  settings: Settings;
  parameters: number;
  losses: readonly number[];
  /** Mean over the last steps, as many as 20 and at most a quarter. */
  loss: number;
  accuracy: number;
  charactersPerSecond: number;
  seconds: number;
  sample: string;
}

/** The notebook's values, which other models take in proportion. */
const WINDOWS = [40, 60, 100, 150];
const EMBEDDINGS = [64, 128, 256];
const UNITS = [128, 256, 512];

/** The experiments around a model: the notebook's values for the notebook's model, scaled for another. */
export function experimentsFor(base: Settings): Experiment[] {
  const scaled = (values: readonly number[], own: number, notebook: number): number[] =>
    [...new Set(values.map((value) => Math.max(2, Math.round((value * own) / notebook))))].filter(
      (value) => value !== own,
    );
  const other = base.model === "lstm" ? "gru" : "lstm";
  const otherPrediction = base.predict === "every" ? "last" : "every";
  return [
    { name: "référence", group: "référence", changed: {} },
    ...scaled(WINDOWS, base.window, NOTEBOOK.window).map(
      (window): Experiment => ({
        name: `fenêtre ${window}`,
        group: "fenêtre",
        changed: { window },
      }),
    ),
    ...scaled(EMBEDDINGS, base.embedding, NOTEBOOK.embedding).map(
      (embedding): Experiment => ({
        name: `embedding ${embedding}`,
        group: "embedding",
        changed: { embedding },
      }),
    ),
    ...scaled(UNITS, base.units, NOTEBOOK.units).map(
      (units): Experiment => ({
        name: `${units} unités`,
        group: "unités",
        changed: { units },
      }),
    ),
    { name: `${base.layers + 1} couches`, group: "architecture", changed: { layers: base.layers + 1 } },
    { name: modelName({ model: other }), group: "architecture", changed: { model: other } },
    {
      name: otherPrediction === "every" ? "cible à chaque position" : "dernier caractère seul",
      group: "architecture",
      changed: { predict: otherPrediction },
    },
  ];
}

/** What `runExperiment` needs beside the experiment. */
export interface ExperimentOptions {
  prompt: string;
  temperature: number;
  /** Characters to write after the run. */
  length: number;
  onProgress?: (progress: Progress) => void;
  shouldStop?: () => boolean;
}

/** Trains and writes; undefined when it was stopped before its end. */
export async function runExperiment(
  text: string,
  experiment: Experiment,
  base: Settings,
  device: Device,
  options: ExperimentOptions,
): Promise<ExperimentResult | undefined> {
  const settings: Settings = { ...base, ...experiment.changed };
  const training = new MoliereTraining(text, settings, device);
  const started = performance.now();
  let charactersPerSecond = 0;
  const complete = await training.run((progress) => {
    charactersPerSecond = progress.charactersPerSecond;
    options.onProgress?.(progress);
  }, options.shouldStop);
  if (!complete) return undefined;
  const seconds = (performance.now() - started) / 1000;
  return await resultOf(training, experiment, { charactersPerSecond, seconds }, options);
}

/** What a finished run gave, with a text that it writes. */
export async function resultOf(
  training: MoliereTraining,
  experiment: Experiment,
  speed: { charactersPerSecond: number; seconds: number },
  options: ExperimentOptions,
): Promise<ExperimentResult> {
  const { settings } = training;
  const { losses, accuracies } = training.history;
  const last = Math.max(1, Math.min(20, Math.floor(losses.length / 4)));
  const [sample] = await generateTexts(training.model, training.vocabulary, {
    prompt: options.prompt,
    temperatures: [options.temperature],
    length: options.length,
    sampling: "stateful",
    window: settings.window,
    seed: settings.seed,
  });
  return {
    ...experiment,
    settings,
    parameters: training.model.countParameters(),
    losses: [...losses],
    loss: lastMean(losses, last),
    accuracy: lastMean(accuracies, last),
    ...speed,
    sample,
  };
}

/** The table's headers. */
export const EXPERIMENT_HEADERS = ["Essai", "paramètres", "perte", "exactitude", "car/s", "extrait"] as const;

/** A row for each result; the sample starts behind the prompt and is cut to `columns`. */
export function experimentRows(
  results: readonly ExperimentResult[],
  prompt: string,
  columns: number,
): string[][] {
  return results.map((result) => [
    result.name,
    formatCount(result.parameters),
    formatNumber(result.loss, 3),
    formatPercent(result.accuracy),
    formatCount(Math.round(result.charactersPerSecond)),
    cut(`…${oneLine(result.sample.slice(prompt.length))}`, columns),
  ]);
}

/** What the numbers of this run say, in French sentences. */
export function experimentNotes(results: readonly ExperimentResult[]): string[] {
  const [reference, ...others] = results;
  const notes = [
    `Chaque essai a vu ${formatCount(reference.losses.length)} lots de ${reference.settings.batchSize} fenêtres : à nombre de pas égal une fenêtre plus longue voit plus de texte, et un modèle plus grand coûte plus de temps.`,
  ];
  if (others.length > 0) {
    const best = others.reduce((a, b) => (b.loss < a.loss ? b : a));
    const fastest = others.reduce((a, b) => (b.charactersPerSecond > a.charactersPerSecond ? b : a));
    notes.push(
      best.loss < reference.loss
        ? `La perte la plus basse : ${best.name}, ${formatNumber(best.loss, 3)}, contre ${formatNumber(reference.loss, 3)} pour la référence.`
        : `Aucun essai n'a une perte plus basse que la référence (${formatNumber(reference.loss, 3)}).`,
      `Le plus rapide : ${fastest.name}, ${formatCount(Math.round(fastest.charactersPerSecond))} caractères/s, contre ${formatCount(Math.round(reference.charactersPerSecond))}.`,
    );
  }
  return notes;
}

/** Final losses as bars, and the curves of each group beside the reference's. */
export function experimentPictures(results: readonly ExperimentResult[]): {
  bars: BarChartSettings;
  curves: LineChartSettings[];
} {
  const reference = results[0];
  const groups = [...new Set(results.map(({ group }) => group))].filter((group) => group !== "référence");
  return {
    bars: {
      title: "Perte à la fin de chaque essai",
      categories: results.map(({ name }) => name),
      values: results.map(({ loss }) => loss),
      yLabel: "perte",
      format: (value) => formatNumber(value, 2),
      horizontal: true,
    },
    curves: groups.map((group) => ({
      title: `Perte : ${group}`,
      xLabel: "pas",
      yLabel: "entropie croisée (nats)",
      series: [reference, ...results.filter((result) => result.group === group)].map(({ name, losses }) => ({
        name: name,
        y: smooth(losses, Math.max(3, losses.length / 10)),
      })),
    })),
  };
}
