import {
  Adam,
  add,
  clipGradNorm,
  Linear,
  mul,
  Parameter,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import adamFixture from "../fixtures/adam.json" with { type: "json" };
import clipFixture from "../fixtures/clip_grad_norm.json" with { type: "json" };
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase, testNumbers } from "./case.ts";
import { launchCase } from "./launch.ts";

type Stored = { shape: number[]; data: number[] };

function adamAsPyTorch(c: (typeof adamFixture.cases)[number]): DeviceCase {
  return {
    name: `Adam: 25 steps as PyTorch, ${c.name}`,
    async run(device) {
      const parameters = c.initial.map((p) => new Parameter(device, p.data, p.shape));
      const { lr, betas, eps, weightDecay } = c.options;
      const optimizer = new Adam(parameters, { lr, betas: [betas[0], betas[1]], eps, weightDecay });
      for (const [i, gradients] of (c.gradients as (Stored | null)[][]).entries()) {
        optimizer.zeroGrad();
        // The gradient of Σ p·g is g.
        const terms = gradients.flatMap((g, k) =>
          g ? [sum(mul(parameters[k], tensor(g.data, { device, shape: g.shape })))] : [],
        );
        terms.reduce((a: Tensor, b) => add(a, b)).backward();
        await optimizer.step();
        const expected = (c.parameters as Record<string, Stored[]>)[String(i + 1)];
        // Each step moves a parameter by about lr, with f32 rounding of a quotient of roots.
        for (const [k, p] of (expected ?? []).entries())
          await assertClose(parameters[k], p.data, 2e-6, `parameter ${k} after step ${i + 1}`);
      }
    },
  };
}

function clipAsPyTorch(c: (typeof clipFixture.cases)[number], inArena: boolean): DeviceCase {
  return {
    name: `clipGradNorm: as PyTorch, ${c.name}${inArena ? ", in an optimizer's arena" : ""}`,
    async run(device) {
      const parameters = c.gradients.map((g) => new Parameter(device, testNumbers(g.data.length), g.shape));
      // A parameter without a gradient must not count, whatever its memory holds.
      const idle = new Parameter(device, [1, 2, 3], [3]);
      if (inArena) new Adam([parameters[0], idle, ...parameters.slice(1)]);
      const terms = c.gradients.map((g, k) =>
        sum(mul(parameters[k], tensor(g.data, { device, shape: g.shape }))),
      );
      terms.reduce((a, b) => add(a, b)).backward();
      const before = device.stats().dispatches;
      const norm = clipGradNorm([...parameters, idle], c.maxNorm);
      const launched = device.stats().dispatches - before;
      assert(launched <= 4, `${launched} dispatches`);
      await assertClose([await norm.item()], c.norm.data, 1e-6, "norm");
      for (const [k, g] of c.clipped.entries())
        await assertClose(parameters[k].grad!, g.data, 1e-6, `gradient ${k}`);
    },
  };
}

export const optimCases: DeviceCase[] = [
  ...[1, 63, 200].map((count) =>
    launchCase(
      "adam",
      `${count} elements from the third on`,
      { count, offset: 2, row: 1 },
      {
        p: testNumbers(count + 3, 1),
        g: testNumbers(count + 3, 2),
        m: testNumbers(count + 3, 3),
        v: testNumbers(count + 3, 4).map((v) => v * v),
        settings: [0, 0, 0, 0, 0, 0, 0, 0, 0.9, 0.999, 0.01, 0.002, 1.5, 1e-8, 0, 0],
      },
    ),
  ),
  launchCase(
    "clip_scale",
    "70 elements from the fifth on",
    { count: 70, offset: 4, max_norm: 0.5 },
    { sum_squares: [9], g: testNumbers(75), norm: { length: 1, output: true } },
  ),
  ...adamFixture.cases.map(adamAsPyTorch),
  ...clipFixture.cases.flatMap((c) => [clipAsPyTorch(c, false), clipAsPyTorch(c, true)]),
  {
    name: "Adam: Keras's epsilon, against its published formula",
    async run(device) {
      const start = testNumbers(6, 1);
      const p = new Parameter(device, start, [6]);
      const optimizer = new Adam([p], { lr: 0.01, eps: 1e-3, kerasEpsilon: true });
      const expected = Float64Array.from(start);
      const m = new Float64Array(6);
      const v = new Float64Array(6);
      for (let t = 1; t <= 5; t++) {
        const g = testNumbers(6, 10 + t);
        optimizer.zeroGrad();
        sum(mul(p, tensor(g, { device }))).backward();
        await optimizer.step();
        const alpha = (0.01 * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
        for (let i = 0; i < 6; i++) {
          m[i] += (g[i] - m[i]) * (1 - 0.9);
          v[i] += (g[i] * g[i] - v[i]) * (1 - 0.999);
          expected[i] -= (m[i] * alpha) / (Math.sqrt(v[i]) + 1e-3);
        }
      }
      // Five steps of f32 rounding on numbers up to 2.
      await assertClose(p, expected, 2e-6);
    },
  },
  {
    name: "Adam: saved and loaded, a run continues to the last bit",
    async run(device) {
      const run = async (split: boolean): Promise<Float32Array> => {
        let p = new Parameter(device, testNumbers(9, 1), [3, 3]);
        let optimizer = new Adam([p], { lr: 0.1, weightDecay: 0.01 });
        for (let t = 0; t < 6; t++) {
          if (split && t === 3) {
            const [values, state] = await Promise.all([p.data(), optimizer.stateDict()]);
            p = new Parameter(device, values, [3, 3]);
            optimizer = new Adam([p], { lr: 0.1, weightDecay: 0.01 });
            optimizer.loadStateDict(state);
          }
          optimizer.zeroGrad();
          sum(mul(mul(p, p), tensor(testNumbers(9, t), { device, shape: [3, 3] }))).backward();
          await optimizer.step();
        }
        return Float32Array.from(await p.data());
      };
      await assertEqual(await run(true), await run(false));
    },
  },
  {
    name: "Adam: groups, tied parameters, bad settings",
    async run(device) {
      const fast = new Linear(2, 2, { device });
      const still = new Linear(2, 2, { device });
      const start = await still.weight.data();
      const optimizer = new Adam([
        { params: [...fast.parameters(), fast.weight], lr: 0.5 },
        { params: still.parameters(), lr: 0 },
      ]);
      const x = tensor([[1, -1]], { device });
      sum(still.forward(fast.forward(x))).backward();
      await optimizer.step();
      await assertEqual(still.weight, start, "lr 0");
      assert(optimizer.groups[0].lr === 0.5 && optimizer.lr === 0.5, "group settings");
      await assertThrows(() => new Adam(fast.parameters(), { lr: -1 }), "lr must be at least 0, got -1");
      await assertThrows(() => new Adam([]), "got no parameters");
      await assertThrows(
        () => new Adam(fast.parameters(), { beta: 1 } as object),
        'unknown option "beta"; did you mean "betas"?',
      );
      await assertThrows(
        () => clipGradNorm([new Parameter(device, [1], [1])], 1),
        "no parameter has a gradient",
      );
    },
  },
];
