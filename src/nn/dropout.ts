import { ValueError } from "../errors.ts";
import { dropout } from "../ops/dropout.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** Sets elements to zero with probability `rate` while training, and scales the others by 1 / (1 − rate). */
export class Dropout extends Module {
  readonly rate: number;

  constructor(rate = 0.5) {
    super();
    if (!(rate >= 0 && rate < 1)) throw new ValueError(`Dropout: rate must lie in [0, 1), got ${rate}`);
    this.rate = rate;
  }

  forward(x: Tensor): Tensor {
    return dropout(x, this.rate, this.training);
  }
}
