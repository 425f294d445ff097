import { type Device, getDevice } from "../device.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import type { HostArray } from "../data/batch.ts";
import { formatShape } from "../shape.ts";
import type { Parameter, Tensor } from "../tensor.ts";
import type { ArrayLikeData } from "./arrays.ts";
import { fits, type PartialShape, pythonShape } from "./shapes.ts";
import type { LayerWeight } from "./weight.ts";

/** What every layer takes. */
export interface LayerOptions {
  /** Its name in the model; numbered by kind when left out ("dense", "dense_1" …). */
  name?: string;
  /** Sizes of one sample, for the first layer of a model that should be built at once; null where any size will do. */
  inputShape?: PartialShape;
  /** False keeps the weights as they are; true. */
  trainable?: boolean;
}

/** What `layer.call` takes beside the input. */
export interface CallOptions {
  /** Switches dropout on; false. */
  training?: boolean;
  /** [batch, time] i32; 0 marks padding. */
  mask?: Tensor;
}

/** A layer as files hold it: which one, its name, and what it was made with. */
export interface LayerConfig {
  readonly className: string;
  readonly name: string;
  readonly options: Record<string, unknown>;
}

const BASE_OPTIONS = ["name", "inputShape", "trainable"];

/** The base of all layers of the Keras door: weights, made when the shape of the input is known, and a function. */
export abstract class Layer {
  /** Keras's name of the class, such as "SimpleRNN". */
  readonly className: string;
  /** What the layer was made with. */
  readonly options: LayerOptions;
  /** Its weights, in Keras's order; none before it is built. */
  weights: LayerWeight[] = [];
  #name: string;
  #named: boolean;
  #inputShape: PartialShape | null = null;
  #outputShape: PartialShape | null = null;
  #device: Device | null = null;

  constructor(className: string, options: LayerOptions, known: readonly string[]) {
    checkOptions(`layers.${factoryName(className)}`, options, [...BASE_OPTIONS, ...known]);
    this.className = className;
    this.options = options;
    this.#named = options.name !== undefined;
    this.#name = options.name ?? snakeCase(className);
  }

  /** How many ids it knows, for a layer that reads ids; null for one that reads numbers. */
  get idLimit(): number | null {
    return null;
  }

  /** Its name in the model. */
  get name(): string {
    return this.#name;
  }

