/** Tables and pictures of a run, for the terminal, the report and the lab, and its JSON. */
import { bleu, type Device } from "../../src/index.ts";
import { lineChart } from "../support/charts.ts";
import { rawAndSmoothed } from "../support/curves.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
import { type LessonTable, type Picture, picture } from "../support/lesson.ts";
import type { Report, ReportChapter } from "../support/report.ts";
import type { AttentionMaps } from "./attention.ts";
import { STRATA } from "./dataset.ts";
import { type Cell, type Evaluation, exact } from "./evaluation.ts";
import { FORMS, type Form, isYear, LARGEST, writeEnglish, writeFrench } from "./numbers.ts";
import { frenchTokens, TARGET } from "./tokens.ts";
import type { TranslationTraining } from "./training.ts";
import type { Translation } from "./translate.ts";

/** What each form is called. */
export const FORM_NAMES: Readonly<Record<Form, string>> = {
  words: "en lettres, avec and",
  american: "en lettres, sans and",
  year: "lue comme année",
  digits: "en chiffres",
};

/** A number in its forms, and in French. */
export function formsTable(numbers: readonly number[]): LessonTable {
  return {
    caption: "Les formes anglaises d'un nombre, et son écriture française",
    header: ["Nombre", "Forme", "Anglais", "Français"],
    rows: numbers.flatMap((n) =>
      FORMS.filter((form) => form !== "year" || isYear(n)).map((form, i) => [
        i === 0 ? formatCount(n) : "",
        FORM_NAMES[form],
        writeEnglish(n, form),
        i === 0 ? writeFrench(n) : "",
      ]),
    ),
  };
}

/** How many numbers are held out of each stratum. */
export function strataTable(): LessonTable {
  return {
    caption:
      "Un nombre n'est que d'un côté, sous toutes ses formes. Les dix chiffres sont tous appris : rien d'autre ne dirait comment s'appelle 7.",
    header: ["Nombres", "de", "à", "test", "validation", "apprentissage"],
    rows: STRATA.map((stratum) => {
      const { name, low, high, test, validation } = stratum;
      const others = STRATA.filter((s) => s !== stratum && s.low > low && s.high < high);
      const all = high - low + 1 - others.reduce((sum, s) => sum + s.high - s.low + 1, 0);
      return [
        name,
        formatCount(low),
        formatCount(high),
        formatCount(test),
        formatCount(validation),
        formatCount(all - test - validation),
      ];
    }),
  };
}

function share(cell: Cell): string {
  return cell.count === 0 ? "—" : formatPercent(exact(cell), 1);
}

function decoding({ numBeams }: Evaluation): string {
  return numBeams === 1 ? "gourmand" : `faisceau de ${numBeams}`;
}

/** Exact translations by form and by number of digits; a column for each way of decoding. */
export function exactTable(evaluations: readonly Evaluation[]): LessonTable {
  const [first] = evaluations;
  const row = (name: string, pick: (evaluation: Evaluation) => Cell): string[] => [
    name,
    formatCount(pick(first).count),
    ...evaluations.map((evaluation) => share(pick(evaluation))),
  ];
  const strata = STRATA.map((stratum, i) => [stratum.name, i] as const).filter(
    ([, i]) => first.byStratum[i].count > 0,
  );
  return {
    caption: "Traductions exactes, mot pour mot, de nombres que le modèle n'a jamais vus",
    header: ["", "traductions", ...evaluations.map(decoding)],
    rows: [
      ...FORMS.map((form) => row(FORM_NAMES[form], ({ byForm }) => byForm[form])),
      ...strata.map(([name, i]) => row(name, ({ byStratum }) => byStratum[i])),
      row("en tout", ({ all }) => all),
    ],
  };
}

/** BLEU of what was written, from 0 to 100; the words are those of the model, hyphens before them. */
export function bleuOf({ texts }: Evaluation): number {
  return bleu(texts.got, texts.expected, { tokenize: frenchTokens }).score;
}

/** The wrong translations, at most `count`. */
export function mistakesTable(evaluation: Evaluation, count = 8): LessonTable {
  return {
    caption: `Les erreurs (${decoding(evaluation)})`,
    header: ["Anglais", "Attendu", "Écrit"],
    rows: evaluation.mistakes.slice(0, count).map(({ english, expected, got }) => [english, expected, got]),
  };
}

