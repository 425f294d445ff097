/** wgrad's public names. */
export { Generator } from "./random.ts";
export {
  type Device,
  type DeviceChoice,
  type DeviceKind,
  type DeviceOptions,
  getDevice,
  hostGenerator,
  manualSeed,
  openDevice,
  useDevice,
} from "./device.ts";
export {
  DeviceError,
  FileFormatError,
  FreedTensorError,
  ShapeError,
  ValueError,
  VerifyError,
  WgradError,
} from "./errors.ts";
export { type Batch, type BatchTensors, type HostArray, stackSamples, toTensors } from "./data/batch.ts";
export { DataLoader, type DataLoaderOptions, type DataLoaderState } from "./data/data_loader.ts";
export { type ArraySource, type Dataset, TensorDataset } from "./data/dataset.ts";
export {
  CHECKPOINT_FORMAT,
  type Checkpoint,
  checkFits,
  modelFingerprint,
  packCheckpoint,
  type Shapes,
  unpackCheckpoint,
} from "./io/checkpoint.ts";
export {
  type HostTensor,
  readSafetensors,
  type SafetensorsFile,
  type TensorMap,
  writeSafetensors,
} from "./io/safetensors.ts";
export { type BleuOptions, type BleuScore, bleu, tokens13a } from "./metrics/bleu.ts";
export {
  type AverageOptions,
  accuracy,
  f1Score,
  precision,
  recall,
  type Scores,
} from "./metrics/classification.ts";
export {
  type ClassificationReport,
  type ClassificationReportOptions,
  classificationReport,
  type ReportRow,
} from "./metrics/classification_report.ts";
export { confusionMatrix } from "./metrics/confusion_matrix.ts";
export { perplexity, type PerplexityOptions } from "./metrics/perplexity.ts";
export {
  auc,
  type RocCurve,
  type RocCurveOptions,
  rocAucScore,
  rocCurve,
  thresholdAuc,
} from "./metrics/roc.ts";
export { rouge, type RougeOptions, type RougeScores } from "./metrics/rouge.ts";
export { tokenAccuracy, type TokenAccuracyOptions } from "./metrics/token_accuracy.ts";
export { GELU, ReLU, Sigmoid, SiLU, Softmax, Tanh } from "./nn/activations.ts";
export { Dropout } from "./nn/dropout.ts";
export { Embedding } from "./nn/embedding.ts";
export { GRU, type GRUOptions } from "./nn/gru.ts";
export * as init from "./nn/init.ts";
export type { FanNormalOptions, FanOptions, Initializer, WeightLayout } from "./nn/init.ts";
export { LayerNorm, type LayerNormModuleOptions } from "./nn/layer_norm.ts";
export { DecoderCache, KeyValueCache, type LayerCache } from "./nn/key_value_cache.ts";
export { Linear } from "./nn/linear.ts";
export {
  MultiheadAttention,
  type MultiheadAttentionCall,
  type MultiheadAttentionOptions,
} from "./nn/multihead_attention.ts";
export { LSTM, type LSTMOptions, type LSTMState } from "./nn/lstm.ts";
export { Module, type ModuleBuffer, type ModuleOptions, type StateDict } from "./nn/module.ts";
export * as prune from "./nn/prune.ts";
export type { PruneTarget, PruningMasks } from "./nn/prune.ts";
export { moduleBytes, type QuantizationReport, quantizeDynamic } from "./nn/quantize_dynamic.ts";
export { QuantizedLinear } from "./nn/quantized_linear.ts";
export type { RecurrentModuleOptions, RecurrentModuleState } from "./nn/recurrent.ts";
export { RNN, type RNNOptions } from "./nn/rnn.ts";
export {
  LearnedPositions,
  type PositionsCall,
  type PositionsOptions,
  SinusoidalPositions,
} from "./nn/positions.ts";
export { type Layer, Sequential } from "./nn/sequential.ts";
export { Transformer, type TransformerCall, type TransformerOptions } from "./nn/transformer.ts";
export type { TransformerLayerOptions, TransformerLayerSizes } from "./nn/transformer_block.ts";
export {
  type DecoderCall,
  type DecoderLayerCall,
  TransformerDecoder,
  TransformerDecoderLayer,
} from "./nn/transformer_decoder.ts";
export {
  type EncoderCall,
  type EncoderLayerCall,
  type LayerFactory,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "./nn/transformer_encoder.ts";
export { noGrad } from "./no_grad.ts";
export {
  type AttentionOptions,
  type AttentionResult,
  scaledDotProductAttention,
} from "./ops/attention.ts";
export { argmax, argmin, max, min } from "./ops/argmax.ts";
export { add, div, maximum, minimum, mul, type Operand, pow, remainder, sub } from "./ops/binary.ts";
export { cast } from "./ops/cast.ts";
export { equal, greater, greaterEqual, less, lessEqual, notEqual } from "./ops/compare.ts";
export { concat, repeat, stack } from "./ops/concat.ts";
export {
  arange,
  full,
  ones,
  randomIntegers,
  randomNormal,
  randomUniform,
  tensor,
  type TensorOptions,
  zeros,
} from "./ops/create.ts";
export { type LstmOptions, type LstmState, type LstmWeights, lstm, lstmCell } from "./ops/lstm.ts";
export { type GruOptions, gru } from "./ops/gru.ts";
export type { RecurrentOptions, RecurrentWeights } from "./ops/recurrent.ts";
export { type RnnOptions, rnn } from "./ops/rnn.ts";
export {
  binaryCrossEntropy,
  type BinaryCrossEntropyOptions,
  binaryCrossEntropyWithLogits,
} from "./ops/binary_cross_entropy.ts";
export { categoricalCrossEntropy } from "./ops/categorical_cross_entropy.ts";
export { crossEntropy, type CrossEntropyOptions, crossEntropyStats } from "./ops/cross_entropy.ts";
export { distillationLoss, type DistillationOptions } from "./ops/distillation.ts";
export { embedding, type EmbeddingOptions, indexSelect } from "./ops/embedding.ts";
export type { Reduction } from "./ops/loss.ts";
export {
  type MetricCounts,
  metricCounts,
  type MetricCountsOptions,
  readMetricCounts,
} from "./ops/metric_counts.ts";
export { mse } from "./ops/mse.ts";
export { oneHot } from "./ops/one_hot.ts";
export { activationDropout } from "./ops/activation_dropout.ts";
export { dropout } from "./ops/dropout.ts";
export { dropoutAdd } from "./ops/dropout_add.ts";
export { einsum } from "./ops/einsum.ts";
export { layerNorm, type LayerNormOptions } from "./ops/layer_norm.ts";
export { type Activation, linear, type LinearOptions, matmul } from "./ops/matmul.ts";
export { type QuantizedRows, quantizedLinear, quantizeRows } from "./ops/quantized_linear.ts";
export { mean, type ReduceOptions, sum } from "./ops/reduce.ts";
export { residualNorm, type ResidualNormOptions, type ResidualNormResult } from "./ops/residual_norm.ts";
export { logSoftmax, softmax } from "./ops/softmax.ts";
export * from "./ops/unary.ts";
export {
  contiguous,
  detach,
  expand,
  flatten,
  permute,
  reshape,
  select,
  slice,
  split,
  squeeze,
  transpose,
  unsqueeze,
} from "./ops/view.ts";
export { clamp, maskedFill, tril, triu, where } from "./ops/where.ts";
export { Adam, type AdamOptions, AdamW } from "./optim/adam.ts";
export { clipGradNorm, clipGradValue } from "./optim/clip.ts";
export { type DecayGroup, decayGroups } from "./optim/decay_groups.ts";
export { Optimizer, type ParameterGroup, type StateMap } from "./optim/optimizer.ts";
export { type PlateauOptions, type PlateauState, ReduceLROnPlateau } from "./optim/reduce_lr_on_plateau.ts";
export { RMSprop, type RMSpropOptions } from "./optim/rmsprop.ts";
export {
  cosineWarmup,
  type CosineWarmupOptions,
  LambdaLR,
  type LambdaLRState,
  linearWarmup,
  type Multiplier,
  noam,
  type NoamOptions,
  type Scheduled,
  stepDecay,
  type StepDecayOptions,
  type WarmupOptions,
} from "./optim/schedules.ts";
export { SGD, type SGDOptions } from "./optim/sgd.ts";
export type { Shape } from "./shape.ts";
export { type Dtype, Parameter, Tensor } from "./tensor.ts";
export { frenchTokens } from "./text/french_tokenizer.ts";
export { generate } from "./text/generation/generate.ts";
export type { GeneratedSequence, GenerateOptions, GenerationStep } from "./text/generation/options.ts";
export { padSequences, type PadSequencesOptions } from "./text/pad_sequences.ts";
export { sampleIndex, softmaxHost, temperatureProbabilities } from "./text/sampling.ts";
export { CharacterVocabulary, type CharacterVocabularyJson } from "./text/vocabulary.ts";
export { CharacterWindows, type CharacterWindowsOptions, type WindowBatch } from "./text/windows.ts";
export { trainWordPiece, WORD_PIECE_SPECIALS, type WordPieceOptions } from "./text/word_piece.ts";
export { wordTokens } from "./text/word_tokenizer.ts";
export {
  cosineSimilarity,
  meanVector,
  nearestWords,
  readWordVectors,
  type SimilarWord,
  WordVectorReader,
  type WordVectors,
  type WordVectorsOptions,
  wordVector,
} from "./text/word_vectors.ts";
export {
  type EncodeOptions,
  type ReservedIds,
  type WordIdsOptions,
  WordVocabulary,
  type WordVocabularyJson,
  type WordVocabularyOptions,
} from "./text/word_vocabulary.ts";
