import type { Device } from "../../device.ts";
import { ShapeError } from "../../errors.ts";
import { notEqual } from "../../ops/compare.ts";
import { embedding } from "../../ops/embedding.ts";
import { cast } from "../../ops/cast.ts";
import type { Parameter, Tensor } from "../../tensor.ts";
import { type InitializerName, initialized } from "../initializers.ts";
import { checkUnits, Layer, type LayerOptions } from "../layer.ts";
import type { PartialShape } from "../shapes.ts";
import { type LayerWeight, plainWeight } from "../weight.ts";

/** What an embedding takes. */
export interface EmbeddingOptions extends LayerOptions {
  /** Rows of the table: ids go from 0 to inputDim − 1. */
  inputDim: number;
  /** Numbers in a row. */
  outputDim: number;
  /** Id 0 is padding: later layers leave it out. */
  maskZero?: boolean;
  /** Ids in a sample, as in older Keras; a model that starts with it is built at once. */
  inputLength?: number;
  /** How the table starts; "uniform" in ±0.05. */
  embeddingsInitializer?: InitializerName;
}

/** A table of vectors, one per id: ids [...] → [..., outputDim]. */
export class Embedding extends Layer {
  declare readonly options: EmbeddingOptions;
  #table!: Parameter;

  constructor(options: EmbeddingOptions) {
    const { inputLength } = options;
    const known = ["inputDim", "outputDim", "maskZero", "inputLength", "embeddingsInitializer"];
    super(
      "Embedding",
      inputLength === undefined ? options : { ...options, inputShape: [inputLength] },
      known,
    );
    checkUnits("layers.embedding", "inputDim", options.inputDim);
    checkUnits("layers.embedding", "outputDim", options.outputDim);
    if (inputLength !== undefined) checkUnits("layers.embedding", "inputLength", inputLength);
  }

  override get idLimit(): number {
    return this.options.inputDim;
  }

  protected override makeWeights(_inputShape: PartialShape, device: Device): LayerWeight[] {
    const { inputDim, outputDim, embeddingsInitializer = "uniform" } = this.options;
    this.#table = initialized("layers.embedding", embeddingsInitializer, device, [inputDim, outputDim]);
    return [plainWeight("embeddings", this.#table)];
  }

  override forward(x: Tensor): Tensor {
    if (x.shape.length < 1)
      throw new ShapeError(`layer ${this.name}: ids are a scalar, expected [batch, time]`);
    return embedding(cast(x, "i32"), this.#table);
  }

  override computeOutputShape(inputShape: PartialShape): PartialShape {
    return [...inputShape, this.options.outputDim];
  }

  override computeMask(x: Tensor): Tensor | undefined {
    return this.options.maskZero ? notEqual(cast(x, "i32"), 0) : undefined;
  }
}
