/** What a run leaves behind: the report's contents and the JSON. */
import { chartFigure } from "../support/charts.ts";
import { rawAndSmoothed } from "../support/curves.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
import type { Report } from "../support/report.ts";
import type { MoliereTraining } from "./training.ts";

export interface Run {
  training: MoliereTraining;
  /** Where the text comes from, for people. */
  source: string;
  samples: readonly string[];
  temperatures: readonly number[];
  seconds: number;
  /** Characters trained per second. */
  speed: number;
  command: string;
}

/** The mean of the last `count` values. */
export function lastMean(values: readonly number[], count = 20): number {
  const last = values.slice(-count);
  return last.reduce((sum, value) => sum + value, 0) / Math.max(1, last.length);
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { training, source, samples, temperatures, seconds, speed, command } = run;
  const { settings, history, vocabulary, model, device } = training;
  const chance = Math.log(vocabulary.size);
  const steps = history.losses.map((_, i) => i + 1);
  const loss = chartFigure(
    {
      title: "Perte",
      xLabel: "pas",
      yLabel: "entropie croisée (nats)",
      series: rawAndSmoothed({ name: "perte", x: steps, y: history.losses }),
      references: [{ y: chance, label: `hasard : ln ${vocabulary.size}` }],
    },
    "La perte part du hasard, ln(taille du vocabulaire), et descend à mesure que le modèle devine mieux.",
  );
  const accuracy = chartFigure(
    {
      title: "Exactitude",
      xLabel: "pas",
      yLabel: "caractères devinés",
      series: rawAndSmoothed({ name: "exactitude", x: steps, y: history.accuracies }),
      yFormat: "percent",
      yMin: 0,
    },
    "La part des caractères suivants que le modèle place en tête.",
  );
  const results = {
    firstLoss: history.losses[0],
    lastLoss: lastMean(history.losses),
    lastAccuracy: lastMean(history.accuracies),
    charactersPerSecond: speed,
    seconds,
  };
  return {
    report: {
      title: "Écrire comme Molière",
      subtitle: "Un LSTM qui prédit le caractère suivant, entraîné avec wgrad.",
      lang: "fr",
      sections: [
        {
          title: "Réglages",
          facts: [
            ["Texte", source],
            ["Fenêtre, pas entre fenêtres", `${settings.window}, ${settings.stride}`],
            ["Lot", String(settings.batchSize)],
            [
              "Embedding → LSTM",
              `${settings.embedding} → ${settings.units}${settings.layers > 1 ? ` × ${settings.layers}` : ""}`,
            ],
            ["Dropout", formatNumber(settings.dropout, 2)],
            ["Prédiction", settings.predict === "last" ? "dernier état" : "chaque position"],
            [
              "Adam",
              `pas d'apprentissage ${settings.learningRate.toLocaleString("fr", { maximumSignificantDigits: 6 })}`,
            ],
            ["Graine", String(settings.seed)],
          ],
        },
        {
          title: "Appareil",
          facts: [
            ["Calcul", device.description],
            ["Choix", whyThisDevice(device.choice)],
          ],
        },
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
      charts: [loss, accuracy],
      samples: temperatures.map((t, i) => ({ title: `Température ${formatNumber(t, 1)}`, text: samples[i] })),
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
      seconds,
    },
  };
}
