import { formatShape, type Shape } from "../shape.ts";
import { hostValues, type Tensor } from "../tensor.ts";
import { ValueError } from "../errors.ts";

/** Index of element i along each axis, as errors print it: `[3, 17]`. */
function indexOf(i: number, shape: Shape): string {
  const index: number[] = [];
  for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
    index.unshift(rest % shape[axis]);
    rest = Math.floor(rest / shape[axis]);
  }
  return formatShape(index);
}

/**
 * Throws a ValueError at the first id outside 0 … end − 1 other than `ignored`: `<what> 5000 at [3, 17] <complaint>`.
 * Ids that exist on the device only are not read back; kernels clamp them.
 */
export function checkIds(what: string, ids: Tensor, end: number, complaint: string, ignored?: number): void {
  const values = hostValues(ids);
  if (!values) return;
  for (let i = 0; i < values.length; i++) {
    const id = values[i];
    if ((id >= 0 && id < end) || id === ignored) continue;
    throw new ValueError(`${what} ${id} at ${indexOf(i, ids.shape)} ${complaint}`);
  }
}
