/** Which numbers the model learns from, which it is tried on, and the batches of a training step. */
import { Generator, type HostArray } from "../../src/index.ts";
import { type Form, isYear, YEARS } from "./numbers.ts";
import { END, rowsOf, sourceIds, START, targetIds } from "./tokens.ts";

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
  { name: "2 chiffres", digits: 2, low: 10, high: 99, validation: 10, test: 10, weight: 4 },
  { name: "3 chiffres", digits: 3, low: 100, high: 999, validation: 50, test: 100, weight: 6 },
  { name: "années", digits: 4, low: YEARS.first, high: YEARS.last, validation: 50, test: 100, weight: 5 },
  { name: "4 chiffres, hors années", digits: 4, low: 1000, high: 9999, validation: 50, test: 100, weight: 5 },
  { name: "5 chiffres", digits: 5, low: 10_000, high: 99_999, validation: 50, test: 200, weight: 12 },
  { name: "6 chiffres", digits: 6, low: 100_000, high: 999_999, validation: 50, test: 200, weight: 12 },
];

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

/**
 * The share of numbers that get zeros for some of their digits. Round numbers have rules of their own (deux cents, deux
 * cent mille), and are rare among numbers drawn at random.
 */
const ROUNDED = 0.2;
/** Batches that are drawn at once, so that each may hold texts of like lengths. */
const DRAWN_AT_ONCE = 8;

/** Where `TrainingItems` stands. */
export interface ItemsState {
  /** Before the batches at hand were drawn. */
  readonly generator: Generator["state"];
  /** How many of them were taken. */
  readonly taken: number;
}

/** Draws numbers and forms to learn from, for ever. */
export class TrainingItems {
  readonly #heldOut: ReadonlySet<number>;
  readonly #batchSize: number;
  readonly #generator: Generator;
  #drawnFrom: Generator["state"];
  #batches: Item[][] = [];
  #taken = 0;

  constructor(seed: number, { heldOut }: Split, batchSize: number) {
    this.#heldOut = heldOut;
    this.#batchSize = batchSize;
    this.#generator = new Generator(seed, TRAINING_STREAM);
    this.#drawnFrom = this.#generator.state;
  }

  /** First a stratum by its weight, then one of its numbers, then a form. */
  draw(): Item {
    const number = this.#number();
    const u = this.#generator.uniform();
    if (u < 0.4) return { number, form: "digits" };
    if (isYear(number) && u < 0.7) return { number, form: "year" };
    return { number, form: this.#generator.uniform() < 0.6 ? "words" : "american" };
  }

  /**
   * The items of the next step. Several batches are drawn together and sorted by length before they are cut apart, so
   * that little of a batch is padding: a third less to compute. Their order is drawn again.
   */
  next(): Item[] {
    if (this.#taken === this.#batches.length) {
      this.#drawnFrom = this.#generator.state;
      const size = this.#batchSize;
      const items = byLength(Array.from({ length: DRAWN_AT_ONCE * size }, () => this.draw()));
      const order = this.#generator.permutation(DRAWN_AT_ONCE);
      this.#batches = Array.from(order, (i) => items.slice(i * size, (i + 1) * size));
      this.#taken = 0;
    }
    return this.#batches[this.#taken++];
  }

  get state(): ItemsState {
    return { generator: this.#drawnFrom, taken: this.#taken };
  }

  set state({ generator, taken }: ItemsState) {
    this.#generator.state = generator;
    this.#batches = [];
    this.#taken = 0;
    for (let i = 0; i < taken; i++) this.next();
    if (taken === 0) this.#drawnFrom = generator;
  }

  #number(): number {
    const total = STRATA.reduce((sum, { weight }) => sum + weight, 0);
    let at = this.#generator.uniform() * total;
    // The draw is below 1 and the weights are whole: one of them takes it below 0.
    const stratum = STRATA.find(({ weight }) => (at -= weight) < 0)!;
    for (;;) {
      const n = this.#round(stratum.low + this.#generator.integer(stratum.high - stratum.low + 1));
      if (!this.#heldOut.has(n) && stratumOf(n) === stratum) return n;
    }
  }

  /** Now and then zeros take the place of digits; the first one stays, and so does their number. */
  #round(n: number): number {
    if (n < 100 || this.#generator.uniform() >= ROUNDED) return n;
    const [first, ...others] = String(n);
    return Number(first + others.map((digit) => (this.#generator.uniform() < 0.5 ? "0" : digit)).join(""));
  }
}

/** Items in the order of their lengths, source and target together; of equals, as they were. */
export function byLength(items: readonly Item[]): Item[] {
  const length = ({ number, form }: Item): number =>
    sourceIds(number, form).length + targetIds(number).length;
  return items
    .map((item) => ({ item, length: length(item) }))
    .sort((a, b) => a.length - b.length)
    .map(({ item }) => item);
}

/** Ids on the host. */
export interface TokenBatch {
  /** [items, source]: as long as the longest. */
  readonly source: HostArray<Int32Array>;
  /** What the decoder is given, [items, target]: the start mark and the translation. */
  readonly given: HostArray<Int32Array>;
  /** What it is to say, [items, target]: the translation and the end mark. */
  readonly expected: HostArray<Int32Array>;
}

/** The batch of some items. */
export function toBatch(items: readonly Item[]): TokenBatch {
  const targets = items.map(({ number }) => targetIds(number));
  const sources = items.map(({ number, form }) => sourceIds(number, form));
  return {
    source: rowsOf(sources, "pre"),
    given: rowsOf(
      targets.map((ids) => [START, ...ids]),
      "post",
    ),
    expected: rowsOf(
      targets.map((ids) => [...ids, END]),
      "post",
    ),
  };
}
