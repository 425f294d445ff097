import { describe, expect, it } from "vitest";
import {
  add,
  type Device,
  lstm,
  lstmCell,
  manualSeed,
  matmul,
  mul,
  openDevice,
  select,
  sigmoid,
  slice,
  stack,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.ts";
import type { LstmOptions } from "../../src/ops/lstm.ts";
import { recurrentMasks } from "../../src/ops/input_projection.ts";
import { testNumbers } from "../cases/case.ts";
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

const RATES = [
  { name: "input dropout", rates: { dropout: 0.3 } },
  { name: "recurrent dropout", rates: { recurrentDropout: 0.3 } },
  { name: "both dropouts", rates: { dropout: 0.3, recurrentDropout: 0.3 } },
];

describe("lstm gradients with dropout against finite differences", () => {
  for (const { name, rates } of RATES) {
    it(`${name}, all outputs, launched by sequence and by cell`, async () => {
      for (const launch of ["sequence", "cell"] as const)
        await gradcheck(
          (x, ...w) => {
            manualSeed(11); // the same masks for every difference
            return Object.values(lstm(x, weights(w), { launch, ...rates }));
          },
          [[3, 4, 3], ...WEIGHTS],
        );
    });

    it(`${name}, an initial state, a mask with gaps, in reverse`, () =>
      gradcheck(
        (x, h, c, ...w) => {
          manualSeed(12);
          const rows = [
            [1, 0, 1],
            [0, 0, 0],
            [0, 1, 1],
          ];
          const mask = tensor(rows, { device: x.device, dtype: "i32" });
          return Object.values(lstm(x, weights(w), { initial: { h, c }, mask, reverse: true, ...rates }));
        },
        [[3, 3, 3], [3, 2], [3, 2], ...WEIGHTS],
      ));
  }
});

/** The equations of the header of kernels/lstm_cell.wgsl, written with plain ops, one gate and step at a time. */
function composed(
  x: Tensor,
  [weightIh, weightHh, biasIh, biasHh]: Tensor[],
  initial: { h: Tensor; c: Tensor },
  padding: Tensor | undefined,
  drop: { dropout?: number; recurrentDropout?: number },
): Tensor[] {
  const [batch, steps, input] = x.shape;
  const hidden = weightHh.shape[1];
  const masks = recurrentMasks(x.device, 4, { batch, input, hidden }, drop);
  const maskOf = (of: Tensor | undefined, gate: number, v: Tensor): Tensor =>
    of ? mul(v, select(of, 0, of.shape[0] === 1 ? 0 : gate)) : v;
  let { h, c } = initial;
  const outputs: Tensor[] = [];
  for (let t = 0; t < steps; t++) {
    const xt = select(x, 1, t);
    const pre = [0, 1, 2, 3].map((gate) => {
      const rows = (w: Tensor): Tensor => slice(w, 0, gate * hidden, (gate + 1) * hidden);
      const fromInput = matmul(maskOf(masks.input, gate, xt), transpose(rows(weightIh)));
      const fromState = matmul(maskOf(masks.state, gate, h), transpose(rows(weightHh)));
      return add(add(fromInput, fromState), add(rows(biasIh), rows(biasHh)));
    });
    const [i, f, g, o] = [sigmoid(pre[0]), sigmoid(pre[1]), tanh(pre[2]), sigmoid(pre[3])];
    const cNext = add(mul(f, c), mul(i, g));
    const hNext = mul(o, tanh(cNext));
    const real = padding && slice(padding, 1, t, t + 1);
    const step = (next: Tensor, before: Tensor): Tensor =>
      real ? add(mul(next, real), mul(before, sub(1, real))) : next;
    c = step(cNext, c);
    h = step(hNext, h);
    outputs.push(h);
  }
  return [stack(outputs, 1), h, c];
}

describe("the fused lstm against its equations in plain ops", () => {
  const [batch, steps, input, hidden] = [5, 4, 3, 6];
  const shapes = [
    [batch, steps, input],
    [batch, hidden],
    [batch, hidden],
    [4 * hidden, input],
    [4 * hidden, hidden],
    [4 * hidden],
    [4 * hidden],
  ];
  const rows = [
    [1, 1, 1, 1],
    [1, 1, 0, 0],
    [0, 0, 1, 1],
    [0, 1, 0, 1],
    [0, 0, 0, 0],
  ];

  /** Outputs and gradients of one way to compute it. */
  async function numbers(device: Device, run: (inputs: Tensor[]) => Tensor[]): Promise<number[][]> {
    manualSeed(7);
    const inputs = shapes.map((shape, i) =>
      tensor(testNumbers(shape[0] * (shape[1] ?? 1) * (shape[2] ?? 1), i), {
        device,
        shape,
        requiresGrad: true,
      }),
    );
    const outputs = run(inputs);
    const loss = outputs
      .map((y, i) => sum(mul(y, tensor(testNumbers(y.size, 30 + i), { device, shape: y.shape }))))
      .reduce((a, b) => add(a, b));
    loss.backward();
    return Promise.all(
      [...outputs, ...inputs.map((t) => t.grad!)].map(async (t) => Array.from(await t.data())),
    );
  }

  for (const { name, rates } of [{ name: "no dropout", rates: {} }, ...RATES])
    for (const padded of [false, true])
      it(`${name}${padded ? ", padding" : ""}`, async () => {
        const device = await openDevice("cpu", { precision: 64 });
        const fused = await numbers(device, ([x, h, c, ...w]) => {
          const mask = padded ? tensor(rows, { device, dtype: "i32" }) : undefined;
          const options: LstmOptions = { initial: { h, c }, mask, ...rates };
          return Object.values(lstm(x, weights(w), options));
        });
        const plain = await numbers(device, ([x, h, c, ...w]) =>
          composed(x, w, { h, c }, padded ? tensor(rows, { device, dtype: "f32" }) : undefined, rates),
        );
        // Doubles: the two differ in the order of their sums only.
        for (const [i, values] of plain.entries())
          for (const [j, value] of values.entries()) expect(fused[i][j]).toBeCloseTo(value, 11);
        device.dispose();
      });
});
