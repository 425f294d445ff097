import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  categoricalCrossEntropy,
  crossEntropy,
  type CrossEntropyOptions,
  crossEntropyStats,
  type Device,
  mse,
  noGrad,
  reshape,
  sum,
  tensor,
  transpose,
} from "../../src/index.ts";
import type { Reduction } from "../../src/index.ts";
import binaryFixture from "../fixtures/binary_cross_entropy.json" with { type: "json" };
import fixture from "../fixtures/cross_entropy.json" with { type: "json" };
import mseFixture from "../fixtures/mse.json" with { type: "json" };
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";

function ids(device: Device, values: number[], shape = [values.length]) {
  return tensor(Int32Array.from(values), { device, shape });
}

const asPyTorch = fixture.cases.map(
  (c): DeviceCase => ({
    name: `crossEntropy: as PyTorch, ${c.name}`,
    async run(device) {
      const logits = tensor(c.logits.data, { device, shape: c.logits.shape, requiresGrad: true });
      const options: CrossEntropyOptions = {
        reduction: c.reduction as Reduction,
        ignoreIndex: c.ignoreIndex,
        labelSmoothing: c.labelSmoothing,
      };
      const loss = crossEntropy(logits, ids(device, c.targets.data), options);
      assertShape(loss, c.loss.shape);
      // A stored log-sum-exp of 80 rounds to 4e-6, and with it the softmax of the gradient.
      await assertClose(loss, c.loss.data, 2e-6, "loss");
      (c.reduction === "none" ? sum(loss) : loss).backward();
      await assertClose(logits.grad!, c.grads.logits.data, 5e-6, "dlogits");
    },
  }),
);

const binaryAsPyTorch = binaryFixture.cases.map(
  (c): DeviceCase => ({
    name: `binaryCrossEntropy: as PyTorch, ${c.name}`,
    async run(device) {
      const x = tensor(c.input.data, { device, shape: c.input.shape, requiresGrad: true });
      const targets = tensor(c.target.data, { device, shape: c.target.shape });
      const loss = (c.withLogits ? binaryCrossEntropyWithLogits : binaryCrossEntropy)(x, targets);
      // Logarithms and quotients of f32, averaged.
      await assertClose(loss, c.loss.data, 2e-6, "loss");
      loss.backward();
      await assertClose(x.grad!, c.grads.input.data, 2e-6, "dx");
    },
  }),
);

const PROBABILITIES = [0.2, 0.3, 0.1, 1, 0, 0, 0.1, 0.1, 0.8];

