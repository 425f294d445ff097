/**
 * The order in which numpy's old random generator shuffles, which fixes the order of Keras's reviews.
 *
 *   const random = new RandomState(113);
 *   random.shuffled(25000)               // as: order = np.arange(25000); rng.shuffle(order)
 *
 * The Mersenne Twister MT19937 (Matsumoto & Nishimura 1998), seeded as in their `init_genrand`, and a Fisher–Yates
 * shuffle whose indices are drawn by masking and rejecting. numpy promises that RandomState never changes.
 */
import { ValueError } from "../../src/index.ts";

const WORDS = 624;
/** How far apart the words are that are mixed. */
const SHIFT = 397;

/** numpy.random.RandomState, as far as shuffling needs it. */
export class RandomState {
  readonly #state = new Uint32Array(WORDS);
  #next = WORDS;

  /** `seed` is a whole number of 32 bits; throws a ValueError for others. */
  constructor(seed: number) {
    if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
      throw new ValueError(`RandomState: the seed ${seed} is not a whole number from 0 to 2^32 - 1`);
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < WORDS; i++)
      state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  }

  /** The next 32 bits. */
  next(): number {
    if (this.#next === WORDS) this.#refill();
    let word = this.#state[this.#next++];
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    word ^= word >>> 18;
    return word >>> 0;
  }

  /** The numbers 0 … length − 1 in the order that `shuffle` gives them. */
  shuffled(length: number): Int32Array {
    const order = Int32Array.from({ length }, (_, i) => i);
    for (let last = length - 1; last > 0; last--) {
      const other = this.#upTo(last);
      [order[last], order[other]] = [order[other], order[last]];
    }
    return order;
  }

  /** A whole number from 0 to `max`: as many bits as `max` has, drawn until they are not above it. */
  #upTo(max: number): number {
    const mask = 0xffffffff >>> Math.clz32(max);
    for (;;) {
      const value = (this.next() & mask) >>> 0;
      if (value <= max) return value;
    }
  }

  #refill(): void {
    const state = this.#state;
    for (let i = 0; i < WORDS; i++) {
      const mixed = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7fffffff);
      state[i] = state[(i + SHIFT) % WORDS] ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0);
    }
    this.#next = 0;
  }
}
