/** From a model's output to the next id, on the host and in double. */
import { ValueError } from "../errors.ts";
import type { Generator } from "../random.ts";

/** Softmax of one row of logits: exp(x) / Σ exp(x), with the maximum subtracted first. */
export function softmaxHost(logits: ArrayLike<number>): Float64Array {
  return softmax(checkedRow("softmaxHost", "logit", logits, Number.NEGATIVE_INFINITY));
}

/**
 * Probabilities at a temperature, as the Keras notebook has it: exp(log(p + 1e-8) / T), normalised. Below 1 the
 * likely become likelier, above 1 rarer ids get their chance; at 1 they stay.
 * Throws a ValueError for a temperature of 0 or less, and for probabilities that are negative, NaN or infinite.
 */
export function temperatureProbabilities(
  probabilities: ArrayLike<number>,
  temperature: number,
): Float64Array {
  if (!(temperature > 0 && temperature < Number.POSITIVE_INFINITY))
    throw new ValueError(
      `temperatureProbabilities: temperature is ${temperature}, expected a number above 0; ` +
        "for (almost) always the likeliest id use a small one, such as 0.01",
    );
  const row = checkedRow("temperatureProbabilities", "probability", probabilities, 0);
  for (let i = 0; i < row.length; i++) row[i] = Math.log(row[i] + 1e-8);
  return softmax(row, temperature);
}

/**
 * Draws an index, each with its probability; one number from the generator per call. The probabilities need not sum
 * to 1. Throws a ValueError when one is negative, NaN or infinite, or all are 0.
 */
export function sampleIndex(probabilities: ArrayLike<number>, generator: Generator): number {
  const row = checkedRow("sampleIndex", "probability", probabilities, 0);
  const total = row.reduce((sum, p) => sum + p, 0);
  if (!(total > 0)) throw new ValueError("sampleIndex: all probabilities are 0");
  let rest = generator.uniform() * total;
  let last = 0;
  for (let i = 0; i < row.length; i++) {
    if (row[i] === 0) continue;
    if (rest < row[i]) return i;
    rest -= row[i];
    last = i;
  }
  return last; // rounding can leave a sliver behind the last index
}

function softmax(row: Float64Array, temperature = 1): Float64Array {
  let max = Number.NEGATIVE_INFINITY;
  for (const x of row) max = Math.max(max, x);
  let sum = 0;
  for (let i = 0; i < row.length; i++) sum += row[i] = Math.exp((row[i] - max) / temperature);
  for (let i = 0; i < row.length; i++) row[i] /= sum;
  return row;
}

/** A copy in double; throws when it is empty, or an element is below `low`, NaN or +∞. */
function checkedRow(where: string, what: string, values: ArrayLike<number>, low: number): Float64Array {
  if (values.length === 0) throw new ValueError(`${where}: the row is empty`);
  const row = Float64Array.from(values);
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < row.length; i++) {
    largest = Math.max(largest, row[i]);
    if (row[i] >= low && row[i] < Number.POSITIVE_INFINITY) continue;
    const hint = row[i] < low ? "" : "; has training diverged?";
    throw new ValueError(`${where}: ${what} ${i} is ${row[i]}${hint}`);
  }
  if (largest === Number.NEGATIVE_INFINITY) throw new ValueError(`${where}: every ${what} is -Infinity`);
  return row;
}
