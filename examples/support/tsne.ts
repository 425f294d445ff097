// t-SNE: vectors of many dimensions as points in a plane, near ones near each other.

import { setWasmEnabled, TSNE } from "@saehrimnir/druidjs";

/** How `tsne` works. */
export interface TsneOptions {
  /** Roughly how many neighbours count, 30 unless told; lowered to the number of vectors − 1, which `note` then says. */
  readonly perplexity?: number;
  /** Start of the pseudo-random first layout, 42 unless told: the same seed gives the same picture. */
  readonly seed?: number;
  /** Steps of gradient descent, 1,000 unless told. */
  readonly iterations?: number;
  /** Gets a sentence (in French) when the perplexity had to be lowered. */
  readonly note?: (message: string) => void;
}

/**
 * A point [x, y] for each vector. Distances between far points and the axes themselves mean nothing.
 * Throws `RangeError` for vectors of unequal lengths, values that are not finite, a perplexity below 1.
 * Source: van der Maaten & Hinton 2008, "Visualizing Data using t-SNE".
 */
export function tsne(vectors: readonly ArrayLike<number>[], options: TsneOptions = {}): [number, number][] {
  const { perplexity = 30, seed = 42, iterations = 1000, note } = options;
  const size = vectors[0]?.length ?? 0;
  vectors.forEach((vector, i) => {
    if (vector.length !== size || size === 0)
      throw new RangeError(
        `tsne: vector ${i} has ${vector.length} values, expected ${Math.max(1, size)} as the first; give vectors of one length`,
      );
    if (!Array.from(vector).every(Number.isFinite))
      throw new RangeError(`tsne: vector ${i} has a value that is not finite; leave it out`);
  });
  if (!(perplexity >= 1)) throw new RangeError(`tsne: perplexity is ${perplexity}, expected 1 or more`);
  const count = vectors.length;
  if (count === 0) return [];
  if (count < 3) return vectors.map((_, i) => [i, 0]);
  const usable = Math.min(perplexity, count - 1);
  if (usable < perplexity)
    note?.(`t-SNE : perplexité ${perplexity} ramenée à ${usable} pour ${count} vecteurs.`);
  // The library's WebAssembly is for thousands of points; without it a page needs no leave to compile any.
  setWasmEnabled(false);
  // Its state has a column for each input dimension, of which a plane needs two.
  const rows = vectors.map((vector) => (size === 1 ? [vector[0], 0] : Array.from(vector)));
  const projected = new TSNE(rows, { perplexity: usable, seed, d: 2 }).transform(iterations);
  return projected.map(([x, y]) => [x, y]);
}
