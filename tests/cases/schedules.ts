/** Learning rates that change, and what AdamW takes off, in training steps on a device. */
import {
  AdamW,
  add,
  cosineWarmup,
  decayGroups,
  type Device,
  LambdaLR,
  LayerNorm,
  Linear,
  LSTM,
  mul,
  noam,
  Parameter,
  ReduceLROnPlateau,
  Sequential,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase, testNumbers } from "./case.ts";

/** Leaves these gradients on the parameters: the gradient of Σ p·g is g. */
function giveGradients(parameters: readonly Parameter[], seed: number): void {
  parameters
    .map((p, k) => sum(mul(p, tensor(testNumbers(p.size, seed + k), { device: p.device, shape: p.shape }))))
    .reduce((a: Tensor, b) => add(a, b))
    .backward();
}

function twoParameters(device: Device): Parameter[] {
  return [new Parameter(device, testNumbers(70), [7, 10]), new Parameter(device, testNumbers(10, 2), [10])];
}

export const schedulesCases: DeviceCase[] = [
  {
    name: "schedules: a learning rate that changes at each step costs nothing",
    async run(device) {
      const [weight, bias] = twoParameters(device);
      const optimizer = new AdamW([{ params: [weight] }, { params: [bias], weightDecay: 0 }], { lr: 1 });
      const schedule = new LambdaLR(optimizer, noam({ dModel: 64, warmupSteps: 2 }));
      const plateau = new ReduceLROnPlateau(optimizer, { patience: 0 });
      const step = async (): Promise<Record<string, number>> => {
        giveGradients([weight, bias], 5);
        const before = device.stats();
        await optimizer.step();
        schedule.step();
        plateau.step(1);
        const after = device.stats();
        return Object.fromEntries(
          (["buffers", "pipelines", "bindGroups", "dispatches"] as const).map((name) => [
            name,
            after[name] - before[name],
          ]),
        );
      };
      for (let n = 0; n < 4; n++) await step();
      const [lr, counts] = [optimizer.lr, await step()];
      assert(lr !== optimizer.lr, "the learning rate did not change");
      const { dispatches, ...made } = counts;
      assert(dispatches === 2, `${dispatches} dispatches, expected one for each group`);
      assert(
        Object.values(made).every((count) => count === 0),
        `a step made ${JSON.stringify(made)}`,
      );
      optimizer.lr = 0;
      const values = await weight.data();
      giveGradients([weight, bias], 5);
      await optimizer.step();
      await assertEqual(weight, values, "weights at lr 0");
    },
  },
  {
    name: "AdamW: groups with and without decay are as two optimizers",
    async run(device) {
      const apart = twoParameters(device);
      const optimizers = [
        new AdamW([apart[0]], { lr: 0.1, weightDecay: 0.3 }),
        new AdamW([apart[1]], { lr: 0.1, weightDecay: 0 }),
      ];
      const together = twoParameters(device);
      const optimizer = new AdamW(
        [
          { params: [together[0]], weightDecay: 0.3 },
          { params: [together[1]], weightDecay: 0 },
        ],
        { lr: 0.1 },
      );
      const schedules = [...optimizers, optimizer].map(
        (o) => new LambdaLR(o, cosineWarmup({ totalSteps: 6 })),
      );
      for (let n = 0; n < 5; n++) {
        for (const parameters of [apart, together]) giveGradients(parameters, 20 + n);
        for (const each of [...optimizers, optimizer]) {
          await each.step();
          each.zeroGrad();
        }
        for (const each of schedules) each.step();
      }
      for (const i of [0, 1]) await assertEqual(together[i], await apart[i].data(), `parameter ${i}`);
    },
  },
  {
    name: "AdamW without bias correction: BERT's published formula, 25 steps",
    async run(device) {
      const [p] = twoParameters(device);
      const expected = Float64Array.from(await p.data());
      // f32 holds these betas exactly, and 1 − β too.
      const [lr, b1, b2, eps, decay] = [0.01, 0.875, 127 / 128, 1e-6, 0.3];
      const options = { lr, betas: [b1, b2], eps, weightDecay: decay } as const;
      const optimizer = new AdamW([p], { ...options, correctBias: false });
      const m = new Float64Array(p.size);
      const v = new Float64Array(p.size);
      for (let n = 0; n < 25; n++) {
        const g = testNumbers(p.size, 30 + n);
        optimizer.zeroGrad();
        giveGradients([p], 30 + n);
        await optimizer.step();
        for (let i = 0; i < p.size; i++) {
          m[i] = b1 * m[i] + (1 - b1) * g[i];
          v[i] = b2 * v[i] + (1 - b2) * g[i] * g[i];
          expected[i] -= lr * (m[i] / (Math.sqrt(v[i]) + eps) + decay * expected[i]);
        }
        // 25 steps of f32 rounding on numbers up to 1.
        await assertClose(p, expected, 1e-6, `after step ${n + 1}`);
      }
      const corrected = twoParameters(device)[0];
      const usual = new AdamW([corrected], options);
      giveGradients([corrected], 30);
      await usual.step();
      const start = testNumbers(p.size);
      const first = start.findIndex((x) => Math.abs(x) > 0.1);
      const moved = Math.abs((await corrected.data())[first] - start[first] * (1 - lr * decay));
      assert(Math.abs(moved - lr) < 1e-5, `with correction, the first step is lr long, not ${moved}`);
    },
  },
  {
    name: "decayGroups: biases and LayerNorm's weights are spared, a tied weight comes once",
    async run(device) {
      const model = new Sequential(
        new Linear(4, 6, { device }),
        new LayerNorm(6, { device }),
        new Linear(6, 2, { device, bias: false }),
      );
      const [decayed, spared] = decayGroups(model, 0.1);
      const names = (list: readonly Parameter[]): string =>
        list.map((p) => model.namedParameters().find(([, q]) => q === p)![0]).join();
      assert(decayed.weightDecay === 0.1 && spared.weightDecay === 0, "decays");
      assert(names(decayed.params) === "0.weight,2.weight", names(decayed.params));
      assert(names(spared.params) === "0.bias,1.weight,1.bias", names(spared.params));
      const [weights, biases] = decayGroups(new LSTM(3, 5, { device }), 1);
      assert(weights.params.length === 2 && biases.params.length === 2, "an LSTM's biases");
      const optimizer = new AdamW(decayGroups(model, 0.1), { lr: 1 });
      assert(optimizer.groups.map((g) => g.weightDecay).join() === "0.1,0", "as groups of AdamW");
      await assertThrows(() => decayGroups(model, -1), "decayGroups: weightDecay is -1, expected 0 or more");
    },
  },
];
