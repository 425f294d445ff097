import type { Device } from "../../device.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { formatShape, sameShape } from "../../shape.ts";
import { copyElements, emptyTensor, type Parameter, type Tensor } from "../../tensor.ts";
import { type InitializerName, initialized } from "../initializers.ts";
import { type CallOptions, checkRate, checkUnits, factoryName, Layer, type LayerOptions } from "../layer.ts";
import { expectRank, lastSize, type PartialShape } from "../shapes.ts";
import { biasWeight, kernelWeight, type LayerWeight } from "../weight.ts";

/** What recurrent layers take. */
export interface RecurrentOptions extends LayerOptions {
  /** Width of the state. */
  units: number;
  /** False leaves the bias out; true. */
  useBias?: boolean;
  /** Gives the output at every step, [batch, time, units], instead of the last one, [batch, units]; false. */
  returnSequences?: boolean;
  /** Makes `call` give [output, state, …]; false. */
  returnState?: boolean;
  /** Each batch starts from the states in which the one before ended; `resetStates()` forgets them; false. */
  stateful?: boolean;
  /** Share of the inputs that become 0 while training, the same ones at every step; 0. */
  dropout?: number;
  /** Share of the state that becomes 0 before it is multiplied, the same numbers at every step; 0. */
  recurrentDropout?: number;
  /** How the kernel starts; "glorot_uniform". */
  kernelInitializer?: InitializerName;
  /** How the recurrent kernel starts; "orthogonal". */
  recurrentInitializer?: InitializerName;
  /** How the bias starts; "zeros". */
  biasInitializer?: InitializerName;
}

/** What `call` of a recurrent layer takes beside the input. */
export interface RecurrentCallOptions extends CallOptions {
  /** The states before the first step, each [batch, units]; zeros when left out. */
  initialState?: readonly Tensor[];
}

/** What one pass over a sequence is made of. */
export interface Pass {
  initial: readonly Tensor[] | undefined;
  mask: Tensor | undefined;
  reverse: boolean;
  dropout: number;
  recurrentDropout: number;
}

/** Outputs at every step, in the order of the input, and the states after the last one run. */
export interface PassResult {
  output: Tensor;
  states: Tensor[];
}

/** The names of the options that all recurrent layers share. */
export const RECURRENT_OPTIONS = [
  "units",
  "activation",
  "useBias",
  "returnSequences",
  "returnState",
  "stateful",
  "dropout",
  "recurrentDropout",
  "kernelInitializer",
  "recurrentInitializer",
  "biasInitializer",
];

/** The base of simpleRNN, lstm and gru: weights, states and what comes out. */
export abstract class Recurrent extends Layer {
  declare readonly options: RecurrentOptions;
  protected weightIh!: Parameter;
  protected weightHh!: Parameter;
  protected biases: Parameter[] = [];
  #kept: Tensor[] | null = null;

  constructor(className: string, options: RecurrentOptions, known: readonly string[] = []) {
    super(className, options, [...RECURRENT_OPTIONS, ...known]);
    const where = `layers.${factoryName(className)}`;
    checkUnits(where, "units", options.units);
    checkRate(where, "dropout", options.dropout ?? 0);
    checkRate(where, "recurrentDropout", options.recurrentDropout ?? 0);
  }

  /** Place in PyTorch's order of each gate in Keras's order; one entry per gate. */
  protected abstract get gateOrder(): readonly number[];

  /** How many biases there are beside each other when there is one at all. */
  protected get biasCount(): number {
    return 1;
  }

  /** Runs the sequence through the op. */
  protected abstract run(x: Tensor, pass: Pass): PassResult;

