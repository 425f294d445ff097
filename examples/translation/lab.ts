/** The translation example in the lab: a Transformer that writes numbers in French. */
import { FileFormatError } from "../../src/index.ts";
import { LabError, type Notebook, type Values } from "../web/notebook.ts";
import { EXAMPLE, TranslationSession } from "./lab_session.ts";
import { LEARNING, QUICK, type Settings } from "./settings.ts";
import { TranslationTraining } from "./training.ts";

function toValues(settings: Settings): Values {
  return { ...settings };
}

const width = { kind: "integer", min: 1, max: 1024 } as const;

export const notebook: Notebook = {
  id: "translation",
  title: "Des nombres, de l'anglais au français",
  lead: "Un Transformer lit un nombre anglais, en lettres ou en chiffres, et l'écrit en toutes lettres françaises. Il n'a vu que des exemples ; les règles, il les trouve. Regardez où se posent ses têtes d'attention.",
  unit: "nombres",
  presets: [
    { id: "apprendre", label: "Apprendre (quelques minutes)", settings: toValues(LEARNING) },
    { id: "petit", label: "Une couche, une tête", settings: toValues({ ...LEARNING, layers: 1, heads: 1 }) },
    { id: "rapide", label: "Rapide (30 pas, trop peu)", settings: toValues(QUICK) },
  ],
  fields: [
    { id: "width", label: "Largeur", hint: "des vecteurs", ...width },
    { id: "heads", label: "Têtes", hint: "divisent la largeur", kind: "integer", min: 1, max: 64 },
    { id: "layers", label: "Couches", hint: "de chaque côté", kind: "integer", min: 1, max: 12 },
    { id: "feedForward", label: "Largeur intérieure", hint: "des parties denses", ...width, max: 4096 },
    { id: "dropout", label: "Dropout", kind: "number", min: 0, max: 0.9 },
    { id: "batchSize", label: "Lot", hint: "nombres par pas", ...width, max: 4096 },
    {
      id: "steps",
      label: "Pas",
      hint: "un lot nouveau chacun",
      kind: "integer",
      min: 1,
      max: 1_000_000,
      extends: true,
    },
    {
      id: "warmupSteps",
      label: "Échauffement",
      hint: "pas où le pas d'apprentissage monte",
      kind: "integer",
      min: 0,
      max: 100_000,
    },
    {
      id: "learningRate",
      label: "Pas d'apprentissage",
      hint: "d'Adam, au plus",
      kind: "number",
      min: 0,
      flag: "lr",
    },
    {
      id: "validateEvery",
      label: "Validation",
      hint: "tous les tant de pas",
      kind: "integer",
      min: 1,
      max: 1_000_000,
    },
    { id: "seed", label: "Graine", hint: "du hasard", kind: "integer", min: 0, max: 4_294_967_295 },
  ],
  curves: [
    {
      id: "loss",
      label: "Perte",
      caption: "Par mot français. Elle tombe par marches : une règle après l'autre.",
    },
    {
      id: "accuracy",
      label: "Exactitude",
      percent: true,
      caption: "La part des mots justes, les bons mots d'avant étant donnés. Chaque lot est nouveau.",
    },
  ],
  questions: [
    {
      id: "nombre",
      title: "Traduire un nombre",
      label: "Un nombre en anglais, de 0 à 999 999",
      hint: "en lettres, en chiffres, ou lu comme une année",
      value: EXAMPLE,
      button: "Traduire",
      options: [
        {
          id: "beams",
          label: "Faisceau",
          hint: "débuts suivis à la fois ; 1 : gourmand",
          kind: "integer",
          min: 1,
          max: 16,
        },
      ],
      defaults: { beams: 4 },
    },
  ],

  explain(error) {
    if (error instanceof FileFormatError)
      return {
        title: "Ce fichier ne peut pas être lu.",
        advice: `Il faut un modèle enregistré par ce carnet ou par npm start -- translation --save. Détail : ${error.message}`,
      };
    return undefined;
  },

  async open(values, device) {
    const settings = values as unknown as Settings;
    if (settings.width % settings.heads !== 0)
      throw new LabError(
        `${settings.heads} têtes ne se partagent pas une largeur de ${settings.width}.`,
        "Choisissez un nombre de têtes qui divise la largeur, comme 4 pour 64.",
      );
    return new TranslationSession(new TranslationTraining(settings, device));
  },

  async load(bytes, device, _data, changed) {
    const { steps } = (changed ?? {}) as { steps?: number };
    return new TranslationSession(TranslationTraining.resume(bytes, device, { steps }, "fichier"));
  },
};
