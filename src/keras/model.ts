import type { HostArray } from "../data/batch.ts";
import { type Device, getDevice } from "../device.ts";
import { checkOptions, nearestName, ShapeError, ValueError } from "../errors.ts";
import type { Parameter, Tensor } from "../tensor.ts";
import { type ArrayLikeData, readArray } from "./arrays.ts";
import type { TrainedModel } from "./callbacks.ts";
import { type BatchSource, checkSamples, type Data, givenOf, inputsFor, rowsOf } from "./data.ts";
import { type CompileOptions, resolveCompile } from "./compile.ts";
import { evaluateModel, type FitOptions, fitModel, type History, type RunOptions } from "./fit.ts";
import { Layer } from "./layer.ts";
import type { Optimizer } from "./optimizers.ts";
import { Progress } from "./progress.ts";
import { saveModel } from "./saving.ts";
import type { PartialShape } from "./shapes.ts";
import { summaryText } from "./summary.ts";
import { type Compiled, predictBatches, type Runner } from "./training.ts";
import type { LayerWeight } from "./weight.ts";

/** What `sequential` takes beside the layers. */
export interface SequentialOptions {
  /** "sequential" */
  name?: string;
  /** Where the weights live; the default device when the model is built. */
  device?: Device;
}

/** Layers one behind the other, as keras.Sequential. Make one with `sequential`. */
export class Sequential implements Runner, TrainedModel {
  readonly name: string;
  /** The layers, in order. */
  readonly layers: Layer[] = [];
  /** Ends the training after the batch at hand, when a callback sets it. */
  stopTraining = false;
  /** What `fit` gave last. */
  history: History | null = null;
  /** Internal: epochs trained so far, so that a second fit draws other orders. */
  epochsTrained = 0;
  readonly #device: Device | undefined;
  #compiled: Compiled | null = null;
  #inputShape: PartialShape | null = null;

  constructor(layers: readonly Layer[] = [], options: SequentialOptions = {}) {
    checkOptions("sequential", options, ["name", "device"]);
    this.name = options.name ?? "sequential";
    this.#device = options.device;
    for (const layer of layers) this.add(layer);
  }

