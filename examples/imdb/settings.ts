/** Everything that decides a run of the sentiment example, and the recipes to begin with. */
import type { Change } from "./augment.ts";
import type { Preprocessing } from "./words.ts";

/** What the model is, and how it is trained. */
export interface Settings {
  /** Rows of the Embedding: ids, the special ones included. */
  words: number;
  embedding: number;
  cell: "lstm" | "gru" | "rnn";
  units: number;
  /** Recurrent layers on top of each other. */
  layers: number;
  bidirectional: boolean;
  /** A layer of attention on top of the recurrent ones. */
  attention: boolean;
  /** What goes to the output: the last state, as in the notebook, or the mean of the states at all words. */
  pooling: "last" | "mean";
  /** Leaves padding out: the state does not change there. */
  mask: boolean;
  maxLen: number;
  /** Where short reviews are filled, and where long ones lose words. */
  padding: "pre" | "post";
  truncating: "pre" | "post";
  /** Shares dropped while training: of a recurrent layer's inputs, of its state, of what goes to the output. */
  dropout: number;
  recurrentDropout: number;
  outputDropout: number;
  batchSize: number;
  epochs: number;
  /** Adam's. */
  learningRate: number;
  /** Share of the training reviews that is kept apart, to see how the model does on reviews it does not train on. */
  validation: number;
  seed: number;
}

/** The notebook's model and training: 689,473 parameters. */
export const NOTEBOOK: Settings = {
  words: 5000,
  embedding: 128,
  cell: "lstm",
  units: 64,
  layers: 1,
  bidirectional: false,
  attention: false,
  pooling: "last",
  mask: false,
  maxLen: 200,
  padding: "post",
  truncating: "pre",
  dropout: 0.2,
  recurrentDropout: 0.2,
  outputDropout: 0.5,
  batchSize: 128,
  epochs: 3,
  learningRate: 0.001,
  validation: 0.2,
  seed: 42,
};

/** For the project's sample, 160 short reviews: the notebook's model, with a mask, smaller batches and more epochs. */
export const SAMPLE: Settings = { ...NOTEBOOK, mask: true, maxLen: 80, batchSize: 16, epochs: 12 };

/**
 * For some thousand reviews: narrower, both directions, and every word of a review reaches the output, not only the
 * last ones. On 4,000 reviews the validation loss is lowest after three or four epochs.
 */
export const FEW: Settings = {
  ...NOTEBOOK,
  embedding: 32,
  units: 16,
  bidirectional: true,
  mask: true,
  pooling: "mean",
  maxLen: 300,
  dropout: 0.5,
  recurrentDropout: 0,
  batchSize: 64,
  epochs: 4,
  learningRate: 0.002,
  validation: 0.1,
};

/** `--quick`: ends in seconds and learns little. */
export const QUICK: Settings = { ...SAMPLE, embedding: 16, units: 8, maxLen: 40, epochs: 2 };

export const RECIPES = { notebook: NOTEBOOK, few: FEW, sample: SAMPLE } as const;
export type Recipe = keyof typeof RECIPES;

/** From so many training reviews on, the notebook's settings learn something. */
const MANY = 10_000;

/** The recipe for data that nobody chose one for. */
export function recipeFor(kind: "sample" | "file" | "download", trainingReviews: number): Recipe {
  if (kind === "sample") return "sample";
  return trainingReviews < MANY ? "few" : "notebook";
}

/** How reviews are read and prepared. */
export interface DataSettings extends Preprocessing {
  trainSize?: number;
  testSize?: number;
  /** Changed copies that are added to the training part. */
  augment?: readonly Change[];
}
