/** The Transformer's layers: PyTorch's numbers, decoding with a cache, what they refuse. */
import {
  DecoderCache,
  type Device,
  Generator,
  init,
  LayerNorm,
  type Module,
  mul,
  noGrad,
  ones,
  slice,
  sum,
  type Tensor,
  tensor,
  Transformer,
  TransformerDecoder,
  TransformerDecoderLayer,
  TransformerEncoder,
  TransformerEncoderLayer,
} from "../../src/index.ts";
import fixture from "../fixtures/transformer.json" with { type: "json" };
import { assert, assertClose, assertShape, assertThrows, type DeviceCase, testNumbers } from "./case.ts";

type Stored = { shape: number[]; data: number[] };
type Case = (typeof fixture.cases)[number];

/** Layers of any kind, called in one way. */
interface Called {
  module: Module;
  forward(inputs: Tensor[], options: object): Tensor;
}

function build(device: Device, { kind, options }: Case): Called {
  const { dModel, nhead, dimFeedforward } = fixture.sizes;
  const layer = { ...(options as object), dimFeedforward, dropout: 0, device };
  const norm = () => new LayerNorm(dModel, { device });
  switch (kind) {
    case "EncoderLayer": {
      const module = new TransformerEncoderLayer(dModel, nhead, layer);
      return { module, forward: ([src], call) => module.forward(src, call) };
    }
    case "DecoderLayer": {
      const module = new TransformerDecoderLayer(dModel, nhead, layer);
      return { module, forward: ([tgt, memory], call) => module.forward(tgt, memory, call) };
    }
    case "Encoder": {
      const module = new TransformerEncoder({ dModel, nhead, ...layer }, 2, { norm: norm() });
      return { module, forward: ([src], call) => module.forward(src, call) };
    }
    case "Decoder": {
      const make = () => new TransformerDecoderLayer(dModel, nhead, layer);
      const module = new TransformerDecoder(make, 2, { norm: norm() });
      return { module, forward: ([tgt, memory], call) => module.forward(tgt, memory, call) };
    }
    default: {
      const stacks = { numEncoderLayers: 1, numDecoderLayers: 1 };
      const module = new Transformer({ dModel, nhead, ...stacks, ...layer });
      return { module, forward: ([src, tgt], call) => module.forward(src, tgt, call) };
    }
  }
}

function asPyTorch(c: Case): DeviceCase {
  const masks = c.masks as unknown as Record<string, Stored & { bool: boolean }>;
  const { activation, normFirst } = c.options;
  const with_ = [...(c.causal ? ["causal"] : []), ...Object.keys(masks)].join(", ");
  return {
    name: `Transformer${c.kind === "Transformer" ? "" : c.kind}: as PyTorch, ${activation}, ${normFirst ? "norm first" : "norm last"}, ${with_ || "no mask"}`,
    async run(device) {
      const { module, forward } = build(device, c);
      const state = Object.entries(c.stateDict as unknown as Record<string, Stored>);
      module.loadStateDict(
        new Map(
          state.map(([name, { shape, data }]) => [
            name,
            { shape, dtype: "f32" as const, data: Float32Array.from(data) },
          ]),
        ),
      );
      const inputs = Object.entries(c.inputs as unknown as Record<string, Stored>).map(
        ([name, { shape, data }]) => ({ name, x: tensor(data, { device, shape, requiresGrad: true }) }),
      );
      const given = Object.entries(masks).map(([name, { shape, data, bool }]) => [
        name,
        tensor(data, { device, shape, dtype: bool ? "i32" : "f32" }),
      ]);
      const output = forward(
        inputs.map(({ x }) => x),
        { ...Object.fromEntries(given), ...(c.causal ? { causal: true } : {}) },
      );
      assertShape(output, c.output.shape);
      // f32 through at most three layers, whose norms scale what went before up to a deviation of 1.
      await assertClose(output, c.output.data, 3e-5, "output");
      sum(mul(output, tensor(c.w.data, { device, shape: c.w.shape }))).backward();
      const grads = c.grads as unknown as Record<string, Stored>;
      for (const [name, parameter] of module.namedParameters())
        await assertClose(parameter.grad!, grads[name].data, 2e-4, `gradient of ${name}`);
      for (const { name, x } of inputs)
        await assertClose(x.grad!, grads[name].data, 2e-4, `gradient of ${name}`);
    },
  };
}

/** Weights that do not depend on what was drawn before. */
function settle<M extends Module>(module: M): M {
  const generator = new Generator(7);
  for (const parameter of module.parameters())
    init.initialize(parameter, (shape) =>
      Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => generator.uniform() - 0.4),
    );
  return module;
}

