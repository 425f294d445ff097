/** The command line of the translation example, and the settings that it asks for. */
import { FlagError } from "../support/flags.ts";
import { LEARNING, QUICK, type Settings } from "./settings.ts";

export const ABOUT = {
  name: "npm start -- translation",
  summary: "Traduit les nombres de l'anglais vers le français, en toutes lettres, avec un petit Transformer.",
  examples: [
    "npm start -- translation",
    'npm start -- translation --text "nineteen eighty-four" --beams 8',
    "npm start -- translation --save out/translation.safetensors",
    "npm start -- translation --load out/translation.safetensors --interactive",
    "npm start -- translation --layers 2 --heads 8",
  ],
};

export const FLAGS = {
  data: null, // the rules write it
  epochs: null, // no number need be seen twice
  steps: { type: "integer", min: 1, help: "training steps (1000)" },
  width: { type: "integer", min: 1, max: 1024, help: "width of the vectors (64)" },
  heads: { type: "integer", min: 1, max: 64, help: "heads of each attention; must divide the width (4)" },
  layers: { type: "integer", min: 1, max: 12, help: "layers of the encoder and of the decoder (1)" },
  "feed-forward": { type: "integer", min: 1, max: 4096, help: "width inside the feed-forward parts (128)" },
  dropout: { type: "number", min: 0, max: 0.9, help: "share of the values that training drops (0)" },
  "batch-size": { type: "integer", min: 1, max: 4096, help: "numbers per step (64)" },
  lr: { type: "number", min: 0, help: "Adam's largest learning rate (0.003)" },
  beams: {
    type: "integer",
    min: 2,
    max: 32,
    default: 4,
    help: "beginnings that the beam search follows at once",
  },
  text: {
    type: "string",
    default: "nineteen eighty-four",
    help: "the number whose attention is drawn, in words or digits",
  },
  load: {
    type: "string",
    placeholder: "FILE",
    help: "a model written by --save, with its own settings; a larger --steps trains on",
  },
  interactive: { type: "boolean", help: "ask for numbers at the end, also when stdin is no terminal" },
} as const;

/** What the flags give for the model and its training. */
export interface GivenFlags {
  steps?: number;
  width?: number;
  heads?: number;
  layers?: number;
  feedForward?: number;
  dropout?: number;
  batchSize?: number;
  lr?: number;
  seed: number;
  quick: boolean;
}

/** The settings of a new model. Throws a FlagError when the heads do not divide the width. */
export function settingsFrom(flags: GivenFlags): Settings {
  const { steps, width, heads, layers, feedForward, dropout, batchSize, lr, seed, quick } = flags;
  const given = { steps, width, heads, layers, feedForward, dropout, batchSize, learningRate: lr, seed };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  const settings: Settings = { ...(quick ? QUICK : LEARNING), ...Object.fromEntries(set) };
  if (settings.width % settings.heads !== 0)
    throw new FlagError(
      `--heads ${settings.heads} does not divide --width ${settings.width}; each head takes an equal part`,
    );
  return settings;
}

/** Throws a FlagError that names the first flag that would change a loaded model. */
export function refuseModelFlags(flags: GivenFlags): void {
  const { width, heads, layers, feedForward, dropout, batchSize, lr } = flags;
  const given = { width, heads, layers, "feed-forward": feedForward, dropout, "batch-size": batchSize, lr };
  const [name] = Object.entries(given).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined)
    throw new FlagError(
      `--${name} cannot change a loaded model; leave it out, or train a new one without --load`,
    );
}
