import type { KernelName, Params, Views } from "../backend.ts";
import { activation_dropout } from "./activation_dropout.ts";
import { activation_dropout_backward } from "./activation_dropout_backward.ts";
import { adam } from "./adam.ts";
import { argmax } from "./argmax.ts";
import { attention } from "./attention.ts";
import { attention_backward_delta } from "./attention_backward_delta.ts";
import { attention_backward_keys } from "./attention_backward_keys.ts";
import { attention_backward_queries } from "./attention_backward_queries.ts";
import { binary } from "./binary.ts";
import { binary_cross_entropy } from "./binary_cross_entropy.ts";
import { binary_cross_entropy_backward } from "./binary_cross_entropy_backward.ts";
import { binary_integer } from "./binary_integer.ts";
import { categorical_cross_entropy } from "./categorical_cross_entropy.ts";
import { categorical_cross_entropy_backward } from "./categorical_cross_entropy_backward.ts";
import { clip_scale } from "./clip_scale.ts";
import { clip_value } from "./clip_value.ts";
import { compare } from "./compare.ts";
import { convert } from "./convert.ts";
import { copy_strided } from "./copy_strided.ts";
import { cross_entropy } from "./cross_entropy.ts";
import { cross_entropy_backward } from "./cross_entropy_backward.ts";
import { cross_entropy_total } from "./cross_entropy_total.ts";
import { dropout } from "./dropout.ts";
import { dropout_add } from "./dropout_add.ts";
import { embedding } from "./embedding.ts";
import { embedding_backward } from "./embedding_backward.ts";
import { embedding_sort } from "./embedding_sort.ts";
import { fill } from "./fill.ts";
import { gru_before_sequence } from "./gru_before_sequence.ts";
import { gru_before_sequence_backward } from "./gru_before_sequence_backward.ts";
import { gru_sequence } from "./gru_sequence.ts";
import { gru_sequence_backward } from "./gru_sequence_backward.ts";
import { layer_norm } from "./layer_norm.ts";
import { layer_norm_backward } from "./layer_norm_backward.ts";
import { layer_norm_backward_total } from "./layer_norm_backward_total.ts";
import { layer_norm_backward_weights } from "./layer_norm_backward_weights.ts";
import { log_softmax } from "./log_softmax.ts";
import { log_softmax_backward } from "./log_softmax_backward.ts";
import { lstm_cell } from "./lstm_cell.ts";
import { lstm_cell_backward } from "./lstm_cell_backward.ts";
import { lstm_sequence } from "./lstm_sequence.ts";
import { lstm_sequence_backward } from "./lstm_sequence_backward.ts";
import { matmul } from "./matmul.ts";
import { matmul_int8 } from "./matmul_int8.ts";
import { matmul_masked } from "./matmul_masked.ts";
import { metric_counts } from "./metric_counts.ts";
import { one_hot } from "./one_hot.ts";
import { quantize_rows } from "./quantize_rows.ts";
import { reduce } from "./reduce.ts";
import { residual_norm } from "./residual_norm.ts";
import { residual_norm_backward } from "./residual_norm_backward.ts";
import { rnn_sequence } from "./rnn_sequence.ts";
import { rnn_sequence_backward } from "./rnn_sequence_backward.ts";
import { rmsprop } from "./rmsprop.ts";
import { sgd } from "./sgd.ts";
import { softmax } from "./softmax.ts";
import { softmax_backward } from "./softmax_backward.ts";
import { unary } from "./unary.ts";
import { unary_backward } from "./unary_backward.ts";
import { where_select } from "./where_select.ts";

/** The CPU twin of every kernel; a kernel without one does not compile. */
export const TWINS: { readonly [K in KernelName]: (params: Params<K>, views: Views<K>) => void } = {
  activation_dropout,
  activation_dropout_backward,
  adam,
  argmax,
  attention,
  attention_backward_delta,
  attention_backward_keys,
  attention_backward_keys_direct: attention_backward_keys,
  attention_backward_queries,
  attention_backward_queries_direct: attention_backward_queries,
  attention_direct: attention,
  binary,
  binary_cross_entropy,
  binary_cross_entropy_backward,
  binary_integer,
  categorical_cross_entropy,
  categorical_cross_entropy_backward,
  clip_scale,
  clip_value,
  compare,
  convert,
  copy_strided,
  cross_entropy,
  cross_entropy_backward,
  cross_entropy_direct: cross_entropy,
  cross_entropy_total,
  dropout,
  dropout_add,
  embedding,
  embedding_backward,
  embedding_backward_direct: embedding_backward,
  embedding_sort,
  fill,
  gru_before_sequence,
  gru_before_sequence_backward,
  gru_sequence,
  gru_sequence_backward,
  layer_norm,
  layer_norm_backward,
  layer_norm_backward_total,
  layer_norm_backward_weights,
  log_softmax,
  log_softmax_backward,
  lstm_cell,
  lstm_cell_backward,
  lstm_cell_backward_direct: lstm_cell_backward,
  lstm_cell_direct: lstm_cell,
  lstm_sequence,
  lstm_sequence_backward,
  lstm_sequence_backward_direct: lstm_sequence_backward,
  lstm_sequence_direct: lstm_sequence,
  matmul,
  matmul_direct: matmul,
  matmul_int8,
  matmul_masked,
  matmul_masked_direct: matmul_masked,
  metric_counts,
  one_hot,
  quantize_rows,
  reduce,
  residual_norm,
  residual_norm_backward,
  rnn_sequence,
  rnn_sequence_backward,
  rmsprop,
  sgd,
  softmax,
  softmax_backward,
  unary,
  unary_backward,
  where_select,
};
