import type { KernelName, Params } from "../backend.ts";
import { VECTORS } from "../operations.ts";

type Groups = readonly [x: number, y: number, z: number];

const MAX_GROUPS = 65_535;

/** Workgroups for one thread per element; more than 65,535 fold into y, and the kernels index accordingly. */
function elements(count: number, size = 64): Groups {
  const groups = Math.ceil(count / size);
  if (groups <= MAX_GROUPS) return [groups, 1, 1];
  const y = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / y), y, 1];
}

/** Workgroups in one row; more than 65,535 fold into y, likewise. */
function workgroups(count: number): Groups {
  return elements(count, 1);
}

function tiles(p: { rows: number; columns: number; batch: number }, size = 32): Groups {
  return workgroups(Math.ceil(p.columns / size) * Math.ceil(p.rows / size) * p.batch);
}

function columnBlocks(p: { outer: number; inner: number; lanes: number }): Groups {
  return workgroups(p.outer * Math.ceil(p.inner / p.lanes));
}

/** A thread per four rows and 32 columns of a head. */
function fourRows(p: { batch: number; heads: number; head_dim: number }, rows: number): Groups {
  return elements(p.batch * p.heads * Math.ceil(rows / 4) * Math.ceil(p.head_dim / 32));
}

/** Scores of an attention launch. */
function pairs(p: { batch: number; heads: number; queries: number; keys: number }): number {
  return p.batch * p.heads * p.queries * p.keys;
}

/** Params to workgroup counts, a line per kernel. */
export const DISPATCH: { readonly [K in KernelName]: (p: Params<K>) => Groups } = {
  activation_dropout: (p) => elements(Math.ceil(p.count / 4)),
  activation_dropout_backward: (p) => elements(Math.ceil(p.count / 4)),
  adam: (p) => elements(p.count),
  argmax: columnBlocks,
  attention: (p) => workgroups(p.batch * p.heads * Math.ceil(p.queries / 8)),
  attention_backward_delta: (p) => elements(p.batch * p.heads * p.queries),
  attention_backward_keys: (p) => workgroups(p.batch * p.heads * Math.ceil(p.keys / 8)),
  attention_backward_keys_direct: (p) => fourRows(p, p.keys),
  attention_backward_queries: (p) => workgroups(p.batch * p.heads * Math.ceil(p.queries / 8)),
  attention_backward_queries_direct: (p) => fourRows(p, p.queries),
  attention_direct: (p) => fourRows(p, p.queries),
  binary: (p) => elements(p.count),
  binary_cross_entropy: (p) => elements(p.count),
  binary_cross_entropy_backward: (p) => elements(p.count),
  binary_integer: (p) => elements(p.count),
  categorical_cross_entropy: (p) => [Math.min(p.rows, MAX_GROUPS), 1, 1],
  categorical_cross_entropy_backward: (p) => elements(p.count),
  clip_scale: (p) => elements(p.count),
  clip_value: (p) => elements(p.count),
  compare: (p) => elements(p.count),
  convert: (p) => elements(p.count),
  copy_strided: (p) => elements(p.count),
  cross_entropy: (p) => [Math.min(p.rows, MAX_GROUPS), 1, 1],
  cross_entropy_backward: (p) => elements(p.count),
  cross_entropy_direct: (p) => elements(p.rows),
  cross_entropy_total: () => [1, 1, 1],
  dropout: (p) => elements(Math.ceil(p.count / 4)),
  dropout_add: (p) => elements(Math.ceil(p.count / 4)),
  embedding: (p) => elements(p.count * p.width),
  embedding_backward: (p) => [Math.ceil(p.width / 32), Math.min(p.rows, MAX_GROUPS), 1],
  embedding_backward_direct: (p) => elements(p.rows * p.width),
  embedding_sort: () => [1, 1, 1],
  fill: (p) => elements(p.count),
  gru_before_sequence: (p) => [Math.ceil(p.batch / 4), p.spread, 1],
  gru_before_sequence_backward: (p) => [Math.ceil(p.batch / 4), p.spread, 1],
  gru_sequence: (p) => [Math.ceil(p.batch / 4), p.spread, 1],
  gru_sequence_backward: (p) => [Math.ceil(p.batch / 4), p.spread, 1],
  layer_norm: (p) => elements(p.rows * p.lanes),
  layer_norm_backward: (p) => elements(p.rows * p.lanes),
  layer_norm_backward_total: (p) => [Math.ceil((2 * p.columns) / 32), 1, 1],
  layer_norm_backward_weights: (p) => [Math.ceil(p.columns / 32), Math.ceil(p.rows / p.rows_per_block), 1],
  log_softmax: (p) => elements(p.rows * p.lanes),
  log_softmax_backward: (p) => elements(p.rows * p.lanes),
  lstm_cell: (p) => [Math.ceil(p.hidden / 64), Math.ceil(p.batch / 4), 1],
  lstm_cell_backward: (p) => [Math.ceil(p.hidden / 64), Math.ceil(p.batch / 4), 1],
  lstm_cell_backward_direct: (p) => [Math.ceil(p.hidden / 256), Math.ceil(p.batch / 8), 1],
  lstm_cell_direct: (p) => [Math.ceil(p.hidden / 256), Math.ceil(p.batch / 8), 1],
  lstm_sequence: (p) => [Math.ceil(p.batch / 4), 1, 1],
  lstm_sequence_backward: (p) => [Math.ceil(p.batch / 4), 1, 1],
  lstm_sequence_backward_direct: (p) => [Math.ceil(p.batch / 8), 1, 1],
  lstm_sequence_direct: (p) => [Math.ceil(p.batch / 8), 1, 1],
  matmul: (p) => tiles(p),
  matmul_direct: (p) => tiles(p, 64),
  matmul_int8: (p) => tiles({ ...p, batch: 1 }),
  matmul_masked: (p) => tiles(p),
  matmul_masked_direct: (p) => tiles(p, 64),
  metric_counts: (p) => [Math.min(Math.ceil((p.rows * p.lanes) / 64), 1024), 1, 1],
  one_hot: (p) => elements(p.count * p.classes),
  quantize_rows: (p) => elements(p.rows * p.lanes),
  reduce: columnBlocks,
  residual_norm: (p) => elements(p.rows * p.lanes),
  residual_norm_backward: (p) => elements(p.rows * p.lanes),
  rnn_sequence: (p) => [Math.ceil(p.batch / 4), p.spread, 1],
  rnn_sequence_backward: (p) => [Math.ceil(p.batch / 4), p.spread, 1],
  rmsprop: (p) => elements(p.count),
  sgd: (p) => elements(p.count),
  softmax: (p) => elements(p.rows * p.lanes),
  softmax_backward: (p) => elements(p.rows * p.lanes),
  unary: (p) => elements(p.count),
  unary_backward: (p) => elements(p.count),
  where_select: (p) => elements(p.count),
};

