import { describe, it } from "vitest";
import { add, layerNorm, mul, transpose } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

describe("gradients of layerNorm against finite differences", () => {
  it("of x, weight and bias", () =>
    gradcheck((x, weight, bias) => layerNorm(x, { weight, bias }), [[2, 3, 5], [5], [5]]));
  it("without weight and bias", () => gradcheck((x) => layerNorm(x, { eps: 1e-3 }), [[4, 3]]));
  it("with a bias only", () => gradcheck((x, bias) => layerNorm(x, { bias }), [[4, 3], [3]]));
  it("of long rows", () =>
    gradcheck((x, weight, bias) => layerNorm(x, { weight, bias }), [[2, 70], [70], [70]]));
  it("of more rows than a block has", () =>
    // A large eps, since a row of nearly equal numbers bends too much for finite differences.
    gradcheck((x, weight, bias) => layerNorm(x, { weight, bias, eps: 0.5 }), [[131, 2], [2], [2]]));
  it("of a transposed tensor, used twice", () =>
    gradcheck(
      (x, w) => add(mul(layerNorm(transpose(x), { weight: w }), layerNorm(x)), transpose(x)),
      [[4, 4], [4]],
    ));
});