  /** Internal: the model's choice of a name for a layer that the user gave none. */
  nameInModel(taken: ReadonlySet<string>): void {
    if (this.#named) return;
    const base = snakeCase(this.className);
    let name = base;
    for (let i = 1; taken.has(name); i++) name = `${base}_${i}`;
    this.rename(name);
  }

  /** Internal: takes a name for good. */
  rename(name: string): void {
    this.#name = name;
    this.#named = true;
    this.namePaths();
  }

  /** Whether the weights exist. */
  get built(): boolean {
    return this.#inputShape !== null;
  }

  /** The shape of the input it was built for; null before. */
  get inputShape(): PartialShape | null {
    return this.#inputShape;
  }

  /** The shape of what comes out; null before the layer is built. */
  get outputShape(): PartialShape | null {
    return this.#outputShape;
  }

  /** The device of the weights; throws before the layer is built. */
  get device(): Device {
    if (!this.#device) throw new ValueError(`layer ${this.name}: it is not built; call it, or build(shape)`);
    return this.#device;
  }

  /** The parameters behind the weights. */
  get parameters(): Parameter[] {
    return this.weights.flatMap((weight) => weight.parameters);
  }

  /** Makes the weights for inputs of this shape, batch first; on the default device unless told. Once. */
  build(inputShape: PartialShape, device: Device = getDevice()): void {
    if (this.built) return;
    this.#device = device;
    this.weights = this.makeWeights(inputShape, device);
    if (this.options.trainable === false)
      for (const parameter of this.parameters) parameter.requiresGrad = false;
    this.#outputShape = this.computeOutputShape(inputShape);
    this.#inputShape = inputShape;
    this.namePaths();
  }

  /** The layer's function; builds it first when that is still to do. Throws a ShapeError for another input shape. */
  call(x: Tensor, options: CallOptions = {}): Tensor | Tensor[] {
    this.buildFor(x);
    return this.forward(x, options);
  }

  /** Internal: builds for the shape of x, or checks it. */
  protected buildFor(x: Tensor): void {
    if (!this.built) this.build([null, ...x.shape.slice(1)], x.device);
    const wanted = this.idLimit !== null ? x.shape.map(() => null) : withOpenTime(this.#inputShape!);
    if (!fits(x.shape, wanted))
      throw new ShapeError(
        `layer ${this.name}: its input is ${formatShape(x.shape)}, it was built for ${pythonShape(wanted)}`,
      );
  }

  protected makeWeights(_inputShape: PartialShape, _device: Device): LayerWeight[] {
    return [];
  }

  /** Internal: what comes out for x; the shape was checked. */
  abstract forward(x: Tensor, options: CallOptions): Tensor | Tensor[];

  /** The shape of what comes out, for inputs of this shape. */
  computeOutputShape(inputShape: PartialShape): PartialShape {
    return inputShape;
  }

  /** The mask that the next layer gets; the same one unless the layer makes or consumes it. */
  computeMask(_x: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return mask;
  }

  /** Number of trained numbers and others; throws before the layer is built. */
  countParams(): number {
    if (!this.built)
      throw new ValueError(`layer ${this.name}: its parameters cannot be counted before it is built`);
    return this.weights.reduce((total, weight) => total + weight.size, 0);
  }

  /** The values of the weights, in Keras's order and layout. */
  getWeights(): Promise<HostArray<Float32Array>[]> {
    return Promise.all(this.weights.map((weight) => weight.value()));
  }

  /** Overwrites the weights; throws when there are more or fewer, or a shape differs. */
  setWeights(values: readonly ArrayLikeData[]): void {
    if (values.length !== this.weights.length)
      throw new ValueError(
        `layer ${this.name}: got ${values.length} arrays for ${this.weights.length} weights` +
          (this.built
            ? ` (${this.weights.map((w) => `${w.name} ${formatShape(w.shape)}`).join(", ")})`
            : "; build it first"),
      );
    for (const [i, weight] of this.weights.entries()) weight.assign(values[i]);
  }

  /** What a file needs to make this layer again. */
  get config(): LayerConfig {
    const { name: _, ...options } = this.options;
    return { className: this.className, name: this.name, options };
  }

  /** Internal: puts the layer's name before its weights' names. */
  protected namePaths(): void {
    for (const weight of this.weights) weight.path = `${this.name}/${weight.name}`;
  }
}

/** Layers for sequences run at any length, whatever they were built with. */
function withOpenTime(shape: PartialShape): PartialShape {
  return shape.map((n, axis) => (axis === 0 || (axis === 1 && shape.length > 2) ? null : n));
}

/** Throws a ValueError unless the size is a whole number of at least 1. */
export function checkUnits(where: string, name: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < 1)
    throw new ValueError(`${where}: ${name} must be a whole number of at least 1, got ${value}`);
}

/** Throws a ValueError unless the rate lies in [0, 1). */
export function checkRate(where: string, name: string, value: number): void {
  if (!(value >= 0 && value < 1)) throw new ValueError(`${where}: ${name} must lie in [0, 1), got ${value}`);
}

/** "SimpleRNN" → "simple_rnn", "GlobalAveragePooling1D" → "global_average_pooling1d". */
export function snakeCase(className: string): string {
  return className
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** "SimpleRNN" → "simpleRNN", "LSTM" → "lstm", as under `layers`. */
export function factoryName(className: string): string {
  if (/^[A-Z]+$/.test(className)) return className.toLowerCase();
  return className[0].toLowerCase() + className.slice(1);
}
