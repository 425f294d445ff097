import { add, lstm, type LstmWeights, mul, sum, tensor, type Tensor } from "../../src/index.ts";
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

/** Masks of recurrent dropout for four gates: a quarter dropped. */
function keepNumbers(state: number, seed: number): Float32Array {
  return testNumbers(4 * state, seed).map((v) => (v > -1 ? 4 / 3 : 0));
}

/** Batches on both sides of four sequences a thread, units on both sides of 64 threads. */
const SIZES = [
  { batch: 1, hidden: 1 },
  { batch: 3, hidden: 5 },
  { batch: 4, hidden: 64 },
  { batch: 9, hidden: 67 },
];

function forwardLaunches(): DeviceCase[] {
  const steps = 3;
  return SIZES.flatMap(({ batch, hidden }, seed) => {
    const state = batch * hidden;
    const buffers = {
      gates: testNumbers(steps * batch * 4 * hidden, seed),
      wh: testNumbers(4 * hidden * hidden, seed + 10),
      h: testNumbers((steps + 1) * state, seed + 20),
      c: testNumbers((steps + 1) * state, seed + 30),
      mask: Int32Array.from({ length: batch * steps }, (_, i) => (i % 4 === 1 ? 0 : 1)),
      keep: keepNumbers(state, seed + 60),
    };
    const base = {
      recurrent_dropout: false,
      batch,
      hidden,
      steps,
      time: 1,
      from_slot: 1,
      to_slot: 2,
      has_state: 1,
      has_mask: 0,
    };
    const size = `batch ${batch}, hidden ${hidden}`;
    return [
      launchCase("lstm_cell", `${size}, from zero`, { ...base, has_state: 0 }, buffers),
      launchCase(
        "lstm_cell",
        `${size}, backwards in time, masked`,
        { ...base, from_slot: 2, to_slot: 1, has_mask: 1 },
        buffers,
      ),
      launchCase(
        "lstm_cell",
        `${size}, recurrent dropout 0.25`,
        { ...base, recurrent_dropout: true },
        buffers,
      ),
    ];
  });
}

function backwardLaunches(): DeviceCase[] {
  const steps = 3;
  return SIZES.flatMap(({ batch, hidden }, seed) => {
    const state = batch * hidden;
    const buffers = {
      gates: testNumbers(steps * batch * 4 * hidden, seed).map((v) => v / 2),
      wh: testNumbers(4 * hidden * hidden, seed + 10),
      c: testNumbers((steps + 1) * state, seed + 20),
      dout: testNumbers(steps * state, seed + 30),
      dh_carry: testNumbers(state, seed + 40),
      dc_carry: testNumbers(state, seed + 50),
      mask: Int32Array.from({ length: batch * steps }, (_, i) => (i % 4 === 1 ? 0 : 1)),
      keep: keepNumbers(state, seed + 60),
    };
    const base = {
      recurrent_dropout: false,
      batch,
      hidden,
      steps,
      time: 1,
      next_time: 2,
      from_slot: 1,
      to_slot: 2,
      has_next: 1,
      has_carry: 1,
      has_state: 1,
      has_dout: 1,
      has_mask: 0,
      dout_offset: 0,
      dout_batch: steps * hidden,
      dout_time: hidden,
      dout_unit: 1,
    };
    const first = { ...buffers, dh_carry: output(state), dc_carry: output(state) };
    const size = `batch ${batch}, hidden ${hidden}`;
    return [
      launchCase("lstm_cell_backward", `${size}`, base, buffers),
      launchCase(
        "lstm_cell_backward",
        `${size}, first launch`,
        { ...base, has_next: 0, has_carry: 0, has_state: 0 },
        first,
      ),
      launchCase(
        "lstm_cell_backward",
        `${size}, masked, recurrent dropout 0.25`,
        { ...base, has_mask: 1, recurrent_dropout: true },
        buffers,
      ),
    ];
  });
}

