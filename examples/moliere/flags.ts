/** The command line of the Molière example, and the settings that it asks for. */
import { FlagError, textFlags } from "../support/flags.ts";
import {
  asTransformer,
  MODEL_NAMES,
  type ModelName,
  NOTEBOOK,
  QUICK,
  SAMPLE,
  type Settings,
} from "./settings.ts";

export const FLAGS = {
  ...textFlags,
  window: { type: "integer", min: 1, help: "characters that the model sees at once (60; sample 40)" },
  stride: { type: "integer", min: 1, help: "characters from one window to the next (1; sample 20)" },
  "batch-size": { type: "integer", min: 1, help: "windows per step (64; sample 16)" },
  model: {
    type: "choice",
    choices: MODEL_NAMES,
    help: "what reads the characters: lstm, gru or transformer (lstm); a transformer is trained beside an lstm of its size",
  },
  embedding: { type: "integer", min: 1, help: "width of the character vectors (128; sample 32)" },
  units: {
    type: "integer",
    min: 1,
    help: "width of the recurrent layer's state (256; sample 96), or of the transformer (128; sample 48)",
  },
  layers: { type: "integer", min: 1, max: 8, help: "layers on top of each other (1; transformer 2)" },
  heads: { type: "integer", min: 1, max: 64, help: "heads of the transformer's attention (4)" },
  dropout: {
    type: "number",
    min: 0,
    max: 0.95,
    help: "share of the outputs that training drops (0.2; sample 0.1)",
  },
  predict: {
    type: "choice",
    choices: ["last", "every"],
    help: "train the character after the window, as the notebook, or after every position (last; sample every)",
  },
  lr: { type: "number", min: 0, help: "Adam's learning rate (0.001; sample 0.008)" },
  clip: { type: "number", min: 0, help: "largest gradient norm, 0 for no limit (0; sample 1)" },
  experiments: {
    type: "boolean",
    help:
      "compare short runs that vary one thing: window, embedding, units, prediction, layers, GRU; " +
      "--steps says how short (80; with --data 100)",
  },
  compare: {
    type: "string",
    placeholder: "FILE",
    help: "write beside a larger model: a checkpoint of this example, on any text",
  },
  prompt: { type: "string", default: "Quand l'Amour", help: "what the texts begin with" },
  length: { type: "integer", min: 1, default: 200, help: "characters to write per text" },
  temperatures: {
    type: "string",
    default: "0.2,0.5,0.8,1.0,1.3",
    placeholder: "T,T,…",
    help: "one text is written at each",
  },
  sampling: {
    type: "choice",
    choices: ["window", "stateful"],
    default: "window",
    help:
      "window: the state restarts from zero on the last characters, as the notebook; stateful: the state is carried on, " +
      "which is faster; they agree on the first character, then the window forgets what it slid past",
  },
} as const;

/** What the flags leave open or give, by the names of `Settings`. */
interface GivenFlags {
  window?: number;
  stride?: number;
  batchSize?: number;
  model?: ModelName;
  embedding?: number;
  units?: number;
  layers?: number;
  heads?: number;
  dropout?: number;
  predict?: "last" | "every";
  lr?: number;
  clip?: number;
  epochs?: number;
  steps?: number;
  seed: number;
  quick: boolean;
}

/** The settings of a new run, and those given by hand, which also apply to a resumed one. */
export function settingsFrom(
  flags: GivenFlags,
  onSample: boolean,
): { all: Settings; given: Partial<Settings> } {
  const { window, stride, batchSize, model, embedding, units, layers, heads } = flags;
  const { dropout, predict, lr: learningRate, clip, epochs, steps } = flags;
  const size = { window, stride, batchSize, model, embedding, units, layers, heads };
  const asked = { ...size, dropout, predict, learningRate, clip, epochs, steps };
  const given = Object.fromEntries(
    Object.entries(asked).filter(([, value]) => value !== undefined),
  ) as Partial<Settings>;
  // More epochs or steps replace the limit that the first run had.
  const base = flags.quick ? QUICK : onSample ? SAMPLE : NOTEBOOK;
  const start = model === "transformer" ? asTransformer(base) : base;
  return { all: { ...start, seed: flags.seed, ...given }, given };
}

/** The reference of `--experiments`: a short run, so that some ten of them take minutes. */
export function experimentSettings(base: Settings, { steps, quick }: GivenFlags): Settings {
  const length = steps ?? (quick ? 6 : base.stride === NOTEBOOK.stride ? 100 : 80);
  // As many epochs as that takes, however short the text.
  return { ...base, epochs: length, steps: length };
}

/** "0.2,0.5" as numbers; throws a FlagError for anything but positive numbers. */
export function temperaturesFrom(list: string): number[] {
  const temperatures = list.split(",").map((part) => Number(part.trim()));
  if (temperatures.some((t) => !(t > 0 && t < 100)))
    throw new FlagError(`--temperatures expects numbers above 0 separated by commas, got "${list}"`);
  return temperatures;
}
