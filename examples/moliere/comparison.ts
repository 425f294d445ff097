/**
 * Our model beside a larger one: the same prompt, temperature and length for all. Whatever writes text can take part,
 * by the interface `LargerModel`; today that is a checkpoint of this example, trained longer or wider.
 */
import {
  CharacterVocabulary,
  checkFits,
  type Device,
  FileFormatError,
  unpackCheckpoint,
} from "../../src/index.ts";
import { formatCount, formatNumber, formatPercent } from "../support/format.ts";
import { type CharacterModel, makeModel } from "./character_model.ts";
import { checkPrompt, generateTexts } from "./generation.ts";
import { modelName, type Settings, settingsOf } from "./settings.ts";
import type { MoliereTraining } from "./training.ts";

/** How a text is to be written. */
export interface WritingOptions {
  temperature: number;
  /** Characters to write behind the prompt; a model whose tokens are longer writes about as many. */
  length: number;
  seed: number;
}

/** A model that continues a text. */
export interface LargerModel {
  /** For people: "GPT-2 small". */
  readonly name: string;
  readonly parameters: number;
  /** What its tokens are and how many there are: "106 caractères", "50 257 sous-mots". */
  readonly tokens: string;
  /** What it was trained on. */
  readonly trainedOn: string;
  /** The prompt and what the model adds to it. Throws when the prompt has characters that it cannot read. */
  generate(prompt: string, options: WritingOptions): Promise<string>;
}

/** What one model wrote, and how fast. */
export interface Comparison {
  model: LargerModel;
  text: string;
  seconds: number;
  /** Share of the written words (of three letters and more) that occur in the text that ours was trained on. */
  knownWords: number;
}

/** Models that the notebook compares with and that are not here yet, and why. */
export const MISSING_MODELS: readonly { name: string; why: string }[] = [
  {
    name: "GPT-2 small (124 M de paramètres, texte anglais du Web)",
    why: "ses poids et son découpage en sous-mots ne sont pas encore lus par wgrad",
  },
  {
    name: "asi/gpt-fr-cased-small (124 M, textes français)",
    why: "de même, avec un autre découpage en sous-mots",
  },
];

/** The model in training as one that can be compared; `characters` is the length of its text. */
export function writerOf(training: MoliereTraining, name: string, characters: number): LargerModel {
  const { model, vocabulary, settings, step } = training;
  return characterWriter(model, vocabulary, settings, name, trainedOn(characters, step));
}

/** A checkpoint of this example, whatever text it was trained on. Throws a FileFormatError when it is none. */
export function loadWriter(bytes: Uint8Array, device: Device, where: string): LargerModel {
  const { model: weights, state } = unpackCheckpoint(bytes, where);
  const saved = state as {
    settings?: Settings;
    vocabulary?: unknown;
    history?: { losses: number[] };
    text?: string;
  };
  if (saved.settings?.window === undefined || !saved.history)
    throw new FileFormatError(`${where}: not a checkpoint of the Molière example`);
  const settings = settingsOf(saved.settings);
  const vocabulary = CharacterVocabulary.fromJSON(saved.vocabulary);
  const model = makeModel(vocabulary.size, settings, device);
  checkFits(where, weights, new Map(model.namedParameters()));
  model.loadStateDict(weights);
  const source = trainedOn(Number.parseInt(saved.text ?? "", 10), saved.history.losses.length);
  return characterWriter(model, vocabulary, settings, where.replace(/^.*[/\\]/, ""), source);
}

function trainedOn(characters: number, steps: number): string {
  return `${formatCount(characters)} car., ${formatCount(steps)} pas`;
}

function characterWriter(
  model: CharacterModel,
  vocabulary: CharacterVocabulary,
  settings: Settings,
  name: string,
  source: string,
): LargerModel {
  const layers = settings.layers > 1 ? ` × ${settings.layers}` : "";
  return {
    name: `${name} (${modelName(settings)} ${settings.units}${layers})`,
    parameters: model.countParameters(),
    tokens: `${formatCount(vocabulary.size)} caractères`,
    trainedOn: source,
    async generate(prompt, { temperature, length, seed }) {
      checkPrompt(vocabulary, prompt);
      const [text] = await generateTexts(model, vocabulary, {
        prompt,
        temperatures: [temperature],
        length,
        sampling: "stateful",
        window: settings.window,
        seed,
      });
      return text;
    },
  };
}

/** Lets every model continue the same prompt. `corpus` is the text that ours was trained on. */
export async function compareModels(
  models: readonly LargerModel[],
  prompt: string,
  options: WritingOptions,
  corpus: string,
): Promise<Comparison[]> {
  const known = new Set(wordsOf(corpus));
  const results: Comparison[] = [];
  for (const model of models) {
    const started = performance.now();
    const text = await model.generate(prompt, options);
    const seconds = (performance.now() - started) / 1000;
    // The last word may be cut off.
    const written = wordsOf(text.slice(prompt.length)).slice(0, -1);
    const knownWords = written.filter((word) => known.has(word)).length / Math.max(1, written.length);
    results.push({ model, text, seconds, knownWords });
  }
  return results;
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
}

/** The table's headers. */
export const COMPARISON_HEADERS = [
  "Modèle",
  "paramètres",
  "lit",
  "entraîné sur",
  "mots connus",
  "car/s",
] as const;

/** A row for each model. */
export function comparisonRows(results: readonly Comparison[], length: number): string[][] {
  return results.map(({ model, seconds, knownWords }) => [
    model.name,
    formatCount(model.parameters),
    model.tokens,
    model.trainedOn,
    formatPercent(knownWords, 0),
    formatNumber(length / seconds, 0),
  ]);
}
