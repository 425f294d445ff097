/** The Molière example in the lab. */
import { COMEDIE } from "../data/comedie.ts";
import { formatCount } from "../support/format.ts";
import { findPlays, isCueTable, readCueTable } from "../support/plays.ts";
import { decodeUtf8 } from "../support/utf8.ts";
import type { Advice, Notebook } from "../web/notebook.ts";
import { ACCURACY, LOSS, MoliereSession, PROMPT, toValues } from "./lab_session.ts";
import { asTransformer, NOTEBOOK, QUICK, SAMPLE, type Settings } from "./settings.ts";
import { MoliereTraining } from "./training.ts";

const textOf = (data?: Uint8Array): string => (data ? decodeUtf8(data, "le texte") : COMEDIE);

type Rule = readonly [pattern: RegExp, explain: (match: RegExpExecArray) => Advice];

const RULES: readonly Rule[] = [
  [
    /^the text has (\d+) characters, fewer than one window of (\d+)/,
    ([, characters, window]) => ({
      title: `Le texte est trop court : ${formatCount(Number(characters))} caractères pour une fenêtre de ${window}.`,
      advice: "Donnez un texte plus long ou choisissez une fenêtre plus petite.",
    }),
  ],
  [
    /^the text is empty/,
    () => ({ title: "Le texte est vide.", advice: "Donnez un texte, ou reprenez l'échantillon." }),
  ],
  [
    /was trained on another text \((\d+) characters/,
    ([, characters]) => ({
      title: "Ce point de reprise a été entraîné sur un autre texte.",
      advice: `Choisissez d'abord le même texte (${formatCount(Number(characters))} caractères), puis rouvrez le point de reprise.`,
    }),
  ],
  [
    /^the vocabulary of (\d+) characters lacks "(.*?)" /,
    ([, size, character]) => ({
      title: `L'amorce contient « ${character} », que le modèle n'a jamais vu.`,
      advice: `Retirez ce caractère : le texte d'entraînement n'en connaît que ${size}, sans celui-là.`,
    }),
  ],
  [/^the prompt is empty/, () => ({ title: "L'amorce est vide.", advice: "Écrivez au moins un caractère." })],
  [
    /column .* not found|the quote opened/,
    () => ({
      title: "Ce tableau n'a pas la forme attendue.",
      advice:
        "Un fichier .csv doit avoir les colonnes play_name et cue ; tout autre fichier est lu comme un texte.",
    }),
  ],
];

const width = { kind: "integer", min: 1, max: 2048 } as const;

export const notebook: Notebook = {
  id: "moliere",
  title: "Écrire comme Molière",
  lead: "Un petit réseau de neurones, un LSTM (ou un GRU, ou un Transformer), lit du théâtre caractère par caractère et apprend à deviner le suivant. Recommencer encore et encore suffit pour écrire.",
  unit: "caractères",
  presets: [
    { id: "echantillon", label: "Petit (pour l'échantillon)", settings: toValues(SAMPLE) },
    { id: "transformer", label: "Transformer, même taille", settings: toValues(asTransformer(SAMPLE)) },
    { id: "carnet", label: "Carnet (grand, pour un GPU)", settings: toValues(NOTEBOOK) },
    { id: "rapide", label: "Rapide (quelques secondes)", settings: toValues({ ...QUICK, stride: 48 }) },
  ],
  fields: [
    { id: "window", label: "Fenêtre", hint: "caractères vus", kind: "integer", min: 1, max: 1000 },
    {
      id: "stride",
      label: "Décalage",
      hint: "d'une fenêtre à l'autre",
      kind: "integer",
      min: 1,
      max: 10_000,
    },
    { id: "batchSize", label: "Lot", hint: "fenêtres par pas", kind: "integer", min: 1, max: 4096 },
    { id: "embedding", label: "Embedding", hint: "par caractère", ...width },
    { id: "units", label: "Unités", hint: "taille de l'état", ...width },
    {
      id: "model",
      label: "Modèle",
      kind: "choice",
      choices: [
        { value: "lstm", label: "LSTM" },
        { value: "gru", label: "GRU" },
        { value: "transformer", label: "Transformer" },
      ],
    },
    { id: "heads", label: "Têtes", hint: "d'un Transformer", kind: "integer", min: 1, max: 64 },
    { id: "layers", label: "Couches", hint: "superposées", kind: "integer", min: 1, max: 8 },
    { id: "dropout", label: "Dropout", hint: "sorties éteintes", kind: "number", min: 0, max: 0.95 },
    { id: "learningRate", label: "Pas d'apprentissage", hint: "d'Adam", kind: "number", min: 0, flag: "lr" },
    { id: "clip", label: "Écrêtage du gradient", hint: "0 : aucun", kind: "number", min: 0, max: 1000 },
    {
      id: "epochs",
      label: "Époques",
      hint: "lectures du texte",
      kind: "integer",
      min: 1,
      max: 100_000,
      extends: true,
    },
    {
      id: "predict",
      label: "Prédiction",
      kind: "choice",
      choices: [
        { value: "every", label: "à chaque position" },
        { value: "last", label: "après la fenêtre (carnet)" },
      ],
    },
    { id: "seed", label: "Graine", hint: "du hasard", kind: "integer", min: 0, max: 4_294_967_295 },
  ],
  curves: [
    {
      id: "loss",
      label: "Perte",
      caption: LOSS,
    },
    {
      id: "accuracy",
      label: "Exactitude",
      percent: true,
      caption: ACCURACY,
    },
  ],
  questions: [
    {
      id: "prompt",
      title: "Générer",
      label: "Amorce",
      value: PROMPT,
      button: "Générer",
      options: [
        {
          id: "temperature",
          label: "Température",
          kind: "number",
          min: 0.2,
          max: 1.5,
          slider: ["sage", "hardi"],
        },
        { id: "length", label: "Longueur", kind: "integer", min: 1, max: 20_000 },
        {
          id: "sampling",
          label: "Mémoire",
          kind: "choice",
          choices: [
            { value: "stateful", label: "de tout le début" },
            { value: "window", label: "de la seule fenêtre (carnet)" },
          ],
        },
      ],
      defaults: { temperature: 0.8, length: 400, sampling: "stateful" },
    },
  ],
  data: {
    label: "texte UTF-8, ou CSV avec les colonnes play_name et cue",
    accept: ".txt,.csv,.md,text/*",
    sampleName: "La Marmite, comédie écrite pour ce projet",
    paste: true,
  },

  readData(bytes, name) {
    const content = decodeUtf8(bytes, name);
    const table = /\.csv$/i.test(name) || isCueTable(content);
    const { all, plays } = table
      ? readCueTable(content, name)
      : { all: { text: content }, plays: findPlays(content) };
    const encoder = new TextEncoder();
    return {
      whole: encoder.encode(all.text),
      parts: plays.map(({ title, text }) => ({ title, bytes: encoder.encode(text) })),
    };
  },

  explain({ message }) {
    for (const [pattern, explain] of RULES) {
      const match = pattern.exec(message);
      if (match) return explain(match);
    }
    return undefined;
  },

  async open(settings, device, data) {
    const text = textOf(data);
    return new MoliereSession(new MoliereTraining(text, settings as unknown as Settings, device), text);
  },

  async load(bytes, device, data, changed) {
    const text = textOf(data);
    // A limit in steps belongs to the run that was saved, not to its continuation.
    const settings = { ...(changed as Partial<Settings> | undefined), steps: undefined };
    return new MoliereSession(MoliereTraining.resume(bytes, text, device, settings, "le fichier"), text);
  },
};