/** Proposals for a text, best first; `right` is the right one where it is known. */
export function proposalsTable(
  text: string,
  translations: readonly Translation[],
  right?: string,
): LessonTable {
  return {
    caption: `« ${text} »${right === undefined ? "" : `, en français : ${right}`}`,
    header: ["Proposition", "Probabilité", "Juste"],
    rows: translations.map((translation) => [
      translation.text,
      formatPercent(translation.probability, 2),
      right === undefined ? "?" : translation.text === right ? "oui" : "non",
    ]),
  };
}

/** Loss and exact translations while it learnt. */
export function trainingPictures({ history }: TranslationTraining): Picture[] {
  const { losses, validations } = history;
  const x = validations.map(({ step }) => step);
  return [
    picture(
      lineChart,
      {
        title: "Perte",
        xLabel: "pas",
        yLabel: "entropie croisée (nats)",
        series: [
          ...rawAndSmoothed({ name: "apprentissage", y: losses, span: 10 }).map((series) => ({
            ...series,
            x: losses.map((_, i) => i + 1),
          })),
          { name: "validation", x, y: validations.map(({ loss }) => loss) },
        ],
        references: [{ y: Math.log(TARGET.size), label: `hasard : ln ${TARGET.size}` }],
        yMin: 0,
      },
      "La perte par mot, le remplissage laissé de côté. Chaque lot est nouveau : apprentissage et validation vont ensemble.",
    ),
    picture(
      lineChart,
      {
        title: "Mots et traductions justes",
        xLabel: "pas",
        yLabel: "part juste, validation",
        series: [
          { name: "mots", x, y: validations.map(({ accuracy }) => accuracy) },
          { name: "traductions entières", x, y: validations.map((validation) => validation.exact) },
        ],
        yFormat: "percent" as const,
        yMin: 0,
        yMax: 1,
      },
      "Une traduction n'est juste que si tous ses mots le sont : elle vient bien après eux.",
    ),
  ];
}

/** What `describeResults` puts together. */
export interface Run {
  training: TranslationTraining;
  evaluations: readonly Evaluation[];
  maps: AttentionMaps;
  chapters: readonly ReportChapter[];
  device: Device;
  seconds: number;
  command: string;
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { training, evaluations, maps, chapters, device, seconds, command } = run;
  const { settings, model, history, split } = training;
  const report: Report = {
    title: "Des nombres, de l'anglais au français",
    subtitle: `Un Transformer encodeur-décodeur apprend à écrire les nombres de 0 à ${formatCount(LARGEST)} ; entraîné avec wgrad.`,
    lang: "fr",
    sections: [
      {
        title: "Réglages",
        facts: [
          ["Largeur, têtes", `${settings.width}, ${settings.heads}`],
          ["Couches", `${settings.layers} + ${settings.layers}`],
          ["Paramètres", formatCount(model.countParameters())],
          ["Lot, pas", `${formatCount(settings.batchSize)}, ${formatCount(training.step)}`],
          ["Adam", `pas d'apprentissage ${formatCount(settings.learningRate)}`],
          ["Graine", String(settings.seed)],
        ],
      },
      {
        title: "Appareil",
        facts: [
          ["Calcul", device.description],
          ["Choix", whyThisDevice(device.choice)],
          ["Entraînement", formatDuration(training.seconds)],
          ["Durée totale", formatDuration(seconds)],
        ],
      },
      {
        title: "Résultats",
        facts: evaluations.flatMap((evaluation) => [
          [`Exact, ${decoding(evaluation)}`, formatPercent(exact(evaluation.all), 2)] as const,
          [`BLEU, ${decoding(evaluation)}`, formatNumber(bleuOf(evaluation), 2)] as const,
        ]),
      },
    ],
    chapters,
    command,
  };
  const json = {
    settings,
    device: { kind: device.kind, description: device.description, reason: device.reason },
    parameters: model.countParameters(),
    steps: training.step,
    trainingSeconds: training.seconds,
    losses: history.losses,
    accuracies: history.accuracies,
    validations: history.validations,
    heldOut: { test: split.test, validation: split.validation },
    evaluations: evaluations.map(({ texts, ...evaluation }) => ({
      ...evaluation,
      exact: exact(evaluation.all),
      bleu: bleuOf({ texts, ...evaluation }),
    })),
    attention: {
      ...maps,
      weights: maps.weights.map((heads) => heads.map((rows) => rows.map((row) => [...row]))),
    },
    seconds,
  };
  return { report, json };
}
