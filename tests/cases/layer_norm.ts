/** layerNorm: the kernels against their twins, PyTorch's numbers, the module. */
import { add, LayerNorm, layerNorm, mul, noGrad, sum, tensor, transpose } from "../../src/index.ts";
import fixture from "../fixtures/layer_norm.json" with { type: "json" };
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";
import { launchCase, output } from "./launch.ts";

type Stored = { shape: number[]; data: number[] };

const SHAPES = [
  [1, 1],
  [3, 5],
  [67, 32],
  [5, 33],
  [3, 64],
  [66, 3],
  [2, 300],
  [70_000, 2],
];

const launches = SHAPES.flatMap(([rows, columns], s) => {
  const count = rows * columns;
  const name = `[${rows}, ${columns}]`;
  const has = s % 2;
  const x = testNumbers(count + 2, s).map((v) => v + 3);
  const stats = new Float32Array(2 * rows).map((_, i) => (i % 2 === 0 ? 3.1 : 0.9));
  const dout = testNumbers(count + 1, s + 20);
  const weight = testNumbers(columns + 3, 2);
  const byRow = {
    rows,
    columns,
    lanes: columns <= 32 ? 1 : s % 2 ? 8 : 64,
    x_offset: 2,
    weight_offset: 3,
    has_weight: has,
  };
  return [
    launchCase(
      "layer_norm",
      name,
      { ...byRow, bias_offset: 1, has_bias: 1 - has, eps: 1e-3 },
      { x, weight, bias: testNumbers(columns + 1, 3), out: output(count), stats: output(2 * rows) },
    ),
    ...[0, 1].map((accumulate) =>
      launchCase(
        "layer_norm_backward",
        `${name}${accumulate ? ", added" : ""}`,
        { ...byRow, has_weight: accumulate, dout_offset: 1, accumulate },
        { x, stats, weight, dout, dx: accumulate ? testNumbers(count, 5) : output(count) },
      ),
    ),
    launchCase(
      "layer_norm_backward_weights",
      `${name}, ${Math.ceil(rows / 64)} blocks`,
      { rows, columns, rows_per_block: 64, x_offset: 2, dout_offset: 1 },
      { x, stats, dout, sums: output(2 * columns * Math.ceil(rows / 64)) },
    ),
  ];
});

function asPyTorch(c: (typeof fixture.cases)[number]): DeviceCase {
  return {
    name: `layerNorm: as PyTorch, ${c.expression}`,
    async run(device) {
      const leaf = (stored: Stored | null) =>
        stored ? tensor(stored.data, { device, shape: stored.shape, requiresGrad: true }) : undefined;
      const [x, weight, bias] = [leaf(c.x)!, leaf(c.weight), leaf(c.bias)];
      const eps = c.expression.includes("1e-3") ? 1e-3 : undefined;
      const y = layerNorm(x, { weight, bias, ...(eps ? { eps } : {}) });
      // f32 sums of at most 130 terms, divided by deviations not far from 2.
      await assertClose(y, c.y.data, 3e-6, "y");
      sum(mul(y, tensor(c.w.data, { device, shape: c.w.shape }))).backward();
      const grads = c.grads as Record<string, Stored>;
      await assertClose(x.grad!, grads.x.data, 5e-6, "dx");
      if (weight) await assertClose(weight.grad!, grads.weight.data, 5e-6, "dweight");
      if (bias) await assertClose(bias.grad!, grads.bias.data, 5e-6, "dbias");
    },
  };
}

