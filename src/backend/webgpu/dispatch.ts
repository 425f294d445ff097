import type { KernelName, Params } from "../backend.ts";

type Groups = readonly [x: number, y: number, z: number];

const MAX_GROUPS = 65_535;

/** Workgroups for one thread per element; more than 65,535 fold into y, and the kernels index accordingly. */
function elements(count: number, size = 64): Groups {
  const groups = Math.ceil(count / size);
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

function tiles(p: { rows: number; columns: number; batch: number }): Groups {
  return [Math.ceil(p.columns / 32), Math.ceil(p.rows / 32), p.batch];
}

/** Params to workgroup counts, a line per kernel. */
export const DISPATCH: { readonly [K in KernelName]: (p: Params<K>) => Groups } = {
  binary: (p) => elements(p.count),
  copy_strided: (p) => elements(p.count),
  fill: (p) => elements(p.count),
  matmul: tiles,
  matmul_direct: tiles,
  reduce: (p) => [Math.ceil(p.inner / p.lanes), Math.min(p.outer, MAX_GROUPS), 1],
  unary: (p) => elements(p.count),
  unary_backward: (p) => elements(p.count),
};

/** Floating-point operations of a launch, for splitting submits; one per thread and output unless known better. */
export const WORK: { readonly [K in KernelName]?: (p: Params<K>) => number } = {
  matmul: (p) => 2 * p.batch * p.rows * p.columns * p.inner,
  matmul_direct: (p) => 2 * p.batch * p.rows * p.columns * p.inner,
  reduce: (p) => p.outer * p.inner * p.length,
};

/** Kernels with a variant for adapters that run on the processor. */
export const SOFTWARE_VARIANT: { readonly [K in KernelName]?: KernelName } = { matmul: "matmul_direct" };
