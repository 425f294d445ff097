/** The command line of the parity example, and the settings that it asks for. */
import { LEARNING, NOTEBOOK, QUICK, type Settings } from "./settings.ts";

export const ABOUT = {
  name: "npm start -- parite",
  summary:
    "Apprend, à partir d'exemples seulement, si la somme du premier et du dernier nombre d'une suite est paire.",
  examples: [
    "npm start -- parite",
    "npm start -- parite --forget-bias 0 --steps 5000",
    "npm start -- parite --length 16",
  ],
};

export const FLAGS = {
  data: null, // the sequences are drawn, not read
  epochs: { type: "integer", min: 1, help: "steps of the first run, which the notebook calls epochs (50)" },
  steps: { type: "integer", min: 1, help: "most steps of the second run, which learns the rule (2000)" },
  "forget-bias": {
    type: "number",
    min: -20,
    max: 20,
    default: LEARNING.forgetBias!,
    help: "where the second run's forget gate starts; 0 is PyTorch's start",
  },
  vocab: {
    type: "integer",
    min: 2,
    max: 10000,
    default: NOTEBOOK.vocabulary,
    help: "how many different tokens",
  },
  length: { type: "integer", min: 2, max: 500, default: NOTEBOOK.length, help: "tokens in a sequence" },
  "batch-size": { type: "integer", min: 1, default: NOTEBOOK.batchSize, help: "sequences per step" },
  embedding: { type: "integer", min: 1, default: NOTEBOOK.embedding, help: "width of the token vectors" },
  units: { type: "integer", min: 1, default: NOTEBOOK.units, help: "width of the LSTM's state" },
  lr: { type: "number", min: 0, default: NOTEBOOK.learningRate, help: "Adam's learning rate" },
} as const;

/** What the flags give. */
export interface GivenFlags {
  epochs?: number;
  steps?: number;
  forgetBias: number;
  vocab: number;
  length: number;
  batchSize: number;
  embedding: number;
  units: number;
  lr: number;
  seed: number;
  quick: boolean;
}

/** The settings of both runs, and how many fresh sequences the models are tried on. */
export function settingsFrom(flags: GivenFlags): { first: Settings; second: Settings; fresh: number } {
  const { vocab: vocabulary, length, batchSize, embedding, units, lr: learningRate, seed, quick } = flags;
  const common = { vocabulary, length, batchSize, embedding, units, learningRate, seed };
  return {
    first: { ...NOTEBOOK, ...common, steps: flags.epochs ?? (quick ? QUICK.epochs : NOTEBOOK.steps) },
    second: {
      ...LEARNING,
      ...common,
      forgetBias: flags.forgetBias,
      steps: flags.steps ?? (quick ? QUICK.steps : LEARNING.steps),
    },
    fresh: quick ? QUICK.fresh : 5000,
  };
}
