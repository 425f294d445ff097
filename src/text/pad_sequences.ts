import type { HostArray } from "../data/batch.ts";
import { checkOptions, ValueError } from "../errors.ts";

/** Options of padSequences; the defaults are those of Keras's `pad_sequences`. */
export interface PadSequencesOptions {
  /** Ids per row; default: those of the longest sequence. */
  maxLength?: number;
  /** Where a short sequence is filled: in front of its ids ("pre", the default) or behind them ("post"). */
  padding?: "pre" | "post";
  /** Where a long sequence loses ids: at its beginning ("pre", the default) or at its end ("post"). */
  truncating?: "pre" | "post";
  /** The id that fills; default 0. */
  value?: number;
}

/**
 * Sequences of ids as one table [sequences, maxLength] of i32: short ones are filled up, long ones cut. Note that
 * "pre" cuts the beginning and keeps the last `maxLength` ids.
 * Throws a ValueError for an unknown option or choice, an id that is no 32-bit whole number, and when no sequence
 * says how long a row is.
 */
export function padSequences(
  sequences: readonly ArrayLike<number>[],
  options: PadSequencesOptions = {},
): HostArray<Int32Array<ArrayBuffer>> {
  checkOptions("padSequences", options, ["maxLength", "padding", "truncating", "value"]);
  const { padding = "pre", truncating = "pre", value = 0 } = options;
  for (const [name, side] of Object.entries({ padding, truncating }))
    if (side !== "pre" && side !== "post")
      throw new ValueError(`padSequences: ${name} is ${JSON.stringify(side)}, expected "pre" or "post"`);
  if (!isInt32(value))
    throw new ValueError(`padSequences: value is ${value}, expected a 32-bit whole number`);
  sequences.forEach((sequence, row) => {
    // A single sequence handed over without its list would be read as many empty ones.
    if (typeof sequence !== "object" || sequence === null || typeof sequence.length !== "number")
      throw new ValueError(
        `padSequences: sequence ${row} is ${JSON.stringify(sequence)}, expected a list of ids; ` +
          "for one sequence write padSequences([ids])",
      );
  });
  const maxLength = options.maxLength ?? longest(sequences);
  if (!Number.isInteger(maxLength) || maxLength < 1)
    throw new ValueError(`padSequences: maxLength is ${maxLength}, expected a whole number from 1`);

  const data = new Int32Array(sequences.length * maxLength).fill(value);
  sequences.forEach((sequence, row) => {
    const kept = Math.min(sequence.length, maxLength);
    const from = truncating === "pre" ? sequence.length - kept : 0;
    const to = row * maxLength + (padding === "pre" ? maxLength - kept : 0);
    for (let i = 0; i < kept; i++) {
      const id = sequence[from + i];
      if (!isInt32(id))
        throw new ValueError(
          `padSequences: sequence ${row} has ${typeof id === "string" ? JSON.stringify(id) : id} at ${from + i}, ` +
            "expected a 32-bit whole number; encode words with a vocabulary first",
        );
      data[to + i] = id;
    }
  });
  return { data, shape: [sequences.length, maxLength] };
}

function longest(sequences: readonly ArrayLike<number>[]): number {
  const length = sequences.reduce((most, { length }) => Math.max(most, length), 0);
  if (length > 0) return length;
  const what = sequences.length === 0 ? "there is no sequence" : "every sequence is empty";
  throw new ValueError(`padSequences: ${what}, so the length of a row is unknown; pass maxLength`);
}

function isInt32(value: unknown): boolean {
  return typeof value === "number" && (value | 0) === value;
}
