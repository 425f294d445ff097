import { describe, it } from "vitest";
import { max, mean, min, mul, permute, square, sum, transpose } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

describe("gradients of reductions against finite differences", () => {
  for (const [name, f] of Object.entries({ sum, mean, max, min })) {
    for (const axis of [undefined, 0, 1, -1, [0, 2], [0, 1, 2]])
      it(`${name} over ${axis ?? "everything"}`, () => gradcheck((x) => f(x, { axis }), [[2, 3, 4]]));
    it(`${name}, kept and broadcast back`, () =>
      gradcheck((x) => mul(f(x, { axis: 1, keepDims: true }), x), [[2, 3, 4]]));
    it(`${name} of a permuted tensor`, () =>
      gradcheck((x) => f(permute(x, [2, 0, 1]), { axis: [0, 2] }), [[2, 3, 4]]));
  }
  it("a mean of squares beside a sum", () =>
    gradcheck((x) => mul(mean(square(x)), sum(transpose(x), { axis: 0 })), [[3, 4]]));
});
