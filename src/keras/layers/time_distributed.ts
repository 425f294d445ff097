import type { Device } from "../../device.ts";
import { ShapeError, ValueError } from "../../errors.ts";
import { reshape } from "../../ops/view.ts";
import { formatShape } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { type CallOptions, Layer, type LayerConfig, type LayerOptions } from "../layer.ts";
import { type PartialShape, pythonShape } from "../shapes.ts";
import type { LayerWeight } from "../weight.ts";

/** Applies a layer to every time step by itself: [batch, time, ...] → [batch, time, ...]. */
export class TimeDistributed extends Layer {
  /** The layer inside. */
  readonly layer: Layer;

  constructor(layer: Layer, options: LayerOptions = {}) {
    super("TimeDistributed", options, []);
    if (!(layer instanceof Layer))
      throw new ValueError("layers.timeDistributed: expected a layer, such as layers.dense({ units: 8 })");
    this.layer = layer;
  }

  override get idLimit(): number | null {
    return this.layer.idLimit;
  }

  protected override makeWeights(inputShape: PartialShape, device: Device): LayerWeight[] {
    if (inputShape.length < 3)
      throw new ShapeError(
        `layer ${this.name}: its input is ${pythonShape(inputShape)}, expected (batch, time, …)`,
      );
    this.layer.build([null, ...inputShape.slice(2)], device);
    return this.layer.weights;
  }

  override forward(x: Tensor, { training }: CallOptions): Tensor {
    const [batch, time] = x.shape;
    const steps = this.layer.call(reshape(x, [batch * time, ...x.shape.slice(2)]), { training });
    if (Array.isArray(steps))
      throw new ShapeError(
        `layer ${this.name}: the layer inside gives ${steps.length} outputs, expected one`,
      );
    if (steps.shape[0] !== batch * time)
      throw new ShapeError(`layer ${this.name}: the layer inside gives ${formatShape(steps.shape)}`);
    return reshape(steps, [batch, time, ...steps.shape.slice(1)]);
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    return [
      ...inputShape.slice(0, 2),
      ...this.layer.computeOutputShape([null, ...inputShape.slice(2)]).slice(1),
    ];
  }

  override get config(): LayerConfig {
    const { options, ...rest } = super.config;
    return { ...rest, options: { ...options, layer: this.layer.config } };
  }

  protected override namePaths(): void {
    this.layer.rename(this.layer.name);
    for (const weight of this.weights) weight.path = `${this.name}/${weight.path}`;
  }
}