export const layerNormCases: DeviceCase[] = [
  ...launches,
  ...fixture.cases.map(asPyTorch),
  {
    name: "layerNorm: a large mean does not swallow the differences",
    async run(device) {
      // Σ x² − n μ² in f32 would leave nothing of a variance of 1 beside a mean of 10,000.
      const y = await layerNorm(tensor([[10_001, 9_999, 10_001, 9_999]], { device })).data();
      await assertClose(y, [1, -1, 1, -1], 1e-5);
    },
  },
  {
    name: "layerNorm: constant rows, NaN, views, nothing at all",
    async run(device) {
      const x = tensor(
        [
          [2, 2, 2],
          [1, Number.NaN, 3],
        ],
        { device },
      );
      const y = await layerNorm(x, { bias: tensor([1, 2, 3], { device }) }).data();
      await assertEqual(y.subarray(0, 3), [1, 2, 3], "constant");
      assert(
        y.subarray(3).every((v) => Number.isNaN(v)),
        `NaN was lost: ${y}`,
      );
      const turned = transpose(tensor(testNumbers(12), { device, shape: [4, 3] }));
      const straight = tensor(await turned.data(), { device, shape: [3, 4] });
      await assertEqual(layerNorm(turned), await layerNorm(straight).data(), "turned");
      const weight = tensor(testNumbers(4), { device, requiresGrad: true });
      const empty = layerNorm(tensor([], { device, shape: [0, 4] }), { weight });
      assertShape(empty, [0, 4]);
      sum(empty).backward();
      await assertEqual(weight.grad!, [0, 0, 0, 0], "dweight of no rows");
    },
  },
  {
    name: "layerNorm: many blocks of rows, gradients that add up, the same bits again",
    async run(device) {
      const rows = 40_000;
      const values = testNumbers(rows * 3, 8);
      const run = async () => {
        const x = tensor(values, { device, shape: [rows, 3], requiresGrad: true });
        const weight = tensor([1, 2, 3], { device, requiresGrad: true });
        const bias = tensor([0, 0, 0], { device, requiresGrad: true });
        for (let pass = 0; pass < 2; pass++) {
          const y = layerNorm(x, { weight, bias });
          // x is used twice, so that its gradient is added to another.
          sum(add(mul(y, y), x)).backward();
        }
        return Promise.all([x, weight, bias].map((leaf) => leaf.grad!.data()));
      };
      const [first, again] = [await run(), await run()];
      for (const i of [0, 1, 2]) await assertEqual(again[i], first[i], `run ${i}`);
      // dweight = 2 passes · Σ 2 y x̂, computed in double.
      const expected = [0, 0, 0];
      for (let row = 0; row < rows; row++) {
        const x = values.subarray(3 * row, 3 * row + 3);
        const mean = (x[0] + x[1] + x[2]) / 3;
        const variance = x.reduce((total, v) => total + (v - mean) ** 2, 0) / 3;
        for (const c of [0, 1, 2]) expected[c] += (4 * (c + 1) * (x[c] - mean) ** 2) / (variance + 1e-5);
      }
      // 40,000 f32 terms, in blocks: 1e-6 · √40,000 at worst.
      for (const c of [0, 1, 2]) await assertClose([first[1][c] / expected[c]], [1], 2e-5, `dweight ${c}`);
    },
  },
  {
    name: "LayerNorm: PyTorch's names, start and options",
    async run(device) {
      const norm = new LayerNorm(4, { device });
      const names = norm.namedParameters().map(([name]) => name);
      assert(names.join(" ") === "weight bias", names.join(" "));
      const x = tensor(testNumbers(12), { device, shape: [3, 4] });
      const plain = new LayerNorm(4, { device, elementwiseAffine: false, eps: 1e-3 });
      assert(plain.parameters().length === 0, "elementwiseAffine: false has parameters");
      assert(new LayerNorm(4, { device, bias: false }).parameters().length === 1, "bias: false has one");
      await assertEqual(
        noGrad(() => norm.forward(x)),
        await layerNorm(x).data(),
        "weight 1, bias 0",
      );
      await assertEqual(plain.forward(x), await layerNorm(x, { eps: 1e-3 }).data(), "eps");
      await assertThrows(() => new LayerNorm(0, { device }), "LayerNorm: features must be a whole number");
      await assertThrows(() => layerNorm(x, { weight: x }), "layerNorm: weight is [3, 4], expected [4]");
      await assertThrows(() => layerNorm(x, { eps: -1 }), "layerNorm: eps must be at least 0, got -1");
    },
  },
];
