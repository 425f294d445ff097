/** What a run leaves behind: the report's contents and the JSON. */
import type { Device } from "../../src/index.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
import type { Report, ReportChapter } from "../support/report.ts";
import type { Approach, PaddingTrial } from "./comparisons.ts";
import type { Evaluation } from "./evaluation.ts";
import { describeModel } from "./model.ts";
import type { DataSettings } from "./settings.ts";
import type { Prediction, SentimentTraining } from "./training.ts";

/** What `describeResults` puts together. */
export interface Run {
  readonly device: Device;
  readonly source: string;
  readonly training: SentimentTraining;
  readonly data: DataSettings;
  readonly trainingReviews: number;
  readonly evaluation: Evaluation;
  readonly sentences: readonly Prediction[];
  readonly approaches: readonly Approach[];
  readonly trials: readonly PaddingTrial[];
  readonly chapters: readonly ReportChapter[];
  readonly trainingSeconds: number;
  readonly seconds: number;
  readonly command: string;
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { device, source, training, data, evaluation, approaches, trials, seconds, command } = run;
  const { settings, model, history, encoder } = training;
  const words = encoder.size === settings.words ? "" : `, dont ${formatCount(encoder.size)} servent`;
  return {
    report: {
      title: "Positif ou négatif ?",
      subtitle:
        "Un réseau récurrent lit des avis de films et dit ce qu'ils en pensent ; entraîné avec wgrad.",
      lang: "fr",
      sections: [
        {
          title: "Réglages",
          facts: [
            ["Données", source],
            ["Modèle", describeModel(settings)],
            ["Paramètres", formatCount(model.countParams())],
            ["Vocabulaire", `${formatCount(settings.words)} identifiants${words}`],
            [
              "Avis",
              `${formatCount(settings.maxLen)} mots, remplis ${settings.padding === "post" ? "derrière" : "devant"}, ` +
                `${settings.mask ? "avec" : "sans"} masque`,
            ],
            [
              "Entraînement",
              `${formatCount(training.epochs)} époques, lots de ${formatCount(settings.batchSize)}`,
            ],
            ["Adam", `pas d'apprentissage ${formatCount(settings.learningRate)}`],
            ["Graine", String(settings.seed)],
          ],
        },
        {
          title: "Résultats",
          facts: [
            ["Exactitude de test", formatPercent(evaluation.accuracy)],
            ["Perte de test", formatNumber(evaluation.loss, 4)],
            [
              "Bonnes réponses",
              `${formatCount(evaluation.right)} sur ${formatCount(evaluation.labels.length)}`,
            ],
            ...(evaluation.auc === undefined
              ? []
              : [["Aire sous la courbe ROC", formatNumber(evaluation.auc, 3)] as const]),
          ],
        },
        {
          title: "Appareil",
          facts: [
            ["Calcul", device.description],
            ["Choix", whyThisDevice(device.choice)],
            ["Entraînement", formatDuration(run.trainingSeconds)],
            ["Durée totale", formatDuration(seconds)],
          ],
        },
      ],
      chapters: run.chapters,
      command,
    },
    json: {
      settings,
      data: { ...data, source, trainingReviews: run.trainingReviews, testReviews: evaluation.labels.length },
      device: { kind: device.kind, description: device.description, reason: device.reason },
      parameters: model.countParams(),
      history,
      test: {
        loss: evaluation.loss,
        accuracy: evaluation.accuracy,
        auc: evaluation.auc ?? null,
        confusion: evaluation.confusion,
        classes: evaluation.report.classes,
      },
      sentences: run.sentences.map(({ text, probability, unknown }) => ({ text, probability, unknown })),
      approaches,
      padding: trials.map(({ name, history, loss, accuracy, seconds }) => ({
        name,
        history,
        loss,
        accuracy,
        seconds,
      })),
      trainingSeconds: run.trainingSeconds,
      seconds,
    },
  };
}
