/** The tables of a run, in French: the terminal, the report and the page show the same ones. */
import { cut, formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
import type { ErrorBin } from "./baselines.ts";
import type { Agreement, Approach, PaddingTrial } from "./comparisons.ts";
import { CLASS_NAMES, type Evaluation, type Judged } from "./evaluation.ts";
import type { Sentiment } from "./mistral.ts";
import { HARD_CASES } from "./sentences.ts";
import type { Prediction } from "./training.ts";

/** A table for people; numbers are written the French way where it is shown. */
export interface ResultTable {
  readonly caption: string;
  readonly header: string[];
  readonly rows: (string | number)[][];
}

/** "POSITIF" or "NÉGATIF". */
export function sentimentName(positive: boolean | number): string {
  return positive ? "POSITIF" : "NÉGATIF";
}

const VERDICTS: Readonly<Record<Sentiment, string>> = {
  positive: "POSITIF",
  negative: "NÉGATIF",
  neutral: "NEUTRE",
};

/** The first words of a decoded review, without the marks of start and padding. */
export function firstWords(decoded: string, count: number): string {
  const words = decoded.split(" ").filter((word) => word !== "<start>" && word !== "<pad>");
  return words.slice(0, count).join(" ") + (words.length > count ? " …" : "");
}

/** Reviews that the model judged; `textOf` gives the words of one. */
export function judgedTable(
  caption: string,
  judged: readonly Judged[],
  textOf: (index: number) => string,
  words = 15,
): ResultTable {
  return {
    caption,
    header: ["", "réel", "prédit", "confiance", "texte"],
    rows: judged.map(({ index, label, answer, confidence }) => [
      label === answer ? "✓" : "✗",
      sentimentName(label),
      sentimentName(answer),
      formatPercent(confidence),
      firstWords(textOf(index), words),
    ]),
  };
}

/** Precision, recall and F1 of each class, as the classification report has them. */
export function scoresTable({ report, accuracy, labels }: Evaluation): ResultTable {
  const rows = [...report.classes, report.macroAverage, report.weightedAverage];
  const names = [...CLASS_NAMES, "moyenne des classes", "moyenne pondérée"];
  return {
    caption: "Rapport de classification",
    header: ["classe", "précision", "rappel", "F1", "avis"],
    rows: [
      ...rows.map((row, i) => [
        names[i],
        ...[row.precision, row.recall, row.f1Score].map((value) => formatNumber(value, 2)),
        formatCount(row.support),
      ]),
      ["exactitude", "", "", formatNumber(accuracy, 2), formatCount(labels.length)],
    ],
  };
}

/** Sentences of your own, with what the model says of them. */
export function sentencesTable(predictions: readonly Prediction[]): ResultTable {
  return {
    caption: "Vos propres phrases",
    header: ["phrase", "réponse", "confiance", "score", "mots inconnus"],
    rows: predictions.map(({ text, positive, confidence, probability, unknown }) => [
      text,
      sentimentName(positive),
      formatPercent(confidence),
      formatNumber(probability, 3),
      unknown.length > 0 ? unknown.slice(0, 5).join(", ") : "aucun",
    ]),
  };
}

/** The hard cases, each with what makes it hard. */
export function hardCasesTable(predictions: readonly Prediction[]): ResultTable {
  return {
    caption: "Cas difficiles",
    header: ["phrase", "difficulté", "réponse", "confiance"],
    rows: predictions.map(({ text, positive, confidence }, i) => [
      text,
      HARD_CASES[i].why,
      sentimentName(positive),
      formatPercent(confidence),
    ]),
  };
}

/** The model beside another judge. */
export function agreementTable(
  modelName: string,
  judge: string,
  agreements: readonly Agreement[],
): ResultTable {
  return {
    caption: `${modelName} et ${judge}`,
    header: ["phrase", modelName, judge, "accord"],
    rows: agreements.map(({ text, model, other, agree }) => [
      cut(text, 40),
      `${sentimentName(model.positive)} (${formatPercent(model.confidence, 0)})`,
      `${VERDICTS[other.sentiment]} (${formatPercent(other.confidence, 0)})`,
      agree ? "✓" : "✗",
    ]),
  };
}

/** Several ways of judging. */
export function approachesTable(approaches: readonly Approach[]): ResultTable {
  return {
    caption: "Règles, apprentissage classique, réseau récurrent",
    header: [
      "approche",
      "exactitude",
      "précision",
      "rappel",
      "F1",
      "AUC",
      "avis jugés",
      "paramètres",
      "durée",
    ],
    rows: approaches.map((one) => [
      one.name,
      formatPercent(one.accuracy),
      ...[one.precision, one.recall, one.f1].map((value) => formatNumber(value, 3)),
      one.auc === undefined ? "" : formatNumber(one.auc, 3),
      formatPercent(one.decided, 0),
      one.parameters === 0 ? "" : formatCount(one.parameters),
      one.seconds === 0 ? "" : formatDuration(one.seconds),
    ]),
  };
}

/** Ways of padding. */
export function paddingTable(trials: readonly PaddingTrial[]): ResultTable {
  return {
    caption: "Remplissage et masque",
    header: ["remplissage", "perte d'entraînement", "validation, par époque", "test", "durée"],
    rows: trials.map(({ name, history, accuracy, seconds }) => [
      name,
      `${formatNumber(history.loss[0], 3)} → ${formatNumber(history.loss.at(-1)!, 3)}`,
      (history.val_accuracy ?? []).map((value) => formatPercent(value, 0)).join(", "),
      formatPercent(accuracy),
      formatDuration(seconds),
    ]),
  };
}

/** The bins of an error rate by length and by unknown words, as people read them: "121–154", "6 %–8 %". */
export function binLabels(bins: readonly ErrorBin[], kind: "words" | "share"): string[] {
  const write = (edge: number): string => (kind === "words" ? formatCount(edge) : formatPercent(edge));
  // The upper edge belongs to the next bin, but for the last one.
  const upper = (to: number, i: number): number => (kind === "words" && i < bins.length - 1 ? to - 1 : to);
  return bins.map(({ from, to }, i) => `${write(from)}–${write(upper(to, i))}`);
}

/** Both tables of error rates, where there are bins. */
export function errorRateTables(rates: Record<"byLength" | "byUnknown", readonly ErrorBin[]>): ResultTable[] {
  const tables = [
    { what: "la longueur", header: "mots", bins: rates.byLength, kind: "words" },
    { what: "la part de mots inconnus", header: "mots inconnus", bins: rates.byUnknown, kind: "share" },
  ] as const;
  return tables
    .filter(({ bins }) => bins.length > 0)
    .map(({ what, header, bins, kind }) => ({
      caption: `Taux d'erreur selon ${what}`,
      header: [header, "avis", "erreurs", "taux d'erreur"],
      rows: binLabels(bins, kind).map((label, i) => [
        label,
        formatCount(bins[i].count),
        formatCount(bins[i].errors),
        bins[i].count === 0 ? "" : formatPercent(bins[i].rate),
      ]),
    }));
}
