/** scaledDotProductAttention: PyTorch's numbers, the fused path against the plain one, masks, dropout, memory. */
import {
  add,
  type AttentionOptions,
  type Device,
  dropout,
  mul,
  noGrad,
  openDevice,
  Parameter,
  scaledDotProductAttention,
  SGD,
  sum,
  tensor,
  type Tensor,
  transpose,
} from "../../src/index.ts";
import fixture from "../fixtures/attention.json" with { type: "json" };
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";

type Stored = { shape: number[]; data: number[] };

function asPyTorch(c: (typeof fixture.cases)[number]): DeviceCase {
  return {
    name: `attention: as PyTorch, ${c.name}`,
    async run(device) {
      const leaf = (stored: Stored) =>
        tensor(stored.data, { device, shape: stored.shape, requiresGrad: true });
      const [q, k, v] = [c.q, c.k, c.v].map(leaf);
      const [batch, heads] = c.q.shape;
      const [queries, keys] = [c.q.shape[2], c.k.shape[2]];
      const options: AttentionOptions = {};
      if (c.name.startsWith("causal")) options.causal = true;
      else if (c.name === "padding")
        options.keyPaddingMask = tensor(
          c.mask.data.map((m) => Number(m !== 0)),
          { device, shape: [batch, keys], dtype: "i32" },
        );
      else if (c.mask.shape.length > 0)
        options.attnMask = tensor(c.mask.data, { device, shape: c.mask.shape });
      const { output, weights } = scaledDotProductAttention(q, k, v, options);
      assert(weights === null, "weights nobody asked for");
      assertShape(output, c.output.shape);
      // Scores of up to 9 in f32, of which exp is taken.
      await assertClose(output, c.output.data, 1e-5, "output");
      sum(mul(output, tensor(c.w.data, { device, shape: c.w.shape }))).backward();
      await assertClose(q.grad!, c.grads.q.data, 3e-5, "dq");
      await assertClose(k.grad!, c.grads.k.data, 3e-5, "dk");
      await assertClose(v.grad!, c.grads.v.data, 3e-5, "dv");
      const stored = noGrad(() => scaledDotProductAttention(q, k, v, { ...options, needWeights: true }));
      assertShape(stored.weights!, [batch, heads, queries, keys]);
      await assertClose(stored.weights!, c.weights.data, 1e-5, "weights");
    },
  };
}

/** Runs `fn` from a given random state, then puts the device's own back. */
function fromState<T>(device: Device, fn: () => T): T {
  const before = device.randomState;
  device.randomState = { seed: 42, step: 9 };
  try {
    return fn();
  } finally {
    device.randomState = before;
  }
}

/** Output and gradients of one call, from fixed numbers. */
async function passes(
  device: Device,
  sizes: { batch: number; heads: number; queries: number; keys: number; headDim: number },
  options: AttentionOptions,
): Promise<Record<string, Float32Array>> {
  const { batch, heads, queries, keys, headDim } = sizes;
  const leaf = (length: number, seed: number): Tensor =>
    tensor(testNumbers(batch * heads * length * headDim, seed), {
      device,
      shape: [batch, heads, length, headDim],
      requiresGrad: true,
    });
  const [q, k, v] = [leaf(queries, 1), leaf(keys, 2), leaf(keys, 3)];
  const { output } = fromState(device, () => scaledDotProductAttention(q, k, v, options));
  sum(mul(output, tensor(testNumbers(output.size, 4), { device, shape: output.shape }))).backward();
  const read: Record<string, Float32Array> = {};
  for (const [name, t] of Object.entries({ output, dq: q.grad!, dk: k.grad!, dv: v.grad! }))
    read[name] = Float32Array.from(await t.data());
  return read;
}

/** Marks as an i32 mask. */
function marks(device: Device, shape: number[], mark: (i: number) => boolean): Tensor {
  const length = shape.reduce((a, b) => a * b, 1);
  return tensor(
    Int32Array.from({ length }, (_, i) => Number(mark(i))),
    { device, shape, dtype: "i32" },
  );
}

