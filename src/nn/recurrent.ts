import { checkOptions, ShapeError } from "../errors.ts";
import { concat, stack } from "../ops/concat.ts";
import { checkRate, dropout } from "../ops/dropout.ts";
import type { RecurrentWeights } from "../ops/recurrent.ts";
import { select, unsqueeze } from "../ops/view.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { uniformParameter } from "./init.ts";
import { checkSize } from "./linear.ts";
import { Module, moduleDevice, type ModuleOptions } from "./module.ts";

/** What every recurrent module is made of. */
export interface RecurrentModuleOptions extends ModuleOptions {
  /** Layers stacked on each other; 1. */
  numLayers?: number;
  /** Also runs from the end to the start; outputs are concatenated. */
  bidirectional?: boolean;
  /** `"double"` (or true): PyTorch's two biases; `"single"`: one, as Keras; false: none. */
  bias?: "double" | "single" | boolean;
  /** Dropout between layers while training; 0. */
  dropout?: number;
  /** Keras's dropout on a layer's input while training, one mask per sequence; 0. */
  inputDropout?: number;
  /** Dropout on the state on its way into Wh while training, one mask per gate and sequence; 0. */
  recurrentDropout?: number;
}

/** What `forward` of a recurrent module takes beside the sequence. */
export interface RecurrentModuleState {
  /** [layers · directions, batch, hidden] */
  h0?: Tensor;
  /** [batch, time] i32; 0 marks padding. */
  mask?: Tensor;
}

const OPTIONS = [
  "device",
  "numLayers",
  "bidirectional",
  "bias",
  "dropout",
  "inputDropout",
  "recurrentDropout",
];

/**
 * Layers and directions of a recurrent network with PyTorch's parameters: `weight_ih_l0` [gates · hidden, input],
 * `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, then `…_l0_reverse`, `…_l1`, uniform in ±1/√hidden.
 */
export abstract class Recurrent extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly directions: 1 | 2;
  readonly dropout: number;
  readonly inputDropout: number;
  readonly recurrentDropout: number;
  readonly #name: string;
  readonly #weights: RecurrentWeights[] = [];

  constructor(
    name: string,
    gates: number,
    inputSize: number,
    hiddenSize: number,
    options: RecurrentModuleOptions,
    more: readonly string[] = [],
  ) {
    super();
    checkOptions(name, options, [...OPTIONS, ...more]);
    checkSize(name, "inputSize", inputSize);
    checkSize(name, "hiddenSize", hiddenSize);
    this.#name = name;
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = options.numLayers ?? 1;
    checkSize(name, "numLayers", this.numLayers);
    this.directions = options.bidirectional ? 2 : 1;
    this.dropout = options.dropout ?? 0;
    this.inputDropout = options.inputDropout ?? 0;
    this.recurrentDropout = options.recurrentDropout ?? 0;
    for (const option of ["dropout", "inputDropout", "recurrentDropout"] as const)
      checkRate(name, option, this[option]);
    const device = moduleDevice(options);
    const bias = options.bias ?? "double";
    const rows = gates * hiddenSize;
    const bound = 1 / Math.sqrt(hiddenSize);
    for (let layer = 0; layer < this.numLayers; layer++)
      for (let direction = 0; direction < this.directions; direction++) {
        const suffix = `l${layer}${direction === 1 ? "_reverse" : ""}`;
        const width = layer === 0 ? inputSize : hiddenSize * this.directions;
        const make = (parameter: string, shape: number[]): Tensor =>
          this.register(`${parameter}_${suffix}`, uniformParameter(device, shape, bound));
        const weightIh = make("weight_ih", [rows, width]);
        const weightHh = make("weight_hh", [rows, hiddenSize]);
        const biasIh = bias === false ? undefined : make("bias_ih", [rows]);
        const biasHh = bias === "double" || bias === true ? make("bias_hh", [rows]) : undefined;
        this.#weights.push({ weightIh, weightHh, biasIh, biasHh });
      }
  }

  /**
   * Hands x through all layers and directions: `run` does one of them, given what goes in, its weights, its place among
   * [layers · directions], and its direction. Returns what each gave, and the last layer's output.
   */
  protected runLayers<Run extends { output: Tensor }>(
    x: Tensor,
    run: (input: Tensor, weights: RecurrentWeights, index: number, reverse: boolean) => Run,
  ): { output: Tensor; runs: Run[] } {
    const runs: Run[] = [];
    let current = x;
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) current = dropout(current, this.dropout, this.training);
      const outputs: Tensor[] = [];
      for (let direction = 0; direction < this.directions; direction++) {
        const index = layer * this.directions + direction;
        const result = run(current, this.#weights[index], index, direction === 1);
        runs.push(result);
        outputs.push(result.output);
      }
      current = outputs.length === 1 ? outputs[0] : concat(outputs, -1);
    }
    return { output: current, runs };
  }

  /** The rates that a run of one layer takes: those of the options while training, else none. */
  protected rates(): { dropout: number; recurrentDropout: number } {
    if (!this.training) return { dropout: 0, recurrentDropout: 0 };
    return { dropout: this.inputDropout, recurrentDropout: this.recurrentDropout };
  }

  /** Throws a ShapeError unless a state is [layers · directions, batch, hidden]. */
  protected checkState(name: string, state: Tensor | undefined, x: Tensor): void {
    const shape = [this.numLayers * this.directions, x.shape[0], this.hiddenSize];
    if (state && !sameShape(state.shape, shape))
      throw new ShapeError(
        `${this.#name}: ${name} is ${formatShape(state.shape)}, expected ${formatShape(shape)}`,
      );
  }
}

/** The part of a state [layers · directions, batch, hidden] that belongs to one of them. */
export function stateAt(state: Tensor | undefined, index: number): Tensor | undefined {
  return state && select(state, 0, index);
}

/** States by layer and direction as one tensor; a single one needs no copy. */
export function layersOf(states: readonly Tensor[]): Tensor {
  return states.length === 1 ? unsqueeze(states[0], 0) : stack(states);
}
