/** A model as one safetensors file: architecture and compile settings in the metadata, weights, optimizer state. */
import type { Device } from "../device.ts";
import { FileFormatError, ValueError } from "../errors.ts";
import { packCheckpoint, unpackCheckpoint } from "../io/checkpoint.ts";
import type { TensorMap } from "../io/safetensors.ts";
import type { LayerConfig } from "./layer.ts";
import type { LossName } from "./losses.ts";
import type { Metric } from "./metrics.ts";
import type { OptimizerConfig } from "./optimizers.ts";
import type { PartialShape } from "./shapes.ts";
import type { Compiled } from "./training.ts";
import type { LayerWeight } from "./weight.ts";

/** What the file says of a model. */
export interface SavedModel {
  readonly keras: 1;
  readonly name: string;
  readonly inputShape: PartialShape;
  readonly layers: readonly LayerConfig[];
  readonly compile: SavedCompile | null;
  readonly epochsTrained: number;
}

interface SavedCompile {
  readonly optimizer: OptimizerConfig;
  readonly learningRate: number;
  readonly iterations: number;
  readonly loss: LossName;
  readonly metrics: readonly Metric[];
}

/** What saving needs of a model. */
export interface SavableModel {
  readonly name: string;
  readonly inputShape: PartialShape;
  readonly layers: readonly { readonly config: LayerConfig }[];
  readonly weights: readonly LayerWeight[];
  readonly isCompiled: boolean;
  readonly epochsTrained: number;
  compiled(where: string): Compiled;
}

function compileSettings({ optimizer, loss, metrics }: Compiled): SavedCompile {
  if (loss.labels === "any")
    throw new ValueError(
      `save: the loss "${loss.name}" is a function of your own, which a file cannot hold; compile with a loss by name, or keep getWeights()`,
    );
  const { config, learningRate, iterations } = optimizer;
  return { optimizer: config, learningRate, iterations, loss: loss.name as LossName, metrics };
}

/** The model as a file's bytes. Throws a ValueError for a model that is not built. */
export async function saveModel(model: SavableModel): Promise<Uint8Array<ArrayBuffer>> {
  const { weights } = model;
  const compiled = model.isCompiled ? model.compiled("save") : null;
  const state: SavedModel = {
    keras: 1,
    name: model.name,
    inputShape: model.inputShape,
    layers: model.layers.map((layer) => layer.config),
    compile: compiled && compileSettings(compiled),
    epochsTrained: model.epochsTrained,
  };
  const [values, optimizer] = await Promise.all([
    Promise.all(weights.map((weight) => weight.value())),
    compiled?.optimizer.stateDict() ?? new Map(),
  ]);
  const tensors: TensorMap = new Map();
  for (const [i, { path }] of weights.entries())
    tensors.set(path, { shape: [...values[i].shape], dtype: "f32", data: values[i].data });
  return packCheckpoint({ model: tensors, optimizer, state });
}

/** What `loadModel` takes beside the bytes. */
export interface LoadOptions {
  /** Where the weights live; the default device. */
  device?: Device;
  /** The file's name, for errors. */
  where?: string;
}

/** The parts of a file that `saveModel` wrote; throws a FileFormatError for another one. */
export function readModel(
  bytes: ArrayBuffer | Uint8Array,
  where: string,
): { saved: SavedModel; weights: TensorMap; optimizer: TensorMap } {
  const { model, optimizer, state } = unpackCheckpoint(bytes, where);
  const saved = state as unknown as SavedModel;
  if (saved.keras !== 1 || !Array.isArray(saved.layers))
    throw new FileFormatError(`${where}: a checkpoint, but not one that a model's save() wrote`);
  return { saved, weights: model, optimizer };
}