const AGREE: {
  name: string;
  sizes: Parameters<typeof passes>[1];
  options: (device: Device) => AttentionOptions;
}[] = [
  {
    name: "all masks and dropout",
    sizes: { batch: 2, heads: 3, queries: 11, keys: 13, headDim: 6 },
    options: (device) => ({
      causal: true,
      dropout: 0.3,
      attnMask: tensor(testNumbers(2 * 11 * 13, 7), { device, shape: [2, 1, 11, 13] }),
      keyPaddingMask: marks(device, [2, 13], (i) => i % 5 === 4),
    }),
  },
  {
    name: "a forbidden pair mask per head, a row without keys",
    sizes: { batch: 2, heads: 2, queries: 5, keys: 36, headDim: 40 },
    options: (device) => ({ attnMask: marks(device, [4, 5, 36], (i) => i % 3 === 0 || i < 36) }),
  },
  {
    name: "long rows, dropout",
    sizes: { batch: 1, heads: 2, queries: 70, keys: 67, headDim: 16 },
    options: () => ({ dropout: 0.5, scale: 0.2 }),
  },
  { name: "length 1", sizes: { batch: 3, heads: 2, queries: 1, keys: 1, headDim: 8 }, options: () => ({}) },
];

const agreeCases = AGREE.map(
  ({ name, sizes, options }): DeviceCase => ({
    name: `attention: fused as plain, ${name}`,
    async run(device) {
      const fused = await passes(device, sizes, options(device));
      const plain = await passes(device, sizes, { ...options(device), needWeights: true });
      // Both round scores of up to 20 differently, and take exp of them.
      for (const [key, expected] of Object.entries(plain)) await assertClose(fused[key], expected, 1e-4, key);
      assert(largest(plain.output) > 0.1, "nothing was computed");
    },
  }),
);

/** The largest absolute value. */
function largest(values: Float32Array): number {
  return values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
}

/** Bytes of device memory that one forward and backward pass needs at its peak, above what was live before. */
async function peakBytes(kind: Device["kind"], length: number): Promise<number> {
  // A device of its own: what others left may go at any time.
  const device = await openDevice(kind);
  const shape = [1, 2, length, 8];
  const inputs = [1, 2, 3].map((seed) => new Parameter(device, testNumbers(16 * length, seed), shape));
  const optimizer = new SGD(inputs, { lr: 0.1 });
  const live: number[] = [];
  for (let step = 0; step < 3; step++) {
    optimizer.zeroGrad();
    const { output } = scaledDotProductAttention(inputs[0], inputs[1], inputs[2], {
      causal: true,
      dropout: 0.1,
    });
    live.push(device.stats().liveBytes);
    sum(mul(output, output)).backward();
    live.push(device.stats().liveBytes);
    await optimizer.step();
  }
  await device.finish();
  device.dispose();
  return Math.max(...live);
}

