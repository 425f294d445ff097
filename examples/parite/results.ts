/** What a run leaves behind: tables, the report's contents and the JSON. */
import type { Device } from "../../src/index.ts";
import { type BarChartSettings, barChart, chartFigure, type LineChartSettings } from "../support/charts.ts";
import { type ChartSeries, rawAndSmoothed } from "../support/curves.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration, formatPercent } from "../support/format.ts";
import type { Report } from "../support/report.ts";
import type { Evaluation } from "./evaluation.ts";
import type { ParityTraining } from "./training.ts";

/** A trained model, what it knows, and its answer to the sample. */
export interface Outcome {
  /** For people, in French. */
  name: string;
  training: ParityTraining;
  evaluation: Evaluation;
  answer: 0 | 1;
  probabilities: readonly [number, number];
}

/** The table that says what it took; a row for each outcome. */
export const OUTCOME_HEADERS = ["Essai", "pas", "suites vues", "durée", "exactitude", "réponse"] as const;

/** The rows of that table. */
export function outcomeRows(outcomes: readonly Outcome[]): string[][] {
  return outcomes.map(({ name, training, evaluation, answer, probabilities }) => [
    name,
    formatCount(training.step),
    formatCount(training.sequences),
    formatDuration(training.seconds),
    formatPercent(evaluation.accuracy),
    `${answer} (${formatPercent(probabilities[answer])})`,
  ]);
}

/** What `describeResults` puts together. */
export interface Run {
  device: Device;
  sample: readonly number[];
  expected: 0 | 1;
  /** The notebook's run, and the one that learns. */
  outcomes: readonly [Outcome, Outcome];
  seconds: number;
  command: string;
}

/** A picture: what to draw, and what it shows. */
interface Picture<Settings> {
  settings: Settings;
  caption: string;
}

/** The losses of both runs. */
export function lossPicture(outcomes: readonly Outcome[]): Picture<LineChartSettings> {
  return {
    settings: {
      title: "Perte",
      xLabel: "pas",
      yLabel: "entropie croisée (nats)",
      series: curves(outcomes, (training) => training.losses),
      references: [{ y: Math.log(2), label: "hasard : ln 2" }],
      yMin: 0,
    },
    caption:
      "La perte reste longtemps celle du hasard, puis tombe d'un coup : la règle ne s'apprend pas à moitié.",
  };
}

/** The accuracies of both runs. */
export function accuracyPicture(outcomes: readonly Outcome[]): Picture<LineChartSettings> {
  return {
    settings: {
      title: "Exactitude",
      xLabel: "pas",
      yLabel: "bonnes réponses par lot",
      series: curves(outcomes, (training) => training.accuracies),
      references: [{ y: 0.5, label: "hasard : 50 %" }],
      yFormat: "percent",
      yMin: 0,
      yMax: 1,
    },
    caption: "Chaque lot est nouveau : le modèle est noté sur des suites qu'il n'a jamais vues.",
  };
}

/** How often the answer changes with the parity of each token. */
export function influencePicture(outcomes: readonly Outcome[]): Picture<BarChartSettings> {
  return {
    settings: {
      title: "Ce que le modèle regarde",
      xLabel: "position",
      yLabel: "réponses qui changent",
      categories: outcomes[0].evaluation.influence.map((_, i) => String(i + 1)),
      values: outcomes.map(({ name, evaluation }) => ({ name, values: evaluation.influence })),
      labels: false,
      format: "percent",
      min: 0,
    },
    caption:
      "On change la parité d'un seul nombre de la suite. Qui sait la règle change de réponse à chaque fois pour le premier et le dernier, jamais pour les autres.",
  };
}

function curves(
  outcomes: readonly Outcome[],
  pick: (training: ParityTraining) => readonly number[],
): ChartSeries[] {
  return outcomes.flatMap(({ name, training }) =>
    rawAndSmoothed({ name, y: pick(training), span: 10 }).map((series) => ({
      ...series,
      x: training.losses.map((_, i) => i + 1),
    })),
  );
}

