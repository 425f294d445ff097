import { beforeAll, describe, expect, it } from "vitest";
import { type Device, gru, manualSeed, openDevice, type Tensor, tensor } from "../../src/index.ts";
import { type Layer, layers, sequential } from "../../src/keras/index.ts";
import { testNumbers } from "../cases/case.ts";

let device: Device;

beforeAll(async () => {
  device = await openDevice("cpu");
});

function numbers(shape: number[], seed = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tensor(testNumbers(size, seed), { device, shape });
}

async function valuesOf(out: Tensor | Tensor[]): Promise<number[]> {
  expect(Array.isArray(out)).toBe(false);
  return Array.from(await (out as Tensor).data());
}

function expectClose(got: ArrayLike<number>, wanted: ArrayLike<number>, tolerance: number): void {
  expect(got.length).toBe(wanted.length);
  for (let i = 0; i < got.length; i++)
    expect(Math.abs(got[i] - wanted[i]), `${i}: ${got[i]}, expected ${wanted[i]}`).toBeLessThanOrEqual(
      tolerance,
    );
}

/** Overwrites a layer's weights with fixed numbers and gives them back. */
async function fixed(
  layer: Layer,
  shape: (number | null)[],
): Promise<{ data: Float32Array; shape: readonly number[] }[]> {
  layer.build(shape, device);
  const values = layer.weights.map(({ size, shape: own }, i) => ({
    data: testNumbers(size, i + 2).map((v) => v / 2),
    shape: own,
  }));
  layer.setWeights(values);
  return values;
}

describe("weights", () => {
  it("have Keras's names, shapes and paths", () => {
    const model = sequential(
      [
        layers.embedding({ inputDim: 7, outputDim: 4, inputLength: 5 }),
        layers.simpleRNN({ units: 3, returnSequences: true }),
        layers.gru({ units: 3, returnSequences: true }),
        layers.bidirectional(layers.lstm({ units: 2, returnSequences: true })),
        layers.layerNormalization(),
        layers.attention({ useScale: true }),
        layers.timeDistributed(layers.dense({ units: 2 })),
        layers.globalAveragePooling1D(),
        layers.dense({ units: 1 }),
        layers.dense({ units: 1, useBias: false }),
      ],
      { device },
    );
    expect(model.layers.map(({ name }) => name)).toEqual([
      "embedding",
      "simple_rnn",
      "gru",
      "bidirectional",
      "layer_normalization",
      "attention",
      "time_distributed",
      "global_average_pooling1d",
      "dense",
      "dense_1",
    ]);
    expect(model.weights.map(({ path, shape }) => `${path} ${shape.join("x")}`)).toEqual([
      "embedding/embeddings 7x4",
      "simple_rnn/simple_rnn_cell/kernel 4x3",
      "simple_rnn/simple_rnn_cell/recurrent_kernel 3x3",
      "simple_rnn/simple_rnn_cell/bias 3",
      "gru/gru_cell/kernel 3x9",
      "gru/gru_cell/recurrent_kernel 3x9",
      "gru/gru_cell/bias 2x9",
      "bidirectional/forward_lstm/lstm_cell/kernel 3x8",
      "bidirectional/forward_lstm/lstm_cell/recurrent_kernel 2x8",
      "bidirectional/forward_lstm/lstm_cell/bias 8",
      "bidirectional/backward_lstm/lstm_cell/kernel 3x8",
      "bidirectional/backward_lstm/lstm_cell/recurrent_kernel 2x8",
      "bidirectional/backward_lstm/lstm_cell/bias 8",
      "layer_normalization/gamma 4",
      "layer_normalization/beta 4",
      "attention/scale ",
      "time_distributed/dense/kernel 4x2",
      "time_distributed/dense/bias 2",
      "dense/kernel 2x1",
      "dense/bias 1",
      "dense_1/kernel 1x1",
    ]);
    expect(model.layers[2].weights[0].name).toBe("kernel");
    expect(model.countParams()).toBe(28 + 24 + 72 + 2 * 48 + 8 + 1 + 10 + 3 + 1);
  });

  it("come back as they were set", async () => {
    for (const layer of [
      layers.gru({ units: 3 }),
      layers.lstm({ units: 2 }),
      layers.bidirectional(layers.gru({ units: 2 })),
    ]) {
      const values = await fixed(layer, [null, null, 4]);
      const got = await layer.getWeights();
      for (const [i, { data, shape }] of got.entries()) {
        expect(shape).toEqual(values[i].shape);
        expect(data).toEqual(values[i].data);
      }
    }
  });

  it("start as Keras's: glorot uniform, orthogonal, forget bias 1, embeddings in ±0.05", async () => {
    manualSeed(4);
    const lstm = layers.lstm({ units: 8 });
    lstm.build([null, null, 5], device);
    const [kernel, recurrent, bias] = await lstm.getWeights();
    const bound = Math.sqrt(6 / (5 + 32));
    const largest = Math.max(...kernel.data.map(Math.abs));
    expect(largest).toBeLessThanOrEqual(bound);
    expect(largest).toBeGreaterThan(0.9 * bound);
    for (let i = 0; i < 8; i++)
      for (let j = 0; j < 8; j++) {
        let product = 0;
        for (let k = 0; k < 32; k++) product += recurrent.data[i * 32 + k] * recurrent.data[j * 32 + k];
        expect(product).toBeCloseTo(i === j ? 1 : 0, 5);
      }
    expect(Array.from(bias.data)).toEqual(Array.from({ length: 32 }, (_, i) => (i >= 8 && i < 16 ? 1 : 0)));
    const table = layers.embedding({ inputDim: 50, outputDim: 8 });
    table.build([null, 3], device);
    const [{ data }] = await table.getWeights();
    expect(Math.max(...data)).toBeGreaterThan(0.045);
    expect(Math.max(...data.map(Math.abs))).toBeLessThanOrEqual(0.05);
  });

  it("are refused in another number or shape", () => {
    const dense = layers.dense({ units: 2 });
    dense.build([null, 3], device);
    expect(() => dense.setWeights([[1, 2]])).toThrow("got 1 arrays for 2 weights (kernel [3, 2], bias [2])");
    expect(() => dense.setWeights([[[1, 2]], [1, 2]])).toThrow(
      "weight dense/kernel is [3, 2], got values of [1, 2]",
    );
  });
});

