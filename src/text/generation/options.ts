/** What `generate` takes and gives, and the checks of it. */
import { hostGenerator } from "../../device.ts";
import { checkOptions, ValueError } from "../../errors.ts";

/**
 * Computes the logits of what comes next. `rows` holds all ids so far, one array per row; a row is one more id than
 * the row of the last call that it continues, and `parents` says which that was. In the first call `parents` is null
 * and row i is prompt i, so that whatever belongs to a prompt (an encoder's output, a key/value cache) is made then,
 * and later follows its rows: take its rows `parents`. Rows come and go: sequences that have ended are no longer
 * asked for, and beams branch. Returns rows × vocabulary numbers, row by row.
 */
export type GenerationStep = (
  rows: readonly Int32Array[],
  parents: Int32Array | null,
) => ArrayLike<number> | Promise<ArrayLike<number>>;

/** Options of generate. Lengths count ids, the prompt's included unless said otherwise. */
export interface GenerateOptions {
  /** A sequence ends at this length; default 20, as in Hugging Face. */
  maxLength?: number;
  /** Instead of maxLength: ids behind the prompt. */
  maxNewTokens?: number;
  /** `eosToken` cannot come before the sequence has this length; default 0. */
  minLength?: number;
  /** The id that ends a sequence, and belongs to it; default none. */
  eosToken?: number;
  /** Fills shorter results to the length of the longest; default: each has its own length. */
  padToken?: number;
  /** Draw the next id with its probability instead of taking the likeliest; default false. */
  doSample?: boolean;
  /** Sampling: logits are divided by it; default 1. */
  temperature?: number;
  /** Sampling: only the k likeliest ids; default 0, all (Hugging Face: 50). */
  topK?: number;
  /** Sampling: only the likeliest ids whose probabilities together reach it; default 1, all. */
  topP?: number;
  /** Beam search that keeps so many sequences of each prompt; default 1, none. */
  numBeams?: number;
  /** Beam search: a sequence's score is Σ log p / (new ids)^lengthPenalty; default 1. Larger favours longer ones. */
  lengthPenalty?: number;
  /** No group of so many ids comes twice in a sequence; default 0, no such rule. */
  noRepeatNgramSize?: number;
  /**
   * Beam search: when to stop once numBeams sequences have ended. `true`: at once. `false` (default): when the best
   * open one would not enter if it ended now. `"never"`: when it cannot enter at any length up to the largest.
   */
  earlyStopping?: boolean | "never";
  /** Sequences for each prompt, best first in beam search; default 1. More need sampling, or as many beams. */
  numReturnSequences?: number;
  /** Of sampling; default drawn from the generator that manualSeed seeds. */
  seed?: number;
  /** Called with every new id of a sequence, and awaited; not in beam search, where the past still changes. */
  onToken?: (token: number, prompt: number, sequence: number) => unknown;
  /** Asked before each step; when it returns true, the sequences end as they are. */
  shouldStop?: () => boolean | Promise<boolean>;
}

/** A sequence that generate found. */
export interface GeneratedSequence {
  /** The prompt's ids and the new ones, `eosToken` included. */
  ids: Int32Array;
  /** Σ log p / (new ids)^lengthPenalty: by default the mean logarithm of the probabilities that the model gave them. */
  score: number;
}

type Fixed = "minLength" | "temperature" | "topK" | "topP" | "numBeams" | "lengthPenalty" | "seed";
type Counts = "noRepeatNgramSize" | "earlyStopping" | "numReturnSequences" | "doSample";

/** Options with their defaults in place. */
export type Settings = GenerateOptions & Required<Pick<GenerateOptions, Fixed | Counts>>;

/** Length at which a sequence that starts with this prompt ends. */
export function longest({ maxLength, maxNewTokens }: Settings, prompt: ArrayLike<number>): number {
  return maxNewTokens === undefined ? (maxLength ?? 20) : prompt.length + maxNewTokens;
}

const NAMES = [
  "maxLength",
  "maxNewTokens",
  "minLength",
  "eosToken",
  "padToken",
  "doSample",
  "temperature",
  "topK",
  "topP",
  "numBeams",
  "lengthPenalty",
  "noRepeatNgramSize",
  "earlyStopping",
  "numReturnSequences",
  "seed",
  "onToken",
  "shouldStop",
] as const satisfies readonly (keyof GenerateOptions)[];

/** Smallest values of the options that are whole numbers. */
const LEAST = {
  maxLength: 1,
  maxNewTokens: 1,
  minLength: 0,
  eosToken: 0,
  padToken: 0,
  topK: 0,
  numBeams: 1,
  noRepeatNgramSize: 0,
  numReturnSequences: 1,
  seed: 0,
} as const satisfies Partial<Record<keyof GenerateOptions, number>>;

