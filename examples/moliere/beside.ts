/** A Transformer beside an LSTM: the same text, windows and number of steps, and about as many parameters. */
import type { Device } from "../../src/index.ts";
import { smooth } from "../support/curves.ts";
import { formatCount, formatNumber } from "../support/format.ts";
import type { LineChartSettings } from "../support/charts.ts";
import {
  type Experiment,
  type ExperimentOptions,
  type ExperimentResult,
  resultOf,
  runExperiment,
} from "./experiments.ts";
import { lstmBeside, modelName } from "./settings.ts";
import type { MoliereTraining } from "./training.ts";

/** The Transformer first, then the LSTM. */
export type SideBySide = readonly [transformer: ExperimentResult, lstm: ExperimentResult];

/** Trains the LSTM beside a finished Transformer; undefined when that was stopped. */
export async function trainBeside(
  training: MoliereTraining,
  speed: { charactersPerSecond: number; seconds: number },
  text: string,
  device: Device,
  options: ExperimentOptions,
): Promise<SideBySide | undefined> {
  const named = (settings: typeof training.settings): Experiment => ({
    name: `${modelName(settings)} ${settings.units}${settings.layers > 1 ? ` × ${settings.layers}` : ""}`,
    group: "architecture",
    changed: {},
  });
  const settings = { ...lstmBeside(training.settings), steps: training.step };
  const transformer = await resultOf(training, named(training.settings), speed, options);
  const lstm = await runExperiment(text, named(settings), settings, device, options);
  return lstm && [transformer, lstm];
}

/** What this run says about the two, in French. */
export function besideNotes([transformer, lstm]: SideBySide): string[] {
  const [better, other] = transformer.loss < lstm.loss ? [transformer, lstm] : [lstm, transformer];
  const [faster, slower] =
    transformer.charactersPerSecond > lstm.charactersPerSecond ? [transformer, lstm] : [lstm, transformer];
  const ratio = faster.charactersPerSecond / slower.charactersPerSecond;
  return [
    `Les deux ont vu les mêmes ${formatCount(lstm.losses.length)} lots. La perte la plus basse : ${better.name}, ${formatNumber(better.loss, 3)}, contre ${formatNumber(other.loss, 3)}.`,
    `Le plus rapide à l'entraînement : ${faster.name}, ${formatNumber(ratio, 1)} fois.`,
    "Le LSTM résume tout ce qu'il a lu dans son état. Le Transformer garde les clés et les valeurs de chaque caractère de sa fenêtre, et regarde celles qu'il veut : sa mémoire grandit avec le texte et s'arrête au bout de la fenêtre.",
    "Un si petit texte favorise l'un ou l'autre selon la graine et les réglages : c'est une première comparaison, pas un verdict.",
  ];
}

/** The losses of both. */
export function besideChart(results: SideBySide): LineChartSettings {
  return {
    title: "Perte : le Transformer et le LSTM",
    xLabel: "pas",
    yLabel: "entropie croisée (nats)",
    series: results.map(({ name, losses }) => ({ name, y: smooth(losses, Math.max(3, losses.length / 25)) })),
  };
}
