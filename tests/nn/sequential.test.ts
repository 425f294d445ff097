import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Device,
  Dropout,
  GELU,
  gelu,
  type Layer,
  Linear,
  LSTM,
  noGrad,
  openDevice,
  ReLU,
  relu,
  Sequential,
  Sigmoid,
  SiLU,
  Softmax,
  sigmoid,
  silu,
  softmax,
  sum,
  Tanh,
  type Tensor,
  tanh,
  tensor,
} from "../../src/index.ts";
import { testNumbers } from "../cases/case.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

describe("Sequential", () => {
  it("names parameters as PyTorch, also inside each other", async () => {
    const inner = new Sequential(new Linear(4, 4, { device, bias: false }), new Tanh());
    const model = new Sequential(
      new Linear(3, 4, { device }),
      new ReLU(),
      inner,
      new Linear(4, 2, { device }),
    );
    expect(model.namedParameters().map(([name]) => name)).toEqual([
      "0.weight",
      "0.bias",
      "2.0.weight",
      "3.weight",
      "3.bias",
    ]);
    const twin = new Sequential(
      new Linear(3, 4, { device }),
      new ReLU(),
      new Sequential(new Linear(4, 4, { device, bias: false }), new Tanh()),
      new Linear(4, 2, { device }),
    );
    twin.loadStateDict(await model.stateDict());
    const x = tensor(testNumbers(6), { device, shape: [2, 3] });
    const expected = (model.at(3) as Linear).forward(
      tanh((inner.at(0) as Linear).forward(relu((model.at(0) as Linear).forward(x)))),
    );
    expect(await model.forward(x).data()).toEqual(await expected.data());
    expect(await twin.forward(x).data()).toEqual(await expected.data());
    sum(model.forward(x)).backward();
    expect(model.parameters().every((p) => p.grad !== null)).toBe(true);
  });

  it("hands train and eval on; counts and lists its layers", () => {
    const dropout = new Dropout(0.9);
    const model = new Sequential(new Sequential(dropout));
    model.eval();
    expect(dropout.training).toBe(false);
    const x = tensor([1, 2], { device });
    expect(new Sequential().forward(x)).toBe(x);
    expect([model.length, [...model].length, model.at(-1) === model.at(0)]).toEqual([1, 1, true]);
    expect(() => model.at(1)).toThrow("Sequential: no layer 1 among 1");
  });

  it("refuses what does not give one tensor", () => {
    expect(() => new Sequential(relu as never)).toThrow("Sequential: layer 0 is not a Module");
    const model = new Sequential(new LSTM(2, 3, { device }) as unknown as Layer);
    const x = tensor(testNumbers(8), { device, shape: [2, 2, 2] });
    expect(() => noGrad(() => model.forward(x))).toThrow("Sequential: layer 0, LSTM, gives no tensor");
  });
});

describe("activation modules", () => {
  const pairs: [string, Layer, (x: Tensor) => Tensor][] = [
    ["ReLU", new ReLU(), relu],
    ["Tanh", new Tanh(), tanh],
    ["Sigmoid", new Sigmoid(), sigmoid],
    ["GELU", new GELU(), (x) => gelu(x)],
    ["GELU, tanh", new GELU({ approximate: "tanh" }), (x) => gelu(x, "tanh")],
    ["SiLU", new SiLU(), silu],
    ["Softmax", new Softmax(), (x) => softmax(x, -1)],
    ["Softmax, first axis", new Softmax(0), (x) => softmax(x, 0)],
  ];
  it("are the functions, and differ from each other", async () => {
    const x = tensor(testNumbers(12), { device, shape: [3, 4] });
    const seen = new Set<string>();
    for (const [name, layer, f] of pairs) {
      const got = await layer.forward(x).data();
      expect([...got], name).toEqual([...(await f(x).data())]);
      seen.add(got.join());
    }
    expect(seen.size).toBe(pairs.length);
  });
  it("have no parameters, and refuse unknown approximations", () => {
    expect(pairs.flatMap(([, layer]) => layer.parameters())).toEqual([]);
    expect(() => new GELU({ approximate: "erf" as never })).toThrow('GELU: unknown approximation "erf"');
  });
});
