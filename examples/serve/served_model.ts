/**
 * What a model must be able to do to stand behind the server. One file per kind in `models/` makes one of these from
 * a checkpoint; nothing else knows which model it is.
 *
 * The split into `encode` (one request, no computation) and `run` (many rows, one forward pass) is what lets the
 * server join requests: a bad text is refused before it can spoil a batch.
 */
import type { Device } from "../../src/index.ts";

/** What a client may send: a text, or numbers for a model that reads numbers. */
export type Input = string | readonly number[];

/** A text that grows token by token. */
export interface Continuation<Row> {
  /** What the answer begins with: the beginning itself, or nothing where the text is an answer to it. */
  readonly start: string;
  /** What the model reads to say what comes next; null when it can read no more. */
  row(): Row | null;
  /** Takes the next token; gives its text, or null when the model says that the text ends here. */
  push(id: number): string | null;
}

/** A model behind the server. */
export interface ServedModel<Row = unknown> {
  /** What it is, in a few French words. */
  readonly title: string;
  readonly device: Device;
  readonly parameters: number;
  /** Number of classes: the length of what `run` gives for each row. */
  readonly classes: number;
  /** Inputs that show what it can do. */
  readonly examples: readonly string[];
  /** One input as the model reads it. Throws a ValueError that says why it cannot. */
  encode(input: Input): Row;
  /** The probabilities of all classes for each row, by one forward pass. */
  run(rows: readonly Row[]): Promise<readonly Float32Array[]>;
  /** What a class is called. */
  label(id: number): string;
  /** What a client should know about how its input was read. */
  notes?(row: Row): Record<string, unknown>;
  /** There for a model that writes: its classes are then tokens. */
  readonly writing?: {
    /** What one token is, in French. */
    readonly unit: string;
    /** Beginnings worth trying. */
    readonly examples: readonly string[];
    /** Throws a ValueError for a beginning that the model cannot read. */
    open(beginning: string): Continuation<Row>;
  };
}

/** A class and how likely it is. */
export interface Likely {
  readonly class: number;
  readonly label: string;
  readonly probability: number;
}

/** How many classes an answer names at most. */
const SHOWN = 5;

/** The likeliest classes of one row, the likeliest first; of equals the lower id, as argmax has it. */
export function likeliest(model: ServedModel, probabilities: Float32Array): Likely[] {
  const order = Array.from(probabilities, (_, id) => id);
  order.sort((a, b) => probabilities[b] - probabilities[a] || a - b);
  return order.slice(0, SHOWN).map((id) => ({
    class: id,
    label: model.label(id),
    probability: Number(probabilities[id].toFixed(6)),
  }));
}
