/** Counts for epoch metrics: the kernel against its twin, and the op against counting by hand. */
import { TARGETS } from "../../src/backend/operations.ts";
import { metricCounts, type MetricCounts, readMetricCounts, type Tensor, tensor } from "../../src/index.ts";
import { assert, type DeviceCase, assertThrows, testNumbers } from "./case.ts";
import { launchCase } from "./launch.ts";

/** Probabilities with ties, some at the threshold; the first two words are skipped by the offset. */
function predictionsOf(count: number, seed: number): Float32Array {
  return testNumbers(count + 2, seed).map((v) => Math.round((v + 2) * 5) / 20);
}

const SHAPES = [
  [1, 1],
  [70, 1],
  [5, 3],
  [67, 32],
  [5, 33],
  [3, 1080],
  [70_000, 2],
];

const launchCases = SHAPES.flatMap(([rows, classes], s) => {
  const count = rows * classes;
  const predictions = predictionsOf(count, s);
  const params = {
    rows,
    classes,
    lanes: classes <= 32 ? 1 : 64,
    predictions_offset: 2,
    targets_offset: 1,
    mask_offset: 1,
    threshold: 0.5,
  };
  // The first count is about to pass 2^32, the second is large already.
  const counts = new Float64Array(16);
  counts.set([2 ** 32 - 1, 3, 2 ** 32 - 2, 0, 7]);
  const ids = Int32Array.from({ length: rows + 1 }, (_, i) => (i * 7) % classes);
  const numbers = testNumbers(count + 1, 30 + s).map((v) => Math.max(0, Math.round(v)));
  const mask = Int32Array.from({ length: rows + 1 }, (_, i) => (i % 3 === 0 ? 0 : i % 5));
  const name = `[${rows}, ${classes}]`;
  return [
    launchCase(
      "metric_counts",
      `${name}, class ids`,
      { ...params, has_mask: 0, targets_kind: TARGETS.classIds },
      { predictions, targets: ids, counts },
    ),
    launchCase(
      "metric_counts",
      `${name}, numbers under a mask`,
      { ...params, has_mask: 1, targets_kind: TARGETS.numbers },
      { predictions, targets: numbers, mask: Float32Array.from(mask, (v) => -v), counts },
    ),
    launchCase(
      "metric_counts",
      `${name}, integers under a mask`,
      { ...params, has_mask: 1, targets_kind: TARGETS.integers },
      { predictions, targets: Int32Array.from(numbers), mask, counts },
    ),
  ];
});

async function assertCounts(counts: Tensor, expected: MetricCounts): Promise<void> {
  const got = JSON.stringify(await readMetricCounts(counts));
  assert(got === JSON.stringify(expected), `${got}, expected ${JSON.stringify(expected)}`);
}

export const metricCountsCases: DeviceCase[] = [
  ...launchCases,
  {
    name: "metricCounts: by hand, over two batches",
    async run(device) {
      const nan = Number.NaN;
      const first = metricCounts(
        tensor(
          [
            [0.2, 0.7, 0.1], // right
            [0.4, 0.4, 0.2], // a tie: the first
            [nan, nan, nan], // never right
            [0.1, 0.1, 0.8], // masked
          ],
          { device },
        ),
        tensor([1, 1, 0, 2], { device, dtype: "i32" }),
        { mask: tensor([1, 1, 1, 0], { device }) },
      );
      await assertCounts(first, {
        categoricalCorrect: 1,
        binaryCorrect: 3 + 2 + 0,
        truePositives: 1,
        predictedPositives: 1,
        actualPositives: 3,
        rows: 3,
        elements: 9,
      });
      // Ids outside the classes are never right; soft targets equal neither 0 nor 1, but are not 0.
      const outside = tensor([-1, 3], { device, dtype: "i32" });
      const counts = metricCounts(
        tensor(
          [
            [0.9, 0, 0.5],
            [0, 0, 0.9],
          ],
          { device },
        ),
        outside,
        { into: first, threshold: 0.4 },
      );
      const soft = tensor([[0, 0.5, 0.5]], { device });
      metricCounts(tensor([[0.1, 0.6, 0.2]], { device }), soft, { into: counts });
      await assertCounts(counts, {
        categoricalCorrect: 1 + 0 + 1,
        binaryCorrect: 5 + 3 + 1,
        truePositives: 1 + 0 + 1,
        predictedPositives: 1 + 3 + 1,
        actualPositives: 3 + 0 + 2,
        rows: 3 + 2 + 1,
        elements: 9 + 6 + 3,
      });
    },
  },
  {
    name: "metricCounts: one probability per row, targets [rows] or [rows, 1]",
    async run(device) {
      const expected: MetricCounts = {
        categoricalCorrect: 4,
        binaryCorrect: 2,
        truePositives: 1,
        predictedPositives: 2,
        actualPositives: 2,
        rows: 4,
        elements: 4,
      };
      const p = [0.9, 0.8, 0.5, 0.1];
      const t = [1, 0, 1, 0];
      for (const predictions of [tensor(p, { device }), tensor(p, { device, shape: [4, 1] })])
        for (const targets of [
          tensor(t, { device, dtype: "i32" }),
          tensor(t, { device, dtype: "i32", shape: [4, 1] }),
          tensor(t, { device }),
        ])
          await assertCounts(metricCounts(predictions, targets), expected);
    },
  },
  {
    name: "metricCounts: one dispatch a batch, exact beyond what f32 holds",
    async run(device) {
      const p = tensor(new Float32Array(2 * 100_000).fill(0.75), { device, shape: [2, 100_000] });
      const t = tensor(new Float32Array(2 * 100_000).fill(1), { device, shape: [2, 100_000] });
      let counts: Tensor | undefined;
      const before = device.stats().dispatches;
      const batches = 90;
      for (let i = 0; i < batches; i++) counts = metricCounts(p, t, { into: counts });
      const launched = device.stats().dispatches - before;
      assert(launched === batches, `${launched} dispatches`);
      const { elements, truePositives } = await readMetricCounts(counts!);
      // 18 million is beyond 2^24.
      assert(elements === 18_000_000 && truePositives === 18_000_000, `${elements}, ${truePositives}`);
    },
  },
  {
    name: "metricCounts: what it refuses",
    async run(device) {
      const p = tensor(testNumbers(6), { device, shape: [2, 3] });
      const ids = tensor([0, 1], { device, dtype: "i32" });
      await assertThrows(
        () => metricCounts(p, tensor([0, 1], { device })),
        "targets are [2] f32, expected [2, 3], or class ids [2] i32",
      );
      await assertThrows(() => metricCounts(p, ids, { mask: p }), "expected one number for each of 2 rows");
      await assertThrows(() => metricCounts(p, ids, { into: ids }), "into is [2] i32, expected the result");
      await assertThrows(() => metricCounts(ids, ids), "predictions [2] is i32, expected f32");
    },
  },
];