  protected override makeWeights(inputShape: PartialShape, device: Device): LayerWeight[] {
    const where = `layer ${this.name}`;
    expectRank(where, inputShape, 3, "(batch, time, features)");
    const { units, useBias = true, kernelInitializer, recurrentInitializer, biasInitializer } = this.options;
    const rows = this.gateOrder.length * units;
    const draw = (name: InitializerName, shape: number[]): Parameter =>
      initialized(where, name, device, shape);
    this.weightIh = draw(kernelInitializer ?? "glorot_uniform", [rows, lastSize(where, inputShape)]);
    this.weightHh = draw(recurrentInitializer ?? "orthogonal", [rows, units]);
    const weights = [
      kernelWeight("kernel", this.weightIh, this.gateOrder),
      kernelWeight("recurrent_kernel", this.weightHh, this.gateOrder),
    ];
    if (!useBias) return weights;
    this.biases = Array.from({ length: this.biasCount }, () => draw(biasInitializer ?? "zeros", [rows]));
    return [...weights, biasWeight("bias", this.biases, this.gateOrder)];
  }

  /** One pass, for the layer itself and for bidirectional; carries the states of a stateful layer on. */
  pass(x: Tensor, options: RecurrentCallOptions, reverse = false): PassResult {
    const { training = false, mask, initialState } = options;
    const { units, stateful, dropout = 0, recurrentDropout = 0 } = this.options;
    const [batch, steps] = x.shape;
    if (mask && !sameShape(mask.shape, [batch, steps]))
      throw new ShapeError(
        `layer ${this.name}: the mask is ${formatShape(mask.shape)}, expected ${formatShape([batch, steps])}`,
      );
    const initial = initialState ?? (stateful ? this.#keptFor(batch, units) : undefined);
    const result = this.run(x, {
      initial,
      mask,
      reverse,
      dropout: training ? dropout : 0,
      recurrentDropout: training ? recurrentDropout : 0,
    });
    if (stateful) this.#keep(result.states);
    return result;
  }

  override call(x: Tensor, options: RecurrentCallOptions = {}): Tensor | Tensor[] {
    return super.call(x, options);
  }

  override forward(x: Tensor, options: RecurrentCallOptions): Tensor | Tensor[] {
    const { output, states } = this.pass(x, options);
    const result = this.options.returnSequences ? output : states[0];
    return this.options.returnState ? [result, ...states] : result;
  }

  #keptFor(batch: number, units: number): Tensor[] | undefined {
    if (this.#kept && this.#kept[0].shape[0] !== batch)
      throw new ShapeError(
        `layer ${this.name}: it is stateful and holds the states of ${this.#kept[0].shape[0]} sequences of ${units} ` +
          `units, and now ${batch} came; use one batch size, or call resetStates() between`,
      );
    return this.#kept ?? undefined;
  }

  #keep(states: readonly Tensor[]): void {
    this.#kept ??= states.map((state) => emptyTensor(state.device, state.shape, "f32", true));
    for (const [i, state] of states.entries()) copyElements(state, this.#kept[i]);
  }

  /** Makes a stateful layer start from zeros again. */
  resetStates(): void {
    if (!this.options.stateful)
      throw new ValueError(`layer ${this.name}: resetStates is for layers made with stateful: true`);
    for (const state of this.#kept ?? []) state.dispose();
    this.#kept = null;
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    const { units, returnSequences } = this.options;
    return returnSequences ? [...inputShape.slice(0, -1), units] : [inputShape[0], units];
  }

  override computeMask(_x: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return this.options.returnSequences ? mask : undefined;
  }

  protected override namePaths(): void {
    const cell = factoryCell(this.className);
    for (const weight of this.weights) weight.path = `${this.name}/${cell}/${weight.name}`;
  }
}

/** "SimpleRNN" → "simple_rnn_cell", as in Keras's weight paths. */
function factoryCell(className: string): string {
  return `${className === "SimpleRNN" ? "simple_rnn" : className.toLowerCase()}_cell`;
}

/** Throws a ValueError for an activation that the fused kernels do not have. */
export function checkActivation(where: string, given: string | undefined, known: readonly string[]): void {
  if (given !== undefined && !known.includes(given))
    throw new ValueError(`${where}: activation "${given}" is not offered; known: ${known.join(", ")}`);
}
