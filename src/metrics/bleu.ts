/** BLEU of a corpus: how much of a translation's wording is in its references. */
import { checkOptions, ValueError } from "../errors.ts";
import { checkedReferences, countNgrams, sharedNgrams } from "./ngrams.ts";

const SMOOTHING = ["none", "floor", "add-k", "exp"] as const;

/** Options of bleu. */
export interface BleuOptions {
  /** Longest groups of words that are compared; default 4. */
  maxOrder?: number;
  /**
   * What a precision of 0 becomes, which would make the whole score 0. `exp` (default): 1 / (2ᵏ · groups) for the
   * k-th such order (NIST's mteval). `floor`: `smoothValue` groups count as found. `add-k`: `smoothValue` is added to
   * both counts of every order from 2 on (Lin & Och 2004). `none`: it stays 0.
   */
  smoothing?: (typeof SMOOTHING)[number];
  /** Default 0.1 for floor, 1 for add-k. */
  smoothValue?: number;
  /** Compare without upper case; default false. */
  lowercase?: boolean;
  /** Orders of which the texts have no group do not count, which suits single sentences; default false. */
  effectiveOrder?: boolean;
  /** Splits a text into words; default tokens13a. */
  tokenize?: (text: string) => readonly string[];
}

/** What bleu gives; the score and the precisions from 0 to 100, as sacrebleu prints them. */
export interface BleuScore {
  readonly score: number;
  /** Of the groups of 1, 2, … words, the share that is in a reference, after smoothing. */
  readonly precisions: readonly number[];
  /** Groups of each order that are in a reference. */
  readonly matches: readonly number[];
  /** Groups of each order. */
  readonly totals: readonly number[];
  /** From 0 to 1: below 1 when the hypotheses are shorter than their references. */
  readonly brevityPenalty: number;
  /** Words of all hypotheses. */
  readonly hypothesisLength: number;
  /** Words of the reference of each that is nearest in length. */
  readonly referenceLength: number;
}

/**
 * A text in the tokens of NIST's mteval-v13a, as sacrebleu counts them: punctuation apart (but not in 1,000 or 3.5),
 * `&amp;` and the like as characters. Apostrophes and hyphens between letters stay in the word.
 */
export function tokens13a(text: string): string[] {
  const plain = text
    .replaceAll("<skipped>", "")
    .replaceAll("-\n", "")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">");
  return ` ${plain} `
    .replace(/[!"#$%&()*+/:;<=>?@[\\\]^_`{|}~]/g, " $& ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])-/g, "$1 - ")
    .split(/\s+/)
    .filter((token) => token !== "");
}

/**
 * BLEU of a corpus (Papineni et al. 2002): the geometric mean of the precisions of groups of 1 to 4 words, each group
 * counted at most as often as the reference that has it most often, times the brevity penalty. Counts are summed over
 * all sentences first, so it is not a mean of sentence scores. Each hypothesis has one reference or a list of them.
 * With the defaults, the numbers of sacrebleu (Post 2018). Throws a ValueError for lists that do not fit, and for
 * options out of range.
 */
export function bleu(
  hypotheses: readonly string[],
  references: readonly (string | readonly string[])[],
  options: BleuOptions = {},
): BleuScore {
  const known = ["maxOrder", "smoothing", "smoothValue", "lowercase", "effectiveOrder", "tokenize"];
  checkOptions("bleu", options, known);
  const { maxOrder = 4, smoothing = "exp", lowercase = false, tokenize = tokens13a } = options;
  if (!Number.isInteger(maxOrder) || maxOrder < 1)
    throw new ValueError(`bleu: maxOrder is ${maxOrder}, expected a whole number from 1`);
  if (!SMOOTHING.includes(smoothing))
    throw new ValueError(`bleu: smoothing is ${JSON.stringify(smoothing)}, expected ${SMOOTHING.join(", ")}`);
  const lists = checkedReferences("bleu", hypotheses, references);
  const tokensOf = (text: string): readonly string[] => tokenize(lowercase ? text.toLowerCase() : text);

  const matches = new Array<number>(maxOrder).fill(0);
  const totals = new Array<number>(maxOrder).fill(0);
  let [hypothesisLength, referenceLength] = [0, 0];
  for (const [i, text] of hypotheses.entries()) {
    const words = tokensOf(text);
    const others = lists[i].map(tokensOf);
    hypothesisLength += words.length;
    referenceLength += nearestLength(words.length, others);
    for (let n = 1; n <= maxOrder; n++) {
      matches[n - 1] += sharedNgrams(countNgrams(words, n), mostOf(others, n));
      totals[n - 1] += Math.max(0, words.length - n + 1);
    }
  }
  const precisions = smoothed(matches, totals, smoothing, options.smoothValue);
  const brevityPenalty =
    hypothesisLength === 0 ? 0 : Math.exp(Math.min(0, 1 - referenceLength / hypothesisLength));
  // add-k gives every order something to count.
  const effective = options.effectiveOrder && smoothing !== "add-k";
  const orders = effective ? Math.max(1, totals.filter((total) => total > 0).length) : maxOrder;
  const logs = precisions.slice(0, orders).map((precision) => Math.log(precision));
  const score = brevityPenalty * Math.exp(logs.reduce((a, b) => a + b, 0) / orders);
  return { score, precisions, matches, totals, brevityPenalty, hypothesisLength, referenceLength };
}

/** Precisions in percent. */
function smoothed(
  matches: readonly number[],
  totals: readonly number[],
  smoothing: NonNullable<BleuOptions["smoothing"]>,
  smoothValue?: number,
): number[] {
  const value = smoothValue ?? (smoothing === "floor" ? 0.1 : 1);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new ValueError(`bleu: smoothValue is ${value}, expected 0 or more`);
  // Nothing to smooth where not one word was right.
  if (matches.every((count) => count === 0)) return matches.map(() => 0);
  let halves = 1;
  return matches.map((count, i) => {
    const added = smoothing === "add-k" && i > 0 ? value : 0;
    const [found, total] = [count + added, totals[i] + added];
    if (total === 0) return 0;
    if (found > 0) return (100 * found) / total;
    if (smoothing === "exp") return 100 / ((halves *= 2) * total);
    return smoothing === "floor" ? (100 * value) / total : 0;
  });
}

/** Groups of n words, each as often as the text that has it most often. */
function mostOf(texts: readonly (readonly string[])[], n: number): Map<string, number> {
  const most = new Map<string, number>();
  for (const text of texts)
    for (const [key, count] of countNgrams(text, n)) most.set(key, Math.max(count, most.get(key) ?? 0));
  return most;
}

/** Length of the text nearest in length; of two, the shorter. */
function nearestLength(length: number, texts: readonly (readonly string[])[]): number {
  const lengths = texts.map((text) => text.length).sort((a, b) => a - b);
  return lengths.reduce((best, next) => (Math.abs(next - length) < Math.abs(best - length) ? next : best));
}