  /** Adds a layer at the end. Throws for a name that is taken. */
  add(layer: Layer): void {
    if (!(layer instanceof Layer))
      throw new ValueError(`${this.name}.add: expected a layer, such as layers.dense({ units: 8 })`);
    if (this.layers.includes(layer))
      throw new ValueError(`${this.name}.add: layer ${layer.name} is in the model already`);
    const names = new Set(this.layers.map(({ name }) => name));
    layer.nameInModel(names);
    if (names.has(layer.name))
      throw new ValueError(`${this.name}.add: there is a layer "${layer.name}" already; names must differ`);
    this.layers.push(layer);
    const first = this.layers[0].options.inputShape;
    if (this.#inputShape) layer.build(this.layers.at(-2)!.outputShape!, this.device);
    else if (first) this.build([null, ...first]);
  }

  /** The device of the weights. */
  get device(): Device {
    return this.#device ?? this.layers.find((layer) => layer.built)?.device ?? getDevice();
  }

  /** Whether the weights exist. */
  get built(): boolean {
    return this.#inputShape !== null;
  }

  /** Makes the weights for inputs of this shape, the batch (null) first. `fit` does it when it is still to do. */
  build(inputShape: PartialShape): void {
    if (this.#inputShape) return;
    if (this.layers.length === 0) throw new ValueError(`${this.name}: it has no layers`);
    const { device } = this;
    let shape = inputShape;
    for (const layer of this.layers) {
      layer.build(shape, device);
      shape = layer.outputShape!;
    }
    this.#inputShape = inputShape;
  }

  /** The shape of the output; throws before the model is built. */
  get outputShape(): PartialShape {
    if (!this.built) throw new ValueError(`${this.name}: it is not built; fit it, or build(shape)`);
    return this.layers.at(-1)!.outputShape!;
  }

  /** Internal: output and the mask that reaches it. */
  run(x: Tensor, training: boolean): { output: Tensor; mask: Tensor | undefined } {
    let output = x;
    let mask: Tensor | undefined;
    for (const layer of this.layers) {
      const before: Tensor = output;
      const after = layer.call(before, { training, mask });
      if (Array.isArray(after))
        throw new ShapeError(
          `${this.name}: layer ${layer.name} gives ${after.length} outputs; use it by its call(), or without returnState`,
        );
      mask = layer.computeMask(before, mask);
      output = after;
    }
    return { output, mask };
  }

  /** The model's function on a tensor; dropout is off unless `training`. */
  call(x: Tensor, options: { training?: boolean } = {}): Tensor {
    if (!this.built) this.build([null, ...x.shape.slice(1)]);
    return this.run(x, options.training ?? false).output;
  }

  /** Sets how the model is trained. Throws a ValueError with the nearest name for an unknown one. */
  compile(options: CompileOptions): void {
    this.#compiled = resolveCompile(options);
  }

  /** Internal: the compile settings; throws when there are none. */
  compiled(where: string): Compiled {
    if (!this.#compiled)
      throw new ValueError(`${where}: the model is not compiled; call compile({ optimizer, loss }) first`);
    return this.#compiled;
  }

  /** Whether `compile` was called. */
  get isCompiled(): boolean {
    return this.#compiled !== null;
  }

  /** The optimizer; throws before `compile`. */
  get optimizer(): Optimizer {
    return this.compiled("optimizer").optimizer;
  }

  /**
   * Trains for some epochs; resolves with what they gave. x and y: nested numbers, typed arrays, { data, shape },
   * tensors, or `toCategorical`'s result for y. Instead of x, a source of [x, y] batches. Throws before the first
   * step when labels and loss, lengths or settings do not fit.
   */
  fit(x: Data, y: Data, options?: FitOptions): Promise<History>;
  fit(batches: BatchSource, options?: FitOptions): Promise<History>;
  async fit(x: Data | BatchSource, y?: Data | FitOptions, options?: FitOptions): Promise<History> {
    const given = givenOf("fit", x, y);
    return fitModel(this, given, ("source" in given ? (y as FitOptions) : options) ?? {});
  }

  /** [loss, …metrics in the order of compile], over all samples, without dropout. */
  async evaluate(x: Data, y: Data, options?: RunOptions): Promise<number[]>;
  async evaluate(batches: BatchSource, options?: RunOptions): Promise<number[]>;
  async evaluate(x: Data | BatchSource, y?: Data | RunOptions, options?: RunOptions): Promise<number[]> {
    const given = givenOf("evaluate", x, y);
    const logs = await evaluateModel(this, given, ("source" in given ? (y as RunOptions) : options) ?? {});
    return [logs.loss, ...this.compiled("evaluate").metrics.map(({ name }) => logs[name])];
  }

  /** The outputs for all samples, without dropout, as a host array. */
  async predict(x: ArrayLikeData, options: RunOptions = {}): Promise<HostArray<Float32Array>> {
    checkOptions("predict", options, ["batchSize", "verbose", "write"]);
    const { batchSize = 32, verbose = 1, write } = options;
    const array = await readArray(x, "predict: x");
    checkSamples("predict", array);
    if (!this.built) this.build([null, ...array.shape.slice(1)]);
    const inputs = inputsFor("predict", array, this.idLimit);
    const count = inputs.shape[0];
    const steps = Math.ceil(count / batchSize);
    const batches = Array.from({ length: steps }, (_, i) =>
      rowsOf(inputs, i * batchSize, Math.min((i + 1) * batchSize, count)),
    );
    return predictBatches(this, batches, new Progress(write, verbose, steps));
  }

  /** Internal: how many ids the first layer knows; null when it reads numbers. */
  get idLimit(): number | null {
    return this.layers[0]?.idLimit ?? null;
  }

  /** Prints Keras's table of layers, shapes and parameter counts. */
  summary(options: { print?: (text: string) => void } = {}): void {
    checkOptions("summary", options, ["print"]);
    const { print = (text: string) => console.log(text) } = options;
    const optimizer = this.#compiled?.optimizer;
    print(summaryText(this.name, this.layers, optimizer?.built ? optimizer.countParams() : null));
  }

  /** A layer by its name or place; throws a ValueError with the nearest name. */
  getLayer(name: string | number): Layer {
    const found =
      typeof name === "number" ? this.layers.at(name) : this.layers.find((layer) => layer.name === name);
    if (found) return found;
    const names = this.layers.map((layer) => layer.name);
    const near = typeof name === "string" ? nearestName(name, names) : undefined;
    throw new ValueError(
      `getLayer: there is no layer ${JSON.stringify(name)}${near ? `; did you mean "${near}"?` : `; they are ${names.join(", ")}`}`,
    );
  }

  /** All weights, layer by layer. */
  get weights(): LayerWeight[] {
    return this.layers.flatMap((layer) => layer.weights);
  }

  /** Internal: the parameters that an optimizer trains. */
  get trainableParameters(): Parameter[] {
    return this.layers.flatMap((layer) => layer.parameters).filter((parameter) => parameter.requiresGrad);
  }

  /** The values of all weights, in Keras's order and layout. */
  async getWeights(): Promise<HostArray<Float32Array>[]> {
    return Promise.all(this.weights.map((weight) => weight.value()));
  }

  /** Overwrites all weights; throws when there are more or fewer, or a shape differs. */
  setWeights(values: readonly ArrayLikeData[]): void {
    const { weights } = this;
    if (values.length !== weights.length)
      throw new ValueError(`setWeights: got ${values.length} arrays for ${weights.length} weights`);
    for (const [i, weight] of weights.entries()) weight.assign(values[i]);
  }

  /** Number of numbers in all weights; throws before the model is built. */
  countParams(): number {
    if (!this.built)
      throw new ValueError(
        `countParams: the model is not built; give the first layer inputShape (embedding: inputLength), call build(shape), or fit it`,
      );
    return this.layers.reduce((total, layer) => total + layer.countParams(), 0);
  }

  /** Internal: the shape that the model was built for. */
  get inputShape(): PartialShape {
    if (!this.#inputShape) throw new ValueError(`${this.name}: it is not built`);
    return this.#inputShape;
  }

  /** The whole model (layers, weights, compile settings, optimizer state) as the bytes of one safetensors file. */
  save(): Promise<Uint8Array<ArrayBuffer>> {
    return saveModel(this);
  }
}

/** A model of layers one behind the other, as keras.Sequential. */
export function sequential(layers: readonly Layer[] = [], options: SequentialOptions = {}): Sequential {
  return new Sequential(layers, options);
}
