import { describe, it } from "vitest";
import { embedding, indexSelect, type Tensor, tensor, transpose } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

function ids(like: Tensor, values: number[], shape = [values.length]): Tensor {
  return tensor(Int32Array.from(values), { device: like.device, shape });
}

describe("embedding gradients against finite differences", () => {
  it("repeated ids", () => gradcheck((w) => embedding(ids(w, [2, 0, 2, 4, 2, 0], [2, 3]), w), [[5, 3]]));
  it("a table that is a view", () => gradcheck((w) => embedding(ids(w, [2, 0, 2]), transpose(w)), [[3, 4]]));
  it("a gradient that arrives transposed", () =>
    gradcheck((w) => transpose(embedding(ids(w, [1, 0, 2, 1], [2, 2]), w), 0, 1), [[3, 4]]));
  it("another axis", () => gradcheck((x) => indexSelect(x, -1, ids(x, [3, 3, 1])), [[2, 3, 4]]));
});