describe("recurrent layers", () => {
  it("gru with reset_after is the op with Keras's gates z r h turned into r z n", async () => {
    const layer = layers.gru({ units: 3 });
    const [kernel, recurrent, bias] = await fixed(layer, [null, null, 4]);
    // Column block of Keras → row block of PyTorch: z is 1, r is 0, h is 2.
    const turned = ({ data, shape }: { data: Float32Array; shape: readonly number[] }): Tensor => {
      const [inputs, columns] = shape;
      const rows = Float32Array.from({ length: data.length }, (_, at) => {
        const [row, i] = [Math.floor(at / inputs), at % inputs];
        const block = [1, 0, 2][Math.floor(row / 3)];
        return data[i * columns + block * 3 + (row % 3)];
      });
      return tensor(rows, { device, shape: [columns, inputs] });
    };
    const biasOf = (row: number): Tensor =>
      tensor(
        Float32Array.from(
          { length: 9 },
          (_, i) => bias.data[row * 9 + [1, 0, 2][Math.floor(i / 3)] * 3 + (i % 3)],
        ),
        {
          device,
        },
      );
    const x = numbers([2, 5, 4]);
    const { hn } = gru(x, {
      weightIh: turned(kernel),
      weightHh: turned(recurrent),
      biasIh: biasOf(0),
      biasHh: biasOf(1),
    });
    expectClose(await valuesOf(layer.call(x)), await valuesOf(hn), 0);
  });

  it("returnState gives output and states, which start a next part", async () => {
    const layer = layers.lstm({ units: 3, returnSequences: true, returnState: true });
    await fixed(layer, [null, null, 2]);
    const x = numbers([2, 6, 2]);
    const [whole, h, c] = layer.call(x) as Tensor[];
    const data = testNumbers(24);
    const half = (start: number): Tensor =>
      tensor(
        Float32Array.from({ length: 12 }, (_, i) => data[Math.floor(i / 6) * 12 + start * 2 + (i % 6)]),
        { device, shape: [2, 3, 2] },
      );
    const [, ...states] = layer.call(half(0)) as Tensor[];
    const [second, h2, c2] = layer.call(half(3), { initialState: states }) as Tensor[];
    expectClose(await valuesOf(h2), await valuesOf(h), 1e-7);
    expectClose(await valuesOf(c2), await valuesOf(c), 1e-7);
    const all = await valuesOf(whole);
    const last = await valuesOf(second);
    expectClose(last.slice(0, 9), all.slice(9, 18), 1e-7);
  });

  it("stateful layers carry their states on, until resetStates", async () => {
    for (const make of [
      (stateful: boolean) => layers.gru({ units: 3, stateful }),
      (stateful: boolean) => layers.bidirectional(layers.lstm({ units: 2, stateful })),
    ]) {
      const [carried, fresh] = [make(true), make(false)];
      await fixed(carried, [null, null, 2]);
      await fixed(fresh, [null, null, 2]);
      const x = numbers([2, 4, 2]);
      const first = await valuesOf(carried.call(x));
      expectClose(first, await valuesOf(fresh.call(x)), 0);
      const second = await valuesOf(carried.call(x));
      expect(Math.max(...second.map((v, i) => Math.abs(v - first[i])))).toBeGreaterThan(1e-3);
      expect(() => carried.call(numbers([3, 4, 2]))).toThrow("holds the states of 2 sequences");
      carried.resetStates();
      expectClose(await valuesOf(carried.call(x)), first, 0);
      expect(() => fresh.resetStates()).toThrow("made with stateful: true");
    }
  });

  it("dropout acts while training only, with one mask per sequence", async () => {
    const layer = layers.simpleRNN({
      units: 64,
      dropout: 0.5,
      recurrentInitializer: "zeros",
      kernelInitializer: "ones",
      returnSequences: true,
      activation: "relu",
    });
    layer.build([null, null, 1], device);
    const x = tensor(new Float32Array(8 * 5).fill(1), { device, shape: [8, 5, 1] });
    expect(new Set(await valuesOf(layer.call(x)))).toEqual(new Set([1]));
    const out = await valuesOf(layer.call(x, { training: true }));
    expect(new Set(out)).toEqual(new Set([0, 2]));
    // The same input is dropped at every step of a sequence.
    for (let row = 0; row < 8; row++) {
      const steps = Array.from({ length: 5 }, (_, t) => out[(row * 5 + t) * 64]);
      expect(new Set(steps).size).toBe(1);
    }
  });

  it("refuse what they do not have", () => {
    expect(() => layers.lstm({ units: 4, recurentDropout: 0.2 } as never)).toThrow(
      'layers.lstm: unknown option "recurentDropout"; did you mean "recurrentDropout"?',
    );
    expect(() => layers.simpleRNN({ units: 2, activation: "sigmoid" as never })).toThrow(
      'activation "sigmoid" is not offered; known: tanh, relu',
    );
    expect(() => layers.gru({ units: 0 })).toThrow("units must be a whole number of at least 1, got 0");
    expect(() => layers.dense({ units: 2, activation: "sofmax" as never })).toThrow(
      'did you mean "softmax"?',
    );
    expect(() =>
      layers.dense({ units: 2, kernelInitializer: "glorot" as never }).build([null, 2], device),
    ).toThrow('unknown initializer "glorot"');
    const model = sequential([layers.lstm({ units: 2 })], { device });
    expect(() => model.build([null, 5])).toThrow(
      "layer lstm: its input is (None, 5), expected (batch, time, features); is an embedding missing before it",
    );
    expect(() => layers.bidirectional(layers.dense({ units: 2 }) as never)).toThrow(
      "expected a recurrent layer",
    );
  });
});

