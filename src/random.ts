/**
 * Counter-based randomness: the same bits on CPU and GPU. A number depends only on its counter, never on how many
 * numbers were drawn before, so a run repeats whatever the device does in between.
 *
 * Source: pcg4d, Jarzynski & Olano, "Hash Functions for GPU Rendering", 2020.
 */

/** Hashes four u32 words into four; writes them to `out`. */
export function pcg4d(x: number, y: number, z: number, w: number, out: Uint32Array): void {
  x = (Math.imul(x, 1664525) + 1013904223) | 0;
  y = (Math.imul(y, 1664525) + 1013904223) | 0;
  z = (Math.imul(z, 1664525) + 1013904223) | 0;
  w = (Math.imul(w, 1664525) + 1013904223) | 0;
  x = (x + Math.imul(y, w)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  w = (w + Math.imul(y, z)) | 0;
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  w ^= w >>> 16;
  x = (x + Math.imul(y, w)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  w = (w + Math.imul(y, z)) | 0;
  out[0] = x;
  out[1] = y;
  out[2] = z;
  out[3] = w;
}

/** A u32 as a number in [0, 1) with 24 bits, which f32 holds exactly. */
export function toUniform(bits: number): number {
  return (bits >>> 8) * 2 ** -24;
}

/** What a checkpoint needs to continue a generator's sequence. */
export interface GeneratorState {
  readonly seed: number;
  readonly stream: number;
  readonly counter: number;
}

/** A sequence of random numbers on the host: weights, permutations, sampling. */
export class Generator {
  #seed: number;
  #stream: number;
  #counter = 0;
  readonly #words = new Uint32Array(4);

  /** Streams of one seed are independent of each other. */
  constructor(seed: number, stream = 0) {
    this.#seed = seed >>> 0;
    this.#stream = stream >>> 0;
  }

  /** The next 32 bits. */
  next(): number {
    const lane = this.#counter % 4;
    if (lane === 0 || this.#fresh) {
      const block = Math.floor(this.#counter / 4);
      pcg4d(this.#seed, this.#stream, block >>> 0, Math.floor(block / 2 ** 32), this.#words);
      this.#fresh = false;
    }
    this.#counter++;
    return this.#words[lane];
  }

  #fresh = true;

  /** Uniform in [0, 1). */
  uniform(): number {
    return toUniform(this.next());
  }

  /** Normal with mean 0 and deviation 1 (Box and Muller 1958). */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** A whole number in [0, end), each equally likely. */
  integer(end: number): number {
    // By the upper bits: the lower ones of pcg4d are so weak that parities of neighbouring draws agree too often.
    const share = Math.floor(2 ** 32 / end);
    for (;;) {
      const result = Math.floor(this.next() / share);
      if (result < end) return result; // the rest would favour some numbers
    }
  }

  /** The numbers 0 … length−1 in random order (Fisher and Yates). */
  permutation(length: number): Int32Array<ArrayBuffer> {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let i = length - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const swap = order[i];
      order[i] = order[j];
      order[j] = swap;
    }
    return order;
  }

  get state(): GeneratorState {
    return { seed: this.#seed, stream: this.#stream, counter: this.#counter };
  }

  set state(state: GeneratorState) {
    this.#seed = state.seed;
    this.#stream = state.stream;
    this.#counter = state.counter;
    this.#fresh = true;
  }
}
