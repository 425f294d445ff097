/** The word example in the lab: one of its models at a time, on the sample or on the learner's own sentences. */
import { PHRASES } from "../data/phrases.ts";
import { type Field, LabError, type Notebook } from "../web/notebook.ts";
import { WordSession } from "./lab_session.ts";
import { valuesOf } from "./lab_settings.ts";
import { TASK_NAMES } from "./results.ts";
import { NOTEBOOK, QUICK, REDUCED, TASKS } from "./settings.ts";

const width = { kind: "integer", min: 1, max: 2048 } as const;
const FIELDS: readonly Field[] = [
  {
    id: "task",
    label: "Modèle",
    hint: "ce qu'il prédit",
    kind: "choice",
    choices: TASKS.map((task) => ({ value: task, label: TASK_NAMES[task] })),
  },
  {
    id: "epochs",
    label: "Époques",
    hint: "passages sur les phrases",
    kind: "integer",
    min: 1,
    max: 1000,
    extends: true,
  },
  {
    id: "repeats",
    label: "Coupes",
    hint: "par phrase (coupe, LSTM, SimpleLLM)",
    kind: "integer",
    min: 1,
    max: 200,
  },
  {
    id: "sentences",
    label: "Phrases",
    hint: "les premières ; 0 : toutes",
    kind: "integer",
    min: 0,
    max: 100_000,
  },
  { id: "batchSize", label: "Lot", hint: "phrases par pas", ...width },
  { id: "embedding", label: "Embedding", hint: "nombres par mot", ...width },
  { id: "units", label: "Unités", hint: "taille de l'état", ...width },
  { id: "learningRate", label: "Pas d'apprentissage", hint: "d'Adam", kind: "number", min: 0, flag: "lr" },
  { id: "endToken", label: "Mot de fin", hint: "SimpleLLM apprend à s'arrêter", kind: "boolean" },
  { id: "seed", label: "Graine", hint: "du hasard", kind: "integer", min: 0, max: 4_294_967_295 },
];

export const notebook: Notebook = {
  id: "mots",
  title: "Des mots aux phrases",
  lead: "De petits réseaux récurrents lisent des phrases mot après mot et apprennent quel mot vient ensuite. Ils finissent par les savoir par cœur, et par les continuer.",
  unit: "phrases",
  presets: [
    { id: "carnet", label: "Carnet : le dernier mot", settings: valuesOf("dernier-mot", NOTEBOOK) },
    { id: "sequence", label: "Tous les mots", settings: valuesOf("sequence", REDUCED) },
    { id: "coupe", label: "Coupe au hasard, trois couches", settings: valuesOf("coupe", REDUCED) },
    { id: "lstm", label: "LSTM", settings: valuesOf("lstm", REDUCED) },
    { id: "llm", label: "SimpleLLM, 48 phrases", settings: valuesOf("llm", REDUCED, { endToken: true }) },
    { id: "llm-carnet", label: "Carnet : SimpleLLM (long)", settings: valuesOf("llm", NOTEBOOK) },
    {
      id: "rapide",
      label: "Rapide",
      settings: valuesOf(
        "dernier-mot",
        { ...QUICK, embedding: 32, units: 32 },
        { epochs: 12, learningRate: 0.01 },
      ),
    },
  ],
  fields: FIELDS,
  curves: [
    {
      id: "loss",
      label: "Perte",
      caption:
        "La moyenne de l'époque en cours ; elle tend vers zéro quand le modèle sait les phrases par cœur.",
    },
    {
      id: "accuracy",
      label: "Exactitude",
      percent: true,
      caption: "Toutes les positions, comme Keras les compte ; le remplissage compte aussi.",
    },
    {
      id: "recall",
      label: "Rappel",
      percent: true,
      caption: "Les réponses données à plus de 50 % seulement.",
    },
  ],
  questions: [
    {
      id: "continuer",
      title: "Continuer une phrase",
      label: "Début de phrase",
      hint: "des mots du corpus",
      value: "Nous marcherons sur la plage jusqu’au coucher du",
      button: "Continuer",
      options: [{ id: "words", label: "Mots", hint: "au plus", kind: "integer", min: 1, max: 30 }],
      defaults: { words: 1 },
    },
    {
      id: "voisins",
      title: "Les voisins d'un mot",
      label: "Mot",
      value: "soleil",
      button: "Chercher",
    },
  ],
  data: {
    label: "texte UTF-8, une phrase par ligne",
    accept: ".txt,text/plain",
    sampleName: "154 phrases de tous les jours",
    paste: true,
  },
  open: (settings, device, data) => WordSession.start(settings, textOf(data), device),
  load: (bytes, device, _data, changed) => WordSession.load(bytes, device, changed),
};

function textOf(data: Uint8Array | undefined): string {
  if (!data) return PHRASES;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    throw new LabError(
      "Le fichier n'est pas du texte UTF-8.",
      "Enregistrez-le en UTF-8, une phrase par ligne.",
    );
  }
  if (!text.split("\n").some((line) => /\S\s+\S/.test(line.trim())))
    throw new LabError("Le fichier n'a aucune ligne de deux mots.", "Donnez une phrase par ligne.");
  return text;
}
