/** Which numbers the model learns from, which it is tried on, and the batches of a training step. */
import { Generator, type HostArray } from "../../src/index.ts";
import { type Form, isYear, YEARS } from "./numbers.ts";
import { END, MAX_SOURCE, MAX_TARGET, rowsOf, sourceIds, START, targetIds } from "./tokens.ts";

/** Numbers of one kind, from `low` to `high`, and how many of them are held out. */
export interface Stratum {
  readonly name: string;
  readonly digits: number;
  readonly low: number;
  readonly high: number;
  readonly validation: number;
  readonly test: number;
  /** How often training draws from it, beside the others. */
  readonly weight: number;
}

/**
 * By number of digits; numbers that have a year reading are a stratum of their own. The ten digits are all learnt from:
 * each stands for itself, and nothing else would tell the model what seven is called.
 */
export const STRATA: readonly Stratum[] = [
  { name: "1 chiffre", digits: 1, low: 0, high: 9, validation: 0, test: 0, weight: 1 },
  { name: "2 chiffres", digits: 2, low: 10, high: 99, validation: 10, test: 10, weight: 3 },
  { name: "3 chiffres", digits: 3, low: 100, high: 999, validation: 50, test: 100, weight: 6 },
  { name: "années", digits: 4, low: YEARS.first, high: YEARS.last, validation: 50, test: 100, weight: 5 },
  { name: "4 chiffres", digits: 4, low: 1000, high: 9999, validation: 50, test: 100, weight: 5 },
  { name: "5 chiffres", digits: 5, low: 10_000, high: 99_999, validation: 50, test: 200, weight: 12 },
  { name: "6 chiffres", digits: 6, low: 100_000, high: 999_999, validation: 50, test: 200, weight: 12 },
];

const FOUR_DIGITS = STRATA.findIndex(({ name }) => name === "4 chiffres");

/** The stratum of a number. */
export function stratumOf(n: number): Stratum {
  return STRATA.find(({ low, high }) => n >= low && n <= high)!;
}

/** Numbers held out; every other number is for training. No number is in two parts, in whatever form it is written. */
export interface Split {
  readonly validation: readonly number[];
  readonly test: readonly number[];
  readonly heldOut: ReadonlySet<number>;
}

/** Random streams apart from those of the weights. */
const SPLIT_STREAM = 0x73706c74;
const TRAINING_STREAM = 0x6e6f6d62;

/** Draws what is held out. */
export function splitNumbers(seed: number): Split {
  const generator = new Generator(seed, SPLIT_STREAM);
  const heldOut = new Set<number>();
  const draw = (stratum: Stratum, count: number): number[] => {
    const drawn: number[] = [];
    while (drawn.length < count) {
      const n = stratum.low + generator.integer(stratum.high - stratum.low + 1);
      if (heldOut.has(n) || stratumOf(n) !== stratum) continue;
      heldOut.add(n);
      drawn.push(n);
    }
    return drawn.sort((a, b) => a - b);
  };
  const test = STRATA.flatMap((stratum) => draw(stratum, stratum.test));
  const validation = STRATA.flatMap((stratum) => draw(stratum, stratum.validation));
  return { validation, test, heldOut };
}

/** A number in one of its English forms. */
export interface Item {
  readonly number: number;
  readonly form: Form;
}

/** Numbers in all of their forms. */
export function inAllForms(numbers: readonly number[]): Item[] {
  const forms = (n: number): Form[] => [
    "words",
    "american",
    "digits",
    ...(isYear(n) ? ["year" as const] : []),
  ];
  return numbers.flatMap((number) => forms(number).map((form) => ({ number, form })));
}

/** Draws numbers and forms to learn from, for ever. */
export class TrainingItems {
  readonly generator: Generator;
  readonly #heldOut: ReadonlySet<number>;

  constructor(seed: number, { heldOut }: Split) {
    this.generator = new Generator(seed, TRAINING_STREAM);
    this.#heldOut = heldOut;
  }

  /** First a stratum by its weight, then one of its numbers, then a form. */
  draw(): Item {
    const number = this.#number();
    const u = this.generator.uniform();
    if (u < 0.4) return { number, form: "digits" };
    if (isYear(number) && u < 0.7) return { number, form: "year" };
    return { number, form: this.generator.uniform() < 0.6 ? "words" : "american" };
  }

  /** The items of one step. */
  batch(size: number): Item[] {
    return Array.from({ length: size }, () => this.draw());
  }

  #number(): number {
    const total = STRATA.reduce((sum, { weight }) => sum + weight, 0);
    let at = this.generator.uniform() * total;
    const index = STRATA.findIndex(({ weight }) => (at -= weight) < 0);
    const stratum = STRATA[index < 0 ? FOUR_DIGITS : index];
    for (;;) {
      const n = stratum.low + this.generator.integer(stratum.high - stratum.low + 1);
      if (!this.#heldOut.has(n) && stratumOf(n) === stratum) return n;
    }
  }
}

/** Ids on the host. */
export interface TokenBatch {
  /** [items, MAX_SOURCE] */
  readonly source: HostArray<Int32Array>;
  /** What the decoder is given, [items, MAX_TARGET]: the start mark and the translation. */
  readonly given: HostArray<Int32Array>;
  /** What it is to say, [items, MAX_TARGET]: the translation and the end mark. */
  readonly expected: HostArray<Int32Array>;
}

/** The batch of some items. All batches have the longest rows, so that steps are alike and reuse their memory. */
export function toBatch(items: readonly Item[]): TokenBatch {
  const targets = items.map(({ number }) => targetIds(number));
  return {
    source: rowsOf(
      items.map(({ number, form }) => sourceIds(number, form)),
      MAX_SOURCE,
    ),
    given: rowsOf(
      targets.map((ids) => [START, ...ids]),
      MAX_TARGET,
    ),
    expected: rowsOf(
      targets.map((ids) => [...ids, END]),
      MAX_TARGET,
    ),
  };
}
