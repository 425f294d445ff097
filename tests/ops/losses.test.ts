import { describe, it } from "vitest";
import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  categoricalCrossEntropy,
  crossEntropy,
  mse,
  type Reduction,
  sigmoid,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

const REDUCTIONS: Reduction[] = ["mean", "sum", "none"];

function ids(like: Tensor, values: number[], shape = [values.length]): Tensor {
  return tensor(Int32Array.from(values), { device: like.device, shape });
}

describe("loss gradients against finite differences", () => {
  for (const reduction of REDUCTIONS) {
    it(`crossEntropy, ${reduction}`, () =>
      gradcheck((x) => crossEntropy(x, ids(x, [2, -100, 0, 4]), { reduction }), [[4, 5]]));
    it(`crossEntropy with label smoothing, ${reduction}`, () =>
      gradcheck(
        (x) =>
          crossEntropy(x, ids(x, [2, 1, 0, 4], [2, 2]), { reduction, labelSmoothing: 0.2, ignoreIndex: 1 }),
        [[2, 2, 5]],
      ));
    it(`binaryCrossEntropyWithLogits, ${reduction}`, () =>
      gradcheck(
        (x) =>
          binaryCrossEntropyWithLogits(
            x,
            tensor([0, 1, 0.3, 0.5, 1, 0], { device: x.device, shape: [2, 3] }),
            {
              reduction,
            },
          ),
        [[2, 3]],
      ));
    it(`binaryCrossEntropy, ${reduction}`, () =>
      gradcheck(
        (x) =>
          binaryCrossEntropy(sigmoid(x), ids(x, [2, 0]), { reduction, clip: reduction === "sum" ? 1e-7 : 0 }),
        [[2, 3]],
      ));
    it(`categoricalCrossEntropy by id, ${reduction}`, () =>
      gradcheck((x) => categoricalCrossEntropy(sigmoid(x), ids(x, [2, 0]), { reduction }), [[2, 3]]));
    it(`categoricalCrossEntropy of distributions, ${reduction}`, () =>
      gradcheck(
        (x) =>
          categoricalCrossEntropy(
            sigmoid(x),
            tensor([0.2, 0.5, 0.3, 0, 1, 0], { device: x.device, shape: [2, 3] }),
            { reduction },
          ),
        [[2, 3]],
      ));
    it(`mse, ${reduction}`, () =>
      gradcheck(
        (x, y) => mse(x, y, { reduction }),
        [
          [2, 3],
          [2, 3],
        ],
      ));
  }
});
