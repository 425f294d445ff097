/** The Keras door of wgrad: models as lists of layers, compiled, fitted, evaluated. */
export { argmaxRows, type ArrayLikeData, type NumberRows } from "./arrays.ts";
export type { ActivationName } from "./activations.ts";
export type { ClassWeight } from "./batches.ts";
export {
  type Callback,
  earlyStopping,
  type EarlyStoppingOptions,
  lambdaCallback,
  modelCheckpoint,
  type ModelCheckpointOptions,
  type MonitorOptions,
  reduceLROnPlateau,
  type ReduceLROnPlateauOptions,
  type TrainedModel,
} from "./callbacks.ts";
export { Categorical, toCategorical } from "./categorical.ts";
export type { BatchPair, BatchSource, Data } from "./data.ts";
export type { FitOptions, History, RunOptions } from "./fit.ts";
export type { InitializerName } from "./initializers.ts";
export { type CallOptions, Layer, type LayerOptions } from "./layer.ts";
export { layers } from "./layers/index.ts";
export { loadModel } from "./loading.ts";
export type { LossFunction, LossName } from "./losses.ts";
export type { Logs } from "./meter.ts";
export { type Metric, type MetricName, metrics } from "./metrics.ts";
export type { CompileOptions } from "./compile.ts";
export { Sequential, sequential, type SequentialOptions } from "./model.ts";
export { Optimizer, type OptimizerName, optimizers } from "./optimizers.ts";
export type { Verbosity, Writer } from "./progress.ts";
export type { LoadOptions } from "./saving.ts";
export type { PartialShape } from "./shapes.ts";
export { LayerWeight } from "./weight.ts";
