/** Dropout fused with an activation, with a residual connection, and with the norm behind it. */
import {
  activationDropout,
  add,
  type Device,
  dropout,
  dropoutAdd,
  gelu,
  layerNorm,
  mul,
  ones,
  relu,
  residualNorm,
  sum,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.ts";
import { ACTIVATION, WRITE } from "../../src/backend/operations.ts";
import { dropoutThreshold } from "../../src/ops/dropout.ts";
import { sizeOf } from "../../src/shape.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";

const COUNTER = [4294967295, 77];
const RANDOM = { operation: 5, threshold: dropoutThreshold(0.4), scale: 1 / 0.6 };
const CERTAIN = { operation: 0, threshold: 0, scale: 1 };

const elementwise = [1, 6, 259, 70_000].flatMap((count) => [
  launchCase(
    "dropout_add",
    `${count} elements`,
    { ...RANDOM, count, x_offset: 1, sublayer_offset: 2 },
    {
      x: testNumbers(count + 1, 1),
      sublayer: testNumbers(count + 2, 2),
      counter: COUNTER,
      out: output(count),
    },
  ),
  ...Object.entries(ACTIVATION).flatMap(([name, activation]) => {
    const x = testNumbers(count + 3, activation).map((v) => 1.5 * v);
    const shared = { ...RANDOM, activation, count, x_offset: 3 };
    return [
      launchCase("activation_dropout", `${name}, ${count} elements`, shared, {
        x,
        counter: COUNTER,
        out: output(count),
      }),
      launchCase(
        "activation_dropout_backward",
        `${name}, ${count} elements${activation % 2 ? ", added" : ""}`,
        { ...shared, dout_offset: 1, accumulate: activation % 2 },
        {
          x,
          dout: testNumbers(count + 1, 8),
          counter: COUNTER,
          dx: activation % 2 ? testNumbers(count, 9) : output(count),
        },
      ),
    ];
  }),
]);

/** Rows of which four neighbours are never, sometimes and always all their own; both numbers of lanes. */
const SHAPES = [
  [1, 1],
  [3, 5],
  [67, 32],
  [5, 33],
  [3, 64],
  [66, 3],
  [2, 299],
  [70_000, 2],
];

const norms = SHAPES.flatMap(([rows, columns], s) => {
  const count = rows * columns;
  const name = `[${rows}, ${columns}]`;
  const has = s % 2;
  const weight = testNumbers(columns + 3, 2);
  const shared = {
    rows,
    columns,
    lanes: columns <= 32 ? 1 : s % 2 ? 8 : 64,
    weight_offset: 3,
    has_weight: has,
  };
  return [RANDOM, CERTAIN].flatMap((random, r) => {
    const how = r === 0 ? name : `${name}, nothing dropped`;
    const stats = new Float32Array(2 * rows).map((_, i) => (i % 2 === 0 ? 0.3 : 0.9));
    const [toX, toSublayer] = [
      [WRITE.over, WRITE.add],
      [WRITE.add, WRITE.over],
      [WRITE.nothing, WRITE.over],
      [WRITE.over, WRITE.nothing],
    ][(s + r) % 4];
    const out = (write: number, seed: number) =>
      write === WRITE.add ? testNumbers(count, seed) : output(count);
    return [
      launchCase(
        "residual_norm",
        how,
        {
          ...shared,
          ...random,
          eps: 1e-3,
          x_offset: 1,
          sublayer_offset: 2,
          bias_offset: 1,
          has_bias: 1 - has,
        },
        {
          x: testNumbers(count + 1, s).map((v) => v + 3),
          sublayer: testNumbers(count + 2, s + 9),
          counter: COUNTER,
          weight,
          bias: testNumbers(columns + 1, 3),
          sum: output(count),
          out: output(count),
          stats: output(2 * rows),
        },
      ),
      launchCase(
        "residual_norm_backward",
        how,
        {
          ...shared,
          ...random,
          dout_offset: 1,
          dsum_offset: 2,
          has_dsum: r,
          write_x: toX,
          write_sublayer: toSublayer,
        },
        {
          sum: testNumbers(count, s),
          stats,
          weight,
          dout: testNumbers(count + 1, s + 20),
          dsum: testNumbers(count + 2, s + 30),
          counter: COUNTER,
          dx: out(toX, 5),
          dsublayer: out(toSublayer, 6),
        },
      ),
    ];
  });
});

const totals = [
  [0, 3],
  [1, 1],
  [9, 33],
  [512, 16],
].map(([blocks, columns], i) =>
  launchCase(
    "layer_norm_backward_total",
    `${blocks} blocks of ${columns} columns`,
    { blocks, columns, write_weight: 1 + (i % 2), write_bias: [1, 2, 1, 0][i] },
    {
      sums: testNumbers(Math.max(1, blocks * 2 * columns), i),
      dweight: i % 2 ? testNumbers(columns, 7) : output(columns),
      dbias: i === 1 ? testNumbers(columns, 8) : output(columns),
    },
  ),
);

/** Runs `fn` from a given random state, then puts the device's own back. */
async function fromState<T>(device: Device, fn: () => T | Promise<T>): Promise<T> {
  const before = device.randomState;
  device.randomState = { seed: 4711, step: 3 };
  try {
    return await fn();
  } finally {
    device.randomState = before;
  }
}

/** A tensor with a gradient; in the middle of a graph, as the tensors of a network are. */
function inner(device: Device, shape: number[], seed: number): { leaf: Tensor; inside: Tensor } {
  const leaf = tensor(testNumbers(sizeOf(shape), seed), { device, shape, requiresGrad: true });
  return { leaf, inside: mul(leaf, ones([1], { device })) };
}

/**
 * A fused op and the ops that it stands for, from the same random state: results and gradients, in this order.
 * Exported for the check in double precision, where they agree to the last bit.
 */
export const PAIRS: Record<string, (device: Device, fused: boolean) => { out: Tensor[]; leaves: Tensor[] }> =
  {
    dropoutAdd(device, fused) {
      const [x, y] = [inner(device, [3, 5, 7], 1), inner(device, [3, 5, 7], 2)];
      const z = fused ? dropoutAdd(x.inside, y.inside, 0.3) : add(x.inside, dropout(y.inside, 0.3));
      return { out: [z], leaves: [x.leaf, y.leaf] };
    },
    "activationDropout, relu": (device, fused) => {
      const x = inner(device, [5, 7], 1);
      const z = fused ? activationDropout(x.inside, "relu", 0.3) : dropout(relu(x.inside), 0.3);
      return { out: [z], leaves: [x.leaf] };
    },
    "activationDropout, gelu, of a turned tensor": (device, fused) => {
      const x = inner(device, [5, 7], 1);
      const turned = transpose(x.inside);
      const z = fused ? activationDropout(turned, "gelu", 0.3) : dropout(gelu(turned), 0.3);
      return { out: [z], leaves: [x.leaf] };
    },
    "activationDropout, geluTanh": (device, fused) => {
      const x = inner(device, [5, 7], 1);
      const z = fused ? activationDropout(x.inside, "geluTanh", 0.3) : dropout(gelu(x.inside, "tanh"), 0.3);
      return { out: [z], leaves: [x.leaf] };
    },
    ...Object.fromEntries(
      [0, 0.3].flatMap((rate) =>
        ["the norm", "the sum", "both"].map((used) => [
          `residualNorm, ${rate} dropped, ${used} used`,
          (device: Device, fused: boolean) => {
            const shape = [3, 5, 35];
            const [x, y] = [inner(device, shape, 1), inner(device, shape, 2)];
            const [weight, bias] = [inner(device, [35], 3).leaf, inner(device, [35], 4).leaf];
            let result: { output: Tensor; sum: Tensor };
            if (fused) result = residualNorm(x.inside, y.inside, { weight, bias, dropout: rate });
            else {
              const total = add(x.inside, dropout(y.inside, rate));
              result = { output: layerNorm(total, { weight, bias }), sum: total };
            }
            const out =
              used === "both"
                ? [result.output, result.sum]
                : [used === "the sum" ? result.sum : result.output];
            return { out, leaves: used === "the sum" ? [x.leaf, y.leaf] : [x.leaf, y.leaf, weight, bias] };
          },
        ]),
      ),
    ),
  };

/** Results and gradients of one side of a pair. */
export async function runPair(name: string, device: Device, fused: boolean): Promise<Tensor[]> {
  return await fromState(device, () => {
    const { out, leaves } = PAIRS[name](device, fused);
    const total = out
      .map((y, i) => sum(mul(y, tensor(testNumbers(y.size, 60 + i), { device, shape: y.shape }))))
      .reduce((a, b) => add(a, b));
    total.backward();
    return [...out, ...leaves.map((leaf) => leaf.grad!)];
  });
}

export const residualCases: DeviceCase[] = [
  ...elementwise,
  ...norms,
  ...totals,
  ...Object.keys(PAIRS).map((name) => ({
    name: `fused as unfused, gradients too: ${name}`,
    async run(device: Device) {
      const [one, two] = [await runPair(name, device, true), await runPair(name, device, false)];
      // A few more or fewer f32 roundings, and sums over a row of 35.
      for (const [i, got] of one.entries()) await assertClose(got, two[i], 5e-6, `value ${i}`);
    },
  })),
  {
    name: "residualNorm, dropoutAdd, activationDropout: how many dispatches",
    run: (device) =>
      fromState(device, () => {
        const counts = (make: () => { out: Tensor[]; leaves: Tensor[] }): string => {
          const { dispatches } = device.stats();
          const { out } = make();
          const forward = device.stats().dispatches - dispatches;
          const seeds = out.map((y) => ones(y.shape, { device }));
          const before = device.stats().dispatches;
          out[0].backward(seeds[0]);
          return `${forward} ${device.stats().dispatches - before}`;
        };
        const direct = (shape: number[]) => {
          const t = tensor(testNumbers(sizeOf(shape)), { device, shape, requiresGrad: true });
          return { leaf: t, inside: t };
        };
        const [x, y, w, b] = [direct([4, 6]), direct([4, 6]), direct([6]).leaf, direct([6]).leaf];
        const norm = { weight: w, bias: b, dropout: 0.1 };
        const found = {
          residualNorm: counts(() => ({ out: [residualNorm(x.inside, y.inside, norm).output], leaves: [] })),
          activationDropout: counts(() => ({ out: [activationDropout(x.inside, "gelu", 0.1)], leaves: [] })),
          layerNorm: counts(() => ({ out: [layerNorm(x.inside, { weight: w, bias: b })], leaves: [] })),
        };
        const expected = { residualNorm: "1 3", activationDropout: "1 1", layerNorm: "1 3" };
        assert(JSON.stringify(found) === JSON.stringify(expected), JSON.stringify(found));
      }),
  },
  {
    name: "residualNorm: one tensor twice, nothing at all, one bias for two norms",
    run: (device) =>
      fromState(device, async () => {
        const leaf = (values: number[]) => tensor([values], { device, requiresGrad: true });
        const x = leaf([1, 2, 4]);
        const twice = residualNorm(x, x, { dropout: 0 });
        await assertEqual(twice.sum, [2, 4, 8]);
        twice.sum.backward(ones([1, 3], { device }));
        await assertEqual(x.grad!, [2, 2, 2]);
        const dropped = leaf([1, 2, 4]);
        residualNorm(dropped, dropped, { dropout: 0.5 }).sum.backward(ones([1, 3], { device }));
        assert(
          (await dropped.grad!.data()).every((v) => v === 1 || v === 3),
          "1 for x and 0 or 2 for what was dropped",
        );
        const shared = tensor([1, 2, 3], { device, requiresGrad: true });
        const { output: same } = residualNorm(x, leaf([0, 1, 0]), { weight: shared, bias: shared });
        same.backward(ones([1, 3], { device }));
        const [weight, bias] = [1, 2].map(() => tensor([1, 2, 3], { device, requiresGrad: true }));
        const { output: apart } = residualNorm(x, leaf([0, 1, 0]), { weight, bias });
        apart.backward(ones([1, 3], { device }));
        await assertClose(shared.grad!, await add(weight.grad!, bias.grad!).data(), 1e-6);
        const none = () => tensor([], { device, shape: [0, 3], requiresGrad: true });
        const { output: empty } = residualNorm(none(), none(), { weight, bias, dropout: 0.2 });
        assert(empty.shape.join() === "0,3", `empty is [${empty.shape}]`);
      }),
  },
  {
    name: "residualNorm, dropoutAdd, activationDropout: what does not fit is named",
    async run(device) {
      const [x, y] = [ones([2, 3], { device }), ones([2, 4], { device })];
      await assertThrows(
        () => dropoutAdd(x, y),
        "dropoutAdd: x is [2, 3] and sublayer [2, 4]; they must be of one shape",
      );
      await assertThrows(() => residualNorm(x, y), "residualNorm: x is [2, 3] and sublayer [2, 4]");
      await assertThrows(() => dropoutAdd(x, x, 1), "dropoutAdd: rate must lie in [0, 1), got 1");
      await assertThrows(
        () => residualNorm(x, x, { dropout: -1 }),
        "residualNorm: dropout must lie in [0, 1)",
      );
      await assertThrows(
        () => residualNorm(x, x, { weight: ones([2], { device }) }),
        "residualNorm: weight is [2], expected [3]",
      );
      await assertThrows(
        () => activationDropout(x, "tanh" as "relu"),
        'activationDropout: unknown activation "tanh"',
      );
      // Nothing is drawn where nothing is dropped.
      await assertEqual(dropoutAdd(x, x, 0.5, false), [2, 2, 2, 2, 2, 2]);
      await assertEqual(activationDropout(x, "relu", 0.5, false), [1, 1, 1, 1, 1, 1]);
    },
  },
];