/** Floating-point operations of a launch, for splitting submits; one per thread and output unless known better. */
export const WORK: { readonly [K in KernelName]?: (p: Params<K>) => number } = {
  argmax: (p) => p.outer * p.inner * p.length,
  attention: (p) => pairs(p) * (4 * p.head_dim + 16),
  attention_backward_delta: (p) => 2 * p.batch * p.heads * p.queries * p.head_dim,
  attention_backward_keys: (p) => pairs(p) * (8 * p.head_dim + 16),
  attention_backward_keys_direct: (p) => pairs(p) * (8 * p.head_dim + 16),
  attention_backward_queries: (p) => pairs(p) * (6 * p.head_dim + 16),
  attention_backward_queries_direct: (p) => pairs(p) * (6 * p.head_dim + 16),
  attention_direct: (p) => pairs(p) * (4 * p.head_dim + 16),
  categorical_cross_entropy: (p) => 4 * p.rows * p.classes,
  cross_entropy: (p) => 8 * p.rows * p.classes,
  cross_entropy_direct: (p) => 8 * p.rows * p.classes,
  embedding_sort: (p) => 128 * p.count,
  gru_before_sequence: (p) => 6 * (p.end - p.begin) * p.batch * p.hidden * p.hidden,
  gru_before_sequence_backward: (p) => 6 * (p.end - p.begin) * p.batch * p.hidden * p.hidden,
  gru_sequence: (p) => 6 * (p.end - p.begin) * p.batch * p.hidden * p.hidden,
  gru_sequence_backward: (p) => 6 * (p.end - p.begin) * p.batch * p.hidden * p.hidden,
  layer_norm: (p) => 8 * p.rows * p.columns,
  layer_norm_backward: (p) => 12 * p.rows * p.columns,
  layer_norm_backward_total: (p) => 2 * p.blocks * p.columns,
  layer_norm_backward_weights: (p) => 5 * p.rows * p.columns,
  log_softmax: (p) => 8 * p.rows * p.columns,
  log_softmax_backward: (p) => 8 * p.rows * p.columns,
  lstm_cell: (p) => 8 * p.batch * p.hidden * p.hidden,
  lstm_cell_backward: (p) => 8 * p.batch * p.hidden * p.hidden,
  lstm_cell_backward_direct: (p) => 8 * p.batch * p.hidden * p.hidden,
  lstm_cell_direct: (p) => 8 * p.batch * p.hidden * p.hidden,
  lstm_sequence: (p) => 8 * p.steps * p.batch * p.hidden * p.hidden,
  lstm_sequence_backward: (p) => 8 * p.steps * p.batch * p.hidden * p.hidden,
  lstm_sequence_backward_direct: (p) => 8 * p.steps * p.batch * p.hidden * p.hidden,
  lstm_sequence_direct: (p) => 8 * p.steps * p.batch * p.hidden * p.hidden,
  matmul: (p) => 2 * p.batch * p.rows * p.columns * p.inner,
  matmul_direct: (p) => 2 * p.batch * p.rows * p.columns * p.inner,
  matmul_int8: (p) => 8 * p.rows * p.columns * p.words,
  matmul_masked: (p) => 2 * p.batch * p.rows * p.columns * p.inner,
  matmul_masked_direct: (p) => 2 * p.batch * p.rows * p.columns * p.inner,
  metric_counts: (p) => 4 * p.rows * p.classes,
  quantize_rows: (p) => 8 * p.rows * p.columns,
  reduce: (p) => p.outer * p.inner * p.length,
  residual_norm: (p) => 20 * p.rows * p.columns,
  residual_norm_backward: (p) => 24 * p.rows * p.columns,
  rnn_sequence: (p) => 2 * (p.end - p.begin) * p.batch * p.hidden * p.hidden,
  rnn_sequence_backward: (p) => 2 * (p.end - p.begin) * p.batch * p.hidden * p.hidden,
  softmax: (p) => 8 * p.rows * p.columns,
  softmax_backward: (p) => 4 * p.rows * p.columns,
};

