import { checkOptions, ShapeError } from "../errors.ts";
import { checkRate, dropout } from "../ops/dropout.ts";
import { lstm, type LstmWeights } from "../ops/lstm.ts";
import { concat, stack } from "../ops/concat.ts";
import { select, unsqueeze } from "../ops/view.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { uniformParameter } from "./init.ts";
import { checkSize } from "./linear.ts";
import { Module, moduleDevice, type ModuleOptions } from "./module.ts";

/** What an LSTM module is made of. */
export interface LSTMOptions extends ModuleOptions {
  /** Layers stacked on each other; 1. */
  numLayers?: number;
  /** Also runs from the end to the start; outputs are concatenated. */
  bidirectional?: boolean;
  /** `"double"` (or true): PyTorch's two biases; `"single"`: one, as Keras; false: none. */
  bias?: "double" | "single" | boolean;
  /** Dropout between layers while training; 0. */
  dropout?: number;
  /** Dropout on the input of every layer while training, one mask per sequence for all its steps, as Keras; 0. */
  inputDropout?: number;
  /** Dropout on the state on its way to the gates, likewise; inputs and states then have a mask per gate; 0. */
  recurrentDropout?: number;
}

/** What `LSTM.forward` takes beside the sequence. */
export interface LSTMState {
  /** [layers · directions, batch, hidden] */
  h0?: Tensor;
  /** [layers · directions, batch, hidden] */
  c0?: Tensor;
  /** [batch, time] i32; 0 marks padding. */
  mask?: Tensor;
}

/**
 * Long short-term memory, as torch.nn.LSTM with batch_first=True: weights `weight_ih_l0` [4 · hidden, input] … with
 * gate blocks i f g o, uniform in ±1/√hidden. Source: Hochreiter & Schmidhuber 1997; Gers et al. 2000.
 */
export class LSTM extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly numLayers: number;
  readonly directions: 1 | 2;
  readonly dropout: number;
  readonly inputDropout: number;
  readonly recurrentDropout: number;
  readonly #weights: LstmWeights[] = [];

  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super();
    checkOptions("LSTM", options, [
      "device",
      "numLayers",
      "bidirectional",
      "bias",
      "dropout",
      "inputDropout",
      "recurrentDropout",
    ]);
    checkSize("LSTM", "inputSize", inputSize);
    checkSize("LSTM", "hiddenSize", hiddenSize);
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.numLayers = options.numLayers ?? 1;
    checkSize("LSTM", "numLayers", this.numLayers);
    this.directions = options.bidirectional ? 2 : 1;
    this.dropout = options.dropout ?? 0;
    this.inputDropout = options.inputDropout ?? 0;
    this.recurrentDropout = options.recurrentDropout ?? 0;
    for (const name of ["dropout", "inputDropout", "recurrentDropout"] as const)
      checkRate("LSTM", name, this[name]);
    const device = moduleDevice(options);
    const bias = options.bias ?? "double";
    const rows = 4 * hiddenSize;
    const bound = 1 / Math.sqrt(hiddenSize);
    for (let layer = 0; layer < this.numLayers; layer++)
      for (let direction = 0; direction < this.directions; direction++) {
        const suffix = `l${layer}${direction === 1 ? "_reverse" : ""}`;
        const width = layer === 0 ? inputSize : hiddenSize * this.directions;
        const make = (name: string, shape: number[]): Tensor =>
          this.register(`${name}_${suffix}`, uniformParameter(device, shape, bound));
        const weightIh = make("weight_ih", [rows, width]);
        const weightHh = make("weight_hh", [rows, hiddenSize]);
        const biasIh = bias === false ? undefined : make("bias_ih", [rows]);
        const biasHh = bias === "double" || bias === true ? make("bias_hh", [rows]) : undefined;
        this.#weights.push({ weightIh, weightHh, biasIh, biasHh });
      }
  }

  /**
   * x [batch, time, input] → output [batch, time, hidden · directions] and the last states hn, cn
   * [layers · directions, batch, hidden]. Throws a ShapeError when a size does not fit.
   */
  forward(x: Tensor, { h0, c0, mask }: LSTMState = {}): { output: Tensor; hn: Tensor; cn: Tensor } {
    const stateShape = [this.numLayers * this.directions, x.shape[0], this.hiddenSize];
    for (const [name, state] of [["h0", h0] as const, ["c0", c0] as const])
      if (state && !sameShape(state.shape, stateShape))
        throw new ShapeError(
          `lstm: ${name} is ${formatShape(state.shape)}, expected ${formatShape(stateShape)}`,
        );
    const hs: Tensor[] = [];
    const cs: Tensor[] = [];
    let current = x;
    for (let layer = 0; layer < this.numLayers; layer++) {
      if (layer > 0) current = dropout(current, this.dropout, this.training);
      const outputs: Tensor[] = [];
      for (let direction = 0; direction < this.directions; direction++) {
        const index = layer * this.directions + direction;
        const run = lstm(current, this.#weights[index], {
          initial: { h: h0 && select(h0, 0, index), c: c0 && select(c0, 0, index) },
          mask,
          reverse: direction === 1,
          ...(this.training ? { dropout: this.inputDropout, recurrentDropout: this.recurrentDropout } : {}),
        });
        outputs.push(run.output);
        hs.push(run.hn);
        cs.push(run.cn);
      }
      current = outputs.length === 1 ? outputs[0] : concat(outputs, -1);
    }
    return { output: current, hn: layersOf(hs), cn: layersOf(cs) };
  }
}

/** States by layer and direction as one tensor; a single one needs no copy. */
function layersOf(states: readonly Tensor[]): Tensor {
  return states.length === 1 ? unsqueeze(states[0], 0) : stack(states);
}
