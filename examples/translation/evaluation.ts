/** How many held-out numbers are translated without a mistake. */
import { inAllForms, type Item, STRATA, stratumOf } from "./dataset.ts";
import type { NumberTranslator } from "./model.ts";
import { FORMS, type Form, writeEnglish, writeFrench } from "./numbers.ts";
import { sourceIds } from "./tokens.ts";
import { translate } from "./translate.ts";

/** Translations of one kind. */
export interface Cell {
  count: number;
  right: number;
}

/** A wrong translation. */
export interface Mistake {
  readonly english: string;
  readonly expected: string;
  readonly got: string;
}

/** What a way of decoding gives on held-out numbers. */
export interface Evaluation {
  readonly numBeams: number;
  readonly all: Cell;
  readonly byForm: Readonly<Record<Form, Cell>>;
  /** One for each stratum, in the order of STRATA. */
  readonly byStratum: readonly Cell[];
  readonly byDigits: Readonly<Record<number, Cell>>;
  readonly mistakes: readonly Mistake[];
  /** Pairs of what was written and what is right, for BLEU. */
  readonly texts: { readonly got: string[]; readonly expected: string[] };
  readonly seconds: number;
}

/** The share of a cell that is right. */
export function exact({ count, right }: Cell): number {
  return count === 0 ? 1 : right / count;
}

/** Translates numbers in all their forms and compares with the rules. */
export async function evaluate(
  model: NumberTranslator,
  numbers: readonly number[],
  numBeams = 1,
): Promise<Evaluation> {
  const began = performance.now();
  const items = inAllForms(numbers);
  const translations = await translate(
    model,
    items.map(({ number, form }) => sourceIds(number, form)),
    { numBeams },
  );
  const got = translations.map(([{ text }]) => text);
  const expected = items.map(({ number }) => writeFrench(number));
  const right = got.map((text, i) => text === expected[i]);
  const cellOf = (belongs: (item: Item) => boolean): Cell => {
    const own = right.filter((_, i) => belongs(items[i]));
    return { count: own.length, right: own.filter(Boolean).length };
  };
  const digits = [...new Set(STRATA.map((stratum) => stratum.digits))];
  return {
    numBeams,
    all: cellOf(() => true),
    byForm: Object.fromEntries(FORMS.map((form) => [form, cellOf((item) => item.form === form)])) as Record<
      Form,
      Cell
    >,
    byStratum: STRATA.map((stratum) => cellOf(({ number }) => stratumOf(number) === stratum)),
    byDigits: Object.fromEntries(
      digits.map((count) => [count, cellOf(({ number }) => String(number).length === count)]),
    ),
    mistakes: items.flatMap(({ number, form }, i) =>
      right[i] ? [] : [{ english: writeEnglish(number, form), expected: expected[i], got: got[i] }],
    ),
    texts: { got, expected },
    seconds: (performance.now() - began) / 1000,
  };
}