describe("other layers", () => {
  it("globalAveragePooling1D leaves padding out", async () => {
    const x = tensor([1, 2, 3, 4, 100, 100, 5, 6, 100, 100, 100, 100], { device, shape: [2, 3, 2] });
    const mask = tensor([1, 1, 0, 1, 0, 0], { device, shape: [2, 3], dtype: "i32" });
    const pool = layers.globalAveragePooling1D();
    expect(await valuesOf(pool.call(x, { mask }))).toEqual([2, 3, 5, 6]);
    expectClose(await valuesOf(pool.call(x)), [104 / 3, 106 / 3, 205 / 3, 206 / 3], 1e-5);
    expect(pool.computeMask()).toBeUndefined();
  });

  it("attention is softmax(q · kᵀ) · v, without what is padding", async () => {
    const data = testNumbers(2 * 3 * 2);
    const x = tensor(data, { device, shape: [2, 3, 2] });
    const mask = [1, 1, 0, 1, 1, 1];
    const wanted: number[] = [];
    for (let b = 0; b < 2; b++)
      for (let q = 0; q < 3; q++) {
        const at = (t: number, k: number): number => data[(b * 3 + t) * 2 + k];
        const scores = [0, 1, 2].map((t) =>
          mask[b * 3 + t] ? Math.exp(2 * (at(q, 0) * at(t, 0) + at(q, 1) * at(t, 1))) : 0,
        );
        const total = scores.reduce((a, b) => a + b, 0);
        for (let k = 0; k < 2; k++)
          wanted.push(mask[b * 3 + q] * scores.reduce((sum, s, t) => sum + (s / total) * at(t, k), 0));
      }
    const layer = layers.attention({ useScale: true });
    layer.build([null, null, 2], device);
    layer.setWeights([{ data: Float32Array.of(2), shape: [] }]);
    const maskTensor = tensor(mask, { device, shape: [2, 3], dtype: "i32" });
    expectClose(await valuesOf(layer.call(x, { mask: maskTensor })), wanted, 1e-6);
    expectClose(
      await valuesOf(layer.attend([x, x], { queryMask: maskTensor, valueMask: maskTensor })),
      wanted,
      1e-6,
    );
  });

  it("layerNormalization has Keras's epsilon 0.001", async () => {
    const layer = layers.layerNormalization();
    const x = numbers([4, 6]);
    const got = await valuesOf(layer.call(x));
    const data = testNumbers(24);
    for (let row = 0; row < 4; row++) {
      const values = Array.from(data.subarray(row * 6, row * 6 + 6));
      const mean = values.reduce((a, b) => a + b, 0) / 6;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / 6;
      expectClose(
        got.slice(row * 6, row * 6 + 6),
        values.map((v) => (v - mean) / Math.sqrt(variance + 1e-3)),
        1e-5,
      );
    }
  });
});