/** Accuracy for each parity of the first and of the last token: a row for each of the four, a column for each run. */
export function parityRows(outcomes: readonly Outcome[]): string[][] {
  return outcomes[0].evaluation.byParity.map(({ first, last, label }, i) => [
    first,
    last,
    String(label),
    ...outcomes.map(({ evaluation }) => formatPercent(evaluation.byParity[i].accuracy)),
  ]);
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { device, sample, expected, outcomes, seconds, command } = run;
  const [first, second] = outcomes;
  const { settings, model } = second.training;
  const bias = settings.forgetBias ?? 0;
  const kept = 1 / (1 + Math.exp(-bias));
  const loss = lossPicture(outcomes);
  const accuracy = accuracyPicture(outcomes);
  const influence = influencePicture(outcomes);
  const report: Report = {
    title: "La parité, ou l'art de se souvenir",
    subtitle:
      "Un Embedding et un LSTM apprennent si la somme du premier et du dernier nombre est paire ; entraînés avec wgrad.",
    lang: "fr",
    sections: [
      {
        title: "Réglages",
        facts: [
          ["Suites", `${settings.length} nombres de 0 à ${settings.vocabulary - 1}`],
          ["Embedding → LSTM → Linear", `${settings.embedding} → ${settings.units} → 2`],
          ["Paramètres", formatCount(model.countParameters())],
          ["Lot", formatCount(settings.batchSize)],
          ["Adam", `pas d'apprentissage ${formatCount(settings.learningRate)}`],
          ["Graine", String(settings.seed)],
        ],
      },
      {
        title: "Appareil",
        facts: [
          ["Calcul", device.description],
          ["Choix", whyThisDevice(device.choice)],
          ["Durée totale", formatDuration(seconds)],
        ],
      },
    ],
    chapters: [
      {
        title: "Ce qu'il a fallu",
        blocks: [
          {
            table: {
              headers: OUTCOME_HEADERS,
              rows: outcomeRows(outcomes),
              caption: `Exactitude sur ${formatCount(second.evaluation.sequences)} suites nouvelles, et réponse à [${sample.join(", ")}], dont l'étiquette est ${expected}.`,
            },
          },
          {
            notes: [
              `La règle demande deux nombres à la fois : il y a ${formatCount(settings.vocabulary ** 2)} couples (premier, dernier). En ${formatCount(first.training.step)} pas le modèle en voit ${formatCount(first.training.pairsSeen)}.`,
              `Au départ de PyTorch, la porte d'oubli garde à chaque pas la moitié de la mémoire : après ${settings.length - 1} pas il reste ${formatPercent(0.5 ** (settings.length - 1))} du premier nombre.`,
              `Avec un biais d'oubli de ${formatCount(bias)} elle en garde ${formatPercent(kept, 0)} : après ${settings.length - 1} pas il en reste ${formatPercent(kept ** (settings.length - 1), 0)}, et le gradient revient d'autant mieux jusqu'à lui.`,
            ],
          },
        ],
      },
      {
        title: "L'apprentissage",
        blocks: [
          { chart: chartFigure(loss.settings, loss.caption) },
          { chart: chartFigure(accuracy.settings, accuracy.caption) },
        ],
      },
      {
        title: "Ce que les modèles ont appris",
        blocks: [
          { chart: chartFigure(influence.settings, influence.caption, barChart) },
          {
            table: {
              headers: ["Premier", "Dernier", "Étiquette", ...outcomes.map(({ name }) => name)],
              rows: parityRows(outcomes),
              caption:
                "Exactitude selon la parité des deux bouts. Qui ne sait pas la règle préfère une réponse, et gagne d'un côté ce qu'il perd de l'autre.",
              align: ["left", "left"],
              rowHeaders: false,
            },
          },
        ],
      },
    ],
    command,
  };
  const json = {
    settings: { first: first.training.settings, second: settings },
    device: { kind: device.kind, description: device.description, reason: device.reason },
    sample: { sequence: sample, label: expected },
    parameters: model.countParameters(),
    runs: outcomes.map(({ name, training, evaluation, answer, probabilities }) => ({
      name,
      steps: training.step,
      sequences: training.sequences,
      seconds: training.seconds,
      losses: training.losses,
      accuracies: training.accuracies,
      fresh: evaluation,
      sample: { answer, probabilities },
    })),
    seconds,
  };
  return { report, json };
}
