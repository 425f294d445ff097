import {
  add,
  crossEntropy,
  Embedding,
  Linear,
  LSTM,
  Module,
  mul,
  noGrad,
  select,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import type { StateDict } from "../../src/nn/module.ts";
import lstmFixture from "../fixtures/lstm.json" with { type: "json" };
import { assert, assertClose, assertShape, assertThrows, type DeviceCase, testNumbers } from "./case.ts";

type Stored = { shape: number[]; data: number[] };

/** A fixture's tensors as a state dict. */
export function stateOf(stored: Record<string, Stored | undefined>): StateDict {
  const state: StateDict = new Map();
  for (const [name, value] of Object.entries(stored))
    if (value) state.set(name, { shape: value.shape, dtype: "f32", data: Float32Array.from(value.data) });
  return state;
}

function lstmAsPyTorch(c: (typeof lstmFixture.cases)[number]): DeviceCase {
  return {
    name: `LSTM: as PyTorch, ${c.name}`,
    async run(device) {
      const load = (stored: Stored): Tensor =>
        tensor(stored.data, { device, shape: stored.shape, requiresGrad: true });
      const { inputSize, hiddenSize, numLayers, bidirectional, bias } = c.options;
      const model = new LSTM(inputSize, hiddenSize, { device, numLayers, bidirectional, bias });
      model.loadStateDict(stateOf(c.stateDict as Record<string, Stored>));
      const x = load(c.x);
      const h0 = c.h0 ? load(c.h0) : undefined;
      const c0 = c.c0 ? load(c.c0) : undefined;
      const { output, hn, cn } = model.forward(x, { h0, c0 });
      assertShape(output, c.output.shape);
      // f32 sums of at most 30 products through at most 14 saturating cells, against PyTorch's own f32.
      await assertClose(output, c.output.data, 1e-5, "output");
      await assertClose(hn, c.hn.data, 1e-5, "hn");
      await assertClose(cn, c.cn.data, 1e-5, "cn");
      const weigh = (y: Tensor, w: Stored): Tensor => sum(mul(y, tensor(w.data, { device, shape: w.shape })));
      const loss = add(add(weigh(output, c.wOut), weigh(hn, c.wHn)), weigh(cn, c.wCn));
      await assertClose([await loss.item()], c.loss.data, 1e-5, "loss");
      loss.backward();
      const grads = c.grads as Record<string, Stored | null>;
      await assertClose(x.grad!, grads.x!.data, 2e-5, "dx");
      if (h0) await assertClose(h0.grad!, grads.h0!.data, 2e-5, "dh0");
      if (c0) await assertClose(c0.grad!, grads.c0!.data, 2e-5, "dc0");
      for (const [name, parameter] of model.namedParameters())
        await assertClose(parameter.grad!, grads[name]!.data, 2e-5, name);
    },
  };
}

class Tied extends Module {
  readonly embedding: Embedding;
  readonly blocks: Linear[];
  readonly output: Linear;

  constructor(device: Parameters<DeviceCase["run"]>[0]) {
    super();
    this.embedding = new Embedding(5, 3, { device });
    this.blocks = [new Linear(3, 3, { device }), new Linear(3, 3, { device, bias: false })];
    this.output = new Linear(3, 5, { device });
  }

  forward(ids: Tensor): Tensor {
    let x = this.embedding.forward(ids);
    for (const block of this.blocks) x = block.forward(x);
    return this.output.forward(x);
  }
}

export const nnCases: DeviceCase[] = [
  ...lstmFixture.cases.map(lstmAsPyTorch),
  {
    name: "Module: names, state dict, train and eval",
    async run(device) {
      const model = new Tied(device);
      const names = model.namedParameters().map(([name]) => name);
      assert(
        names.join(" ") ===
          "embedding.weight blocks.0.weight blocks.0.bias blocks.1.weight output.weight output.bias",
        names.join(" "),
      );
      assert(model.countParameters() === 15 + 12 + 9 + 20, `${model.countParameters()} parameters`);
      const other = new Tied(device);
      other.loadStateDict(await model.stateDict());
      const ids = tensor(
        [
          [0, 4],
          [2, 2],
        ],
        { device, dtype: "i32" },
      );
      await assertClose(
        noGrad(() => other.forward(ids)),
        noGrad(() => model.forward(ids)),
        0,
        "after loading",
      );
      model.eval();
      assert(
        model.namedModules().every(([, m]) => !m.training),
        "eval() left a module training",
      );
    },
  },
  {
    name: "Module: a state dict of another model is refused by name",
    async run(device) {
      const model = new Tied(device);
      const state = await model.stateDict();
      state.set("blocks.0.weight", { shape: [4, 3], dtype: "f32", data: new Float32Array(12) });
      state.delete("output.bias");
      state.set("head.bias", { shape: [5], dtype: "f32", data: new Float32Array(5) });
      await assertThrows(
        () => model.loadStateDict(state),
        "unexpected head.bias; blocks.0.weight is [4, 3], expected [3, 3]; missing output.bias",
      );
      await assertThrows(
        () => new LSTM(3, 4, { device, numLayer: 2 } as object),
        'unknown option "numLayer"; did you mean "numLayers"?',
      );
    },
  },
  {
    name: "gradients: a tensor used twice, and passes that add up",
    async run(device) {
      const model = new Tied(device);
      const x = tensor(testNumbers(6), { device, shape: [2, 3], requiresGrad: true });
      const w = select(x, 0, 1);
      sum(add(mul(x, x), w)).backward();
      const once = await x.grad!.data();
      const values = await x.data();
      await assertClose(
        once,
        values.map((v, i) => 2 * v + (i >= 3 ? 2 : 0)),
        1e-6,
        "dx",
      );
      sum(add(mul(x, x), select(x, 0, 1))).backward();
      await assertClose(
        x.grad!,
        once.map((v) => 2 * v),
        1e-6,
        "added",
      );
      const loss = crossEntropy(
        model.forward(tensor([1, 2], { device, dtype: "i32" })),
        tensor([0, 3], { device, dtype: "i32" }),
      );
      loss.backward();
      await assertThrows(() => loss.backward(), "was already used; run the forward pass again");
      await assertThrows(
        () => noGrad(() => sum(mul(x, x))).backward(),
        "depends on nothing that requires a gradient",
      );
      await assertThrows(() => mul(x, x).backward(), "not a scalar; reduce it with mean()");
    },
  },
];
