/** Tables of a run, and what it leaves behind: the report's contents and the JSON. */
import type { Device } from "../../src/index.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
import type { LessonTable } from "../support/lesson.ts";
import type { Report, ReportChapter } from "../support/report.ts";
import type { Corpus } from "./corpus.ts";
import { type Settings, type Task, TASKS } from "./settings.ts";
import { type Accuracies, type Guess, PADDING, type WordTraining } from "./training.ts";

/** What people call the tasks. */
export const TASK_NAMES: Readonly<Record<Task, string>> = {
  "dernier-mot": "dernier mot",
  sequence: "plusieurs vers plusieurs",
  coupe: "coupe au hasard",
  lstm: "LSTM",
  llm: "SimpleLLM",
};

const HEADERS: Readonly<Record<string, string>> = { loss: "perte", accuracy: "exactitude", recall: "rappel" };

/** Some epochs of a history, the first and the last among them. */
export function epochsTable(history: Readonly<Record<string, readonly number[]>>, rows = 6): LessonTable {
  const names = Object.keys(HEADERS).filter((name) => history[name]);
  const count = history.loss?.length ?? 0;
  const shown = [
    ...new Set(Array.from({ length: rows }, (_, i) => Math.round((i * (count - 1)) / (rows - 1)))),
  ];
  return {
    caption: "Entraînement, quelques époques",
    header: ["époque", ...names.map((name) => HEADERS[name])],
    rows: shown
      .filter((epoch) => epoch < count)
      .map((epoch) => [
        epoch + 1,
        ...names.map((name) =>
          name === "loss" ? formatLoss(history.loss[epoch]) : formatPercent(history[name][epoch]),
        ),
      ]),
  };
}

/** A loss with four significant digits. */
export function formatLoss(loss: number): string {
  return loss >= 1
    ? formatNumber(loss, 3)
    : formatNumber(loss, Math.min(6, 4 + Math.max(0, -Math.floor(Math.log10(Math.max(loss, 1e-9))) - 2)));
}

/** `reconnaissant 99,9 %, content 0,1 %` */
export function guessesText(guesses: readonly Guess[]): string {
  return guesses.map(({ word, probability }) => `${word} ${formatPercent(probability)}`).join(", ");
}

/** Keras's accuracy beside those that say more. */
export function accuraciesTable(
  { keras, words, last }: Accuracies,
  caption = "Trois façons de compter les bonnes réponses",
): LessonTable {
  return {
    caption,
    header: ["exactitude", "valeur", "ce qu'elle compte"],
    rows: [
      ["de Keras", formatPercent(keras), "toutes les positions, remplissage compris"],
      ["sur les vrais mots", formatPercent(words), "les positions dont la cible est un mot"],
      ["à la dernière position", formatPercent(last), "la seule que la prédiction lit"],
    ],
  };
}

/** Beginnings, the word that comes next, and what the model says. */
export async function predictionsTable(
  training: WordTraining,
  sentences: readonly { readonly ids: Int32Array; readonly group: string }[],
): Promise<LessonTable> {
  const { vocabulary } = training.corpus;
  const rows = await Promise.all(
    sentences.map(async ({ ids, group }, i) => {
      // A cut at another place in each sentence.
      const cut = Math.max(1, ids.length - 1 - (i % 3));
      const beginning = vocabulary.decode(ids.subarray(0, cut)).join(" ");
      const [expected] = vocabulary.decode([ids[cut]]);
      const [{ word, probability }] = await training.guess(ids.subarray(0, cut), 1);
      const right = word === expected ? "oui" : "non";
      return [group, `${beginning} …`, expected, word, formatPercent(probability), right];
    }),
  );
  return {
    caption: "Dix prédictions",
    header: ["phrase", "début", "attendu", "prédit", "probabilité", "juste"],
    rows,
  };
}

/** The row of ids and its targets, word by word, for one sentence of a many-to-many model. */
export async function rowTable(training: WordTraining, row: number): Promise<LessonTable> {
  const { width, examples, corpus } = training;
  const slice = (data: Int32Array): Int32Array => data.subarray(row * width, (row + 1) * width);
  const word = (id: number): string => corpus.vocabulary.decode([id])[0] ?? "·";
  const output = await training.model.predict(
    { data: slice(examples.x.data), shape: [1, width] },
    { verbose: 0 },
  );
  const classes = corpus.vocabulary.size;
  const predicted = Array.from({ length: width }, (_, position) => {
    const part = output.data.subarray(position * classes, (position + 1) * classes);
    return word(part.indexOf(part.reduce((a, b) => Math.max(a, b), 0)));
  });
  const [input, target] = [slice(examples.x.data), slice(examples.targets.data)].map((ids) =>
    Array.from(ids, word),
  );
  return {
    caption: `Une ligne, position par position (· : ${PADDING.slice(1, -1)})`,
    header: ["position", "entrée", "cible", "prédit"],
    rows: input.map((text, i) => [i + 1, text, target[i], predicted[i]]),
  };
}

/** What one trained model gave, for the JSON. */
export interface TaskResult {
  readonly task: string;
  readonly parameters: number;
  readonly seconds: number;
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly [name: string]: unknown;
}

/** What `describeResults` puts together. */
export interface Run {
  readonly device: Device;
  readonly source: string;
  readonly corpus: Corpus;
  readonly settings: Settings;
  readonly tasks: readonly TaskResult[];
  readonly chapters: readonly ReportChapter[];
  readonly seconds: number;
  readonly command: string;
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { device, source, corpus, settings, tasks, chapters, seconds, command } = run;
  return {
    report: {
      title: "Des mots aux phrases",
      subtitle:
        "De petits réseaux récurrents apprennent quel mot vient ensuite, puis écrivent ; entraînés avec wgrad.",
      lang: "fr",
      sections: [
        {
          title: "Corpus",
          facts: [
            ["Texte", source],
            ["Phrases", formatCount(corpus.sentences.length)],
            ["Vocabulaire", `${formatCount(corpus.vocabulary.words.length)} mots`],
            ["Phrase la plus longue", `${corpus.longest} mots`],
          ],
        },
        {
          title: "Réglages",
          facts: [
            ["Embedding, unités", `${settings.embedding}, ${settings.units}`],
            ...TASKS.filter((task) => tasks.some((result) => result.task === task)).map(
              (task): [string, string] => {
                const { epochs, repeats, batchSize, learningRate } = settings.tasks[task];
                return [
                  TASK_NAMES[task],
                  `${formatCount(epochs)} époques, lots de ${formatCount(batchSize)}, pas ${formatCount(learningRate)}` +
                    (repeats > 1 ? `, ${formatCount(repeats)} coupes par phrase` : ""),
                ];
              },
            ),
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
      chapters,
      command,
    },
    json: {
      settings,
      device: { kind: device.kind, description: device.description, reason: device.reason },
      corpus: {
        source,
        sentences: corpus.sentences.length,
        words: corpus.vocabulary.words.length,
        longest: corpus.longest,
      },
      tasks,
      seconds,
    },
  };
}