function sequenceLaunches(): DeviceCase[] {
  return SIZES.flatMap(({ batch, hidden }, seed) => {
    const steps = 3;
    const state = batch * hidden;
    const mask = Int32Array.from({ length: batch * steps }, (_, i) => (i % 4 === 1 ? 0 : 1));
    const keep = keepNumbers(state, seed + 60);
    const wh = testNumbers(4 * hidden * hidden, seed + 10).map((v) => v / hidden);
    const states = testNumbers((steps + 1) * state, seed + 20);
    const gates = testNumbers(steps * batch * 4 * hidden, seed).map((v) => v / 2);
    const forward = { gates, wh, h: states, c: states, mask, keep };
    const backward = {
      gates,
      wh,
      c: states,
      dout: testNumbers(steps * state, seed + 30),
      dh_carry: testNumbers(state, seed + 40),
      dc_carry: testNumbers(state, seed + 50),
      mask,
      keep,
    };
    const dout = { dout_offset: 0, dout_batch: steps * hidden, dout_time: hidden, dout_unit: 1 };
    const base = { recurrent_dropout: false, batch, hidden, steps, reverse: 0, has_state: 0, has_mask: 0 };
    const other = { reverse: 1, has_state: 1, has_mask: 1 };
    const dropped = { recurrent_dropout: true };
    const gradient = { ...base, ...dout, has_carry: 0, has_dout: 1 };
    const size = `batch ${batch}, hidden ${hidden}`;
    return [
      launchCase("lstm_sequence", `${size}, from zero`, base, {
        ...forward,
        h: output((steps + 1) * state),
        c: output((steps + 1) * state),
      }),
      launchCase(
        "lstm_sequence",
        `${size}, in reverse, masked, recurrent dropout`,
        { ...base, ...other, ...dropped },
        forward,
      ),
      launchCase("lstm_sequence_backward", size, gradient, backward),
      launchCase(
        "lstm_sequence_backward",
        `${size}, in reverse, masked, recurrent dropout`,
        { ...gradient, ...other, ...dropped, has_carry: 1 },
        backward,
      ),
    ];
  });
}

