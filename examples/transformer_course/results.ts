/** What a run leaves behind: the report's contents and the JSON. */
import type { Device } from "../../src/index.ts";
import { whyThisDevice } from "../support/device_text.ts";
import { formatCount, formatDuration } from "../support/format.ts";
import type { Report, ReportChapter } from "../support/report.ts";
import type { Section, TrainingSettings } from "./settings.ts";

/** What `describeResults` puts together. */
export interface Run {
  readonly device: Device;
  readonly seed: number;
  readonly settings: TrainingSettings;
  /** The numbers of each part that ran. */
  readonly facts: Readonly<Partial<Record<Section, unknown>>>;
  readonly chapters: readonly ReportChapter[];
  readonly seconds: number;
  readonly command: string;
}

/** The report in French, and the same run as plain data. */
export function describeResults(run: Run): { report: Report; json: object } {
  const { device, seed, settings, facts, chapters, seconds, command } = run;
  const trained: [string, string][] = facts.entrainement
    ? [
        [
          "Modèle",
          `${settings.layers} couche${settings.layers === 1 ? "" : "s"} de chaque côté, ${settings.heads} têtes, ${settings.width} nombres par mot`,
        ],
        ["Vocabulaire", `${formatCount(settings.vocabulary)} numéros`],
        [
          "Entraînement",
          `${formatCount(settings.pairs)} paires, ${formatCount(settings.epochs)} époques, lots de ${settings.batchSize}, pas ${formatCount(settings.learningRate)}`,
        ],
      ]
    : [];
  return {
    report: {
      title: "Le Transformer, pas à pas",
      subtitle: "D'une attention sur trois mots au modèle complet ; calculé et entraîné avec wgrad.",
      lang: "fr",
      sections: [
        { title: "Réglages", facts: [...trained, ["Graine", String(seed)]] },
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
      device: { kind: device.kind, description: device.description, reason: device.reason },
      seed,
      settings,
      sections: facts,
      seconds,
    },
  };
}
