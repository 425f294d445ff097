import type { Params, Views } from "../backend.ts";
import { multiply } from "./matmul.ts";

/** Rows of w that are unpacked at a time: small enough for the caches, and nothing is allocated per launch. */
const BLOCK = 32;

/** Unpacked rows and their sums, as doubles, in which sums of whole numbers are exact; grown as needed. */
let xs = new Float64Array(0);
let ws = new Float64Array(0);
let sums = new Float64Array(0);

function grown(scratch: Float64Array<ArrayBuffer>, length: number): Float64Array<ArrayBuffer> {
  return scratch.length < length ? new Float64Array(length) : scratch;
}

/** The int8 of `count` words from `start` on. */
function unpack(words: Int32Array, start: number, count: number, values: Float64Array): void {
  for (let i = 0; i < count; i++) {
    const word = words[start + i];
    values[4 * i] = (word << 24) >> 24;
    values[4 * i + 1] = (word << 16) >> 24;
    values[4 * i + 2] = (word << 8) >> 24;
    values[4 * i + 3] = word >> 24;
  }
}

/** Twin of kernels/matmul_int8.wgsl. */
export function matmul_int8(
  params: Params<"matmul_int8">,
  { x, x_scale, w, w_scale, bias, out }: Views<"matmul_int8">,
): void {
  const { rows, words, columns, has_bias } = params;
  const inner = 4 * words;
  xs = grown(xs, rows * inner);
  ws = grown(ws, BLOCK * inner);
  sums = grown(sums, rows * BLOCK);
  unpack(x, 0, rows * words, xs);
  for (let first = 0; first < columns; first += BLOCK) {
    const block = Math.min(BLOCK, columns - first);
    unpack(w, first * words, block * words, ws);
    multiply(xs, ws, sums, {
      ...{ rows, inner, columns: block },
      ...{ a: 0, aRow: inner, aColumn: 1 },
      ...{ b: 0, bRow: 1, bColumn: inner },
      ...{ out: 0, outRow: block, accumulate: false },
    });
    for (let r = 0; r < rows; r++)
      for (let i = 0; i < block; i++) {
        const c = first + i;
        const v = sums[r * block + i] * (x_scale[r] * w_scale[c]);
        out[r * columns + c] = has_bias === 1 && bias ? v + bias[c] : v;
      }
  }
}
