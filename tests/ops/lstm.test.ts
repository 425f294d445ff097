import { describe, it } from "vitest";
import { lstm, lstmCell, type Tensor, tensor } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

const WEIGHTS = [[8, 3], [8, 2], [8], [8]];

function weights([weightIh, weightHh, biasIh, biasHh]: Tensor[]) {
  return { weightIh, weightHh, biasIh, biasHh };
}

describe("lstm gradients against finite differences", () => {
  for (const launch of ["sequence", "cell"] as const)
    it(`all outputs, from zero, launched by ${launch}`, () =>
      gradcheck((x, ...w) => Object.values(lstm(x, weights(w), { launch })), [[2, 4, 3], ...WEIGHTS]));

  it("an initial state, in reverse", () =>
    gradcheck(
      (x, h, c, ...w) => Object.values(lstm(x, weights(w), { initial: { h, c }, reverse: true })),
      [[3, 3, 3], [3, 2], [3, 2], ...WEIGHTS],
    ));

  it("a mask with gaps, an initial state", () =>
    gradcheck(
      (x, h, c, ...w) => {
        const mask = tensor(
          [
            [1, 0, 1, 1],
            [0, 1, 1, 0],
          ],
          { device: x.device, dtype: "i32" },
        );
        return Object.values(lstm(x, weights(w), { initial: { h, c }, mask }));
      },
      [[2, 4, 3], [2, 2], [2, 2], ...WEIGHTS],
    ));

  it("only the last state, one time step", () =>
    gradcheck((x, ...w) => lstm(x, weights(w)).hn, [[2, 1, 3], ...WEIGHTS]));

  it("one cell", () =>
    gradcheck(
      (x, h, c, ...w) => Object.values(lstmCell(x, { h, c }, weights(w))),
      [[2, 3], [2, 2], [2, 2], ...WEIGHTS],
    ));

  it("no bias", () =>
    gradcheck(
      (x, weightIh, weightHh) => lstm(x, { weightIh, weightHh }).output,
      [
        [2, 3, 3],
        [8, 3],
        [8, 2],
      ],
    ));
});