/** Kernels with a variant for adapters that run on the processor; some are the same kernel with other params. */
export const SOFTWARE_VARIANT: { readonly [K in KernelName]?: KernelName } = {
  attention: "attention_direct",
  attention_backward_keys: "attention_backward_keys_direct",
  attention_backward_queries: "attention_backward_queries_direct",
  cross_entropy: "cross_entropy_direct",
  embedding_backward: "embedding_backward_direct",
  layer_norm: "layer_norm",
  layer_norm_backward: "layer_norm_backward",
  lstm_cell: "lstm_cell_direct",
  lstm_cell_backward: "lstm_cell_backward_direct",
  lstm_sequence: "lstm_sequence_direct",
  lstm_sequence_backward: "lstm_sequence_backward_direct",
  matmul: "matmul_direct",
  matmul_masked: "matmul_masked_direct",
  residual_norm: "residual_norm",
  residual_norm_backward: "residual_norm_backward",
};

/** What a variant takes beyond the params of the kernel that it stands in for; null where it cannot. */
const VARIANT_PARAMS: { readonly [K in KernelName]?: (p: Params<K>) => object | null } = {
  attention: byFourColumns,
  attention_backward_keys: byFourColumns,
  attention_backward_queries: byFourColumns,
  layer_norm: fewerLanes,
  layer_norm_backward: fewerLanes,
  lstm_cell: byFourUnits,
  lstm_cell_backward: byFourUnits,
  lstm_sequence: byFourUnits,
  lstm_sequence_backward: byFourUnits,
  matmul: (p) => ({
    a_vectors: vectors(p.a_row, p.a_column, [p.a_offset, p.a_batch, p.a_batch_inner]),
    b_vectors: vectors(p.b_row, p.b_column, [p.b_offset, p.b_batch, p.b_batch_inner]),
  }),
  matmul_masked: (p) => {
    const a_vectors = vectors(p.a_row, p.a_column, [p.a_offset, p.a_batch, p.inner]);
    const b_vectors = vectors(p.b_row, p.b_column, [p.b_offset, p.b_batch, p.columns]);
    const out = [p.mask_offset, p.out_offset, p.out_row, p.out_batch];
    if (a_vectors === VECTORS.none || b_vectors === VECTORS.none || out.some((n) => n % 4 !== 0)) return null;
    return { a_vectors, b_vectors };
  },
  residual_norm: fewerLanes,
  residual_norm_backward: fewerLanes,
};

/** Offsets and strides of attention's operands, but not of its masks. */
const OPERAND_PLACE = /^(q|k|v|out|dout|dq|dk|dv|dkv)_/;

/** The variants of the attention kernels load four columns at once, and write eight. */
function byFourColumns(p: { head_dim: number }): object | null {
  const aligned = Object.entries(p).every(([name, value]) => !OPERAND_PLACE.test(name) || value % 4 === 0);
  return aligned && p.head_dim % 8 === 0 ? {} : null;
}

/** A row by 8 threads instead of 64: half the time on lavapipe, where a workgroup waits longer than it adds up. */
function fewerLanes(p: { lanes: number }): object {
  return { lanes: Math.min(p.lanes, 8) };
}

/** The variants of the LSTM kernels load four units at once. */
function byFourUnits(p: { hidden: number }): object | null {
  return p.hidden % 4 === 0 ? {} : null;
}

/** How matmul_direct may load an operand: four neighbours at once must start on a multiple of four. */
function vectors(row: number, column: number, others: readonly number[]): number {
  if (others.some((n) => n % 4 !== 0)) return VECTORS.none;
  if (column === 1 && row % 4 === 0) return VECTORS.rows;
  return row === 1 && column % 4 === 0 ? VECTORS.columns : VECTORS.none;
}

/** The kernel and params with which an adapter that runs on the processor answers a launch. */
export function softwareVariant<K extends KernelName>(
  kernel: K,
  params: Params<K>,
): { kernel: KernelName; params: object } {
  const variant = SOFTWARE_VARIANT[kernel];
  const more = VARIANT_PARAMS[kernel] ? VARIANT_PARAMS[kernel](params) : {};
  return variant && more ? { kernel: variant, params: { ...params, ...more } } : { kernel, params };
}
