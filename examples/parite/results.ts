/** What a run leaves behind: tables, the report's contents and the JSON. */
import type { Device } from "../../src/index.ts";
import { barChart, chartFigure } from "../support/charts.ts";
import { rawAndSmoothed, smooth } from "../support/curves.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
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
  outcomes: readonly [Outcome, Outcome];
  seconds: number;
  command: string;
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { device, sample, expected, outcomes, seconds, command } = run;
  const [first, second] = outcomes;
  const { settings } = second.training;
  const steps = (outcome: Outcome): number[] => outcome.training.losses.map((_, i) => i + 1);
  const curves = (pick: (training: ParityTraining) => readonly number[]) => [
    { name: first.name, x: steps(first), y: smooth(pick(first.training), 5) },
    ...rawAndSmoothed({ name: second.name, x: steps(second), y: pick(second.training), span: 10 }),
  ];
  const loss = chartFigure(
    {
      title: "Perte",
      xLabel: "pas",
      yLabel: "entropie croisée (nats)",
      series: curves((training) => training.losses),
      references: [{ y: Math.log(2), label: "hasard : ln 2" }],
      yMin: 0,
    },
    "La perte reste longtemps celle du hasard, puis tombe d'un coup : la règle n'a pas de demi-mesure.",
  );
  const accuracy = chartFigure(
    {
      title: "Exactitude",
      xLabel: "pas",
      yLabel: "bonnes réponses par lot",
      series: curves((training) => training.accuracies),
      references: [{ y: 0.5, label: "hasard : 50 %" }],
      yFormat: "percent",
      yMin: 0,
      yMax: 1,
    },
    "Chaque lot est nouveau : le modèle est noté sur des suites qu'il n'a jamais vues.",
  );
  const influence = chartFigure(
    {
      title: "Ce que le modèle regarde",
      xLabel: "position du nombre dont on change la parité",
      yLabel: "réponses qui changent",
      categories: Array.from({ length: settings.length }, (_, i) => String(i + 1)),
      values: outcomes.map(({ name, evaluation }) => ({ name, values: evaluation.influence })),
      format: "percent" as const,
      min: 0,
      max: 1,
    },
    "Un modèle qui sait la règle change de réponse à chaque fois pour le premier et le dernier nombre, jamais pour les autres.",
    barChart,
  );
  return {
    report: {
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
            ["Paramètres", formatCount(second.training.model.countParameters())],
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
        ...outcomes.map((outcome) => ({ title: outcome.name, facts: factsOf(outcome, sample, expected) })),
      ],
      charts: [loss, accuracy, influence],
      command,
    },
    json: {
      settings: { first: first.training.settings, second: settings },
      device: { kind: device.kind, description: device.description, reason: device.reason },
      sample: { sequence: sample, label: expected },
      parameters: second.training.model.countParameters(),
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
    },
  };
}

function factsOf(
  { training, evaluation, answer, probabilities }: Outcome,
  sample: readonly number[],
  expected: 0 | 1,
): [string, string][] {
  const { forgetBias } = training.settings;
  return [
    ["Biais d'oubli au départ", forgetBias === undefined ? "celui de PyTorch, ≈ 0" : formatCount(forgetBias)],
    ["Pas", formatCount(training.step)],
    ["Suites vues", formatCount(training.sequences)],
    ["Durée", formatDuration(training.seconds)],
    [
      `Exactitude sur ${formatCount(evaluation.sequences)} suites nouvelles`,
      formatPercent(evaluation.accuracy),
    ],
    ...evaluation.byParity.map(({ first, last, label, accuracy }): [string, string] => [
      `… premier ${first}, dernier ${last} (étiquette ${label})`,
      formatPercent(accuracy),
    ]),
    [
      `Réponse à [${sample.join(", ")}] (étiquette ${expected})`,
      `${answer}, à ${formatPercent(probabilities[answer])}`,
    ],
    [
      "Perte, premier et dernier pas",
      `${formatNumber(training.losses[0], 3)} → ${formatNumber(training.losses.at(-1)!, 3)}`,
    ],
  ];
}
