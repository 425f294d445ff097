/** What a run leaves behind: the report's contents and the JSON. */
import type { Device } from "../../src/index.ts";
import { barChart, chartFigure, type LineChartSettings } from "../support/charts.ts";
import { rawAndSmoothed } from "../support/curves.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
import type { Report, ReportBlock, ReportChapter } from "../support/report.ts";
import { besideChart, besideNotes, type SideBySide } from "./beside.ts";
import { COMPARISON_HEADERS, type Comparison, comparisonRows, MISSING_MODELS } from "./comparison.ts";
import { type Exploration, explorationBlocks } from "./exploration.ts";
import {
  EXPERIMENT_HEADERS,
  type ExperimentResult,
  experimentNotes,
  experimentPictures,
  experimentRows,
} from "./experiments.ts";
import { modelName, type Settings } from "./settings.ts";
import { type History, lastMean, type MoliereTraining } from "./training.ts";

/** A finished training run. */
export interface Run {
  training: MoliereTraining;
  exploration: Exploration;
  /** Where the text comes from, for people. */
  source: string;
  samples: readonly string[];
  temperatures: readonly number[];
  /** What `--compare` gave, and how it was asked. */
  comparison?: { results: readonly Comparison[]; temperature: number; length: number };
  /** An LSTM that was trained beside a Transformer. */
  beside?: SideBySide;
  seconds: number;
  /** Characters trained per second. */
  speed: number;
  command: string;
}

/** Experiments that were run. */
export interface ExperimentRun {
  base: Settings;
  device: Device;
  exploration: Exploration;
  source: string;
  prompt: string;
  results: readonly ExperimentResult[];
  seconds: number;
  command: string;
}

/** The losses of a run, step by step. */
export function lossChart(history: History, vocabulary: number): LineChartSettings {
  return {
    title: "Perte",
    xLabel: "pas",
    yLabel: "entropie croisée (nats)",
    series: rawAndSmoothed({ name: "perte", y: history.losses }),
    references: [{ y: Math.log(vocabulary), label: `hasard : ln ${vocabulary}` }],
  };
}

/** The accuracies of a run, step by step. */
export function accuracyChart(history: History): LineChartSettings {
  return {
    title: "Exactitude",
    xLabel: "pas",
    yLabel: "caractères devinés",
    series: rawAndSmoothed({ name: "exactitude", y: history.accuracies }),
    yFormat: "percent",
    yMin: 0,
  };
}

