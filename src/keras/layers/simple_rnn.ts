import { rnn } from "../../ops/rnn.ts";
import type { Tensor } from "../../tensor.ts";
import {
  checkActivation,
  type Pass,
  type PassResult,
  Recurrent,
  type RecurrentOptions,
} from "./recurrent.ts";

/** What a simpleRNN layer takes. */
export interface SimpleRNNOptions extends RecurrentOptions {
  /** Function of the state; "tanh". */
  activation?: "tanh" | "relu";
}

/** A plain recurrent network: h = activation(x · kernel + h · recurrent_kernel + bias). */
export class SimpleRNN extends Recurrent {
  declare readonly options: SimpleRNNOptions;

  constructor(options: SimpleRNNOptions) {
    super("SimpleRNN", options);
    checkActivation("layers.simpleRNN", options.activation, ["tanh", "relu"]);
  }

  protected override get gateOrder(): readonly number[] {
    return [0];
  }

  protected override run(x: Tensor, { initial, ...pass }: Pass): PassResult {
    const { output, hn } = rnn(
      x,
      { weightIh: this.weightIh, weightHh: this.weightHh, biasIh: this.biases[0] },
      { ...pass, initial: initial?.[0], nonlinearity: this.options.activation ?? "tanh" },
    );
    return { output, states: [hn] };
  }
}
