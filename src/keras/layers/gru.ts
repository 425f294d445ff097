import { gru } from "../../ops/gru.ts";
import type { Tensor } from "../../tensor.ts";
import {
  checkActivation,
  type Pass,
  type PassResult,
  Recurrent,
  type RecurrentOptions,
} from "./recurrent.ts";

/** What a gru layer takes. */
export interface GRULayerOptions extends RecurrentOptions {
  /** Function of the candidate; "tanh" only. */
  activation?: "tanh";
  /** Function of the gates; "sigmoid" only. */
  recurrentActivation?: "sigmoid";
  /** Whether the reset gate acts after the product with the recurrent kernel, with a bias of its own; true. */
  resetAfter?: boolean;
}

/** Gated recurrent units. Keras's gates are z r h; the kernels' are r z n. */
export class GRU extends Recurrent {
  declare readonly options: GRULayerOptions;

  constructor(options: GRULayerOptions) {
    super("GRU", options, ["recurrentActivation", "resetAfter"]);
    checkActivation("layers.gru", options.activation, ["tanh"]);
    checkActivation("layers.gru: recurrent", options.recurrentActivation, ["sigmoid"]);
  }

  protected override get gateOrder(): readonly number[] {
    return [1, 0, 2];
  }

  protected override get biasCount(): number {
    return this.options.resetAfter === false ? 1 : 2;
  }

  protected override run(x: Tensor, { initial, ...pass }: Pass): PassResult {
    const [biasIh, biasHh] = this.biases;
    const { output, hn } = gru(
      x,
      { weightIh: this.weightIh, weightHh: this.weightHh, biasIh, biasHh },
      { ...pass, initial: initial?.[0], resetAfter: this.options.resetAfter ?? true },
    );
    return { output, states: [hn] };
  }
}