export const attentionCases: DeviceCase[] = [
  ...fixture.cases.map(asPyTorch),
  ...agreeCases,
  {
    name: "attention: rows without keys give zeros, in the output and in every gradient",
    async run(device) {
      const sizes = { batch: 2, heads: 1, queries: 3, keys: 2, headDim: 4 };
      for (const options of [
        { keyPaddingMask: marks(device, [2, 2], (i) => i < 2) },
        { attnMask: marks(device, [2, 1, 3, 2], (i) => i < 6) },
        {
          attnMask: tensor(
            Float32Array.from({ length: 12 }, (_, i) => (i < 6 ? Number.NEGATIVE_INFINITY : 0)),
            { device, shape: [2, 1, 3, 2] },
          ),
        },
      ]) {
        const got = await passes(device, sizes, options);
        for (const [name, values] of Object.entries(got)) {
          const half = values.length / 2;
          await assertEqual(values.subarray(0, half), new Float32Array(half), name);
          assert(
            values.subarray(half).every((v) => Number.isFinite(v)) && largest(values.subarray(half)) > 0.01,
            `${name} of the other sequence: ${values.subarray(half)}`,
          );
        }
      }
    },
  },
  {
    name: "attention: dropout draws what dropout() draws, and none in evaluation",
    async run(device) {
      // Equal scores and values that are the unit vectors: the output is the dropped weights themselves.
      const keys = 6;
      const zero = tensor(new Float32Array(5 * keys), { device, shape: [1, 5, keys] });
      const k = tensor(new Float32Array(keys * keys), { device, shape: [1, keys, keys] });
      const unit = Float32Array.from({ length: keys * keys }, (_, i) => Number(i % (keys + 1) === 0));
      const v = tensor(unit, { device, shape: [1, keys, keys] });
      const { output } = fromState(device, () => scaledDotProductAttention(zero, k, v, { dropout: 0.4 }));
      const even = tensor(new Float32Array(5 * keys).fill(1 / keys), { device, shape: [1, 1, 5, keys] });
      const drawn = await fromState(device, () => dropout(even, 0.4)).data();
      await assertClose(output, drawn, 1e-6, "weights");
      assert(drawn.includes(0) && drawn.some((w) => w > 0), `all or nothing dropped: ${drawn}`);
      const evaluated = scaledDotProductAttention(zero, k, v, { dropout: 0.4, training: false });
      await assertClose(evaluated.output, new Float32Array(5 * keys).fill(1 / keys), 1e-6, "evaluation");
    },
  },
  {
    name: "attention: causality counts from the first key, as PyTorch's tril",
    async run(device) {
      // One-hot values: column j of the output is the weight of key j.
      const q = tensor(new Float32Array(2 * 4), { device, shape: [2, 4] });
      const k = tensor(new Float32Array(4 * 4), { device, shape: [4, 4] });
      const v = tensor([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], { device, shape: [4, 4] });
      const { output } = scaledDotProductAttention(q, k, v, { causal: true });
      await assertClose(output, [1, 0, 0, 0, 0.5, 0.5, 0, 0], 1e-6);
    },
  },
  {
    name: "attention: 1 dispatch forward, 3 backward, 5 leading axes, any strides",
    async run(device) {
      const shape = [2, 2, 3, 4, 6];
      const [q, k, v] = [1, 2, 3].map((seed) =>
        tensor(testNumbers(288, seed), { device, shape, requiresGrad: true }),
      );
      const { output } = scaledDotProductAttention(q, k, v);
      const before = device.stats().dispatches;
      const turned = [q, k, v].map((t) => transpose(transpose(t, 2, 3), 2, 3));
      const again = scaledDotProductAttention(turned[0], turned[1], turned[2]).output;
      assert(device.stats().dispatches - before === 1, "forward: more than one dispatch");
      await assertEqual(again, await output.data(), "views");
      const first = device.stats().dispatches;
      output.backward(tensor(testNumbers(288, 4), { device, shape }));
      // Three kernels; dk and dv are then copied from their common buffer to two leaves.
      assert(
        device.stats().dispatches - first === 5,
        `backward: ${device.stats().dispatches - first} dispatches`,
      );
      // The axes of a batch that no single stride can step through are copied first.
      const swapped = [q, k, v].map((t) => transpose(t, 0, 1));
      const other = scaledDotProductAttention(swapped[0], swapped[1], swapped[2]).output;
      await assertEqual(transpose(other, 0, 1), await output.data(), "exchanged leading axes");
    },
  },
  {
    name: "attention: gradients that add up, through one tensor used three times",
    async run(device) {
      const x = tensor(testNumbers(30, 1), { device, shape: [1, 5, 6], requiresGrad: true });
      const parts = [1, 1, 1].map(() =>
        tensor(testNumbers(30, 1), { device, shape: [1, 5, 6], requiresGrad: true }),
      );
      sum(mul(scaledDotProductAttention(x, x, x).output, x)).backward();
      const { output } = scaledDotProductAttention(parts[0], parts[1], parts[2]);
      sum(mul(output, parts[0])).backward();
      const total = add(add(parts[0].grad!, parts[1].grad!), parts[2].grad!);
      await assertClose(x.grad!, await total.data(), 1e-5);
    },
  },
  {
    name: "attention: memory grows with the length, not with its square",
    async run({ kind }) {
      const base = await peakBytes(kind, 1);
      const [short, long] = [await peakBytes(kind, 256), await peakBytes(kind, 512)];
      // Twice the length takes twice the bytes; a single matrix of 512 · 512 scores per head would take 2 MiB.
      assert(long - base <= 2.1 * (short - base), `${base}, ${short}, ${long} bytes`);
      assert(long - base < 512 * 1024, `${long - base} bytes for 512 positions of 2 heads of 8`);
    },
  },
  {
    name: "attention: the same bits again",
    async run(device) {
      const sizes = { batch: 2, heads: 2, queries: 40, keys: 33, headDim: 12 };
      const options = { causal: true, dropout: 0.2 };
      const first = await passes(device, sizes, options);
      const again = await passes(device, sizes, options);
      for (const name of Object.keys(first)) await assertEqual(again[name], first[name], name);
    },
  },
  {
    name: "attention: heads wider than 128 and values of another width take the plain path",
    async run(device) {
      const q = tensor(testNumbers(2 * 130, 1), { device, shape: [1, 2, 130] });
      const { output } = scaledDotProductAttention(q, q, q);
      const v = tensor(testNumbers(2 * 3, 2), { device, shape: [1, 2, 3] });
      const { output: narrow } = scaledDotProductAttention(q, q, v);
      const { weights } = scaledDotProductAttention(q, q, v, { needWeights: true });
      const [w, x, vs] = [await weights!.data(), await q.data(), await v.data()];
      const mixed = (of: ArrayLike<number>, width: number): number[] =>
        [0, 1].flatMap((t) =>
          Array.from({ length: width }, (_, c) => w[2 * t] * of[c] + w[2 * t + 1] * of[width + c]),
        );
      await assertClose(output, mixed(x, 130), 1e-5, "wide");
      await assertClose(narrow, mixed(vs, 3), 1e-5, "narrow values");
    },
  },
  {
    name: "attention: what does not fit is refused by name",
    async run(device) {
      const zeros = (...shape: number[]): Tensor =>
        tensor(new Float32Array(shape.reduce((a, b) => a * b, 1)), { device, shape });
      const [q, k] = [zeros(2, 3, 4, 8), zeros(2, 3, 5, 8)];
      const refuse = (text: string, ...call: Parameters<typeof scaledDotProductAttention>) =>
        assertThrows(() => scaledDotProductAttention(...call), text);
      await refuse("queries and keys differ in headDim", q, zeros(2, 3, 5, 4), zeros(2, 3, 5, 4));
      await refuse("as many keys as values", q, k, zeros(2, 3, 4, 8));
      await refuse("the axes before length and headDim differ", q, zeros(1, 3, 5, 8), k);
      await refuse("nothing to attend to", q, zeros(2, 3, 0, 8), zeros(2, 3, 0, 8));
      await refuse("k is [8], expected [..., heads, length, headDim]", q, zeros(8), k);
      await refuse("attnMask is [5, 4], expected [4, 5], [2, 1 or 3, 4, 5] or [6, 4, 5]", q, k, k, {
        attnMask: zeros(5, 4),
      });
      await refuse("attnMask is [5], expected", q, k, k, { attnMask: zeros(5) });
      await refuse("keyPaddingMask [2, 5] is f32, expected i32", q, k, k, { keyPaddingMask: zeros(2, 5) });
      await refuse("keyPaddingMask is [2, 4], expected [2, 5]", q, k, k, {
        keyPaddingMask: marks(device, [2, 4], () => false),
      });
      await refuse("dropout must lie in [0, 1), got 1", q, k, k, { dropout: 1 });
      await refuse("scale must be a finite number, got NaN", q, k, k, { scale: Number.NaN });
      await refuse('unknown option "mask"', q, k, k, { mask: zeros(4, 5) } as AttentionOptions);
    },
  },
];
