import { lstm } from "../ops/lstm.ts";
import type { Tensor } from "../tensor.ts";
import {
  layersOf,
  Recurrent,
  type RecurrentModuleOptions,
  type RecurrentModuleState,
  stateAt,
} from "./recurrent.ts";

/** What an LSTM module is made of. */
export type LSTMOptions = RecurrentModuleOptions;

/** What `LSTM.forward` takes beside the sequence. */
export interface LSTMState extends RecurrentModuleState {
  /** [layers · directions, batch, hidden] */
  c0?: Tensor;
}

/**
 * Long short-term memory, as torch.nn.LSTM with batch_first=True: weights `weight_ih_l0` [4 · hidden, input] … with
 * gate blocks i f g o, uniform in ±1/√hidden. Throws a ValueError for a size or rate that cannot be.
 * Source: Hochreiter & Schmidhuber 1997; Gers et al. 2000.
 */
export class LSTM extends Recurrent {
  constructor(inputSize: number, hiddenSize: number, options: LSTMOptions = {}) {
    super("LSTM", 4, inputSize, hiddenSize, options);
  }

  /**
   * x [batch, time, input] → output [batch, time, hidden · directions] and the last states hn, cn
   * [layers · directions, batch, hidden]. Throws a ShapeError when a size does not fit.
   */
  forward(x: Tensor, { h0, c0, mask }: LSTMState = {}): { output: Tensor; hn: Tensor; cn: Tensor } {
    this.checkState("h0", h0, x);
    this.checkState("c0", c0, x);
    const { output, runs } = this.runLayers(x, (input, weights, index, reverse) =>
      lstm(input, weights, {
        initial: { h: stateAt(h0, index), c: stateAt(c0, index) },
        mask,
        reverse,
        ...this.rates(),
      }),
    );
    return { output, hn: layersOf(runs.map((run) => run.hn)), cn: layersOf(runs.map((run) => run.cn)) };
  }
}
