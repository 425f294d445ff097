/** The command line of the Transformer course, and the settings that it asks for. */
import { FlagError } from "../support/flags.ts";
import { COURSE, QUICK, REDUCED, type Section, SECTIONS, type TrainingSettings } from "./settings.ts";

export const ABOUT = {
  name: "npm start -- transformer",
  summary:
    "Le cours sur les Transformers, pas à pas : d'une attention sur trois mots au modèle complet, à son entraînement et à ses optimisations.",
  examples: [
    "npm start -- transformer",
    "npm start -- transformer --section attention,masques",
    "npm start -- transformer --section tokens --vocab vocab.txt",
    "npm start -- transformer --section entrainement --full",
  ],
};

export const FLAGS = {
  section: {
    type: "string",
    default: "tout",
    placeholder: "NAME,…",
    help: `which parts: tout, or some of ${SECTIONS.join(", ")}`,
  },
  "list-sections": { type: "boolean", help: "print the names of the parts, one a line" },
  vocab: {
    type: "string",
    placeholder: "FILE",
    help: "BERT's vocab.txt, one piece a line, in place of a small vocabulary trained here",
  },
  full: { type: "boolean", help: "train at the course's sizes: half an hour and more on two cores" },
  epochs: {
    type: "integer",
    min: 1,
    help: `epochs of the training (${REDUCED.epochs}; --full: ${COURSE.epochs})`,
  },
  data: null, // every part has data of its own
  steps: null, // each training has its own number of them
  save: null, // nothing here is worth keeping
  load: null,
} as const;

/** What the flags give. */
export interface GivenFlags {
  full: boolean;
  quick: boolean;
  epochs?: number;
}

/** The sections that `--section` names, in the course's order; throws a FlagError for an unknown one. */
export function sectionsFrom(text: string): Set<Section> {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("tout")) return new Set(SECTIONS);
  for (const name of names)
    if (!(SECTIONS as readonly string[]).includes(name))
      throw new FlagError(`--section: there is no part "${name}"; they are tout, ${SECTIONS.join(", ")}`);
  return new Set(names as Section[]);
}

/** The training's settings: the course's with --full, a few steps with --quick, else reduced. */
export function settingsFrom({ full, quick, epochs }: GivenFlags): TrainingSettings {
  if (full && quick) throw new FlagError("--full and --quick exclude each other; give one of them");
  const base = full ? COURSE : quick ? QUICK : REDUCED;
  return { ...base, epochs: epochs ?? base.epochs };
}