export const lossCases: DeviceCase[] = [
  ...asPyTorch,
  {
    name: "crossEntropy: leading axes are rows, and a view is copied",
    async run(device) {
      const numbers = testNumbers(2 * 3 * 5);
      const targets = [1, 4, 0, 2, 2, 3];
      const flat = crossEntropy(tensor(numbers, { device, shape: [6, 5] }), ids(device, targets));
      const deep = tensor(numbers, { device, shape: [2, 3, 5], requiresGrad: true });
      const loss = crossEntropy(deep, ids(device, targets, [2, 3]));
      await assertEqual(loss, await flat.data(), "loss of [2, 3, 5]");
      loss.backward();
      assertShape(deep.grad!, [2, 3, 5]);
      const turned = tensor(numbers, { device, shape: [6, 5], requiresGrad: true });
      crossEntropy(transpose(transpose(turned)), ids(device, targets)).backward();
      await assertEqual(turned.grad!, await deep.grad!.data(), "gradient through a view");
      const columns = transpose(tensor(numbers, { device, shape: [5, 6] }));
      assert(!columns.isContiguous, "the view should not be contiguous");
      const copied = tensor(Float32Array.from(await columns.data()), { device, shape: [6, 5] });
      const viewed = crossEntropy(columns, ids(device, targets));
      await assertEqual(viewed, await crossEntropy(copied, ids(device, targets)).data(), "loss of a view");
    },
  },
  {
    name: "crossEntropy: two launches forward, one backward, accuracy for nothing",
    async run(device) {
      const logits = tensor(testNumbers(20), { device, shape: [4, 5], requiresGrad: true });
      const targets = ids(device, [0, 1, 2, 3]);
      const launched = (fn: () => void): number => {
        const before = device.stats().dispatches;
        fn();
        return device.stats().dispatches - before;
      };
      let loss = crossEntropy(logits, targets);
      assert(launched(() => (loss = crossEntropy(logits, targets))) === 2, "forward: 2 launches");
      assert(launched(() => loss.backward()) === 1, "backward: 1 launch");
      assert(launched(() => crossEntropyStats(logits, targets)) === 2, "with accuracy: 2 launches");
      assert(launched(() => crossEntropy(logits, targets, { reduction: "none" })) === 1, "none: 1 launch");
    },
  },
  {
    name: "crossEntropyStats: ignored rows count for nothing, the first of equal logits wins",
    async run(device) {
      const logits = tensor([1, 3, 2, 5, 5, 0, 0, 4, 4, 1, 0, 0, 9, 8, 7], {
        device,
        shape: [5, 3],
        requiresGrad: true,
      });
      // Right; wrong (the first of the equal two is 0); right; ignored; right.
      const { loss, accuracy } = crossEntropyStats(logits, ids(device, [1, 1, 1, -100, 0]));
      assertShape(accuracy, []);
      await assertClose(accuracy, [3 / 4], 1e-6, "accuracy");
      assert(!accuracy.requiresGrad, "no gradient flows through the accuracy");
      await assertClose(loss, await crossEntropy(logits, ids(device, [1, 1, 1, -100, 0])).data(), 0, "loss");
      const none = crossEntropyStats(logits, ids(device, [1, 1, 1, 1, 0]), { reduction: "none" });
      assertShape(none.loss, [5]);
      await assertClose(none.accuracy, [3 / 5], 1e-6, "accuracy");
      const nothing = crossEntropyStats(logits, ids(device, [-100, -100, -100, -100, -100]));
      await assertEqual(nothing.loss, [0], "the loss of ignored rows only");
      await assertEqual(nothing.accuracy, [0], "their accuracy");
    },
  },
  {
    name: "crossEntropy: targets made on the device, gradients that are not 1, memory that is not kept",
    async run(device) {
      const values = testNumbers(4 * 7);
      const onDevice = reshape(transpose(ids(device, [3, 0, 6, -100], [2, 2])), [4]);
      const logits = tensor(values, { device, shape: [4, 7], requiresGrad: true });
      const loss = crossEntropy(logits, onDevice);
      const same = tensor(values, { device, shape: [4, 7], requiresGrad: true });
      const expected = crossEntropy(same, ids(device, [3, 6, 0, -100]));
      await assertEqual(loss, await expected.data(), "loss");
      loss.backward(tensor([3], { device, shape: [] }));
      expected.backward();
      const tripled = (await same.grad!.data()).map((v) => 3 * v);
      await assertClose(logits.grad!, tripled, 1e-6, "three times the gradient");
      const { loss: kept } = noGrad(() => crossEntropyStats(logits, onDevice));
      await assertEqual(kept, await expected.data(), "loss under noGrad");
    },
  },
  {
    name: "crossEntropy: logits masked with −3.0e38 stay finite",
    async run(device) {
      const logits = tensor([1, -3e38, 2, -3e38], { device, shape: [1, 4], requiresGrad: true });
      const loss = crossEntropy(logits, ids(device, [2]));
      await assertClose(loss, [Math.log(1 + Math.exp(-1))], 1e-6, "loss");
      loss.backward();
      const p = 1 / (1 + Math.exp(-1));
      await assertClose(logits.grad!, [1 - p, 0, p - 1, 0], 1e-6, "dlogits");
    },
  },
  {
    name: "crossEntropy: what does not fit is named",
    async run(device) {
      const logits = tensor(testNumbers(4 * 20 * 80), { device, shape: [4, 20, 80] });
      const wrong = new Int32Array(80);
      wrong[3 * 20 + 17] = 106;
      const targets = tensor(wrong, { device, shape: [4, 20] });
      await assertThrows(
        () => crossEntropy(logits, targets),
        "crossEntropy: target 106 at [3, 17] is outside 0..79",
      );
      await assertThrows(
        () => crossEntropy(logits, ids(device, [1, 2])),
        "crossEntropy: targets are [2], expected class ids [4, 20] for logits [4, 20, 80]",
      );
      const floats = tensor(new Float32Array(80), { device, shape: [4, 20] });
      await assertThrows(() => crossEntropy(logits, floats), "is f32, expected i32");
      const smoothed = { labelSmoothing: 1.5 };
      await assertThrows(() => crossEntropy(logits, targets, smoothed), "labelSmoothing is 1.5");
      const average = { reduction: "average" as Reduction };
      await assertThrows(() => crossEntropy(logits, targets, average), 'unknown reduction "average"');
    },
  },
  ...binaryAsPyTorch,
  {
    name: "binaryCrossEntropy: logarithms stop at −100, or where Keras clips",
    async run(device) {
      const p = tensor([0, 1, 0, 1], { device, requiresGrad: true });
      const targets = tensor([1, 0, 0, 1], { device });
      await assertClose(binaryCrossEntropy(p, targets, { reduction: "none" }), [100, 100, 0, 0], 1e-6);
      const clipped = binaryCrossEntropy(p, targets, { reduction: "sum", clip: 1e-7 });
      await assertClose(clipped, [-2 * Math.log(1e-7) - 2 * Math.log(1 - 1e-7)], 1e-6);
      clipped.backward();
      await assertEqual(p.grad!, [0, 0, 0, 0], "no gradient where it was clipped");
    },
  },
  {
    name: "binaryCrossEntropy: class ids stand for one-hot rows, numbers may be integers",
    async run(device) {
      const x = tensor(PROBABILITIES, { device, shape: [3, 3], requiresGrad: true });
      const hot = tensor([0, 1, 0, 1, 0, 0, 0, 0, 1], { device, shape: [3, 3] });
      for (const loss of [binaryCrossEntropy, binaryCrossEntropyWithLogits]) {
        const expected = loss(x, hot, { reduction: "none" });
        sum(expected).backward();
        const gradient = await x.grad!.data();
        x.zeroGrad();
        const byId = loss(x, ids(device, [1, 0, 2]), { reduction: "none" });
        await assertEqual(byId, await expected.data(), "losses by id");
        sum(byId).backward();
        await assertEqual(x.grad!, gradient, "gradient by id");
        const integers = ids(device, [0, 1, 0, 1, 0, 0, 0, 0, 1], [3, 3]);
        await assertEqual(loss(x, integers, { reduction: "none" }), await expected.data(), "integers");
        x.zeroGrad();
      }
      const column = tensor([0.3, 0.8], { device, shape: [2, 1] });
      const labels = binaryCrossEntropy(column, ids(device, [0, 1]));
      await assertClose(labels, [-(Math.log(0.7) + Math.log(0.8)) / 2], 1e-6, "labels of a column");
      await assertThrows(
        () => binaryCrossEntropy(x, ids(device, [1, 0, 3])),
        "binaryCrossEntropy: target 3 at [2] is outside 0..2",
      );
      await assertThrows(
        () => binaryCrossEntropy(column, ids(device, [0, 2])),
        "binaryCrossEntropy: target 2 at [1] is not 0 or 1",
      );
      await assertThrows(
        () => binaryCrossEntropy(x, tensor([1, 0], { device })),
        "binaryCrossEntropy: targets are [2] f32, expected [3, 3], or class ids [3] i32",
      );
    },
  },
  {
    name: "categoricalCrossEntropy: rows are normalised, then clipped, as Keras does",
    async run(device) {
      const p = tensor(PROBABILITIES, { device, shape: [3, 3], requiresGrad: true });
      const hot = tensor([0, 1, 0, 0, 1, 0, 0, 0, 1], { device, shape: [3, 3] });
      const expected = [-Math.log(0.5), -Math.log(1e-7), -Math.log(0.8)];
      const losses = categoricalCrossEntropy(p, hot, { reduction: "none" });
      await assertClose(losses, expected, 1e-6, "losses");
      const byId = categoricalCrossEntropy(p, ids(device, [1, 1, 2]));
      await assertClose(byId, [expected.reduce((a, b) => a + b) / 3], 1e-6, "mean by id");
      byId.backward();
      // (1 − t / q) / Σp for each row, over 3; the second row was clipped.
      const slopes = [1 / 0.6, (1 - 2) / 0.6, 1 / 0.6, 0, 0, 0, 1, 1, 1 - 1 / 0.8];
      const gradient = slopes.map((v) => v / 3);
      await assertClose(p.grad!, gradient, 1e-6, "dp by id");
      p.zeroGrad();
      categoricalCrossEntropy(p, hot).backward();
      await assertClose(p.grad!, gradient, 1e-6, "dp");
      await assertThrows(
        () => categoricalCrossEntropy(p, ids(device, [1, 0, 5])),
        "categoricalCrossEntropy: target 5 at [2] is outside 0..2",
      );
      await assertThrows(
        () => categoricalCrossEntropy(p, tensor([1, 2, 3], { device })),
        "categoricalCrossEntropy: targets are [3] f32, expected [3, 3] f32, or class ids [3] i32",
      );
    },
  },
  {
    name: "mse: as PyTorch",
    async run(device) {
      const f = mseFixture;
      const x = tensor(f.x.data, { device, shape: f.x.shape, requiresGrad: true });
      const target = tensor(f.target.data, { device, shape: f.target.shape, requiresGrad: true });
      const loss = mse(x, target);
      await assertClose(loss, f.loss.data, 1e-6, "loss");
      loss.backward();
      await assertClose(x.grad!, f.grads.x.data, 1e-6, "dx");
      await assertClose(target.grad!, f.grads.target.data, 1e-6, "dtarget");
      assertShape(mse(x, target, { reduction: "none" }), f.x.shape);
      await assertThrows(() => mse(x, reshape(target, [12])), "mse: x is [4, 3] and target [12]");
    },
  },
];
