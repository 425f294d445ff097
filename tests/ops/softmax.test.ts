import { describe, it } from "vitest";
import {
  add,
  cast,
  dropout,
  logSoftmax,
  maskedFill,
  mul,
  softmax,
  square,
  type Tensor,
  transpose,
  triu,
} from "../../src/index.ts";
import { ones } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

describe("gradients of softmax against finite differences", () => {
  for (const [name, f] of Object.entries({ softmax, logSoftmax })) {
    it(name, () => gradcheck((x) => f(x), [[3, 5]]));
    it(`${name} of long rows`, () => gradcheck((x) => f(x), [[2, 70]]));
    it(`${name} over the middle axis`, () => gradcheck((x) => f(x, 1), [[2, 3, 4]]));
    it(`${name} of a transposed tensor, used twice`, () =>
      gradcheck((x) => add(mul(f(transpose(x)), f(transpose(x), 0)), transpose(x)), [[3, 4]]));
  }
  it("softmax of masked scores", () =>
    gradcheck(
      (x) => {
        const future = cast(triu(ones([4, 4], { device: x.device }), 1), "i32");
        return softmax(maskedFill(x, future, -3e38));
      },
      [[2, 4, 4]],
    ));
});

describe("gradients of dropout against finite differences", () => {
  // Every evaluation starts from the same random state, so all have the same masks.
  const repeated = (fn: (x: Tensor) => Tensor) => (x: Tensor) => {
    x.device.randomState = { seed: 11, step: 0 };
    return fn(x);
  };
  it("plain", () =>
    gradcheck(
      repeated((x) => dropout(x, 0.4)),
      [[5, 7]],
    ));
  it("twice, of a transposed tensor", () =>
    gradcheck(
      repeated((x) => mul(dropout(transpose(x), 0.5), square(dropout(transpose(x), 0.2)))),
      [[5, 7]],
    ));
});
