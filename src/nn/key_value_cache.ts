import { willRecord } from "../autograd.ts";
import { checkOptions, ShapeError, ValueError, WgradError } from "../errors.ts";
import { formatShape } from "../shape.ts";
import { copyElements, emptyTensor, leafTensor, Tensor } from "../tensor.ts";
import { withGrad } from "../autograd.ts";
import { indexSelect } from "../ops/embedding.ts";

/** Another way to read memory that the cache owns, for the launches at hand: it holds no claim. */
function windowOf(store: Tensor, column: number, width: number, first: number, length: number): Tensor {
  const { device, storage, strides, dtype } = store;
  const shape = [store.shape[0], length, width];
  const offset = first * strides[1] + column;
  return new Tensor({ device, storage, shape, strides, offset, dtype, permanent: false }, false);
}

/**
 * The keys and values that one attention has seen, side by side as [batch, length, width], so that decoding projects
 * each token once. It belongs to decoding under `noGrad`, lives until `dispose()`, and grows by doubling.
 */
export class KeyValueCache {
  readonly #capacity: number;
  #store: Tensor | null = null;
  #length = 0;

  /** `capacity`: positions to make room for at first; 32. Throws a ValueError unless it is a whole number of at least 1. */
  constructor(options: { capacity?: number } = {}) {
    checkOptions("KeyValueCache", options, ["capacity"]);
    this.#capacity = options.capacity ?? 32;
    if (!Number.isInteger(this.#capacity) || this.#capacity < 1)
      throw new ValueError(
        `KeyValueCache: capacity must be a whole number of at least 1, got ${this.#capacity}`,
      );
  }

  /** Positions held. */
  get length(): number {
    return this.#length;
  }

  /**
   * Adds positions: tensors [batch, new, width], whose widths lie side by side, in the same order every time. Throws a
   * ShapeError when batch or width differ from before, and a WgradError when a gradient would be lost.
   */
  append(...parts: readonly Tensor[]): void {
    if (willRecord(...parts))
      throw new WgradError("KeyValueCache: no gradient flows through a cache; decode in noGrad(() => …)");
    const [batch, added] = parts[0].shape;
    const width = parts.reduce((total, part) => total + part.shape[2], 0);
    const store = this.#room(parts[0], batch, width, added);
    let column = 0;
    for (const part of parts) {
      copyElements(part, windowOf(store, column, part.shape[2], this.#length, added));
      column += part.shape[2];
    }
    this.#length += added;
  }

  /** Everything held, [batch, length, width]: a view, valid until the next `append`, `reorder` or `dispose`. */
  get contents(): Tensor {
    if (!this.#store) throw new WgradError("KeyValueCache: nothing was put in yet");
    return windowOf(this.#store, 0, this.#store.shape[2], 0, this.#length);
  }

  /**
   * Makes row i what row `rows[i]` was: beams that continue others, or fewer rows when some have ended. Throws a
   * ValueError for a row that is not there.
   */
  reorder(rows: ArrayLike<number>): void {
    const before = this.#store;
    if (!before) return;
    if (rows.length === before.shape[0] && Array.prototype.every.call(rows, (row, i) => row === i)) return;
    const ids = leafTensor(before.device, rows, [rows.length], "i32");
    this.#store = withGrad(false, () => indexSelect(before, 0, ids)).keep();
    ids.dispose();
    before.dispose();
  }

  /** Gives the memory back; the cache is then empty and can be used again. */
  dispose(): void {
    this.#store?.dispose();
    this.#store = null;
    this.#length = 0;
  }

  #room(part: Tensor, batch: number, width: number, added: number): Tensor {
    const before = this.#store;
    if (before && (before.shape[0] !== batch || before.shape[2] !== width))
      throw new ShapeError(
        `KeyValueCache: holds ${formatShape([before.shape[0], this.#length, before.shape[2]])}, got ` +
          `${formatShape([batch, added, width])}; reorder() changes the batch, dispose() starts over`,
      );
    const needed = this.#length + added;
    if (before && needed <= before.shape[1]) return before;
    const capacity = Math.max(this.#capacity, needed, 2 * (before?.shape[1] ?? 0));
    const store = emptyTensor(part.device, [batch, capacity, width], "f32", true);
    if (before) {
      copyElements(windowOf(before, 0, width, 0, this.#length), windowOf(store, 0, width, 0, this.#length));
      before.dispose();
    }
    this.#store = store;
    return store;
  }
}

/** The two caches of a decoder layer: its own tokens so far, and the memory that it looks at. */
export interface LayerCache {
  self: KeyValueCache;
  cross: KeyValueCache;
}

/**
 * The caches of all layers of a decoder, or of a decoder-only stack: pass it to `forward` with the new tokens only, and
 * the result is the same as for the whole sequence. One per sequence (batch) that is being decoded.
 */
export class DecoderCache {
  readonly #layers: LayerCache[] = [];
  readonly #capacity: number | undefined;

  /** `capacity`: tokens to make room for at first. */
  constructor(options: { capacity?: number } = {}) {
    checkOptions("DecoderCache", options, ["capacity"]);
    this.#capacity = options.capacity;
  }

  /** The caches of layer `index`, made on first use. */
  layer(index: number): LayerCache {
    const make = (): KeyValueCache =>
      new KeyValueCache(this.#capacity === undefined ? {} : { capacity: this.#capacity });
    this.#layers[index] ??= { self: make(), cross: make() };
    return this.#layers[index];
  }

  /** Tokens that every layer has seen: the position of the next one. */
  get length(): number {
    return this.#layers.at(-1)?.self.length ?? 0;
  }

  /** Makes row i of every cache what row `rows[i]` was. */
  reorder(rows: ArrayLike<number>): void {
    for (const { self, cross } of this.#layers) {
      self.reorder(rows);
      cross.reorder(rows);
    }
  }

  /** Gives the memory back; the cache can then be used for other sequences. */
  dispose(): void {
    for (const { self, cross } of this.#layers) {
      self.dispose();
      cross.dispose();
    }
  }
}
