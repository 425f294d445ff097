/** Pruning and distillation, against PyTorch and by hand. */
import {
  Adam,
  crossEntropy,
  distillationLoss,
  Linear,
  mse,
  noGrad,
  type PruningMasks,
  prune,
  ReLU,
  Sequential,
  softmax,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import distillation from "../fixtures/distillation.json" with { type: "json" };
import masksFixture from "../fixtures/prune_masks.json" with { type: "json" };
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase, testNumbers } from "./case.ts";

type Stored = { shape: number[]; data: number[] };

function pruneAsPyTorch(c: (typeof masksFixture.cases)[number]): DeviceCase {
  return {
    name: `prune: the masks are PyTorch's, ${c.amount}`,
    async run(device) {
      const load = (): Sequential => {
        const model = new Sequential(new Linear(5, 4, { device }), new Linear(4, 3, { device }));
        for (const [i, weight] of c.weights.entries()) (model.at(i) as Linear).weight.set(weight.data);
        return model;
      };
      const check = async (model: Sequential, masks: PruningMasks, layer: number, expected: Stored) => {
        const { weight } = model.at(layer) as Linear;
        await assertEqual(masks.masks.get(weight)!, expected.data, `mask ${layer}`);
        const left = expected.data.map((keep, i) => keep * Math.fround(c.weights[layer].data[i]));
        await assertEqual(
          (await weight.data()).map((v) => v + 0),
          left.map((v) => v + 0),
          `weight ${layer}`,
        );
      };
      const local = load();
      await check(local, await prune.l1Unstructured(local, c.amount), 0, c.local);
      const all = load();
      const biases = (await all.stateDict()).get("0.bias")!.data;
      const masks = await prune.globalUnstructured(all, c.amount);
      for (const [i, mask] of c.global.entries()) await check(all, masks, i, mask);
      const zeros = c.global.flatMap(({ data }) => data).filter((keep) => keep === 0).length;
      await assertClose([masks.sparsity, await prune.sparsity(all)], [zeros / 32, zeros / 32], 1e-12);
      await assertEqual((await all.stateDict()).get("0.bias")!.data, biases, "bias");
    },
  };
}

function distillAsPyTorch(c: (typeof distillation.cases)[number]): DeviceCase {
  return {
    name: `distillationLoss: as PyTorch, ${c.student.shape.join("×")}, T ${c.temperature}, alpha ${c.alpha}`,
    async run(device) {
      const student = tensor(c.student.data, { device, shape: c.student.shape, requiresGrad: true });
      const teacher = tensor(c.teacher.data, { device, shape: c.teacher.shape, requiresGrad: true });
      const targets = tensor(c.targets.data, { device, shape: c.targets.shape, dtype: "i32" });
      const { temperature, alpha } = c;
      const loss = distillationLoss(student, teacher, targets, { temperature, alpha });
      // Sums of at most 120 products of exponentials in f32, scaled by T² and added to a loss near 5.
      await assertClose([await loss.item()], c.loss.data, 1e-5, "loss");
      loss.backward();
      await assertClose(student.grad!, c.grad.data, 1e-5, "gradient");
      assert(teacher.grad === null, "a gradient flowed into the teacher");
    },
  };
}

