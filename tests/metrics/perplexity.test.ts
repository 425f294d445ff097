import { describe, expect, it } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { perplexity } from "../../src/metrics/perplexity.ts";
import fixture from "../fixtures/metrics.json" with { type: "json" };

const { targets, probabilities, all, without0 } = fixture.perplexity;
/** Single precision, as a model's output is. */
const rows = { data: Float32Array.from(probabilities.flat()), shape: [12, 6] };

describe("perplexity", () => {
  it("is exp of scikit-learn's log_loss", () => {
    // Probabilities rounded to single precision: 6e-8 of each.
    expect(perplexity(targets, rows) / all).toBeCloseTo(1, 6);
    expect(perplexity(targets, rows, { ignore: 0 }) / without0).toBeCloseTo(1, 6);
    expect(Math.abs(all - without0)).toBeGreaterThan(0.01);
  });

  it("counts the choices of a model that has no idea, and 1 for one that is sure", () => {
    const uniform = { data: new Float32Array(3 * 8).fill(1 / 8), shape: [3, 8] };
    expect(perplexity([0, 5, 7], uniform)).toBeCloseTo(8, 12);
    expect(perplexity([0, 1], { data: Float32Array.of(1, 0, 0, 1), shape: [2, 2] })).toBe(1);
  });

  it("takes sequences, and leaves their padding out", () => {
    const ids = { data: Int32Array.from(targets), shape: [3, 4] };
    const sequences = { data: rows.data, shape: [3, 4, 6] };
    expect(perplexity(ids, sequences, { ignore: 0 })).toBe(perplexity(targets, rows, { ignore: 0 }));
  });

  it("does not let one impossible word make it infinite, unless told to", () => {
    const wrong = { data: Float32Array.of(1, 0), shape: [1, 2] };
    expect(perplexity([1], wrong)).toBeCloseTo(1e7, -1);
    expect(perplexity([1], wrong, { epsilon: 0 })).toBe(Number.POSITIVE_INFINITY);
  });

  it.each<[act: () => unknown, error: typeof ValueError | typeof ShapeError, message: string]>([
    [
      () => perplexity([1, 2], rows),
      ShapeError,
      "perplexity: probabilities are [12, 6] (72 values), expected a row",
    ],
    [
      () => perplexity([0], { data: new Float32Array(1), shape: [1] }),
      ShapeError,
      "perplexity: probabilities are [1]",
    ],
    [
      () => perplexity(targets.with(3, 6), rows),
      ValueError,
      "perplexity: target 3 is 6, outside the 6 classes",
    ],
    [
      () => perplexity([0], { data: Float32Array.of(-2.5, 3), shape: [1, 2] }),
      ValueError,
      "perplexity: the probability of target 0 is -2.5, expected a number from 0 to 1; are these logits?",
    ],
    [
      () => perplexity([1], { data: Float32Array.of(0.5, NaN), shape: [1, 2] }),
      ValueError,
      "perplexity: the probability of target 0 is NaN",
    ],
    [
      () => perplexity([0], { data: Float32Array.of(0.5, 0.5), shape: [1, 2] }, { ignore: 0 }),
      ValueError,
      "perplexity: there is no target that counts",
    ],
    [() => perplexity(targets, rows, { epsilon: 1 }), ValueError, "perplexity: epsilon is 1"],
    [() => perplexity(targets, rows, { ignored: 0 } as object), ValueError, 'unknown option "ignored"'],
  ])("%s", (act, error, message) => {
    expect(act).toThrow(error);
    expect(act).toThrow(message);
  });
});