/** Means over each epoch, as Keras prints them; the last epoch may be cut off. */
export function epochRows(history: History, stepsPerEpoch: number): [number, number, string, string][] {
  const rows: [number, number, string, string][] = [];
  for (let start = 0; start < history.losses.length; start += stepsPerEpoch) {
    const losses = history.losses.slice(start, start + stepsPerEpoch);
    const accuracies = history.accuracies.slice(start, start + stepsPerEpoch);
    const mean = (values: readonly number[]): number => lastMean(values, values.length);
    rows.push([
      rows.length + 1,
      losses.length,
      formatNumber(mean(losses), 4),
      formatPercent(mean(accuracies)),
    ]);
  }
  return rows;
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { training, exploration, source, samples, temperatures, comparison, beside } = run;
  const { seconds, speed, command } = run;
  const { settings, history, vocabulary, model, device } = training;
  const results = {
    firstLoss: history.losses[0],
    lastLoss: lastMean(history.losses),
    lastAccuracy: lastMean(history.accuracies),
    charactersPerSecond: speed,
    seconds,
  };
  const chapters: ReportChapter[] = [
    { title: "Le texte", blocks: explorationBlocks(exploration) },
    {
      title: "L'entraînement",
      blocks: [
        {
          chart: chartFigure(
            lossChart(history, vocabulary.size),
            "La perte part du hasard, ln(taille du vocabulaire), et descend à mesure que le modèle devine mieux.",
          ),
        },
        {
          chart: chartFigure(
            accuracyChart(history),
            "La part des caractères suivants que le modèle place en tête.",
          ),
        },
        {
          table: {
            headers: ["époque", "pas", "perte", "exactitude"],
            rows: epochRows(history, training.stepsPerEpoch),
            caption: "Moyennes par époque, comme Keras les affiche.",
            rowHeaders: false,
          },
        },
      ],
    },
    {
      title: "Textes générés",
      blocks: temperatures.map((t, i) => ({
        sample: samples[i],
        title: `Température ${formatNumber(t, 1)}`,
      })),
    },
  ];
  if (comparison)
    chapters.push({ title: "À côté d'un plus grand modèle", blocks: comparisonBlocks(comparison) });
  if (beside) chapters.push({ title: "À côté d'un LSTM", blocks: besideBlocks(beside) });
  chapters.push({
    title: "Le même principe, à une autre échelle",
    blocks: scaleBlocks(training, exploration),
  });
  return {
    report: {
      title: "Écrire comme Molière",
      subtitle: `Un ${modelName(settings)} qui prédit le caractère suivant, entraîné avec wgrad.`,
      lang: "fr",
      sections: [
        { title: "Réglages", facts: settingsFacts(source, settings) },
        deviceFacts(device),
        {
          title: "Résultats",
          facts: [
            ["Paramètres", formatCount(model.countParameters())],
            ["Pas", formatCount(history.losses.length)],
            ["Perte", `${formatNumber(results.firstLoss, 3)} → ${formatNumber(results.lastLoss, 3)}`],
            ["Exactitude finale", formatPercent(results.lastAccuracy)],
            ["Vitesse", `${formatCount(Math.round(speed))} caractères/s`],
            ["Durée", formatDuration(seconds)],
          ],
        },
      ],
      chapters,
      command,
    },
    json: {
      settings,
      device: { kind: device.kind, description: device.description, reason: device.reason },
      text: source,
      vocabulary: vocabulary.size,
      parameters: model.countParameters(),
      losses: history.losses,
      accuracies: history.accuracies,
      metrics: results,
      samples: temperatures.map((temperature, i) => ({ temperature, text: samples[i] })),
      beside: beside?.map(
        ({ name, settings, parameters, losses, loss, accuracy, charactersPerSecond, sample }) => ({
          ...{ name, settings, parameters, losses, loss, accuracy, charactersPerSecond, sample },
        }),
      ),
      comparison: comparison?.results.map(({ model, text, seconds, knownWords }) => ({
        name: model.name,
        parameters: model.parameters,
        tokens: model.tokens,
        trainedOn: model.trainedOn,
        text,
        knownWords,
        seconds,
      })),
      seconds,
    },
  };
}

/** The report of `--experiments`, and the same as plain data. */
export function describeExperiments(run: ExperimentRun): { report: Report; json: object } {
  const { base, device, exploration, source, prompt, results, seconds, command } = run;
  const { bars, curves } = experimentPictures(results);
  const chapters: ReportChapter[] = [
    { title: "Le texte", blocks: explorationBlocks(exploration) },
    {
      title: "Les essais",
      blocks: [
        {
          table: {
            headers: EXPERIMENT_HEADERS.slice(0, -1),
            rows: experimentRows(results, prompt, 0).map((row) => row.slice(0, -1)),
            caption: `Chaque essai change une chose à la référence et s'arrête après ${formatCount(results[0].losses.length)} pas.`,
          },
        },
        {
          chart: chartFigure(
            bars,
            "Plus la barre est courte, mieux le modèle devine le caractère suivant.",
            barChart,
          ),
        },
        { notes: experimentNotes(results) },
      ],
    },
    {
      title: "Les courbes",
      blocks: curves.map(
        (settings): ReportBlock => ({
          chart: chartFigure(settings, "Les essais à côté de la référence, en moyenne glissante."),
        }),
      ),
    },
    {
      title: "Ce que chaque essai écrit",
      blocks: results.map(({ name, sample }) => ({ sample, title: name })),
    },
  ];
  return {
    report: {
      title: "Écrire comme Molière : les expériences",
      subtitle: "De courts essais qui changent chacun une seule chose, entraînés avec wgrad.",
      lang: "fr",
      sections: [
        { title: "Référence", facts: settingsFacts(source, base) },
        deviceFacts(device),
        {
          title: "Résultats",
          facts: [
            ["Essais", formatCount(results.length)],
            ["Pas par essai", formatCount(results[0].losses.length)],
            ["Durée", formatDuration(seconds)],
          ],
        },
      ],
      chapters,
      command,
    },
    json: {
      settings: base,
      device: { kind: device.kind, description: device.description, reason: device.reason },
      text: source,
      experiments: results,
      seconds,
    },
  };
}

