import { describe, it } from "vitest";
import { manualSeed, type RecurrentWeights, relu, rnn, tanh, type Tensor, tensor } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";
import { compareWithReference, rnnCell } from "./recurrent_reference.ts";

const WEIGHTS = [[2, 3], [2, 2], [2], [2]];

function weights([weightIh, weightHh, biasIh, biasHh]: Tensor[]): RecurrentWeights {
  return { weightIh, weightHh, biasIh, biasHh };
}

const VARIANTS = [
  { name: "tanh", variant: { nonlinearity: "tanh" } },
  { name: "relu", variant: { nonlinearity: "relu" } },
] as const;

const RATES = [
  { name: "input dropout", rates: { dropout: 0.3 } },
  { name: "recurrent dropout", rates: { recurrentDropout: 0.3 } },
  { name: "both dropouts", rates: { dropout: 0.3, recurrentDropout: 0.3 } },
];

for (const { name: kind, variant } of VARIANTS) {
  describe(`rnn gradients against finite differences, ${kind}`, () => {
    for (const launch of ["sequence", "cell"] as const) {
      it(`all outputs, from zero, launched by ${launch}`, () =>
        gradcheck(
          (x, ...w) => Object.values(rnn(x, weights(w), { launch, ...variant })),
          [[2, 4, 3], ...WEIGHTS],
        ));

      it(`an initial state, in reverse, launched by ${launch}`, () =>
        gradcheck(
          (x, initial, ...w) =>
            Object.values(rnn(x, weights(w), { initial, reverse: true, launch, ...variant })),
          [[3, 3, 3], [3, 2], ...WEIGHTS],
        ));
    }

    it("a mask with gaps, an initial state", () =>
      gradcheck(
        (x, initial, ...w) => {
          const rows = [
            [1, 0, 1, 1],
            [0, 1, 1, 0],
          ];
          const mask = tensor(rows, { device: x.device, dtype: "i32" });
          return Object.values(rnn(x, weights(w), { initial, mask, ...variant }));
        },
        [[2, 4, 3], [2, 2], ...WEIGHTS],
      ));

    it("only the last state, one time step", () =>
      gradcheck((x, ...w) => rnn(x, weights(w), variant).hn, [[2, 1, 3], ...WEIGHTS]));

    it("weights used twice, so that gradients add up", () =>
      gradcheck(
        (x, ...w) => {
          const { hn } = rnn(x, weights(w), variant);
          return Object.values(rnn(x, weights(w), { initial: hn, ...variant }));
        },
        [[2, 2, 3], ...WEIGHTS],
      ));

    it("no bias", () =>
      gradcheck(
        (x, weightIh, weightHh) => rnn(x, { weightIh, weightHh }, variant).output,
        [
          [2, 3, 3],
          [2, 3],
          [2, 2],
        ],
      ));

    for (const { name, rates } of RATES)
      it(`${name}, an initial state, a mask with gaps, in reverse`, () =>
        gradcheck(
          (x, initial, ...w) => {
            manualSeed(12); // the same dropout for every difference
            const rows = [
              [1, 0, 1],
              [0, 0, 0],
              [0, 1, 1],
            ];
            const mask = tensor(rows, { device: x.device, dtype: "i32" });
            return Object.values(rnn(x, weights(w), { initial, mask, reverse: true, ...rates, ...variant }));
          },
          [[3, 3, 3], [3, 2], ...WEIGHTS],
        ));
  });

  describe(`rnn as a composition of plain ops in double precision, ${kind}`, () => {
    for (const { name, rates } of [{ name: "no dropout", rates: {} }, ...RATES])
      for (const [launch, reverse] of [
        ["sequence", false],
        ["cell", true],
      ] as const)
        it(`${name}, launched by ${launch}${reverse ? ", in reverse" : ""}`, () =>
          compareWithReference(
            1,
            rnnCell(variant.nonlinearity === "relu" ? relu : tanh),
            (x, w, options) => rnn(x, w, { ...options, ...variant }),
            { launch, reverse, ...rates },
          ));
  });
}