function weightsOf(device: Parameters<DeviceCase["run"]>[0], input: number, hidden: number): LstmWeights {
  const make = (shape: number[], seed: number): Tensor =>
    tensor(
      testNumbers(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
      { device, shape, requiresGrad: true },
    );
  return {
    weightIh: make([4 * hidden, input], 1),
    weightHh: make([4 * hidden, hidden], 2),
    biasIh: make([4 * hidden], 3),
    biasHh: make([4 * hidden], 4),
  };
}

/** The variants for software adapters: batches around eight sequences, units around 64, 32 and 8 threads. */
function directLaunches(): DeviceCase[] {
  const steps = 3;
  return [
    { batch: 1, hidden: 4 },
    { batch: 9, hidden: 12 },
    { batch: 8, hidden: 20 },
    { batch: 17, hidden: 260 },
  ].flatMap(({ batch, hidden }, seed) => {
    const state = batch * hidden;
    const gates = testNumbers(steps * batch * 4 * hidden, seed).map((v) => v / 2);
    const wh = testNumbers(4 * hidden * hidden, seed + 10).map((v) => v / hidden);
    const c = testNumbers((steps + 1) * state, seed + 30);
    const mask = Int32Array.from({ length: batch * steps }, (_, i) => (i % 4 === 1 ? 0 : 1));
    const keep = keepNumbers(state, seed + 70);
    const forward = { gates, wh, h: testNumbers((steps + 1) * state, seed + 20), c, mask, keep };
    const carries = { dh_carry: testNumbers(state, seed + 40), dc_carry: testNumbers(state, seed + 50) };
    const backward = { gates, wh, c, dout: testNumbers(steps * state, seed + 60), ...carries, mask, keep };
    const first = { ...backward, dh_carry: output(state), dc_carry: output(state) };
    const sizes = { batch, hidden, steps, recurrent_dropout: false };
    const step = { ...sizes, time: 1, from_slot: 1, to_slot: 2, has_state: 1, has_mask: 0 };
    const flags = { next_time: 2, has_next: 1, has_carry: 1, has_dout: 1 };
    const dout = { dout_offset: 0, dout_batch: hidden, dout_time: state, dout_unit: 1 };
    const gradient = { ...step, ...flags, ...dout };
    const run = { ...sizes, reverse: 0, has_state: 0, has_mask: 0 };
    const other = { reverse: 1, has_state: 1, has_mask: 1, recurrent_dropout: true };
    const size = `batch ${batch}, hidden ${hidden}`;
    return [
      launchCase("lstm_cell_direct", `${size}, from zero`, { ...step, has_state: 0 }, forward),
      launchCase("lstm_cell_direct", size, step, forward),
      launchCase(
        "lstm_cell_direct",
        `${size}, backwards in time, masked`,
        { ...step, from_slot: 2, to_slot: 1, has_mask: 1 },
        forward,
      ),
      launchCase(
        "lstm_cell_direct",
        `${size}, recurrent dropout`,
        { ...step, recurrent_dropout: true },
        forward,
      ),
      launchCase("lstm_cell_backward_direct", size, gradient, backward),
      launchCase(
        "lstm_cell_backward_direct",
        `${size}, first launch`,
        { ...gradient, has_next: 0, has_carry: 0, has_state: 0 },
        first,
      ),
      launchCase("lstm_cell_backward_direct", `${size}, masked`, { ...gradient, has_mask: 1 }, backward),
      launchCase(
        "lstm_cell_backward_direct",
        `${size}, recurrent dropout`,
        { ...gradient, recurrent_dropout: true },
        backward,
      ),
      launchCase("lstm_sequence_direct", `${size}, from zero`, run, {
        ...forward,
        h: output((steps + 1) * state),
        c: output((steps + 1) * state),
      }),
      launchCase(
        "lstm_sequence_direct",
        `${size}, in reverse, masked, recurrent dropout`,
        { ...run, ...other },
        forward,
      ),
      launchCase(
        "lstm_sequence_backward_direct",
        size,
        { ...run, ...dout, has_carry: 0, has_dout: 1 },
        backward,
      ),
      launchCase(
        "lstm_sequence_backward_direct",
        `${size}, in reverse, masked, recurrent dropout`,
        { ...run, ...dout, ...other, has_carry: 1, has_dout: 1 },
        backward,
      ),
    ];
  });
}

export const lstmCases: DeviceCase[] = [
  ...forwardLaunches(),
  ...directLaunches(),
  ...backwardLaunches(),
  ...sequenceLaunches(),
  ...[
    { reverse: false, hidden: 7 },
    { reverse: true, hidden: 7 },
    { reverse: false, hidden: 8 },
    { reverse: true, hidden: 8 },
  ].map(
    ({ reverse, hidden }): DeviceCase => ({
      name: `lstm: one dispatch for the sequence and one per step give the same bits, hidden ${hidden}${reverse ? ", in reverse" : ""}`,
      async run(device) {
        const [batch, steps, input] = [9, 5, 3];
        const weights = weightsOf(device, input, hidden);
        const results: Float32Array[][] = [];
        for (const launch of ["sequence", "cell"] as const) {
          for (const w of Object.values(weights)) w.zeroGrad();
          const x = tensor(testNumbers(batch * steps * input, 9), {
            device,
            shape: [batch, steps, input],
            requiresGrad: true,
          });
          const { output: y, hn, cn } = lstm(x, weights, { launch, reverse });
          add(sum(mul(y, y)), add(sum(hn), sum(cn))).backward();
          const tensors = [y, hn, cn, x.grad!, ...Object.values(weights).map((w) => w.grad!)];
          results.push(await Promise.all(tensors.map(async (t) => Float32Array.from(await t.data()))));
        }
        for (const [i, values] of results[0].entries())
          await assertEqual(values, results[1][i], `tensor ${i}`);
      },
    }),
  ),
  {
    name: "lstm: at padding the state passes through unchanged, gradients included",
    async run(device) {
      const [batch, steps, input, hidden] = [2, 5, 3, 4];
      const weights = weightsOf(device, input, hidden);
      const values = testNumbers(batch * steps * input, 9);
      const run = async (length: number, mask?: number[][]) => {
        const x = tensor(
          Float32Array.from({ length: batch * length * input }, (_, i) => {
            const [b, rest] = [Math.floor(i / (length * input)), i % (length * input)];
            return values[b * steps * input + rest];
          }),
          { device, shape: [batch, length, input], requiresGrad: true },
        );
        for (const w of Object.values(weights)) w.zeroGrad();
        const masked = mask && tensor(mask, { device, dtype: "i32" });
        const { hn, cn } = lstm(x, weights, { mask: masked });
        sum(add(mul(hn, 0.5), cn)).backward();
        return {
          hn: await hn.data(),
          cn: await cn.data(),
          dx: await x.grad!.data(),
          dwh: await weights.weightHh.grad!.data(),
        };
      };
      // Both sequences padded behind the third step: the same as sequences of three steps.
      const short = await run(3);
      const padded = await run(5, [
        [1, 1, 1, 0, 0],
        [1, 1, 1, 0, 0],
      ]);
      await assertEqual(padded.hn, short.hn, "hn");
      await assertEqual(padded.cn, short.cn, "cn");
      // The weights' gradient sums more rows, all zero, in another order.
      await assertClose(padded.dwh, short.dwh, 2e-6, "dWh");
      const rows = [0, 1, 2, 3, 4].map((t) => padded.dx.slice(t * input, (t + 1) * input));
      assert(rows[3].every((v) => v === 0) && rows[4].every((v) => v === 0), "padding got a gradient");
      await assertClose(padded.dx.slice(0, 9), short.dx.slice(0, 9), 2e-6, "dx");
    },
  },
  {
    name: "lstm: the reverse direction is the forward one on reversed time",
    async run(device) {
      const weights = weightsOf(device, 3, 4);
      const [batch, steps, input] = [2, 4, 3];
      const values = testNumbers(batch * steps * input, 5);
      const reversed = Float32Array.from(values, (_, i) => {
        const [b, t, k] = [Math.floor(i / (steps * input)), Math.floor(i / input) % steps, i % input];
        return values[(b * steps + steps - 1 - t) * input + k];
      });
      const shape = [batch, steps, input];
      const there = lstm(tensor(values, { device, shape }), weights, { reverse: true });
      const back = lstm(tensor(reversed, { device, shape }), weights);
      await assertEqual(there.hn, back.hn, "hn");
      await assertEqual(there.cn, back.cn, "cn");
      const a = await there.output.data();
      const b = await back.output.data();
      for (let t = 0; t < steps; t++)
        await assertEqual(
          a.slice(t * 4, t * 4 + 4),
          b.slice((steps - 1 - t) * 4, (steps - t) * 4),
          `output at ${t}`,
        );
    },
  },
  {
    name: "lstm: sizes that do not fit are named",
    async run(device) {
      const weights = weightsOf(device, 3, 4);
      const ids = tensor(testNumbers(8), { device, shape: [2, 4] });
      await assertThrows(
        () => lstm(ids, weights),
        "input is [2, 4], expected [batch, time, 3]; is an Embedding missing before it?",
      );
      const x = tensor(testNumbers(24), { device, shape: [2, 4, 3] });
      const h = tensor(testNumbers(12), { device, shape: [3, 4] });
      await assertThrows(
        () => lstm(x, weights, { initial: { h } }),
        "the initial h is [3, 4], expected [2, 4]",
      );
      assertShape(lstm(x, weights).output, [2, 4, 4]);
    },
  },
];
