import type { KernelName, Params, Views } from "../backend.ts";
import { binary } from "./binary.ts";
import { copy_strided } from "./copy_strided.ts";
import { fill } from "./fill.ts";
import { matmul } from "./matmul.ts";
import { reduce } from "./reduce.ts";
import { unary } from "./unary.ts";
import { unary_backward } from "./unary_backward.ts";

/** The CPU twin of every kernel; a kernel without one does not compile. */
export const TWINS: { readonly [K in KernelName]: (params: Params<K>, views: Views<K>) => void } = {
  binary,
  copy_strided,
  fill,
  matmul,
  matmul_direct: matmul,
  reduce,
  unary,
  unary_backward,
};
