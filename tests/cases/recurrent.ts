/** Cases that the plain recurrent network and the GRU have in common. */
import {
  add,
  type Device,
  manualSeed,
  type Module,
  mul,
  type RecurrentOptions,
  type RecurrentWeights,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";
import { stateOf } from "./nn.ts";

type Op = (
  x: Tensor,
  weights: RecurrentWeights,
  options?: RecurrentOptions,
) => { output: Tensor; hn: Tensor };

/** An op under test: its name, how many gate blocks its weights have, and options that make a variant of it. */
export interface Variant {
  name: string;
  gates: number;
  op: Op;
}

/** Batches on both sides of four sequences a thread, units on both sides of 64 threads. */
export const SIZES = [
  { batch: 1, hidden: 1 },
  { batch: 3, hidden: 5 },
  { batch: 4, hidden: 64 },
  { batch: 9, hidden: 67 },
];

/** Params and buffers of the launches of one size, as far as the kernels have them in common. */
export function launchParts(
  { batch, hidden }: { batch: number; hidden: number },
  seed: number,
  gates: number,
) {
  const steps = 3;
  const state = batch * hidden;
  const scaled = (length: number, s: number, by: number): Float32Array =>
    testNumbers(length, s).map((v) => v * by);
  return {
    state,
    steps,
    size: `batch ${batch}, hidden ${hidden}`,
    base: { batch, hidden, steps, reverse: 0, has_state: 0, has_mask: 0, recurrent_dropout: false },
    dout: {
      has_dout: 1,
      dout_offset: 0,
      dout_batch: steps * hidden,
      dout_time: hidden,
      dout_unit: 1,
    },
    whole: { begin: 0, end: steps, spread: 1 },
    /** The middle step by itself, its units spread. */
    middle: { begin: 1, end: 2, spread: Math.ceil(hidden / 64) },
    other: { reverse: 1, has_state: 1, has_mask: 1, recurrent_dropout: true },
    buffers: {
      wh: scaled(gates * hidden * hidden, seed + 10, 1 / hidden),
      h: testNumbers((steps + 1) * state, seed + 20),
      mask: Int32Array.from({ length: batch * steps }, (_, i) => (i % 4 === 1 ? 0 : 1)),
      keep: Float32Array.from({ length: gates * state }, (_, i) => (i % 3 === 1 ? 0 : 1.5)),
    },
    gradients: {
      dout: testNumbers(steps * state, seed + 30),
      dh_carry: testNumbers(state, seed + 40),
    },
    pre: scaled(steps * gates * state, seed, 1 / 2),
    q: testNumbers(steps * state, seed + 50),
  };
}

export function weightsOf(device: Device, gates: number, input: number, hidden: number): RecurrentWeights {
  const make = (shape: number[], seed: number): Tensor =>
    tensor(
      testNumbers(
        shape.reduce((a, b) => a * b, 1),
        seed,
      ),
      { device, shape, requiresGrad: true },
    );
  return {
    weightIh: make([gates * hidden, input], 1),
    weightHh: make([gates * hidden, hidden], 2),
    biasIh: make([gates * hidden], 3),
    biasHh: make([gates * hidden], 4),
  };
}

function bothLaunches({ name, gates, op }: Variant, hidden: number, more: "plain" | "all"): DeviceCase {
  const what = more === "all" ? "in reverse, masked, with recurrent dropout and a state" : "from zero";
  return {
    name: `${name}: one launch for the sequence and one per step give the same bits, hidden ${hidden}, ${what}`,
    async run(device) {
      const [batch, steps, input] = [9, 5, 3];
      const weights = weightsOf(device, gates, input, hidden);
      const mask = tensor(
        Int32Array.from({ length: batch * steps }, (_, i) => (i % 4 === 1 ? 0 : 1)),
        { device, shape: [batch, steps] },
      );
      const results: ArrayLike<number>[][] = [];
      for (const launch of ["sequence", "cell"] as const) {
        manualSeed(5);
        for (const w of Object.values(weights)) w.zeroGrad();
        const leaf = (shape: number[], seed: number): Tensor =>
          tensor(testNumbers(shape[0] * shape[1] * (shape[2] ?? 1), seed), {
            device,
            shape,
            requiresGrad: true,
          });
        const x = leaf([batch, steps, input], 9);
        const initial = leaf([batch, hidden], 8);
        const options: RecurrentOptions =
          more === "all" ? { launch, reverse: true, mask, initial, recurrentDropout: 0.25 } : { launch };
        const { output: y, hn } = op(x, weights, options);
        add(sum(mul(y, y)), sum(hn)).backward();
        const grads = [x, initial, ...Object.values(weights)].flatMap((t) => t.grad ?? []);
        assert(grads.length === (more === "all" ? 6 : 5), `${grads.length} gradients`);
        results.push(await Promise.all([y, hn, ...grads].map((t) => t.data())));
      }
      for (const [i, values] of results[0].entries()) await assertEqual(values, results[1][i], `tensor ${i}`);
    },
  };
}

/** What holds for every recurrent op. */
export function behaviour(variant: Variant): DeviceCase[] {
  const { name, gates, op } = variant;
  return [
    ...[7, 70].flatMap((hidden) => [
      bothLaunches(variant, hidden, "plain"),
      bothLaunches(variant, hidden, "all"),
    ]),
    {
      name: `${name}: at padding the state passes through unchanged, gradients included`,
      async run(device) {
        const [batch, steps, input, hidden] = [2, 5, 3, 4];
        const weights = weightsOf(device, gates, input, hidden);
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
          const { output, hn } = op(x, weights, { mask: mask && tensor(mask, { device, dtype: "i32" }) });
          sum(mul(hn, 0.5)).backward();
          return {
            output: await output.data(),
            hn: await hn.data(),
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
        for (const t of [3, 4])
          await assertEqual(
            padded.output.slice(t * hidden, (t + 1) * hidden),
            short.output.slice(2 * hidden, 3 * hidden),
            `output at ${t}`,
          );
        // The weights' gradient sums more rows, all zero, in another order.
        await assertClose(padded.dwh, short.dwh, 2e-6, "dWh");
        const rows = [0, 1, 2, 3, 4].map((t) => padded.dx.slice(t * input, (t + 1) * input));
        assert(rows[3].every((v) => v === 0) && rows[4].every((v) => v === 0), "padding got a gradient");
        await assertClose(padded.dx.slice(0, 9), short.dx.slice(0, 9), 2e-6, "dx");
      },
    },
    {
      name: `${name}: the reverse direction is the forward one on reversed time`,
      async run(device) {
        const weights = weightsOf(device, gates, 3, 4);
        const [batch, steps, input] = [2, 4, 3];
        const values = testNumbers(batch * steps * input, 5);
        const reversed = Float32Array.from(values, (_, i) => {
          const [b, t, k] = [Math.floor(i / (steps * input)), Math.floor(i / input) % steps, i % input];
          return values[(b * steps + steps - 1 - t) * input + k];
        });
        const shape = [batch, steps, input];
        const there = op(tensor(values, { device, shape }), weights, { reverse: true });
        const back = op(tensor(reversed, { device, shape }), weights);
        await assertEqual(there.hn, back.hn, "hn");
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
      name: `${name}: a NaN in the input shows in the state`,
      async run(device) {
        const values = testNumbers(24);
        values[4] = Number.NaN;
        const x = tensor(values, { device, shape: [2, 4, 3] });
        const hn = await op(x, weightsOf(device, gates, 3, 4)).hn.data();
        assert(
          hn.slice(0, 4).every((v) => Number.isNaN(v)),
          `the first sequence ends at ${hn.slice(0, 4)}`,
        );
        assert(
          hn.slice(4).every((v) => Number.isFinite(v)),
          `the second ends at ${hn.slice(4)}`,
        );
      },
    },
    {
      name: `${name}: what does not fit is named`,
      async run(device) {
        const weights = weightsOf(device, gates, 3, 4);
        const ids = tensor(testNumbers(8), { device, shape: [2, 4] });
        await assertThrows(
          () => op(ids, weights),
          "input is [2, 4], expected [batch, time, 3]; is an Embedding missing before it?",
        );
        const x = tensor(testNumbers(24), { device, shape: [2, 4, 3] });
        const initial = tensor(testNumbers(12), { device, shape: [3, 4] });
        await assertThrows(() => op(x, weights, { initial }), "the initial state is [3, 4], expected [2, 4]");
        const mask = tensor(testNumbers(8), { device, shape: [2, 4] });
        await assertThrows(() => op(x, weights, { mask }), "mask [2, 4] is f32, expected i32");
        await assertThrows(
          () => op(x, weights, { recurrentDropout: 1 }),
          "recurrentDropout must lie in [0, 1), got 1",
        );
        await assertThrows(
          () => op(x, weights, { droput: 0.5 } as object),
          'unknown option "droput"; did you mean "dropout"?',
        );
        await assertThrows(
          () => op(x, { ...weights, weightHh: weights.weightIh }),
          `weightHh is [${gates * 4}, 3], expected [${gates * 4}, 4]`,
        );
        assertShape(op(x, weights).output, [2, 4, 4]);
      },
    },
  ];
}

type Stored = { shape: number[]; data: number[] };

/** A case of a fixture of PyTorch's recurrent modules. */
export interface PyTorchCase {
  name: string;
  options: { inputSize: number; hiddenSize: number } & Record<string, unknown>;
  stateDict: object;
  x: Stored;
  h0: Stored | null;
  output: Stored;
  hn: Stored;
  wOut: Stored;
  wHn: Stored;
  loss: Stored;
  grads: object;
}

type RecurrentModule = Module & {
  forward(x: Tensor, state: { h0?: Tensor }): { output: Tensor; hn: Tensor };
};

/** Forward and backward of a module against PyTorch's numbers. */
export function asPyTorch(
  name: string,
  c: PyTorchCase,
  make: (inputSize: number, hiddenSize: number, options: object) => RecurrentModule,
): DeviceCase {
  return {
    name: `${name}: as PyTorch, ${c.name}`,
    async run(device) {
      const load = (stored: Stored): Tensor =>
        tensor(stored.data, { device, shape: stored.shape, requiresGrad: true });
      const { inputSize, hiddenSize, ...options } = c.options;
      const model = make(inputSize, hiddenSize, { device, ...options });
      model.loadStateDict(stateOf(c.stateDict as Record<string, Stored>));
      const x = load(c.x);
      const h0 = c.h0 ? load(c.h0) : undefined;
      const { output, hn } = model.forward(x, { h0 });
      assertShape(output, c.output.shape);
      assertShape(hn, c.hn.shape);
      // f32 sums of at most 26 products through at most 10 steps, against PyTorch's own f32.
      await assertClose(output, c.output.data, 1e-5, "output");
      await assertClose(hn, c.hn.data, 1e-5, "hn");
      const weigh = (y: Tensor, w: Stored): Tensor => sum(mul(y, tensor(w.data, { device, shape: w.shape })));
      const loss = add(weigh(output, c.wOut), weigh(hn, c.wHn));
      await assertClose([await loss.item()], c.loss.data, 1e-5, "loss");
      loss.backward();
      const grads = c.grads as Record<string, Stored | null>;
      await assertClose(x.grad!, grads.x!.data, 2e-5, "dx");
      if (h0) await assertClose(h0.grad!, grads.h0!.data, 2e-5, "dh0");
      const parameters = model.namedParameters();
      assert(parameters.length === Object.keys(c.stateDict).length, `${parameters.length} parameters`);
      for (const [parameter, value] of parameters)
        await assertClose(value.grad!, grads[parameter]!.data, 2e-5, parameter);
    },
  };
}
