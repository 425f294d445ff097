import { describe, it } from "vitest";
import {
  activationDropout,
  dropoutAdd,
  mul,
  openDevice,
  residualNorm,
  type Tensor,
} from "../../src/index.ts";
import { assertEqual } from "../cases/case.ts";
import { PAIRS, runPair } from "../cases/residual.ts";
import { gradcheck } from "./gradcheck.ts";

/** The same elements are dropped at every evaluation of a finite difference. */
function samePlaces(x: Tensor): Tensor {
  x.device.randomState = { seed: 99, step: 5 };
  return x;
}

describe("gradients of the fused ops against finite differences", () => {
  for (const activation of ["relu", "gelu", "geluTanh"] as const)
    it(`activationDropout, ${activation}`, () =>
      gradcheck((x) => activationDropout(samePlaces(x), activation, 0.3), [[5, 7]]));
  it("dropoutAdd", () =>
    gradcheck(
      (x, y) => dropoutAdd(samePlaces(x), y, 0.3),
      [
        [5, 7],
        [5, 7],
      ],
    ));
  for (const dropout of [0, 0.3]) {
    it(`residualNorm, ${dropout} dropped: the norm and the sum`, () =>
      gradcheck(
        (x, y, weight, bias) => {
          const { output, sum } = residualNorm(samePlaces(x), y, { weight, bias, dropout });
          return [output, sum];
        },
        [[2, 3, 5], [2, 3, 5], [5], [5]],
      ));
    it(`residualNorm, ${dropout} dropped: long rows, no weight, x used again`, () =>
      gradcheck(
        (x, y, bias) => mul(residualNorm(samePlaces(x), y, { bias, dropout, eps: 1e-3 }).output, x),
        [[2, 70], [2, 70], [70]],
      ));
  }
  it("residualNorm of one tensor", () =>
    gradcheck((x) => residualNorm(samePlaces(x), x, { dropout: 0.3 }).output, [[3, 5]]));
});

describe("in double precision, fused and unfused agree to the last bit", () => {
  for (const name of Object.keys(PAIRS))
    it(name, async () => {
      const device = await openDevice("cpu", { precision: 64 });
      const [one, two] = [await runPair(name, device, true), await runPair(name, device, false)];
      for (const [i, got] of one.entries()) await assertEqual(got, two[i], `value ${i}`);
      device.dispose();
    });
});
