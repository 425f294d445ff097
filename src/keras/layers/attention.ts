import type { Device } from "../../device.ts";
import { ShapeError } from "../../errors.ts";
import { mul } from "../../ops/binary.ts";
import { cast } from "../../ops/cast.ts";
import { equal } from "../../ops/compare.ts";
import { dropout } from "../../ops/dropout.ts";
import { matmul } from "../../ops/matmul.ts";
import { softmax } from "../../ops/softmax.ts";
import { transpose, unsqueeze } from "../../ops/view.ts";
import { maskedFill } from "../../ops/where.ts";
import type { Parameter, Tensor } from "../../tensor.ts";
import { initialized } from "../initializers.ts";
import { type CallOptions, checkRate, Layer, type LayerOptions } from "../layer.ts";
import { expectRank, type PartialShape } from "../shapes.ts";
import { type LayerWeight, plainWeight } from "../weight.ts";

/** What an attention layer takes. */
export interface AttentionOptions extends LayerOptions {
  /** Multiplies the scores by a trained number that starts at 1; false. */
  useScale?: boolean;
  /** Share of the weights that become 0 while training; 0. */
  dropout?: number;
}

/** What `attend` takes beside query and value. */
export interface AttendOptions {
  training?: boolean;
  /** [batch, time of the query] i32: the output is 0 where it is 0. */
  queryMask?: Tensor;
  /** [batch, time of the value] i32: what is not looked at is 0. */
  valueMask?: Tensor;
}

/** As good as −∞ before a softmax. */
const NEVER = -3.0e38;

/**
 * Dot-product attention, as Keras's Attention: softmax(query · keyᵀ) · value, the scores not divided by √width. In a
 * model of layers one behind the other, every position looks at all of its own sequence: query = value = key = input,
 * as Keras's Attention()([x, x]). `attend` takes them apart. Source: Luong et al. 2015.
 */
export class Attention extends Layer {
  declare readonly options: AttentionOptions;
  #scale: Parameter | undefined;

  constructor(options: AttentionOptions = {}) {
    super("Attention", options, ["useScale", "dropout"]);
    checkRate("layers.attention", "dropout", options.dropout ?? 0);
  }

  protected override makeWeights(inputShape: PartialShape, device: Device): LayerWeight[] {
    expectRank(`layer ${this.name}`, inputShape, 3, "(batch, time, features)");
    if (!this.options.useScale) return [];
    this.#scale = initialized("layers.attention", "ones", device, []);
    return [plainWeight("scale", this.#scale)];
  }

  override forward(x: Tensor, { training, mask }: CallOptions): Tensor {
    return this.attend([x, x], { training, queryMask: mask, valueMask: mask });
  }

  /** [query, value] or [query, value, key], each [batch, time, width] → [batch, time of the query, width of value]. */
  attend(inputs: readonly [Tensor, Tensor, Tensor?], options: AttendOptions = {}): Tensor {
    const [query, value, key = value] = inputs;
    for (const input of [query, value, key])
      if (input.shape.length !== 3)
        throw new ShapeError(`layer ${this.name}: expected [batch, time, width], got ${input.toString()}`);
    if (!this.built) this.build([null, null, query.shape[2]], query.device);
    const { training = false, queryMask, valueMask } = options;
    const products = matmul(query, transpose(key));
    const scores = this.#scale ? mul(products, this.#scale) : products;
    const seen = valueMask ? maskedFill(scores, unsqueeze(equal(valueMask, 0), 1), NEVER) : scores;
    const weights = dropout(softmax(seen, -1), this.options.dropout ?? 0, training);
    const result = matmul(weights, value);
    return queryMask ? mul(result, unsqueeze(cast(queryMask, "f32"), 2)) : result;
  }
}