/** Feeds x token by token, in pieces of the given lengths. */
async function inPieces(
  x: Tensor,
  pieces: readonly number[],
  step: (part: Tensor, from: number) => Tensor,
): Promise<{ from: number; values: ArrayLike<number>; length: number }[]> {
  const found = [];
  let from = 0;
  for (const length of pieces) {
    const start = from;
    const out = noGrad(() => step(slice(x, 1, start, start + length), start));
    found.push({ from, length, values: await out.data() });
    from += length;
  }
  return found;
}

/** Compares pieces with the same positions of the whole result. */
async function assertPieces(whole: Tensor, pieces: Awaited<ReturnType<typeof inPieces>>): Promise<void> {
  for (const { from, length, values } of pieces)
    await assertClose(
      values,
      await noGrad(() => slice(whole, 1, from, from + length)).data(),
      // The same products and sums in f32, in other blocks.
      2e-5,
      `tokens ${from} to ${from + length - 1}`,
    );
}

export const transformerCases: DeviceCase[] = [
  ...fixture.cases.map(asPyTorch),
  ...[false, true].map(
    (normFirst): DeviceCase => ({
      name: `TransformerDecoder: a cache gives what the whole sequence gives, norm ${normFirst ? "first" : "last"}`,
      async run(device) {
        const layer = { dModel: 12, nhead: 3, dimFeedforward: 20, normFirst, device };
        const decoder = settle(
          new TransformerDecoder(layer, 2, { norm: new LayerNorm(12, { device }) }),
        ).eval();
        const tgt = tensor(testNumbers(2 * 7 * 12, 1), { device, shape: [2, 7, 12] });
        const memory = tensor(testNumbers(2 * 5 * 12, 2), { device, shape: [2, 5, 12] });
        const memoryKeyPaddingMask = tensor([0, 0, 0, 0, 0, 0, 0, 0, 1, 1], {
          device,
          shape: [2, 5],
          dtype: "i32",
        });
        const whole = noGrad(() => decoder.forward(tgt, memory, { causal: true, memoryKeyPaddingMask }));
        const cache = new DecoderCache({ capacity: 2 });
        const pieces = await inPieces(tgt, [1, 3, 1, 2], (part, from) => {
          assert(cache.length === from, `the cache has ${cache.length} tokens, expected ${from}`);
          return decoder.forward(part, memory, { causal: true, memoryKeyPaddingMask, cache });
        });
        await assertPieces(whole, pieces);
        // Beams change places: the rows go on as if the other had been first.
        cache.reorder([1, 0]);
        const next = tensor(testNumbers(2 * 12, 5), { device, shape: [2, 1, 12] });
        const turned = async (x: Tensor) => {
          const values = await x.data();
          const half = values.length / 2;
          const data = [...values.slice(half), ...values.slice(0, half)];
          return tensor(data, { device, shape: x.shape, dtype: x.dtype });
        };
        const [memory2, mask2] = [await turned(memory), await turned(memoryKeyPaddingMask)];
        const after = await noGrad(() =>
          decoder.forward(next, memory2, { causal: true, memoryKeyPaddingMask: mask2, cache }),
        ).data();
        const turnedTgt = await turned(tgt);
        const all = [await turnedTgt.data(), await next.data()];
        const longer = new Float32Array(2 * 8 * 12);
        for (const row of [0, 1]) {
          longer.set(all[0].slice(row * 84, row * 84 + 84), row * 96);
          longer.set(all[1].slice(row * 12, row * 12 + 12), row * 96 + 84);
        }
        const expected = noGrad(() =>
          slice(
            decoder.forward(tensor(longer, { device, shape: [2, 8, 12] }), memory2, {
              causal: true,
              memoryKeyPaddingMask: mask2,
            }),
            1,
            7,
            8,
          ),
        );
        await assertClose(after, await expected.data(), 2e-5, "after reorder");
        cache.dispose();
        assert(cache.length === 0, "disposed of");
      },
    }),
  ),
  {
    name: "TransformerEncoder: a decoder-only model with a cache gives what the whole sequence gives",
    async run(device) {
      const layer = {
        dModel: 12,
        nhead: 2,
        dimFeedforward: 16,
        normFirst: true,
        activation: "gelu" as const,
        device,
      };
      const model = settle(new TransformerEncoder(layer, 3, { norm: new LayerNorm(12, { device }) })).eval();
      const x = tensor(testNumbers(3 * 6 * 12, 1), { device, shape: [3, 6, 12] });
      const whole = noGrad(() => model.forward(x, { causal: true }));
      const cache = new DecoderCache();
      await assertPieces(
        whole,
        await inPieces(x, [2, 1, 1, 2], (part) => model.forward(part, { causal: true, cache })),
      );
      cache.dispose();
    },
  },
  {
    name: "Transformer: PyTorch's names and sizes",
    run(device) {
      const small = {
        dModel: 4,
        nhead: 2,
        numEncoderLayers: 1,
        numDecoderLayers: 1,
        dimFeedforward: 3,
        device,
      };
      const names = new Transformer(small).namedParameters().map(([name]) => name);
      const attention = (name: string) =>
        ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"].map((end) => `${name}.${end}`);
      const pairs = (...modules: string[]) => modules.flatMap((name) => [`${name}.weight`, `${name}.bias`]);
      const [e, d] = ["encoder.layers.0", "decoder.layers.0"];
      const expected = [
        ...attention(`${e}.self_attn`),
        ...pairs(`${e}.linear1`, `${e}.linear2`, `${e}.norm1`, `${e}.norm2`, "encoder.norm"),
        ...attention(`${d}.self_attn`),
        ...attention(`${d}.multihead_attn`),
        ...pairs(`${d}.linear1`, `${d}.linear2`, `${d}.norm1`, `${d}.norm2`, `${d}.norm3`, "decoder.norm"),
      ];
      assert(JSON.stringify(names.toSorted()) === JSON.stringify(expected.toSorted()), names.join(" "));
      const plain = new Transformer({ ...small, bias: false });
      assert(
        plain.parameters().length === 17 && !plain.namedParameters().some(([name]) => name.includes("bias")),
        `${plain.parameters().length} parameters without bias`,
      );
    },
  },
  {
    name: "Transformer: what does not fit is named",
    async run(device) {
      const sizes = { dimFeedforward: 4, device };
      await assertThrows(
        () => new TransformerEncoderLayer(10, 4, sizes),
        "TransformerEncoderLayer: dModel 10 is not a multiple of nhead 4; heads share the width equally",
      );
      await assertThrows(
        () => new TransformerDecoderLayer(8, 0, sizes),
        "nhead must be a whole number of at least 1",
      );
      await assertThrows(
        () => new TransformerEncoderLayer(8, 2, { ...sizes, activation: "tanh" as "relu" }),
        'TransformerEncoderLayer: unknown activation "tanh"; known: relu, gelu, geluTanh',
      );
      await assertThrows(
        () => new TransformerEncoderLayer(8, 2, { ...sizes, dropout: 1 }),
        "TransformerEncoderLayer: dropout must lie in [0, 1), got 1",
      );
      await assertThrows(
        () => new Transformer({ ...sizes, dModel: 8, nHead: 2 } as object),
        'Transformer: unknown option "nHead"; did you mean "nhead"?',
      );
      await assertThrows(
        () => new TransformerEncoder({ ...sizes, dModel: 8, nhead: 2 }, 0),
        "TransformerEncoder: numLayers must be a whole number of at least 1, got 0",
      );
      const layer = { ...sizes, dModel: 8, nhead: 2, numEncoderLayers: 1, numDecoderLayers: 1 };
      const model = new Transformer(layer);
      const [src, tgt] = [ones([2, 5, 8], { device }), ones([2, 4, 8], { device })];
      const empty = tensor([], { device, shape: [2, 0, 8] });
      await assertThrows(
        () => model.forward(empty, tgt),
        "src is [2, 0, 8]: an empty sequence has nothing to attend to",
      );
      await assertThrows(
        () => model.forward(src, empty),
        "tgt is [2, 0, 8]: an empty sequence has nothing to attend to",
      );
      await assertThrows(
        () => model.forward(ones([2, 5, 6], { device }), tgt),
        "src is [2, 5, 6], expected [batch, length, 8]",
      );
      await assertThrows(() => model.forward(ones([5, 8], { device }), tgt), "differ in their batch");
      await assertThrows(
        () => model.forward(ones([3, 5, 8], { device }), tgt),
        "src [3, 5, 8] and tgt [2, 4, 8] differ in their batch",
      );
      const ids = tensor([1, 2], { device, shape: [1, 2], dtype: "i32" });
      await assertThrows(() => model.encoder.forward(ids), "src [1, 2] is i32, expected f32");
      const mask = (shape: number[], dtype: "f32" | "i32" = "i32") =>
        tensor(new Array<number>(shape.reduce((a, b) => a * b)).fill(0), { device, shape, dtype });
      await assertThrows(() => model.forward(src, tgt, { srcMask: mask([4, 5]) }), "attnMask is [4, 5]");
      await assertThrows(() => model.forward(src, tgt, { memoryMask: mask([5, 4]) }), "attnMask is [5, 4]");
      await assertThrows(
        () => model.forward(src, tgt, { srcKeyPaddingMask: mask([2, 4]) }),
        "keyPaddingMask is [2, 4]",
      );
      await assertThrows(
        () => model.forward(src, tgt, { srcKeyPaddingMask: mask([2, 5], "f32") }),
        "keyPaddingMask [2, 5] is f32",
      );
      await assertThrows(
        () => model.forward(src, tgt, { keyPaddingMask: mask([2, 5]) } as object),
        'Transformer: unknown option "keyPaddingMask"',
      );
    },
  },
];
