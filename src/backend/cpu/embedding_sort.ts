import type { Params, Views } from "../backend.ts";
import { clampId } from "./cross_entropy.ts";

/** Twin of kernels/embedding_sort.wgsl. */
export function embedding_sort(
  params: Params<"embedding_sort">,
  { ids, starts, order }: Views<"embedding_sort">,
): void {
  const { count, rows, ids_offset } = params;
  for (let r = 0; r <= rows; r++) starts[r] = 0;
  for (let i = 0; i < count; i++) starts[clampId(ids[ids_offset + i], rows) + 1]++;
  let start = 0;
  for (let r = 0; r < rows; r++) {
    const hits = starts[r + 1];
    starts[r + 1] = start;
    start += hits;
  }
  for (let i = 0; i < count; i++) order[starts[clampId(ids[ids_offset + i], rows) + 1]++] = i;
}
