import { describe, it } from "vitest";
import { linear, matmul, transpose } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

describe("matmul gradients against finite differences", () => {
  it("plain", () =>
    gradcheck(matmul, [
      [3, 5],
      [5, 4],
    ]));
  it("a batch that broadcasts", () =>
    gradcheck(matmul, [
      [2, 1, 3, 4],
      [3, 4, 2],
    ]));
  it("a transposed operand", () =>
    gradcheck(
      (x, w) => matmul(transpose(x), w),
      [
        [5, 3],
        [5, 4],
      ],
    ));
  it("vectors", () => gradcheck(matmul, [[4], [4, 3]]));
  for (const activation of [undefined, "relu", "gelu", "geluTanh"] as const)
    it(`linear with a bias, ${activation ?? "nothing behind it"}`, () =>
      gradcheck(
        (x, weight, bias) => linear(x, weight, bias, activation ? { activation } : {}),
        [[2, 3, 5], [4, 5], [4]],
      ));
});
