/** The sentiment example in the lab: train on the sample or a table of your own, and try the model on sentences. */
import { type Device, FileFormatError } from "../../src/index.ts";
import type { Notebook } from "../web/notebook.ts";
import { readReviewsCsv } from "./csv.ts";
import { prepare, SentimentSession, toValues } from "./lab_session.ts";
import { OWN_SENTENCES } from "./sentences.ts";
import { FEW, NOTEBOOK, QUICK, SAMPLE, type Settings } from "./settings.ts";
import { SentimentTraining } from "./training.ts";

const width = { kind: "integer", min: 1, max: 1024 } as const;
const rate = { kind: "number", min: 0, max: 0.95 } as const;
const sides = [
  { value: "post", label: "derrière" },
  { value: "pre", label: "devant" },
] as const;

export const notebook: Notebook = {
  id: "imdb",
  title: "Positif ou négatif ?",
  lead: "Un réseau récurrent lit des avis de films en anglais, mot après mot, et dit s'ils sont positifs ou négatifs. Puis essayez-le sur vos phrases, ou ouvrez un modèle enregistré par npm start -- imdb --save.",
  unit: "avis",
  presets: [
    { id: "echantillon", label: "Échantillon (160 avis)", settings: toValues(SAMPLE) },
    { id: "carnet", label: "Carnet (3 époques, sans masque)", settings: toValues(NOTEBOOK) },
    { id: "milliers", label: "Quelques milliers d'avis", settings: toValues(FEW) },
    { id: "rapide", label: "Rapide (2 époques)", settings: toValues(QUICK) },
  ],
  fields: [
    {
      id: "words",
      label: "Vocabulaire",
      hint: "mots les plus fréquents",
      kind: "integer",
      min: 10,
      max: 100_000,
    },
    { id: "maxLen", label: "Longueur", hint: "mots lus par avis", kind: "integer", min: 2, max: 1000 },
    { id: "padding", label: "Remplissage", hint: "des avis courts", kind: "choice", choices: sides },
    { id: "truncating", label: "Coupe", hint: "des avis longs", kind: "choice", choices: sides },
    { id: "mask", label: "Masque", hint: "sauter le remplissage", kind: "boolean" },
    { id: "embedding", label: "Embedding", hint: "par mot", ...width },
    {
      id: "cell",
      label: "Cellule",
      kind: "choice",
      choices: [
        { value: "lstm", label: "LSTM" },
        { value: "gru", label: "GRU" },
        { value: "rnn", label: "SimpleRNN" },
      ],
    },
    { id: "units", label: "Unités", hint: "taille de l'état", ...width },
    { id: "layers", label: "Couches", kind: "integer", min: 1, max: 4 },
    { id: "bidirectional", label: "Deux sens", hint: "lire aussi à rebours", kind: "boolean" },
    { id: "attention", label: "Attention", hint: "au-dessus", kind: "boolean" },
    {
      id: "pooling",
      label: "Décision",
      hint: "d'après quel état",
      kind: "choice",
      choices: [
        { value: "last", label: "le dernier" },
        { value: "mean", label: "la moyenne" },
      ],
    },
    { id: "dropout", label: "Dropout", hint: "des entrées", ...rate },
    { id: "recurrentDropout", label: "Dropout récurrent", hint: "de l'état", ...rate },
    { id: "outputDropout", label: "Dropout de sortie", ...rate },
    { id: "batchSize", label: "Lot", hint: "avis par pas", ...width },
    { id: "epochs", label: "Époques", kind: "integer", min: 1, max: 1000, extends: true },
    { id: "learningRate", label: "Pas d'apprentissage", hint: "d'Adam", kind: "number", min: 0, flag: "lr" },
    { id: "validation", label: "Validation", hint: "part mise de côté", kind: "number", min: 0.01, max: 0.9 },
    { id: "seed", label: "Graine", hint: "du hasard", kind: "integer", min: 0, max: 4_294_967_295 },
  ],
  curves: [
    { id: "loss", label: "Perte", caption: "Quand celle de validation remonte, le modèle apprend par cœur." },
    {
      id: "accuracy",
      label: "Exactitude",
      percent: true,
      caption: "Au hasard, la moitié des réponses sont bonnes.",
    },
  ],
  questions: [
    {
      id: "phrases",
      title: "Vos propres phrases",
      label: "Une phrase en anglais, ou plusieurs, une par ligne",
      hint: "les mots que le modèle ne connaît pas sont nommés",
      value: OWN_SENTENCES[0],
      long: true,
      button: "Juger",
    },
  ],
  data: {
    label: "tableau CSV ou TSV, aussi .gz, avec les colonnes review et sentiment (ou text et label)",
    accept: ".csv,.tsv,.gz,text/csv",
    sampleName: "160 avis en anglais, écrits pour ce projet",
  },

  readData(bytes) {
    readReviewsCsv(bytes, "avis.csv");
    return { whole: bytes };
  },

  explain(error) {
    if (error instanceof FileFormatError)
      return {
        title: "Ce fichier ne peut pas être lu.",
        advice: `Il faut un tableau d'avis, ou un modèle enregistré par ce carnet. Détail : ${error.message}`,
      };
    return undefined;
  },

  async open(values, device: Device, data) {
    const settings = values as unknown as Settings;
    const reviews = prepare(data, settings);
    return new SentimentSession(SentimentTraining.start(settings, reviews.encoder, device), reviews);
  },

  async load(bytes, device: Device, data, changed) {
    const training = SentimentTraining.load(
      bytes,
      device,
      changed as Partial<Settings> | undefined,
      "fichier",
    );
    return new SentimentSession(training, prepare(data, training.settings, training));
  },
};
