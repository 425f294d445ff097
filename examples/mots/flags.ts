/** The command line of the word example, and the settings that it asks for. */
import { FlagError } from "../support/flags.ts";
import { NOTEBOOK, QUICK, REDUCED, type Settings, type Task, TASKS } from "./settings.ts";

export const ABOUT = {
  name: "npm start -- mots",
  summary:
    "Prédit le mot suivant d'une phrase par de petits réseaux récurrents, du mot au vecteur et retour.",
  examples: [
    "npm start -- mots",
    "npm start -- mots --section dernier-mot,vecteurs",
    "npm start -- mots --download --full",
    'npm start -- mots --section llm --prompt "le train"',
  ],
};

/** The parts of the lesson, in order. */
export const SECTIONS = ["tokens", "dernier-mot", "vecteurs", "sequence", "coupe", "lstm", "llm"] as const;
export type Section = (typeof SECTIONS)[number];

export const FLAGS = {
  data: {
    type: "string",
    placeholder: "FILE",
    help: "a text with one sentence per line, in place of the sample",
  },
  download: { type: "boolean", help: "fetch the notebook's corpus once into a cache, if online" },
  section: {
    type: "string",
    default: "tout",
    placeholder: "NAME,…",
    help: `which parts: tout, or some of ${SECTIONS.join(", ")}`,
  },
  full: { type: "boolean", help: "the notebook's number of epochs and of cuts: hours on two cores" },
  epochs: {
    type: "integer",
    min: 1,
    help: "epochs of every model trained (200, 60, 12, 8, 40; --full: 200, 200, 30, 10, 10)",
  },
  sentences: {
    type: "integer",
    min: 1,
    help: "train on the first sentences only (coupe and llm: 48; --full: all of them)",
  },
  repeats: {
    type: "integer",
    min: 1,
    help: "how often each sentence is cut at random (20; --full: 100)",
  },
  "batch-size": { type: "integer", min: 1, help: "sentences per step (64; lstm 32)" },
  embedding: { type: "integer", min: 1, default: NOTEBOOK.embedding, help: "width of the word vectors" },
  units: { type: "integer", min: 1, default: NOTEBOOK.units, help: "width of a recurrent layer's state" },
  lr: {
    type: "number",
    min: 0,
    help: "Adam's learning rate (0.001, 0.004, 0.003, 0.004, 0.003; --full: 0.001)",
  },
  vectors: { type: "string", placeholder: "FILE", help: "word vectors in fastText's text format (.vec)" },
  prompt: {
    type: "string",
    placeholder: "TEXT",
    help: "a beginning of your own for every model to continue",
  },
  steps: null, // each model has its own number of them
  load: {
    type: "string",
    placeholder: "FILE",
    help: "use a SimpleLLM written by --save in place of training one",
  },
  save: { type: "string", placeholder: "FILE", help: "write the trained SimpleLLM" },
} as const;

/** What the flags give. */
export interface GivenFlags {
  full: boolean;
  quick: boolean;
  seed: number;
  embedding: number;
  units: number;
  epochs?: number;
  repeats?: number;
  batchSize?: number;
  lr?: number;
  sentences?: number;
}

/** The sections that `--section` names; throws a FlagError for an unknown one. */
export function sectionsFrom(text: string): Set<Section> {
  const names = text.split(",").map((name) => name.trim());
  if (names.includes("tout")) return new Set(SECTIONS);
  for (const name of names)
    if (!(SECTIONS as readonly string[]).includes(name))
      throw new FlagError(`--section: there is no part "${name}"; they are tout, ${SECTIONS.join(", ")}`);
  return new Set(names as Section[]);
}

/** The settings: the notebook's with --full, a few steps with --quick, else reduced; single flags change them. */
export function settingsFrom(flags: GivenFlags): Settings {
  if (flags.full && flags.quick)
    throw new FlagError("--full and --quick exclude each other; give one of them");
  const base = flags.full ? NOTEBOOK : flags.quick ? QUICK : REDUCED;
  const { seed, embedding, units, epochs, repeats, batchSize, lr, sentences } = flags;
  const tasks = Object.fromEntries(
    TASKS.map((task): [Task, Settings["tasks"][Task]] => {
      const own = base.tasks[task];
      const cut = task !== "dernier-mot" && task !== "sequence";
      return [
        task,
        {
          epochs: epochs ?? own.epochs,
          repeats: cut ? (repeats ?? own.repeats) : 1,
          batchSize: batchSize ?? own.batchSize,
          learningRate: lr ?? own.learningRate,
          sentences: sentences ?? own.sentences,
        },
      ];
    }),
  ) as Record<Task, Settings["tasks"][Task]>;
  return { seed, embedding, units, tasks };
}
