import { ShapeError } from "../../errors.ts";
import { div, maximum, mul } from "../../ops/binary.ts";
import { cast } from "../../ops/cast.ts";
import { mean, sum } from "../../ops/reduce.ts";
import { unsqueeze } from "../../ops/view.ts";
import type { Tensor } from "../../tensor.ts";
import { type CallOptions, Layer, type LayerOptions } from "../layer.ts";
import { expectRank, type PartialShape } from "../shapes.ts";

/** The mean over the time steps that are no padding: [batch, time, features] → [batch, features]. */
export class GlobalAveragePooling1D extends Layer {
  constructor(options: LayerOptions = {}) {
    super("GlobalAveragePooling1D", options, []);
  }

  override forward(x: Tensor, { mask }: CallOptions): Tensor {
    if (x.shape.length !== 3)
      throw new ShapeError(`layer ${this.name}: expected [batch, time, features], got ${x.toString()}`);
    if (!mask) return mean(x, { axis: 1 });
    const valid = cast(mask, "f32");
    // A sequence of nothing but padding gives zeros, where Keras gives NaN.
    const count = maximum(sum(valid, { axis: 1, keepDims: true }), 1);
    return div(sum(mul(x, unsqueeze(valid, 2)), { axis: 1 }), count);
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    expectRank(`layer ${this.name}`, inputShape, 3, "(batch, time, features)");
    return [inputShape[0], inputShape[2]];
  }

  override computeMask(): undefined {
    return undefined;
  }
}
