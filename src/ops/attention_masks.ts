/** The masks of attention: what shapes they may have, and how the kernels and the plain path read them. */
import { ShapeError } from "../errors.ts";
import { broadcastStrides, formatShape, type Shape } from "../shape.ts";
import { Tensor } from "../tensor.ts";
import { contiguousOf, expectDtype } from "./launch.ts";

/** A mask with a stride for each of batch, head, query and key. */
export interface PairMask {
  tensor: Tensor;
  kind: "added" | "forbidden";
  batch: number;
  head: number;
  row: number;
  column: number;
}

/** The masks of one attention, checked. */
export interface AttentionMasks {
  mask?: PairMask;
  /** [batch, keys] i32, keys next to each other. */
  padding?: Tensor;
}

/** What masks are checked against. */
export interface PairSizes {
  batch: number;
  heads: number;
  queries: number;
  keys: number;
}

/** The masks as users give them. */
export interface MaskOptions {
  /**
   * [queries, keys], [batch, 1 or heads, queries, keys] or [batch · heads, queries, keys]. f32: added to the scores
   * (−Infinity, or anything up to −1e38, masks a pair). i32: not 0 = the query must not see the key, as in PyTorch.
   */
  attnMask?: Tensor;
  /** [batch, keys] i32; not 0 = a key that no query sees (padding), as in PyTorch. */
  keyPaddingMask?: Tensor;
}

/** The attention mask as [batch, heads, queries, keys] (a view), or a ShapeError that names the shapes that fit. */
function overPairs(where: string, mask: Tensor, { batch, heads, queries, keys }: PairSizes): Tensor {
  const target = [batch, heads, queries, keys];
  let { shape, strides } = mask;
  if (shape.length === 3 && shape[0] === batch * heads) {
    shape = [batch, heads, ...shape.slice(1)];
    strides = [strides[0] * heads, ...strides];
  }
  const fits =
    shape.length >= 2 &&
    shape.length <= 4 &&
    shape.every((n, axis) => n === 1 || n === target[axis + 4 - shape.length]);
  if (!fits)
    throw new ShapeError(
      `${where}: attnMask is ${formatShape(mask.shape)}, expected ${formatShape([queries, keys])}, ` +
        `[${batch}, 1 or ${heads}, ${queries}, ${keys}] or ${formatShape([batch * heads, queries, keys])} ` +
        "(queries and keys last)",
    );
  const { device, storage, offset, dtype } = mask;
  const parts = { device, storage, offset, dtype, permanent: false };
  // Without a claim: the view is for the launches at hand.
  return new Tensor({ ...parts, shape: target, strides: broadcastStrides(shape, strides, target) }, false);
}

/** Checks the masks of an attention. Throws a ShapeError for shapes and dtypes that do not fit. */
export function checkMasks(where: string, options: MaskOptions, sizes: PairSizes): AttentionMasks {
  const { attnMask, keyPaddingMask } = options;
  const masks: AttentionMasks = {};
  if (keyPaddingMask) {
    const expected: Shape = [sizes.batch, sizes.keys];
    expectDtype(where, "keyPaddingMask", keyPaddingMask, "i32");
    const { shape } = keyPaddingMask;
    if (shape.length !== 2 || shape[0] !== expected[0] || shape[1] !== expected[1])
      throw new ShapeError(
        `${where}: keyPaddingMask is ${formatShape(shape)}, expected ${formatShape(expected)} (batch, keys)`,
      );
    masks.padding = keyPaddingMask.strides[1] === 1 ? keyPaddingMask : contiguousOf(keyPaddingMask);
  }
  if (attnMask) {
    const tensor = overPairs(where, attnMask, sizes);
    const [batch, head, row, column] = tensor.strides;
    masks.mask = { tensor, kind: attnMask.dtype === "f32" ? "added" : "forbidden", batch, head, row, column };
  }
  return masks;
}
