import type { Device } from "../../device.ts";
import { lstm } from "../../ops/lstm.ts";
import type { Tensor } from "../../tensor.ts";
import type { PartialShape } from "../shapes.ts";
import type { LayerWeight } from "../weight.ts";
import {
  checkActivation,
  type Pass,
  type PassResult,
  Recurrent,
  type RecurrentOptions,
} from "./recurrent.ts";

/** What an lstm layer takes. */
export interface LSTMLayerOptions extends RecurrentOptions {
  /** Function of the candidate and of the cell; "tanh" only. */
  activation?: "tanh";
  /** Function of the gates; "sigmoid" only. */
  recurrentActivation?: "sigmoid";
  /** Starts the forget gate's bias at 1, so that the cell remembers; true. */
  unitForgetBias?: boolean;
}

/** Long short-term memory. Gates are i f c o, as in Keras; the same order as i f g o of the kernels. */
export class LSTM extends Recurrent {
  declare readonly options: LSTMLayerOptions;

  constructor(options: LSTMLayerOptions) {
    super("LSTM", options, ["recurrentActivation", "unitForgetBias"]);
    checkActivation("layers.lstm", options.activation, ["tanh"]);
    checkActivation("layers.lstm: recurrent", options.recurrentActivation, ["sigmoid"]);
  }

  protected override get gateOrder(): readonly number[] {
    return [0, 1, 2, 3];
  }

  protected override makeWeights(inputShape: PartialShape, device: Device): LayerWeight[] {
    const weights = super.makeWeights(inputShape, device);
    const { units, unitForgetBias = true, biasInitializer } = this.options;
    if (this.biases.length > 0 && unitForgetBias && biasInitializer === undefined)
      this.biases[0].set(
        Float32Array.from({ length: 4 * units }, (_, i) => (Math.floor(i / units) === 1 ? 1 : 0)),
      );
    return weights;
  }

  protected override run(x: Tensor, pass: Pass): PassResult {
    const { initial, ...options } = pass;
    const { output, hn, cn } = lstm(
      x,
      { weightIh: this.weightIh, weightHh: this.weightHh, biasIh: this.biases[0] },
      { ...options, initial: initial && { h: initial[0], c: initial[1] } },
    );
    return { output, states: [hn, cn] };
  }
}