/** Options that mean nothing without another. */
const SAMPLING = ["temperature", "topK", "topP", "seed"] as const;
const BEAMS = ["lengthPenalty", "earlyStopping"] as const;

function fail(message: string): never {
  throw new ValueError(`generate: ${message}`);
}

/** Options with their defaults; throws a ValueError for what is out of range, and for what contradicts itself. */
export function checkedSettings(options: GenerateOptions): Settings {
  checkOptions("generate", options, NAMES);
  for (const [name, least] of Object.entries(LEAST)) {
    const value = options[name as keyof typeof LEAST];
    if (value !== undefined && !(Number.isSafeInteger(value) && value >= least))
      fail(`${name} is ${value}, expected a whole number from ${least}`);
  }
  const { temperature, topP, lengthPenalty, earlyStopping } = options;
  if (temperature !== undefined && !(temperature > 0 && temperature < Number.POSITIVE_INFINITY))
    fail(
      `temperature is ${temperature}, expected a number above 0; for the likeliest ids set doSample: false`,
    );
  if (topP !== undefined && !(topP > 0 && topP <= 1))
    fail(`topP is ${topP}, expected a number above 0, at most 1`);
  if (lengthPenalty !== undefined && !Number.isFinite(lengthPenalty))
    fail(`lengthPenalty is ${lengthPenalty}, expected a number`);
  if (![undefined, true, false, "never"].includes(earlyStopping))
    fail(`earlyStopping is ${JSON.stringify(earlyStopping)}, expected true, false or "never"`);
  const settings: Settings = {
    minLength: 0,
    doSample: false,
    temperature: 1,
    topK: 0,
    topP: 1,
    numBeams: 1,
    lengthPenalty: 1,
    noRepeatNgramSize: 0,
    earlyStopping: false,
    numReturnSequences: 1,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
    seed: options.seed ?? (options.doSample ? hostGenerator().next() : 0),
  };
  checkTogether(options, settings);
  return settings;
}

/** Options that are good alone, but not together. */
function checkTogether(options: GenerateOptions, settings: Settings): void {
  const { doSample, numBeams, numReturnSequences, minLength } = settings;
  const given = (name: keyof GenerateOptions): boolean => options[name] !== undefined;
  if (given("maxLength") && given("maxNewTokens"))
    fail("maxLength and maxNewTokens both say where to end; give one of them");
  if (doSample && numBeams > 1)
    fail(`doSample draws and numBeams ${numBeams} searches; leave one of them out`);
  if (!doSample)
    for (const name of SAMPLING)
      if (given(name)) fail(`${name} is for sampling; set doSample: true, or leave it out`);
  if (numBeams === 1) {
    for (const name of BEAMS)
      if (given(name)) fail(`${name} is for beam search; set numBeams, or leave it out`);
    if (numReturnSequences > 1 && !doSample)
      fail(
        `numReturnSequences is ${numReturnSequences}, but there is only one greedy sequence; ` +
          "set doSample: true, or as many numBeams",
      );
  } else {
    if (numReturnSequences > numBeams)
      fail(`numReturnSequences is ${numReturnSequences}, more than the ${numBeams} beams`);
    if (given("onToken")) fail("onToken cannot stream from beam search, where the past still changes");
  }
  if (minLength > 0 && !given("eosToken"))
    fail(`minLength is ${minLength}, but without eosToken nothing ends a sequence early`);
}

/** Copies of the prompts; throws a ValueError when one is empty, has no ids, or leaves no room for another id. */
export function checkedPrompts(prompts: readonly ArrayLike<number>[], settings: Settings): Int32Array[] {
  if (typeof prompts[0] === "number")
    fail("expected a list of prompts, got one; put it in brackets: generate(step, [prompt])");
  if (prompts.length === 0) fail("there is no prompt");
  return prompts.map((prompt, i) => {
    if (prompt.length === 0) fail(`prompt ${i} is empty; give at least the id that starts a sequence`);
    for (let j = 0; j < prompt.length; j++)
      if (!(Number.isInteger(prompt[j]) && prompt[j] >= 0 && prompt[j] < 2 ** 31))
        fail(`prompt ${i} has ${prompt[j]} at ${j}, expected an id: a whole number from 0`);
    const end = longest(settings, prompt);
    if (prompt.length >= end)
      fail(`prompt ${i} has ${prompt.length} ids, maxLength is ${end}; raise it, or say maxNewTokens`);
    if (settings.minLength > end)
      fail(`minLength is ${settings.minLength}, but prompt ${i} leads to ${end} ids at most`);
    return Int32Array.from(prompt);
  });
}
