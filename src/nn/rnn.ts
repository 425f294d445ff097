import { ValueError } from "../errors.ts";
import { rnn } from "../ops/rnn.ts";
import type { Tensor } from "../tensor.ts";
import {
  layersOf,
  Recurrent,
  type RecurrentModuleOptions,
  type RecurrentModuleState,
  stateAt,
} from "./recurrent.ts";

/** What an RNN module is made of. */
export interface RNNOptions extends RecurrentModuleOptions {
  /** The function of each step; "tanh" when left out. */
  nonlinearity?: "tanh" | "relu";
}

/**
 * A plain recurrent network, h = f(Wx·x + b + Wh·h), as torch.nn.RNN with batch_first=True: weights `weight_ih_l0`
 * [hidden, input] …, uniform in ±1/√hidden. Throws a ValueError for a size, rate or nonlinearity that cannot be.
 * Source: Elman 1990.
 */
export class RNN extends Recurrent {
  readonly nonlinearity: "tanh" | "relu";

  constructor(inputSize: number, hiddenSize: number, options: RNNOptions = {}) {
    super("RNN", 1, inputSize, hiddenSize, options, ["nonlinearity"]);
    this.nonlinearity = options.nonlinearity ?? "tanh";
    if (this.nonlinearity !== "tanh" && this.nonlinearity !== "relu")
      throw new ValueError(`RNN: nonlinearity is "${this.nonlinearity}", expected "tanh" or "relu"`);
  }

  /**
   * x [batch, time, input] → output [batch, time, hidden · directions] and the last states hn
   * [layers · directions, batch, hidden]. Throws a ShapeError when a size does not fit.
   */
  forward(x: Tensor, { h0, mask }: RecurrentModuleState = {}): { output: Tensor; hn: Tensor } {
    this.checkState("h0", h0, x);
    const { output, runs } = this.runLayers(x, (input, weights, index, reverse) =>
      rnn(input, weights, {
        initial: stateAt(h0, index),
        mask,
        reverse,
        nonlinearity: this.nonlinearity,
        ...this.rates(),
      }),
    );
    return { output, hn: layersOf(runs.map((run) => run.hn)) };
  }
}