function comparisonBlocks({ results, temperature, length }: NonNullable<Run["comparison"]>): ReportBlock[] {
  return [
    {
      table: {
        headers: COMPARISON_HEADERS,
        rows: comparisonRows(results, length),
        caption: `Même début, ${length} caractères, température ${formatNumber(temperature, 1)}. Mots connus : part des mots écrits, de trois lettres et plus, qui sont dans notre texte d'entraînement.`,
      },
    },
    ...results.map(({ model, text }) => ({ sample: text, title: model.name })),
    {
      title: "Ce qui manque",
      notes: MISSING_MODELS.map(({ name, why }) => `${name} : ${why}.`),
    },
  ];
}

function besideBlocks(results: SideBySide): ReportBlock[] {
  return [
    {
      table: {
        headers: EXPERIMENT_HEADERS.slice(0, -1),
        rows: experimentRows(results, "", 0).map((row) => row.slice(0, -1)),
        caption: "Même texte, mêmes fenêtres, autant de pas, à peu près autant de paramètres.",
      },
    },
    { chart: chartFigure(besideChart(results), "Les deux pertes, en moyenne glissante.") },
    { notes: besideNotes(results) },
    ...results.map(({ name, sample }): ReportBlock => ({ sample, title: name })),
  ];
}

/** Our model beside the language models that everybody knows: what is the same, and what is not. */
function scaleBlocks(
  { model, settings, vocabulary }: MoliereTraining,
  { characters }: Exploration,
): ReportBlock[] {
  return [
    {
      table: {
        headers: ["", "ce modèle", "un grand modèle de langue"],
        rows: [
          ["prédit", "le prochain caractère", "le prochain sous-mot"],
          ["choix possibles", formatCount(vocabulary.size), "des dizaines de milliers"],
          ["architecture", modelName(settings), "Transformer"],
          ["voit", `${formatCount(settings.window)} caractères`, "des milliers de sous-mots, et plus"],
          ["paramètres", formatCount(model.countParameters()), "des milliards"],
          ["texte lu", `${formatCount(characters)} caractères`, "une bonne part du Web"],
        ],
        align: ["left", "left", "left"],
      },
    },
    {
      notes: [
        "Le principe est le même : prédire ce qui vient ensuite, choisir selon les probabilités, recommencer.",
        "La température divise les logarithmes des probabilités : au-dessous de 1 le plus probable gagne presque toujours, au-dessus de 1 tout devient possible.",
      ],
    },
  ];
}

function settingsFacts(source: string, settings: Settings): [string, string][] {
  const layers = settings.layers > 1 ? ` × ${settings.layers}` : "";
  return [
    ["Texte", source],
    ["Fenêtre, pas entre fenêtres", `${settings.window}, ${settings.stride}`],
    ["Lot", String(settings.batchSize)],
    settings.model === "transformer"
      ? ["Transformer", `${settings.units}${layers}, ${settings.heads} têtes`]
      : [`Embedding → ${modelName(settings)}`, `${settings.embedding} → ${settings.units}${layers}`],
    ["Dropout", formatNumber(settings.dropout, 2)],
    ["Prédiction", settings.predict === "last" ? "dernier état" : "chaque position"],
    [
      "Adam",
      `pas d'apprentissage ${settings.learningRate.toLocaleString("fr", { maximumSignificantDigits: 6 })}`,
    ],
    ["Graine", String(settings.seed)],
  ];
}

function deviceFacts(device: Device): { title: string; facts: [string, string][] } {
  return {
    title: "Appareil",
    facts: [
      ["Calcul", device.description],
      ["Choix", whyThisDevice(device.choice)],
    ],
  };
}
