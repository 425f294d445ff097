/** lstm with Keras's two dropouts: which masks are drawn, where they act, and padding beside them. */
import {
  type Device,
  lstm,
  LSTM,
  type LstmWeights,
  mul,
  ones,
  sum,
  tensor,
  type Tensor,
} from "../../src/index.ts";
import { dropoutThreshold } from "../../src/ops/dropout.ts";
import { drawMasks, recurrentMasks } from "../../src/ops/input_projection.ts";
import { pcg4d } from "../../src/random.ts";
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";

/** Runs `fn` from a given random state, then puts the device's own back. */
async function fromState<T>(device: Device, step: number, fn: () => T | Promise<T>): Promise<T> {
  const before = device.randomState;
  device.randomState = { seed: 42, step };
  try {
    return await fn();
  } finally {
    device.randomState = before;
  }
}

function weightsOf(device: Device, input: number, hidden: number): Required<LstmWeights> {
  const make = (shape: number[], seed: number): Tensor => {
    const numbers = testNumbers(shape[0] * (shape[1] ?? 1), seed);
    return tensor(
      numbers.map((v) => v / 2),
      { device, shape, requiresGrad: true },
    );
  };
  return {
    weightIh: make([4 * hidden, input], 1),
    weightHh: make([4 * hidden, hidden], 2),
    biasIh: make([4 * hidden], 3),
    biasHh: make([4 * hidden], 4),
  };
}

/** A pass forward and backward with one set of numbers per key of the sizes. */
async function trained(
  device: Device,
  weights: LstmWeights,
  sizes: { batch: number; steps: number; input: number },
  options: Parameters<typeof lstm>[2],
  step: number,
): Promise<Record<string, Float32Array>> {
  const { batch, steps, input } = sizes;
  const x = tensor(testNumbers(batch * steps * input, 9), {
    device,
    shape: [batch, steps, input],
    requiresGrad: true,
  });
  for (const w of Object.values(weights)) w.zeroGrad();
  const run = await fromState(device, step, () => lstm(x, weights, options));
  sum(mul(run.output, run.output)).backward();
  const tensors = { output: run.output, hn: run.hn, cn: run.cn, dx: x.grad!, ...gradientsOf(weights) };
  const read: Record<string, Float32Array> = {};
  for (const [name, t] of Object.entries(tensors)) read[name] = Float32Array.from(await t.data());
  return read;
}

function gradientsOf(weights: LstmWeights): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, (w as Tensor).grad!]));
}

