/** Text from a trained model, character by character. */
import {
  type CharacterVocabulary,
  Generator,
  noGrad,
  sampleIndex,
  softmaxHost,
  temperatureProbabilities,
  tensor,
  ValueError,
} from "../../src/index.ts";
import { type CharacterModel, type CharacterState, forget } from "./character_model.ts";

/**
 * `window`: the notebook's way. The seed is padded with spaces on the left, the window slides by one, and the state
 * restarts from zero for each character. `stateful`: the state is carried on, so a character costs one time step.
 * Both give the same distribution for the first character. After it they differ: the window forgets what it slid
 * past, the carried state does not.
 */
export type Sampling = "window" | "stateful";

export interface GenerationOptions {
  prompt: string;
  /** One text per temperature; below 1 safer, above 1 bolder. */
  temperatures: readonly number[];
  /** Characters to add to the prompt. */
  length: number;
  sampling: Sampling;
  window: number;
  seed: number;
  /** Called with the texts so far; generation stops when it returns false, or a promise of it. */
  onCharacter?: (texts: string[]) => unknown;
}

/** Random streams of generation start here, apart from those of weights and shuffles. */
const SAMPLING_STREAM = 0x74657874;

/** The prompt's ids, cut or padded with spaces on the left to one window. */
export function promptWindow(vocabulary: CharacterVocabulary, prompt: string, window: number): number[] {
  const ids = [...vocabulary.encode(vocabulary.normalize(prompt))];
  if (ids.length >= window) return ids.slice(-window);
  const padding = vocabulary.has(" ") ? vocabulary.encode(" ")[0] : ids[0];
  return [...new Array<number>(window - ids.length).fill(padding), ...ids];
}

/** Throws a ValueError for an empty prompt, or one with a character that the vocabulary lacks. */
export function checkPrompt(vocabulary: CharacterVocabulary, prompt: string): void {
  if (prompt === "")
    throw new ValueError("the prompt is empty: give at least one character to continue from");
  vocabulary.encode(vocabulary.normalize(prompt));
}

/** The texts, one per temperature, all in one batch; each begins with the prompt. */
export async function generateTexts(
  model: CharacterModel,
  vocabulary: CharacterVocabulary,
  options: GenerationOptions,
): Promise<string[]> {
  const { prompt, temperatures, length, sampling, window, seed, onCharacter } = options;
  checkPrompt(vocabulary, prompt);
  const { device } = model;
  const generators = temperatures.map((_, i) => new Generator(seed, SAMPLING_STREAM + i));
  const start = promptWindow(vocabulary, prompt, window);
  const windows = temperatures.map(() => [...start]);
  const texts = temperatures.map(() => vocabulary.normalize(prompt));
  const wasTraining = model.training;
  model.eval();
  let state: CharacterState | undefined;
  // A carried state needs the whole window once, then only the newest character.
  let read = window;
  let carried = 0;
  try {
    for (let n = 0; n < length; n++) {
      if (state && carried >= model.longest) {
        // A Transformer's positions end: it starts over with the newer half of the window.
        forget(state);
        state = undefined;
        read = Math.ceil(model.longest / 2);
        carried = 0;
      }
      const count = state ? 1 : read;
      carried += count;
      const fed = windows.map((row) => row.slice(-count));
      const before = state;
      const ids = tensor(fed, { device, dtype: "i32" });
      const next = noGrad(() => model.next(ids, before));
      ids.dispose();
      const values = await next.logits.data();
      next.logits.dispose();
      if (before !== next.state) forget(before);
      if (sampling === "stateful") state = next.state;
      else forget(next.state);
      temperatures.forEach((temperature, i) => {
        const row = values.subarray(i * vocabulary.size, (i + 1) * vocabulary.size);
        const id = sampleIndex(temperatureProbabilities(softmaxHost(row), temperature), generators[i]);
        windows[i] = [...windows[i].slice(1), id];
        texts[i] += vocabulary.decode([id]);
      });
      if ((await onCharacter?.(texts)) === false) break;
    }
  } finally {
    forget(state);
    model.train(wasTraining);
  }
  return texts;
}
