/** MultiheadAttention: PyTorch's numbers, launches, the cache of decoding. */
import {
  concat,
  DecoderCache,
  type Device,
  KeyValueCache,
  manualSeed,
  mul,
  MultiheadAttention,
  type MultiheadAttentionCall,
  noGrad,
  slice,
  sum,
  tensor,
  type Tensor,
} from "../../src/index.ts";
import fixture from "../fixtures/multihead_attention.json" with { type: "json" };
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
type Case = (typeof fixture.cases)[number];

/** The fixture's weights, as a module's. */
function loaded(device: Device, c: Case): MultiheadAttention {
  const module = new MultiheadAttention(c.embed, c.heads, { device, ...c.options });
  const state = new Map(
    Object.entries(c.stateDict as unknown as Record<string, Stored>).map(([name, { shape, data }]) => [
      name,
      { shape, dtype: "f32" as const, data: Float32Array.from(data) },
    ]),
  );
  module.loadStateDict(state);
  return module;
}

function options(device: Device, c: Case): MultiheadAttentionCall {
  const masks = c.masks as Partial<Record<"attn_mask" | "key_padding_mask", Stored & { bool: boolean }>>;
  const mask = (stored: (Stored & { bool: boolean }) | undefined): Tensor | undefined =>
    stored && tensor(stored.data, { device, shape: stored.shape, dtype: stored.bool ? "i32" : "f32" });
  const [attnMask, keyPaddingMask] = [mask(masks.attn_mask), mask(masks.key_padding_mask)];
  return { ...(attnMask ? { attnMask } : {}), ...(keyPaddingMask ? { keyPaddingMask } : {}) };
}

function asPyTorch(c: Case): DeviceCase {
  return {
    name: `MultiheadAttention: as PyTorch, ${c.name}`,
    async run(device) {
      const leaf = ({ shape, data }: Stored): Tensor => tensor(data, { device, shape, requiresGrad: true });
      const module = loaded(device, c);
      const grads = c.grads as unknown as Record<string, Stored>;
      const w = tensor(c.w.data, { device, shape: c.w.shape });
      for (const needWeights of [false, true]) {
        const query = leaf(c.query);
        const key = c.kind === "self" ? query : leaf(c.key);
        const value = c.kind === "three" ? leaf(c.value) : key;
        const call = { ...options(device, c), needWeights, averageWeights: c.average };
        const { output, weights } = module.forward(query, key, value, call);
        const path = needWeights ? "plain" : "fused";
        assertShape(output, c.output.shape);
        // Products of at most 8 terms around three softmaxes of scores up to 10, in f32.
        await assertClose(output, c.output.data, 2e-5, `${path} output`);
        if (weights) {
          assertShape(weights, c.weights.shape);
          await assertClose(weights, c.weights.data, 1e-5, "weights");
        } else assert(!needWeights, "no weights");
        for (const parameter of module.parameters()) parameter.zeroGrad();
        sum(mul(output, w)).backward();
        for (const [name, parameter] of module.namedParameters())
          await assertClose(parameter.grad!, grads[name].data, 1e-4, `${path} gradient of ${name}`);
        for (const [name, x] of Object.entries({ query, key, value }))
          await assertClose(x.grad!, grads[name].data, 1e-4, `${path} gradient of ${name}`);
      }
    },
  };
}

/** A module and inputs of width 16, all from fixed numbers. */
function setup(device: Device, heads = 4): { module: MultiheadAttention; x: Tensor; memory: Tensor } {
  manualSeed(3);
  const module = new MultiheadAttention(16, heads, { device });
  const x = tensor(testNumbers(2 * 7 * 16, 1), { device, shape: [2, 7, 16], requiresGrad: true });
  const memory = tensor(testNumbers(2 * 5 * 16, 2), { device, shape: [2, 5, 16], requiresGrad: true });
  return { module, x, memory };
}

function dispatches(device: Device, fn: () => void): number {
  const before = device.stats().dispatches;
  fn();
  return device.stats().dispatches - before;
}

