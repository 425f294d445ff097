/** The command line of the sentiment example, and the settings that it asks for. */
import { FlagError } from "../support/flags.ts";
import type { Change } from "./augment.ts";
import type { CsvOptions } from "./csv.ts";
import { type DataSettings, QUICK, RECIPES, type Recipe, type Settings } from "./settings.ts";

export const ABOUT = {
  name: "npm start -- imdb",
  summary: "Apprend à dire si un avis de film est positif ou négatif : Embedding, LSTM, une probabilité.",
  examples: [
    "npm start -- imdb",
    "npm start -- imdb --data reviews.csv.gz --test-size 1000 --save out/imdb.safetensors",
    "npm start -- imdb --load out/imdb.safetensors --interactive",
    "npm start -- imdb --data aclImdb --recipe notebook --mask --bidirectional",
    "npm start -- imdb --baselines --compare-padding",
    "MISTRAL_API_KEY=… npm start -- imdb --mistral-model mistral-small-latest",
  ],
};

export const FLAGS = {
  data: {
    type: "string",
    placeholder: "FILE",
    help: "reviews: Keras's imdb.npz, a table (.csv, .tsv, also .gz), or a folder with pos and neg, as aclImdb",
  },
  "word-index": { type: "string", placeholder: "FILE", help: "the words of imdb.npz (imdb_word_index.json)" },
  download: { type: "boolean", help: "fetch Keras's 50,000 reviews once into a cache, if online" },
  "text-column": {
    type: "string",
    placeholder: "NAME",
    help: "the table's column of texts, unless named review or text",
  },
  "label-column": {
    type: "string",
    placeholder: "NAME",
    help: "its column of labels, unless named sentiment or label",
  },
  positive: { type: "string", placeholder: "A,B", help: "labels that mean positive, such as 4,5" },
  negative: {
    type: "string",
    placeholder: "A,B",
    help: "labels that mean negative; rows with others are left out",
  },
  recipe: {
    type: "choice",
    choices: ["notebook", "few", "sample"],
    help:
      "where settings start: notebook (from 10,000 reviews on), few (for some thousand), sample; the other flags " +
      "change them",
  },
  "train-size": { type: "integer", min: 2, help: "train on at most so many reviews" },
  "test-size": {
    type: "integer",
    min: 1,
    help: "test on at most so many (a fifth where the data has no test part)",
  },
  words: { type: "integer", min: 10, help: "ids of the vocabulary, the most frequent words (5000)" },
  preprocess: {
    type: "string",
    placeholder: "A,B",
    help: "other words: keep-punctuation, drop-stop-words, min-frequency=N",
  },
  augment: {
    type: "string",
    placeholder: "A,B",
    help: "add a changed copy of each training review: drop, swap, crop (words)",
  },
  cell: {
    type: "choice",
    choices: ["lstm", "gru", "rnn"],
    help: "lstm (default), gru or rnn, the plain one",
  },
  bidirectional: { type: "boolean", help: "read each review from both ends, as the recipe few does" },
  layers: { type: "integer", min: 1, max: 4, help: "recurrent layers on top of each other (1)" },
  attention: { type: "boolean", help: "attention on top of the recurrent layers" },
  pooling: {
    type: "choice",
    choices: ["last", "mean"],
    help: "decide by the last state, as the notebook, or the mean of all (last; few: mean)",
  },
  embedding: { type: "integer", min: 1, help: "width of the word vectors (128; few: 32)" },
  units: { type: "integer", min: 1, help: "width of the state (64; few: 16)" },
  "max-len": {
    type: "integer",
    min: 2,
    help: "words of a review that the model reads (200; few: 300; sample: 80)",
  },
  padding: {
    type: "choice",
    choices: ["pre", "post"],
    help: "fill short reviews in front (pre) or behind (post)",
  },
  truncating: {
    type: "choice",
    choices: ["pre", "post"],
    help: "cut long ones in front (pre) or behind (post)",
  },
  mask: { type: "boolean", help: "leave padding out, as the recipes few and sample do" },
  "no-mask": { type: "boolean", help: "read padding as if it were a word, as the notebook does" },
  dropout: {
    type: "number",
    min: 0,
    max: 0.95,
    help: "share of a recurrent layer's inputs that is dropped (0.2; few: 0.5)",
  },
  "recurrent-dropout": { type: "number", min: 0, max: 0.95, help: "share of its state (0.2; few: 0)" },
  "output-dropout": { type: "number", min: 0, max: 0.95, help: "share of what goes to the output (0.5)" },
  "batch-size": { type: "integer", min: 1, help: "reviews per step (128; few: 64; sample: 16)" },
  lr: { type: "number", min: 0, help: "Adam's learning rate (0.001; few: 0.002)" },
  validation: {
    type: "number",
    min: 0.01,
    max: 0.9,
    help: "share of the training reviews kept apart (0.2; few: 0.1)",
  },
  load: {
    type: "string",
    placeholder: "FILE",
    help: "a model written by --save, with its own settings; --epochs more trains on",
  },
  steps: null, // an epoch is the unit here
  baselines: { type: "boolean", help: "compare with word lists and a logistic regression on the words" },
  "compare-padding": { type: "boolean", help: "train three times: padding behind, with a mask, in front" },
  interactive: { type: "boolean", help: "ask for sentences at the end, also when stdin is no terminal" },
  "mistral-url": {
    type: "string",
    placeholder: "URL",
    help: "where /chat/completions is found, for any server that speaks as Mistral's",
  },
  "mistral-model": { type: "string", placeholder: "NAME", help: "which model judges (mistral-small-latest)" },
} as const;

