/** What a model knows about the rule, on sequences that it has never seen. */
import { argmax, Generator, noGrad } from "../../src/index.ts";
import { generateTokenRows, labelOf, type TokenRows, toTokenTensors } from "./data.ts";
import type { TokenLSTMClassifier } from "./model.ts";

/** A model's results on fresh sequences. */
export interface Evaluation {
  sequences: number;
  accuracy: number;
  /** One row for each parity of the first and of the last token. */
  byParity: {
    first: "pair" | "impair";
    last: "pair" | "impair";
    label: 0 | 1;
    count: number;
    accuracy: number;
  }[];
  /** For each position: the share of answers that change when the token there is swapped for one of the other parity. */
  influence: number[];
}

/** Fresh sequences come from a stream of their own. */
const FRESH_STREAM = 0x66726573;
/** Sequences that the influence of a position is measured on, and the most in one forward pass. */
const PROBES = 500;

/** Tries a model on `count` fresh sequences. */
export async function evaluate(
  model: TokenLSTMClassifier,
  shape: { vocabulary: number; length: number; seed: number },
  count = 5000,
): Promise<Evaluation> {
  const generator = new Generator(shape.seed, FRESH_STREAM);
  const names = ["pair", "impair"] as const;
  const cells = names.flatMap((first) =>
    names.map((last) => ({
      first,
      last,
      label: labelOf([names.indexOf(first), names.indexOf(last)]),
      count: 0,
      right: 0,
    })),
  );
  let probes: TokenRows | undefined;
  for (let done = 0; done < count; done += PROBES) {
    const rows = generateTokenRows(generator, Math.min(PROBES, count - done), shape);
    probes ??= rows;
    const answers = await answersOf(model, rows);
    rows.labels.forEach((label, i) => {
      const [first, last] = [rows.ids[i * rows.length], rows.ids[(i + 1) * rows.length - 1]];
      const cell = cells[2 * (first % 2) + (last % 2)];
      cell.count++;
      if (answers[i] === label) cell.right++;
    });
  }
  const right = cells.reduce((sum, cell) => sum + cell.right, 0);
  return {
    sequences: count,
    accuracy: right / count,
    byParity: cells.map(({ right, ...cell }) => ({ ...cell, accuracy: right / Math.max(1, cell.count) })),
    influence: await influenceOf(model, probes!, shape.vocabulary),
  };
}

async function influenceOf(
  model: TokenLSTMClassifier,
  rows: TokenRows,
  vocabulary: number,
): Promise<number[]> {
  const before = await answersOf(model, rows);
  const shares: number[] = [];
  for (let position = 0; position < rows.length; position++) {
    const ids = rows.ids.slice();
    for (let at = position; at < ids.length; at += rows.length) {
      const neighbour = ids[at] ^ 1; // 2k ↔ 2k + 1
      ids[at] = neighbour < vocabulary ? neighbour : ids[at] - 1;
    }
    const after = await answersOf(model, { ...rows, ids });
    shares.push(after.filter((answer, i) => answer !== before[i]).length / before.length);
  }
  return shares;
}

async function answersOf(model: TokenLSTMClassifier, rows: TokenRows): Promise<Int32Array> {
  model.eval();
  const { x } = toTokenTensors(rows, model.fc.weight.device);
  const answers = noGrad(() => argmax(model.forward(x), 1));
  const values = await answers.data();
  answers.dispose();
  return Int32Array.from(values);
}