export const lstmDropoutCases: DeviceCase[] = [
  {
    name: "recurrent masks: the host's bits, 0 or 1 / (1 − rate), for states and inputs in Keras's number",
    async run(device) {
      const sizes = { batch: 5, input: 3, hidden: 7 };
      const masks = await fromState(device, 3, () =>
        recurrentMasks(device, 4, sizes, { dropout: 0.3, recurrentDropout: 0.2 }),
      );
      assertShape(masks.input!, [4, 5, 3]);
      assertShape(masks.state!, [4, 5, 7]);
      for (const [operation, mask, rate] of [
        [0, masks.input!, 0.3],
        [1, masks.state!, 0.2],
      ] as const) {
        const bits = new Uint32Array(4);
        const expected = Float32Array.from({ length: mask.size }, (_, i) => {
          pcg4d(42, 3, operation, Math.floor(i / 4), bits);
          return bits[i % 4] >>> 8 >= dropoutThreshold(rate) ? 1 / (1 - rate) : 0;
        });
        // One f32 product; which elements are zero is exact.
        await assertClose(mask, expected, 1e-7, `mask of rate ${rate}`);
      }
      const shared = recurrentMasks(device, 4, sizes, { dropout: 0.3 });
      assertShape(shared.input!, [1, 5, 3]);
      assert(shared.state === undefined, "a rate of 0 draws no mask");
      assert(recurrentMasks(device, 4, sizes, {}).input === undefined, "no rate draws no mask");
    },
  },
  {
    name: "recurrent masks: the share dropped is the rate, and the gates differ",
    async run(device) {
      const [gates, batch, features, rate] = [4, 128, 64, 0.3];
      const mask = await fromState(device, 1, () => drawMasks(device, gates, batch, features, rate)!.data());
      const size = batch * features;
      const blocks = [0, 1, 2, 3].map((gate) => Array.from(mask.slice(gate * size, (gate + 1) * size)));
      for (const [gate, block] of blocks.entries()) {
        const dropped = block.filter((v) => v === 0).length / size;
        // Five standard deviations of a share of 8,192 draws.
        assert(
          Math.abs(dropped - rate) < 5 * Math.sqrt((rate * (1 - rate)) / size),
          `gate ${gate}: ${dropped}`,
        );
        for (const other of blocks.slice(0, gate)) {
          const same = block.filter((v, i) => (v === 0) === (other[i] === 0)).length / size;
          // Independent masks agree in 0.7² + 0.3² = 58 % of the places.
          assert(Math.abs(same - 0.58) < 0.03, `two gates agree in ${same} of the places`);
        }
      }
    },
  },
  {
    name: "lstm: an input mask is the same at every time step, and new in the next run",
    async run(device) {
      const [batch, steps, size] = [6, 5, 8];
      // i and o open, f shut, no recurrence: h = σ(9) tanh(σ(9) tanh(m)) shows the mask of the input.
      const identity = new Float32Array(4 * size * size);
      for (let j = 0; j < size; j++) identity[(2 * size + j) * size + j] = 1;
      const bias = Float32Array.from(
        { length: 4 * size },
        (_, row) => [9, -90, 0, 9][Math.floor(row / size)],
      );
      const weights = {
        weightIh: tensor(identity, { device, shape: [4 * size, size] }),
        weightHh: tensor(new Float32Array(4 * size * size), { device, shape: [4 * size, size] }),
        biasIh: tensor(bias, { device }),
      };
      const x = ones([batch, steps, size], { device });
      const [y, again, next] = await fromState(device, 1, async () => {
        const first = lstm(x, weights, { dropout: 0.4 }).output;
        const second = lstm(x, weights, { dropout: 0.4 }).output;
        device.randomState = { seed: 42, step: 1 };
        const repeated = lstm(x, weights, { dropout: 0.4 }).output;
        return [await first.data(), await repeated.data(), await second.data()];
      });
      await assertEqual(again, y, "from the same state");
      assert(
        next.some((v, i) => (v === 0) !== (y[i] === 0)),
        "a second run drew the mask of the first",
      );
      let dropped = 0;
      for (let b = 0; b < batch; b++)
        for (let t = 0; t < steps; t++)
          for (let j = 0; j < size; j++) {
            const first = y[b * steps * size + j];
            const here = y[(b * steps + t) * size + j];
            assert(here === first, `sequence ${b}, unit ${j} is ${here} at step ${t}, ${first} at step 0`);
            if (t === 0 && here === 0) dropped++;
          }
      // 48 draws at 0.4: 19 expected, 3.4 the deviation.
      assert(dropped > 5 && dropped < 35, `${dropped} of 48 inputs dropped`);
    },
  },
  ...[
    { name: "both dropouts", rates: { dropout: 0.3, recurrentDropout: 0.2 } },
    { name: "recurrent dropout", rates: { recurrentDropout: 0.3 } },
    { name: "input dropout", rates: { dropout: 0.3 } },
  ].flatMap(({ name, rates }) =>
    [7, 8].map(
      (hidden): DeviceCase => ({
        name: `lstm: ${name}: one dispatch for the sequence and one per step give the same bits, hidden ${hidden}`,
        async run(device) {
          const sizes = { batch: 9, steps: 4, input: hidden === 8 ? 4 : 3 };
          const weights = weightsOf(device, sizes.input, hidden);
          const whole = await trained(device, weights, sizes, { ...rates, launch: "sequence" }, 5);
          const steps = await trained(device, weights, sizes, { ...rates, launch: "cell" }, 5);
          for (const [what, values] of Object.entries(whole)) await assertEqual(steps[what], values, what);
          const other = await trained(device, weights, sizes, { ...rates, launch: "sequence" }, 6);
          assert(
            whole.output.some((v, i) => Math.abs(v - other.output[i]) > 1e-3),
            "the masks of another step changed nothing",
          );
        },
      }),
    ),
  ),
  {
    name: "lstm: with both dropouts the state passes through padding, before, behind, in gaps and everywhere",
    async run(device) {
      const [batch, steps, input, hidden] = [5, 5, 3, 4];
      const weights = weightsOf(device, input, hidden);
      const rows = [
        [1, 1, 1, 0, 0],
        [0, 0, 1, 1, 1],
        [0, 0, 0, 0, 0],
        [1, 0, 1, 0, 1],
        [1, 1, 1, 1, 1],
      ];
      const mask = tensor(rows, { device, dtype: "i32" });
      const rates = { dropout: 0.3, recurrentDropout: 0.3 };
      const run = await trained(device, weights, { batch, steps, input }, { ...rates, mask }, 2);
      const at = (values: Float32Array, b: number, t: number, width: number): number[] =>
        Array.from(values.slice((b * steps + t) * width, (b * steps + t + 1) * width));
      for (const [b, row] of rows.entries()) {
        for (const [t, real] of row.entries()) {
          const before = t === 0 ? [0, 0, 0, 0] : at(run.output, b, t - 1, hidden);
          const same = at(run.output, b, t, hidden).every((v, j) => v === before[j]);
          assert(
            same === (real === 0),
            `sequence ${b}, step ${t}: the state ${same ? "stood still" : "moved"}`,
          );
          const still = at(run.dx, b, t, input).every((v) => v === 0);
          assert(real === 1 || still, `sequence ${b}, step ${t}: padding got a gradient`);
        }
        await assertEqual(run.hn.slice(b * hidden, (b + 1) * hidden), at(run.output, b, 4, hidden), "hn");
      }
      assert(
        run.cn.slice(2 * hidden, 3 * hidden).every((v) => v === 0),
        "a fully masked row left the zero state",
      );
      // From a state that is not zero, dropout does not touch what passes through.
      const initial = { h: ones([batch, hidden], { device }), c: ones([batch, hidden], { device }) };
      const kept = lstm(ones([batch, steps, input], { device }), weights, { ...rates, mask, initial });
      await assertEqual((await kept.hn.data()).slice(8, 12), [1, 1, 1, 1], "hn of a fully masked row");
      await assertEqual((await kept.cn.data()).slice(8, 12), [1, 1, 1, 1], "cn of a fully masked row");
    },
  },
  {
    name: "LSTM: both dropouts act while training only, and rates are checked",
    async run(device) {
      const model = new LSTM(3, 4, { device, inputDropout: 0.4, recurrentDropout: 0.4, bidirectional: true });
      const x = tensor(testNumbers(2 * 5 * 3), { device, shape: [2, 5, 3] });
      const first = await model.forward(x).output.data();
      const second = await model.forward(x).output.data();
      assert(
        first.some((v, i) => v !== second[i]),
        "two training passes drew one mask",
      );
      model.eval();
      const plain = await model.forward(x).output.data();
      await assertEqual(await model.forward(x).output.data(), plain, "in evaluation");
      const other = new LSTM(3, 4, { device, bidirectional: true });
      other.loadStateDict(await model.stateDict());
      await assertEqual(await other.forward(x).output.data(), plain, "without dropout");
      await assertThrows(
        () => new LSTM(3, 4, { device, inputDropout: 1 }),
        "LSTM: inputDropout must lie in [0, 1), got 1",
      );
      await assertThrows(
        () => new LSTM(3, 4, { device, recurrentDropout: -0.1 }),
        "LSTM: recurrentDropout must lie in [0, 1), got -0.1",
      );
      await assertThrows(
        () => lstm(x, weightsOf(device, 3, 4), { dropout: Number.NaN }),
        "lstm: dropout must lie in [0, 1), got NaN",
      );
    },
  },
];
