import { checkOptions, ValueError } from "../errors.ts";
import { embedding } from "../ops/embedding.ts";
import type { Parameter, Tensor } from "../tensor.ts";
import { normalParameter } from "./init.ts";
import { checkSize } from "./linear.ts";
import { Module, moduleDevice, type ModuleOptions } from "./module.ts";

/** A table of vectors, one per id, as torch.nn.Embedding: weight [numEmbeddings, embeddingDim] from N(0, 1). */
export class Embedding extends Module {
  readonly weight: Parameter;
  readonly paddingIdx: number | undefined;

  constructor(
    numEmbeddings: number,
    embeddingDim: number,
    /** The row `paddingIdx` starts at zero and gets no gradient. */
    options: ModuleOptions & { paddingIdx?: number } = {},
  ) {
    super();
    checkOptions("Embedding", options, ["device", "paddingIdx"]);
    checkSize("Embedding", "numEmbeddings", numEmbeddings);
    checkSize("Embedding", "embeddingDim", embeddingDim);
    const { paddingIdx } = options;
    const row = paddingIdx !== undefined && paddingIdx < 0 ? paddingIdx + numEmbeddings : paddingIdx;
    if (row !== undefined && !(Number.isInteger(row) && row >= 0 && row < numEmbeddings))
      throw new ValueError(
        `Embedding: paddingIdx ${paddingIdx} is outside the table of ${numEmbeddings} rows`,
      );
    const device = moduleDevice(options);
    this.weight = normalParameter(device, [numEmbeddings, embeddingDim]);
    this.paddingIdx = row;
    if (row !== undefined)
      this.weight.device.backend.run(
        "fill",
        { count: embeddingDim, offset: row * embeddingDim, value: 0 },
        { out: this.weight.storage.bind() },
      );
  }

  /** ids [...] i32 → [..., embeddingDim]. */
  forward(ids: Tensor): Tensor {
    return embedding(ids, this.weight, { paddingIdx: this.paddingIdx });
  }
}
