import { dropout } from "../../ops/dropout.ts";
import type { Tensor } from "../../tensor.ts";
import { type CallOptions, checkRate, Layer, type LayerOptions } from "../layer.ts";

/** What a dropout layer takes. */
export interface DropoutOptions extends LayerOptions {
  /** Share of elements that become 0 while training; the others are multiplied by 1 / (1 − rate). */
  rate: number;
}

/** Dropout while training; otherwise nothing. */
export class Dropout extends Layer {
  declare readonly options: DropoutOptions;

  constructor(options: DropoutOptions | number) {
    const given = typeof options === "number" ? { rate: options } : options;
    super("Dropout", given, ["rate"]);
    checkRate("layers.dropout", "rate", given.rate);
  }

  override forward(x: Tensor, { training = false }: CallOptions): Tensor {
    return dropout(x, this.options.rate, training);
  }
}