export const multiheadAttentionCases: DeviceCase[] = [
  ...fixture.cases.map(asPyTorch),
  {
    name: "MultiheadAttention: launches of self- and cross-attention",
    async run(device) {
      const { module, x, memory } = setup(device);
      for (const parameter of module.parameters()) parameter.zeroGrad();
      let out = x;
      const dout = tensor(testNumbers(x.size, 5), { device, shape: x.shape });
      await dout.data();
      // Projection, attention, projection; three, three and three of them backward.
      const self = dispatches(device, () => {
        out = module.forward(x, x, x, { causal: true }).output;
      });
      const selfBackward = dispatches(device, () => out.backward(dout));
      assert(self === 3 && selfBackward === 9, `self: ${self} forward, ${selfBackward} backward`);
      const cross = dispatches(device, () => {
        out = module.forward(x, memory, memory).output;
      });
      for (const parameter of module.parameters()) parameter.zeroGrad();
      const crossBackward = dispatches(device, () => out.backward(dout));
      assert(cross === 4 && crossBackward === 12, `cross: ${cross} forward, ${crossBackward} backward`);
    },
  },
  {
    name: "MultiheadAttention: PyTorch's names, shapes and start",
    async run(device) {
      manualSeed(1);
      const module = new MultiheadAttention(12, 3, { device });
      const shapes = module.namedParameters().map(([name, p]) => `${name} ${p.shape.join("×")}`);
      assert(
        shapes.join(", ") ===
          "in_proj_weight 36×12, in_proj_bias 36, out_proj.weight 12×12, out_proj.bias 12",
        shapes.join(", "),
      );
      const [weight, bias, , outBias] = await Promise.all(module.parameters().map((p) => p.data()));
      // Glorot: uniform in ±√(6 / (36 + 12)).
      const bound = Math.sqrt(6 / 48);
      const most = Math.max(...Array.from(weight, Math.abs));
      assert(most <= bound && most > 0.9 * bound, `largest weight ${most}, bound ${bound}`);
      await assertEqual(bias, new Float32Array(36));
      await assertEqual(outBias, new Float32Array(12));
      const apart = new MultiheadAttention(12, 3, { device, kdim: 5, vdim: 7, bias: false });
      const names = apart.namedParameters().map(([name, p]) => `${name} ${p.shape.join("×")}`);
      assert(
        names.join(", ") ===
          "q_proj_weight 12×12, k_proj_weight 12×5, v_proj_weight 12×7, out_proj.weight 12×12",
        names.join(", "),
      );
    },
  },
  {
    name: "MultiheadAttention: dropout acts in training only, and repeats with its seed",
    async run(device) {
      manualSeed(3);
      const module = new MultiheadAttention(16, 4, { device, dropout: 0.5 });
      const x = tensor(testNumbers(2 * 7 * 16, 1), { device, shape: [2, 7, 16] });
      const run = () => noGrad(() => module.forward(x, x, x).output);
      manualSeed(4);
      const first = await run().data();
      const second = await run().data();
      manualSeed(4);
      await assertEqual(run(), first, "the same seed");
      assert(
        first.some((v, i) => Math.abs(v - second[i]) > 1e-3),
        "the same mask twice",
      );
      module.eval();
      const calm = await run().data();
      assert(
        first.some((v, i) => Math.abs(v - calm[i]) > 1e-3),
        "no dropout while training",
      );
      await assertEqual(run(), calm, "evaluation");
    },
  },
  {
    name: "MultiheadAttention: decoding with a cache, token by token and in pieces, as the whole at once",
    async run(device) {
      const { module, x } = setup(device);
      const padding = tensor([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], {
        device,
        shape: [2, 7],
        dtype: "i32",
      });
      const whole = noGrad(() => module.forward(x, x, x, { causal: true, keyPaddingMask: padding }).output);
      for (const pieces of [
        [0, 1, 2, 3, 4, 5, 6, 7],
        [0, 3, 4, 7],
      ]) {
        // Room for 2 at first, so that it grows on the way.
        const cache = new KeyValueCache({ capacity: 2 });
        const parts: Tensor[] = [];
        for (let i = 0; i + 1 < pieces.length; i++) {
          const [from, to] = [pieces[i], pieces[i + 1]];
          parts.push(
            noGrad(() => {
              const piece = slice(x, 1, from, to);
              const keyPaddingMask = slice(padding, 1, 0, to);
              return module.forward(piece, piece, piece, { causal: true, keyPaddingMask, cache }).output;
            }),
          );
          assert(cache.length === to, `${cache.length} positions held, not ${to}`);
        }
        const together = noGrad(() => concat(parts, 1));
        // The same sums, in tiles that start elsewhere.
        await assertClose(together, await whole.data(), 2e-6, `pieces ${pieces.join(" ")}`);
        cache.dispose();
      }
    },
  },
  {
    name: "MultiheadAttention: a cache holds what cross-attention looks at, in four launches a token at most",
    async run(device) {
      const { module, x, memory } = setup(device);
      const whole = await noGrad(() => module.forward(x, memory, memory).output).data();
      const cache = new KeyValueCache();
      const token = noGrad(() => slice(x, 1, 0, 1));
      const got = noGrad(() => module.forward(x, memory, memory, { cache }).output);
      await assertClose(got, whole, 1e-6, "the first time");
      let second: Tensor | undefined;
      const cached = dispatches(device, () => {
        second = noGrad(() => module.forward(x, memory, memory, { cache }).output);
      });
      // Queries, attention, output: the memory is not projected again.
      assert(cached === 3, `${cached} launches`);
      await assertClose(second!, whole, 1e-6, "from the cache");
      const self = new KeyValueCache();
      noGrad(() => module.forward(token, token, token, { cache: self, causal: true }));
      const launches = dispatches(device, () => {
        noGrad(() => module.forward(token, token, token, { cache: self, causal: true }));
      });
      // Projection, copy into the cache, attention, output.
      assert(launches === 4, `${launches} launches`);
    },
  },
  {
    name: "KeyValueCache: reorder, other widths, dispose",
    async run(device) {
      const cache = new KeyValueCache({ capacity: 3 });
      const part = (from: number, batch = 2): Tensor =>
        tensor(
          Float32Array.from({ length: batch * 2 }, (_, i) => from + i),
          { device, shape: [batch, 1, 2] },
        );
      cache.append(part(0), part(100));
      cache.append(part(10), part(110));
      await assertEqual(
        await cache.contents.data(),
        [0, 1, 100, 101, 10, 11, 110, 111, 2, 3, 102, 103, 12, 13, 112, 113],
      );
      cache.reorder([1, 1, 0]);
      assertShape(cache.contents, [3, 2, 4]);
      await assertEqual(
        await cache.contents.data(),
        [
          2, 3, 102, 103, 12, 13, 112, 113, 2, 3, 102, 103, 12, 13, 112, 113, 0, 1, 100, 101, 10, 11, 110,
          111,
        ],
      );
      await assertThrows(() => cache.append(part(0)), "KeyValueCache: holds [3, 2, 4], got [2, 1, 2]");
      await assertThrows(() => cache.reorder([3]), "3");
      const bytes = device.stats().liveBytes;
      cache.dispose();
      assert(device.stats().liveBytes < bytes && cache.length === 0, "dispose() kept memory");
      await assertThrows(() => cache.contents, "KeyValueCache: nothing was put in yet");
      const layers = new DecoderCache({ capacity: 4 });
      layers.layer(0).self.append(part(0));
      layers.layer(1).self.append(part(0));
      assert(layers.length === 1, `length ${layers.length}`);
      layers.reorder([0]);
      assertShape(layers.layer(1).self.contents, [1, 1, 2]);
      layers.dispose();
      assert(layers.layer(0).self.length === 0, "dispose() kept the length");
    },
  },
  {
    name: "MultiheadAttention: what does not fit is refused by name",
    async run(device) {
      const { module, x, memory } = setup(device);
      await assertThrows(
        () => new MultiheadAttention(10, 3, { device }),
        "embedDim 10 is not a multiple of numHeads 3",
      );
      await assertThrows(() => new MultiheadAttention(8, 0, { device }), "numHeads must be a whole number");
      await assertThrows(
        () => new MultiheadAttention(8, 2, { device, dropout: 1 }),
        "dropout must lie in [0, 1)",
      );
      const flat = tensor(testNumbers(32), { device, shape: [2, 16] });
      await assertThrows(() => module.forward(flat, flat, flat), "expected [batch, length, 16] each");
      const one = tensor(testNumbers(5 * 16), { device, shape: [1, 5, 16] });
      await assertThrows(() => module.forward(x, one, one), "differ in their batch");
      await assertThrows(() => module.forward(x, memory, x), "as many keys as values");
      const narrow = tensor(testNumbers(2 * 5 * 8), { device, shape: [2, 5, 8] });
      await assertThrows(() => module.forward(x, narrow, narrow), "input 2 is [2, 5, 8], expected [..., 16]");
      const mask = tensor(testNumbers(25), { device, shape: [5, 5] });
      await assertThrows(
        () => module.forward(x, memory, memory, { attnMask: mask }),
        "attnMask is [5, 5], expected [7, 5]",
      );
      await assertThrows(
        () => module.forward(x, x, x, { cache: new KeyValueCache() }),
        "no gradient flows through a cache",
      );
      await assertThrows(() => new KeyValueCache({ capacity: 0 }), "capacity must be a whole number");
    },
  },
];
