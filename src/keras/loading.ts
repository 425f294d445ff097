import { checkOptions, FileFormatError } from "../errors.ts";
import { layerFromConfig } from "./layers/index.ts";
import { Sequential } from "./model.ts";
import { optimizerFromConfig } from "./optimizers.ts";
import { type LoadOptions, readModel } from "./saving.ts";

/**
 * A model from the bytes that `save()` gave: layers, weights, compile settings and the optimizer's state, so that
 * training goes on as if it had not stopped (but for the numbers of dropout, which belong to the device). Throws a
 * FileFormatError when the file is damaged or of another kind.
 */
export function loadModel(bytes: ArrayBuffer | Uint8Array, options: LoadOptions = {}): Sequential {
  checkOptions("loadModel", options, ["device", "where"]);
  const { device, where = "loadModel" } = options;
  const { saved, weights, optimizer } = readModel(bytes, where);
  const model = new Sequential(saved.layers.map(layerFromConfig), { name: saved.name, device });
  model.build(saved.inputShape);
  model.epochsTrained = saved.epochsTrained;
  for (const weight of model.weights) {
    const found = weights.get(weight.path);
    if (!found) throw new FileFormatError(`${where}: the weight ${weight.path} is missing`);
    const { shape, data, dtype } = found;
    if (!(data instanceof Float32Array))
      throw new FileFormatError(`${where}: the weight ${weight.path} is ${dtype}, expected f32`);
    weight.assign({ shape, data });
  }
  if (saved.compile) {
    const { learningRate, iterations, loss, metrics } = saved.compile;
    const made = optimizerFromConfig(saved.compile.optimizer);
    model.compile({ optimizer: made, loss, metrics });
    made.learningRate = learningRate;
    if (optimizer.size > 0) {
      made.build(model.trainableParameters);
      made.loadStateDict(optimizer, iterations);
    }
  }
  return model;
}