export const compressionCases: DeviceCase[] = [
  ...masksFixture.cases.map(pruneAsPyTorch),
  {
    name: "prune: fine-tuning keeps the zeros and trains the rest",
    async run(device) {
      const model = new Sequential(new Linear(6, 8, { device }), new ReLU(), new Linear(8, 2, { device }));
      const x = tensor(testNumbers(60), { device, shape: [10, 6] });
      const y = tensor(testNumbers(20, 3), { device, shape: [10, 2] });
      const optimizer = new Adam(model.parameters(), { lr: 0.05 });
      const step = async (): Promise<Tensor> => {
        optimizer.zeroGrad();
        const loss = mse(model.forward(x), y);
        loss.backward();
        await optimizer.step();
        return loss;
      };
      await step(); // moments that would move pruned weights
      const masks = await prune.globalUnstructured(model, 0.5);
      const before = await (await step()).item();
      const moved = await prune.sparsity(model);
      assert(moved < 0.1, `a step without apply() leaves ${moved} zero`);
      masks.apply();
      let last = before;
      for (let i = 0; i < 30; i++) {
        last = await (await step()).item();
        masks.apply();
      }
      const zeros = await prune.sparsity(model);
      assert(zeros >= 0.5 && zeros < 0.52, `${zeros} of the weights are zero`);
      assert(last < 0.8 * before, `the loss went from ${before} to ${last}`);
      masks.dispose();
    },
  },
  {
    name: "prune: a parameter, several, equal magnitudes, and what it refuses",
    async run(device) {
      const linear = new Linear(4, 2, { device });
      linear.weight.set([1, -1, 1, -1, 2, 0, -2, 1]);
      await prune.l1Unstructured(linear.weight, 0.5);
      // The zero, and the first three of five ones.
      await assertEqual(
        (await linear.weight.data()).map((v) => v + 0),
        [0, 0, 0, -1, 2, 0, -2, 1],
      );
      const other = new Linear(4, 2, { device });
      other.weight.set([9, 9, 9, 9, 9, 9, 9, 9]);
      await prune.globalUnstructured([linear.weight, other.weight], 0.5);
      await assertEqual((await linear.weight.data()).map(Math.abs), new Array(8).fill(0));
      await assertEqual(other.weight, new Array(8).fill(9));
      await assertThrows(() => prune.l1Unstructured(linear, 7), "amount is 7, expected the share to prune");
      await assertThrows(() => prune.sparsity(new ReLU()), "there is no weight matrix to prune");
    },
  },
  ...distillation.cases.map(distillAsPyTorch),
  {
    name: "distillationLoss: a student that answers as its teacher has only the true targets to learn from",
    async run(device) {
      const logits = testNumbers(12).map((v) => 4 * v);
      const student = tensor(logits, { device, shape: [2, 2, 3], requiresGrad: true });
      const teacher = tensor(logits, { device, shape: [2, 2, 3] });
      const targets = tensor([0, 2, 1, 1], { device, shape: [2, 2], dtype: "i32" });
      const loss = distillationLoss(student, teacher, targets, { temperature: 3, alpha: 0.25 });
      const hard = await noGrad(() => crossEntropy(student, targets)).item();
      await assertClose([await loss.item()], [0.75 * hard], 1e-6);
      const same = distillationLoss(student, teacher, targets, { alpha: 1 });
      await assertClose([await same.item()], [0], 1e-6);
      // At a high temperature the gradient is that of matching logits: (z − v) / classes, after both lost their mean.
      const far = tensor(testNumbers(12, 9), { device, shape: [2, 2, 3] });
      distillationLoss(student, far, targets, { temperature: 1e3, alpha: 1 }).backward();
      const centred = (values: ArrayLike<number>): number[] =>
        Array.from(values, (v, i) => {
          const row = 3 * Math.floor(i / 3);
          return v - (values[row] + values[row + 1] + values[row + 2]) / 3;
        });
      const [z, v] = [centred(logits), centred(testNumbers(12, 9))];
      // T² amplifies f32's rounding of probabilities near 1/3 by 1,000 in the gradient.
      await assertClose(
        student.grad!,
        z.map((value, i) => (value - v[i]) / 3 / 4),
        2e-3,
      );
    },
  },
  {
    name: "distillationLoss: what it refuses",
    async run(device) {
      const student = tensor(testNumbers(6), { device, shape: [2, 3] });
      const teacher = tensor(testNumbers(8), { device, shape: [2, 4] });
      const targets = tensor([0, 1], { device, dtype: "i32" });
      await assertThrows(
        () => distillationLoss(student, teacher, targets),
        "student and teacher have different logits: [2, 3] and [2, 4]",
      );
      const like = softmax(student);
      await assertThrows(
        () => distillationLoss(student, like, targets, { temperature: 0 }),
        "temperature is 0",
      );
      await assertThrows(() => distillationLoss(student, like, targets, { alpha: 1.5 }), "alpha is 1.5");
      await assertThrows(
        () => distillationLoss(student, like, targets, { temprature: 2 } as never),
        "temprature",
      );
    },
  },
];
