import type { Params, Views } from "../backend.ts";
import { at } from "./math.ts";

/** Twin of kernels/where_select.wgsl. */
export function where_select(
  params: Params<"where_select">,
  { condition, a, b, out }: Views<"where_select">,
): void {
  const { count, shape, condition_offset, condition_strides } = params;
  const { a_offset, a_strides, b_offset, b_strides } = params;
  for (let i = 0; i < count; i++) {
    const chosen = condition[condition_offset + at(i, shape, condition_strides)] !== 0;
    out[i] = chosen ? a[a_offset + at(i, shape, a_strides)] : b[b_offset + at(i, shape, b_strides)];
  }
}
