import { gru } from "../ops/gru.ts";
import type { Tensor } from "../tensor.ts";
import {
  layersOf,
  Recurrent,
  type RecurrentModuleOptions,
  type RecurrentModuleState,
  stateAt,
} from "./recurrent.ts";

/** What a GRU module is made of. */
export interface GRUOptions extends RecurrentModuleOptions {
  /**
   * True (when left out): the reset gate acts after the product with Wh, as in PyTorch and Keras. False: before it, as
   * published; there is then one bias unless `bias` says otherwise.
   */
  resetAfter?: boolean;
}

/**
 * Gated recurrent units, as torch.nn.GRU with batch_first=True: weights `weight_ih_l0` [3 · hidden, input] … with gate
 * blocks r z n, uniform in ±1/√hidden. Throws a ValueError for a size or rate that cannot be.
 * Source: Cho et al. 2014.
 */
export class GRU extends Recurrent {
  readonly resetAfter: boolean;

  constructor(inputSize: number, hiddenSize: number, options: GRUOptions = {}) {
    const resetAfter = options.resetAfter ?? true;
    const bias = options.bias ?? (resetAfter ? "double" : "single");
    super("GRU", 3, inputSize, hiddenSize, { ...options, bias }, ["resetAfter"]);
    this.resetAfter = resetAfter;
  }

  /**
   * x [batch, time, input] → output [batch, time, hidden · directions] and the last states hn
   * [layers · directions, batch, hidden]. Throws a ShapeError when a size does not fit.
   */
  forward(x: Tensor, { h0, mask }: RecurrentModuleState = {}): { output: Tensor; hn: Tensor } {
    this.checkState("h0", h0, x);
    const { output, runs } = this.runLayers(x, (input, weights, index, reverse) =>
      gru(input, weights, {
        initial: stateAt(h0, index),
        mask,
        reverse,
        resetAfter: this.resetAfter,
        ...this.rates(),
      }),
    );
    return { output, hn: layersOf(runs.map((run) => run.hn)) };
  }
}
