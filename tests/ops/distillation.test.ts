import { describe, it } from "vitest";
import { distillationLoss, tensor } from "../../src/index.ts";
import { testNumbers } from "../cases/case.ts";
import { gradcheck } from "./gradcheck.ts";

describe("gradient of the distillation loss against finite differences", () => {
  for (const [temperature, alpha] of [
    [1, 0.5],
    [4, 0.9],
    [0.7, 1],
    [2, 0],
  ])
    it(`temperature ${temperature}, alpha ${alpha}`, () =>
      gradcheck(
        (student) => {
          const { device } = student;
          const teacher = tensor(Float64Array.from(testNumbers(12, 8)), { device, shape: [3, 4] });
          const targets = tensor([3, 0, 1], { device, dtype: "i32" });
          return distillationLoss(student, teacher, targets, { temperature, alpha });
        },
        [[3, 4]],
      ));
});
