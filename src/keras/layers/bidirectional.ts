import type { Device } from "../../device.ts";
import { ValueError } from "../../errors.ts";
import { add, mul } from "../../ops/binary.ts";
import { cast } from "../../ops/cast.ts";
import { concat } from "../../ops/concat.ts";
import { unsqueeze } from "../../ops/view.ts";
import type { Tensor } from "../../tensor.ts";
import { Layer, type LayerConfig, type LayerOptions, snakeCase } from "../layer.ts";
import type { PartialShape } from "../shapes.ts";
import type { LayerWeight } from "../weight.ts";
import { type PassResult, Recurrent, type RecurrentCallOptions, type RecurrentOptions } from "./recurrent.ts";

/** How the outputs of both directions become one; null gives both. */
export type MergeMode = "concat" | "sum" | "mul" | "ave" | null;

/** What `layers.bidirectional` takes beside the layer. */
export interface BidirectionalOptions extends LayerOptions {
  /** "concat" */
  mergeMode?: MergeMode;
}

const MODES: readonly MergeMode[] = ["concat", "sum", "mul", "ave", null];

/** A recurrent layer run from both ends, with weights of its own for each direction. */
export class Bidirectional extends Layer {
  declare readonly options: BidirectionalOptions;
  /** Runs from the first step to the last. */
  readonly forwardLayer: Recurrent;
  /** Runs from the last step to the first. */
  readonly backwardLayer: Recurrent;

  constructor(layer: Recurrent, options: BidirectionalOptions = {}) {
    super("Bidirectional", options, ["mergeMode"]);
    if (!(layer instanceof Recurrent))
      throw new ValueError(
        "layers.bidirectional: expected a recurrent layer, such as layers.lstm({ units: 64 })",
      );
    const { mergeMode = "concat" } = options;
    if (!MODES.includes(mergeMode))
      throw new ValueError(
        `layers.bidirectional: unknown mergeMode "${mergeMode}"; known: concat, sum, mul, ave, null`,
      );
    const Kind = layer.constructor as new (options: RecurrentOptions) => Recurrent;
    const name = layer.options.name ?? snakeCase(layer.className);
    this.forwardLayer = new Kind({ ...layer.options, name: `forward_${name}` });
    this.backwardLayer = new Kind({ ...layer.options, name: `backward_${name}` });
  }

  get #merge(): MergeMode {
    const { mergeMode = "concat" } = this.options;
    return mergeMode;
  }

  protected override makeWeights(inputShape: PartialShape, device: Device): LayerWeight[] {
    this.forwardLayer.build(inputShape, device);
    this.backwardLayer.build(inputShape, device);
    return [...this.forwardLayer.weights, ...this.backwardLayer.weights];
  }

  override call(x: Tensor, options: RecurrentCallOptions = {}): Tensor | Tensor[] {
    return super.call(x, options);
  }

  override forward(x: Tensor, options: RecurrentCallOptions): Tensor | Tensor[] {
    const { returnSequences, returnState } = this.forwardLayer.options;
    const { initialState, ...rest } = options;
    const half = (initialState?.length ?? 0) / 2;
    const forth = this.forwardLayer.pass(x, { ...rest, initialState: initialState?.slice(0, half) });
    const back = this.backwardLayer.pass(x, { ...rest, initialState: initialState?.slice(half) }, true);
    const outputOf = ({ output, states }: PassResult): Tensor =>
      returnSequences ? withoutPadding(output, options.mask) : states[0];
    const outputs = this.#merged(outputOf(forth), outputOf(back));
    if (returnState) return [...outputs, ...forth.states, ...back.states];
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  #merged(forth: Tensor, back: Tensor): Tensor[] {
    switch (this.#merge) {
      case "concat":
        return [concat([forth, back], -1)];
      case "sum":
        return [add(forth, back)];
      case "mul":
        return [mul(forth, back)];
      case "ave":
        return [mul(add(forth, back), 0.5)];
      default:
        return [forth, back];
    }
  }

  /** Makes stateful layers start from zeros again. */
  resetStates(): void {
    this.forwardLayer.resetStates();
    this.backwardLayer.resetStates();
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    const shape = this.forwardLayer.computeOutputShape(inputShape);
    return this.#merge === "concat" ? shape.with(-1, 2 * this.forwardLayer.options.units) : shape;
  }

  override computeMask(x: Tensor, mask: Tensor | undefined): Tensor | undefined {
    return this.forwardLayer.computeMask(x, mask);
  }

  override get config(): LayerConfig {
    const { options, ...rest } = super.config;
    const { options: inner, className } = this.forwardLayer.config;
    // The name as it was given, without the direction.
    const name = this.forwardLayer.name.replace(/^forward_/, "");
    return { ...rest, options: { ...options, layer: { className, name, options: inner } } };
  }

  protected override namePaths(): void {
    for (const layer of [this.forwardLayer, this.backwardLayer]) {
      layer.rename(layer.name);
      for (const weight of layer.weights) weight.path = `${this.name}/${weight.path}`;
    }
  }
}

/** Keras gives zeros at padding here, where a layer in one direction repeats the output before it. */
function withoutPadding(output: Tensor, mask: Tensor | undefined): Tensor {
  return mask ? mul(output, unsqueeze(cast(mask, "f32"), 2)) : output;
}
