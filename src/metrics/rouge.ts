/** ROUGE: how much of a reference, such as a summary, is in what was written. */
import { checkOptions, ValueError } from "../errors.ts";
import type { Scores } from "./classification.ts";
import { checkedReferences, countNgrams, sharedNgrams } from "./ngrams.ts";

/** Options of rouge. */
export interface RougeOptions {
  /** Splits a text into words; default: runs of letters and digits, in lower case. */
  tokenize?: (text: string) => readonly string[];
}

/** Precision, recall and F1 of each kind, from 0 to 1; means over all texts. */
export interface RougeScores {
  /** Words. */
  readonly rouge1: Scores;
  /** Pairs of neighbouring words. */
  readonly rouge2: Scores;
  /** Longest common subsequence of words: in the same order, not necessarily neighbours. */
  readonly rougeL: Scores;
}

const KINDS = ["rouge1", "rouge2", "rougeL"] as const;

/**
 * ROUGE-1, -2 and -L (Lin 2004; F1, so β = 1): recall is the share of the reference that the hypothesis has,
 * precision the share of the hypothesis that the reference has. Of several references, for each kind the one with the
 * largest F1 counts. Without stemming, and with letters of all scripts; for English texts in ASCII the numbers are
 * those of Google's rouge_score without its stemmer. Throws a ValueError for lists that do not fit.
 */
export function rouge(
  hypotheses: readonly string[],
  references: readonly (string | readonly string[])[],
  options: RougeOptions = {},
): RougeScores {
  checkOptions("rouge", options, ["tokenize"]);
  const { tokenize = words } = options;
  if (typeof tokenize !== "function")
    throw new ValueError(`rouge: tokenize is ${tokenize}, expected a function from a text to its words`);
  const lists = checkedReferences("rouge", hypotheses, references);
  const sums = Object.fromEntries(KINDS.map((kind) => [kind, { precision: 0, recall: 0, f1Score: 0 }]));
  for (const [i, text] of hypotheses.entries()) {
    const hypothesis = tokenize(text);
    const all = lists[i].map((reference) => compare(hypothesis, tokenize(reference)));
    for (const kind of KINDS) {
      const best = all.map((scores) => scores[kind]).reduce((a, b) => (b.f1Score > a.f1Score ? b : a));
      for (const name of ["precision", "recall", "f1Score"] as const)
        sums[kind][name] += best[name] / hypotheses.length;
    }
  }
  const { rouge1, rouge2, rougeL } = sums;
  return { rouge1, rouge2, rougeL };
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

function compare(hypothesis: readonly string[], reference: readonly string[]): RougeScores {
  const [rouge1, rouge2] = [1, 2].map((n) =>
    scoresOf(
      sharedNgrams(countNgrams(hypothesis, n), countNgrams(reference, n)),
      hypothesis.length - n + 1,
      reference.length - n + 1,
    ),
  );
  const common = commonSubsequence(hypothesis, reference);
  return { rouge1, rouge2, rougeL: scoresOf(common, hypothesis.length, reference.length) };
}

function scoresOf(shared: number, written: number, wanted: number): Scores {
  if (shared === 0) return { precision: 0, recall: 0, f1Score: 0 };
  return { precision: shared / written, recall: shared / wanted, f1Score: (2 * shared) / (written + wanted) };
}

/** Length of the longest common subsequence, by rows of the usual table. */
function commonSubsequence(a: readonly string[], b: readonly string[]): number {
  let above = new Int32Array(b.length + 1);
  let row = new Int32Array(b.length + 1);
  for (const word of a) {
    for (let j = 0; j < b.length; j++)
      row[j + 1] = word === b[j] ? above[j] + 1 : Math.max(above[j + 1], row[j]);
    [above, row] = [row, above];
  }
  return above[b.length];
}
