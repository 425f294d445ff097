import { checkOptions, ValueError } from "../errors.ts";
import { softmax } from "../ops/softmax.ts";
import { gelu, relu, sigmoid, silu, tanh } from "../ops/unary.ts";
import type { Tensor } from "../tensor.ts";
import { Module } from "./module.ts";

/** max(x, 0), as a module. */
export class ReLU extends Module {
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}

/** Hyperbolic tangent, as a module. */
export class Tanh extends Module {
  forward(x: Tensor): Tensor {
    return tanh(x);
  }
}

/** 1 / (1 + e^−x), as a module. */
export class Sigmoid extends Module {
  forward(x: Tensor): Tensor {
    return sigmoid(x);
  }
}

/** x · Φ(x), or its tanh approximation, as a module. */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  constructor(options: { approximate?: "none" | "tanh" } = {}) {
    super();
    checkOptions("GELU", options, ["approximate"]);
    this.approximate = options.approximate ?? "none";
    if (!["none", "tanh"].includes(this.approximate))
      throw new ValueError(`GELU: unknown approximation "${this.approximate}"; known: none, tanh`);
  }

  forward(x: Tensor): Tensor {
    return gelu(x, this.approximate);
  }
}

/** x · sigmoid(x), as a module. */
export class SiLU extends Module {
  forward(x: Tensor): Tensor {
    return silu(x);
  }
}

/** e^x along an axis (the last one unless told otherwise), divided by its sum, as a module. */
export class Softmax extends Module {
  readonly axis: number;

  constructor(axis = -1) {
    super();
    this.axis = axis;
  }

  forward(x: Tensor): Tensor {
    return softmax(x, this.axis);
  }
}