/** What the flags give for the model and its training. */
export interface GivenFlags {
  words?: number;
  cell?: "lstm" | "gru" | "rnn";
  bidirectional: boolean;
  layers?: number;
  attention: boolean;
  pooling?: "last" | "mean";
  embedding?: number;
  units?: number;
  maxLen?: number;
  padding?: "pre" | "post";
  truncating?: "pre" | "post";
  mask: boolean;
  noMask: boolean;
  dropout?: number;
  recurrentDropout?: number;
  outputDropout?: number;
  batchSize?: number;
  lr?: number;
  validation?: number;
  epochs?: number;
  seed: number;
  quick: boolean;
}

/** The settings of a recipe, changed by the flags. Throws a FlagError for flags that contradict each other. */
export function settingsFrom(flags: GivenFlags, recipe: Recipe): Settings {
  if (flags.mask && flags.noMask)
    throw new FlagError("--mask and --no-mask exclude each other; give one of them");
  const { words, cell, layers, pooling, embedding, units, maxLen, padding, truncating, batchSize, epochs } =
    flags;
  const { dropout, recurrentDropout, outputDropout, validation, seed } = flags;
  const given = {
    ...{ words, cell, layers, pooling, embedding, units, maxLen, padding, truncating, batchSize, epochs },
    ...{ dropout, recurrentDropout, outputDropout, validation, seed, learningRate: flags.lr },
    ...(flags.bidirectional && { bidirectional: true }),
    ...(flags.attention && { attention: true }),
    ...((flags.mask || flags.noMask) && { mask: flags.mask }),
  };
  const set = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...(flags.quick ? QUICK : RECIPES[recipe]), ...Object.fromEntries(set) };
}

/** Flags that a saved model has answered already. */
const OF_THE_MODEL = (
  "recipe words preprocess cell bidirectional layers attention pooling embedding units max-len padding truncating mask " +
  "no-mask dropout recurrent-dropout output-dropout lr validation"
).split(" ");

/** Throws a FlagError that names the first flag that would change a loaded model. */
export function refuseModelFlags(flags: object): void {
  const value = (name: string): unknown =>
    (flags as Record<string, unknown>)[name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())];
  const given = OF_THE_MODEL.find((name) => value(name) !== undefined && value(name) !== false);
  if (given !== undefined)
    throw new FlagError(
      `--${given} cannot change a loaded model; leave it out, or train a new one without --load`,
    );
}

/** How the reviews are read, from the flags. Throws a FlagError for a name that is none. */
export function dataSettingsFrom(flags: {
  trainSize?: number;
  testSize?: number;
  preprocess?: string;
  augment?: string;
}): DataSettings {
  const result: { -readonly [K in keyof DataSettings]: DataSettings[K] } = {};
  // What is not given is left to a loaded model's.
  if (flags.trainSize !== undefined) result.trainSize = flags.trainSize;
  if (flags.testSize !== undefined) result.testSize = flags.testSize;
  for (const part of listOf(flags.preprocess)) {
    const frequency = /^min-frequency=([1-9]\d*)$/.exec(part);
    if (part === "keep-punctuation") result.punctuation = "keep";
    else if (part === "drop-stop-words") result.stopWords = "drop";
    else if (frequency) result.minFrequency = Number(frequency[1]);
    else
      throw new FlagError(
        `--preprocess knows keep-punctuation, drop-stop-words and min-frequency=N, got ${JSON.stringify(part)}`,
      );
  }
  const changes = listOf(flags.augment);
  const wrong = changes.find((change) => !["drop", "swap", "crop"].includes(change));
  if (wrong !== undefined)
    throw new FlagError(`--augment knows drop, swap and crop, got ${JSON.stringify(wrong)}`);
  if (changes.length > 0) result.augment = changes as Change[];
  return result;
}

/** Columns and labels of a table, from the flags. Throws a FlagError when only one list of labels is given. */
export function csvOptionsFrom(flags: {
  textColumn?: string;
  labelColumn?: string;
  positive?: string;
  negative?: string;
}): CsvOptions {
  const { textColumn, labelColumn, positive, negative } = flags;
  if ((positive === undefined) !== (negative === undefined))
    throw new FlagError("--positive and --negative go together, such as --positive 4,5 --negative 1,2");
  return {
    ...(textColumn !== undefined && { textColumn }),
    ...(labelColumn !== undefined && { labelColumn }),
    ...(positive !== undefined && { positive: listOf(positive), negative: listOf(negative) }),
  };
}

function listOf(text: string | undefined): string[] {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}
