import { execFileSync } from "node:child_process";
import path from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { tsne } from "../../examples/support/tsne.ts";

const root = path.join(import.meta.dirname, "..", "..");

/** Three groups of vectors around three centres of 32 dimensions. */
const grouped = Array.from({ length: 23 }, (_, i) =>
  Array.from({ length: 32 }, (_, j) => Math.cos((i % 3) * 2 + j) + 0.2 * Math.sin(i * 7.1 + j * 3.3)),
);

/** The mean distance between points of one group, over that between points of different groups. */
function closeness(points: readonly [number, number][]): number {
  const sums = { same: [0, 0], other: [0, 0] };
  points.forEach(([x, y], i) => {
    for (let k = 0; k < i; k++) {
      const sum = i % 3 === k % 3 ? sums.same : sums.other;
      sum[0] += Math.hypot(x - points[k][0], y - points[k][1]);
      sum[1]++;
    }
  });
  return sums.same[0] / sums.same[1] / (sums.other[0] / sums.other[1]);
}

describe("tsne", () => {
  it("keeps groups together, by a small perplexity and by the largest one that 23 vectors allow", () => {
    for (const perplexity of [7, 22]) {
      const notes: string[] = [];
      const points = tsne(grouped, { perplexity, note: (text) => notes.push(text) });
      expect(points).toHaveLength(23);
      expect(points.flat().every(Number.isFinite)).toBe(true);
      expect(closeness(points), `perplexity ${perplexity}`).toBeLessThan(0.5);
      expect(notes).toEqual([]);
    }
  });

  it("gives the same picture for the same seed, another for another", () => {
    const options = { perplexity: 7, seed: 42, iterations: 100 };
    expect(tsne(grouped, options)).toEqual(tsne(grouped, options));
    expect(tsne(grouped, { ...options, seed: 43 })).not.toEqual(tsne(grouped, options));
  });

  it("lowers a perplexity that is too large, and says so", () => {
    const notes: string[] = [];
    const few = grouped.slice(0, 5);
    const points = tsne(few, { perplexity: 30, iterations: 50, note: (text) => notes.push(text) });
    expect(notes).toEqual(["t-SNE : perplexité 30 ramenée à 4 pour 5 vecteurs."]);
    expect(points).toEqual(tsne(few, { perplexity: 4, iterations: 50 }));
  });

  it("takes typed arrays, few vectors, equal ones and one dimension", () => {
    expect(tsne([])).toEqual([]);
    expect(tsne([[1, 2]])).toEqual([[0, 0]]);
    expect(
      tsne(
        grouped.map((row) => Float64Array.from(row)),
        { perplexity: 7 },
      ),
    ).toEqual(tsne(grouped, { perplexity: 7 }));
    for (const vectors of [Array.from({ length: 6 }, () => [1, 1, 1]), [[1], [2], [3], [9]]]) {
      const points = tsne(vectors, { perplexity: 3 });
      expect(points).toHaveLength(vectors.length);
      expect(points.flat().every(Number.isFinite)).toBe(true);
    }
  });

  it.each([
    [[[1, 2], [1]], /vector 1 has 1 values, expected 2/],
    [
      [
        [1, 2],
        [Number.NaN, 1],
        [0, 0],
      ],
      /vector 1 has a value that is not finite/,
    ],
    [[[]], /vector 0 has 0 values, expected 1/],
  ])("refuses %j", (vectors, message) => {
    expect(() => tsne(vectors)).toThrow(message);
  });

  it("refuses a perplexity below 1", () => {
    expect(() => tsne(grouped, { perplexity: 0 })).toThrow(/perplexity is 0, expected 1 or more/);
  });

  it("can be bundled into one classic script, which runs alone", async () => {
    // A script in "iife" form fails to build when anything in it awaits at its top level.
    const result = await build({
      stdin: {
        contents: `import { tsne } from "./examples/support/tsne.ts"; console.log(JSON.stringify(tsne(${JSON.stringify(grouped)}, { iterations: 20 })))`,
        resolveDir: root,
        loader: "ts",
      },
      bundle: true,
      minify: true,
      format: "iife",
      platform: "browser",
      target: "chrome120",
      write: false,
      logLevel: "silent",
    });
    const [{ text }] = result.outputFiles;
    expect(text.length).toBeLessThan(120_000);
    const printed = execFileSync(process.execPath, ["-"], { input: text, encoding: "utf8" });
    expect(JSON.parse(printed)).toEqual(tsne(grouped, { iterations: 20 }));
  });
});
