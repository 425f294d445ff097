import type { KernelName, Params } from "./backend.ts";
import { UNARY } from "./operations.ts";

/** Rounding of one f32 result, with room for drivers whose exp, log and division lose two more bits. */
const ROUNDING = 2e-6;

/** A sum of n products rounds about √n times as much as one (errors of random sign). */
function sum(n: number): number {
  return 1e-6 * Math.sqrt(n) + ROUNDING;
}

/** Near 1, log has an absolute error of 1e-7: so much of the smallest scale that outputs are measured by. */
const NEAR_ONE = 1e-4;

/** WGSL allows tanh an error of 1e-5, and sin and cos one of 2^−11. */
function elementary(operation: number): number {
  return operation === UNARY.sin || operation === UNARY.cos ? 5e-4 : 2e-5;
}

/**
 * How far a kernel's output may lie from its twin's, relative to the largest value in it. WGSL allows tanh an error
 * of 1e-5, the reason of the figures of the activations.
 */
export const TOLERANCES: { readonly [K in KernelName]: (p: Params<K>) => number } = {
  activation_dropout: () => 2e-5, // as unary
  activation_dropout_backward: () => 2e-5,
  adam: () => 1e-5, // a quotient of two moments, each with its own rounding
  argmax: () => 0,
  attention: (p) => sum(p.head_dim + p.keys) + 1e-5, // exp of a difference of two scores
  attention_backward_delta: (p) => sum(p.head_dim),
  attention_backward_keys: (p) => sum(p.head_dim + p.queries) + 5e-5, // likewise, times a difference
  attention_backward_keys_direct: (p) => sum(p.head_dim + p.queries) + 5e-5,
  attention_backward_queries: (p) => sum(p.head_dim + p.keys) + 5e-5, // likewise
  attention_backward_queries_direct: (p) => sum(p.head_dim + p.keys) + 5e-5,
  attention_direct: (p) => sum(p.head_dim + p.keys) + 1e-5,
  binary: () => 2e-5, // pow is exp2 of a product: its error grows with the exponent
  binary_cross_entropy: () => NEAR_ONE,
  binary_cross_entropy_backward: () => 1e-5, // a quotient by p (1 − p)
  binary_integer: () => 0,
  categorical_cross_entropy: () => NEAR_ONE,
  categorical_cross_entropy_backward: (p) => sum(p.classes), // inside and sums come from sums of classes
  clip_scale: () => ROUNDING,
  clip_value: () => ROUNDING, // limit is rounded to f32
  compare: () => 0,
  convert: (p) => (p.to_integer ? 0 : ROUNDING), // i32 above 2^24 rounds to f32
  copy_strided: () => 0,
  cross_entropy: () => NEAR_ONE,
  cross_entropy_backward: () => 1e-5, // exp of a difference: its error grows with the difference
  cross_entropy_direct: () => NEAR_ONE,
  cross_entropy_total: (p) => sum(p.rows),
  dropout: () => ROUNDING, // one product; which elements are zero is exact
  dropout_add: () => ROUNDING,
  embedding: () => 0,
  embedding_backward: () => sum(10_000), // hits of one id; the params do not know them
  embedding_backward_direct: () => sum(10_000), // likewise
  embedding_sort: () => 0,
  fill: () => ROUNDING,
  gru_before_sequence: (p) => sum(2 * p.hidden * p.steps) + 1e-5, // two products after each other in a step
  gru_before_sequence_backward: (p) => sum(3 * p.hidden * p.steps) + 1e-5,
  gru_sequence: (p) => sum(p.hidden * p.steps) + 1e-5, // errors pass from step to step
  gru_sequence_backward: (p) => sum(3 * p.hidden * p.steps) + 1e-5,
  layer_norm: (p) => sum(p.columns) + 1e-5, // the distance from the mean is scaled up where a row hardly varies
  layer_norm_backward: (p) => sum(p.columns) + 1e-5, // likewise
  layer_norm_backward_total: (p) => sum(p.blocks),
  layer_norm_backward_weights: (p) => sum(p.rows_per_block),
  log_softmax: (p) => sum(p.columns),
  log_softmax_backward: (p) => sum(p.columns) + 1e-5, // exp of a difference: its error grows with the difference
  lstm_cell: (p) => sum(p.hidden) + 1e-5,
  lstm_cell_backward: (p) => sum(4 * p.hidden) + 1e-5,
  lstm_cell_backward_direct: (p) => sum(4 * p.hidden) + 1e-5,
  lstm_cell_direct: (p) => sum(p.hidden) + 1e-5,
  lstm_sequence: (p) => sum(p.hidden * p.steps) + 1e-5, // errors pass from step to step
  lstm_sequence_backward: (p) => sum(4 * p.hidden * p.steps) + 1e-5,
  lstm_sequence_backward_direct: (p) => sum(4 * p.hidden * p.steps) + 1e-5,
  lstm_sequence_direct: (p) => sum(p.hidden * p.steps) + 1e-5,
  matmul: (p) => sum(p.inner),
  matmul_direct: (p) => sum(p.inner),
  matmul_int8: () => ROUNDING, // the sums are exact; scaling rounds three times
  matmul_masked: (p) => sum(p.inner),
  matmul_masked_direct: (p) => sum(p.inner),
  metric_counts: () => 0,
  one_hot: () => 0,
  quantize_rows: () => 0,
  reduce: (p) => sum(p.length),
  residual_norm: (p) => sum(p.columns) + 3e-5, // as layer_norm, whose input is here rounded on the way
  residual_norm_backward: (p) => sum(p.columns) + 1e-5,
  rnn_sequence: (p) => sum(p.hidden * p.steps) + 1e-5, // errors pass from step to step
  rnn_sequence_backward: (p) => sum(p.hidden * p.steps) + 1e-5,
  rmsprop: () => 1e-5, // a quotient by a root
  sgd: () => ROUNDING,
  softmax: (p) => sum(p.columns) + 1e-5, // exp of a difference
  softmax_backward: (p) => sum(p.columns),
  unary: ({ operation }) => elementary(operation),
  unary_backward: ({ operation }) => elementary(operation),
  where_select: () => 0,
};

/** Plain sums: where large terms cancel, the rounding is relative to the terms, not to what is left of them. */
export const SCALED_BY_INPUTS: ReadonlySet<KernelName> = new Set<KernelName>(["reduce"]);
