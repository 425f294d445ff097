import type { Params, Views } from "../backend.ts";
import { clampId } from "./cross_entropy.ts";

/** Twin of kernels/embedding.wgsl. */
export function embedding(params: Params<"embedding">, { ids, table, out }: Views<"embedding">): void {
  const { count, rows, width } = params;
  for (let i = 0; i < count; i++) {
    const row = clampId(ids[params.ids_offset + i], rows);
    const from = params.table_offset + row * params.table_row;
    for (let c = 0; c < width; c++) out[i * width + c] = table[from + c];
  }
}
