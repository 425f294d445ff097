import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Device, manualSeed, openDevice, type Tensor, tensor } from "../../src/index.ts";
import {
  argmaxRows,
  layers,
  loadModel,
  metrics,
  optimizers,
  type Sequential,
  sequential,
  toCategorical,
} from "../../src/keras/index.ts";
import { rocAucScore, thresholdAuc } from "../../src/metrics/roc.ts";
import { testNumbers } from "../cases/case.ts";

let device: Device;

beforeAll(async () => {
  device = await openDevice("cpu");
});

beforeEach(() => manualSeed(11));

const SAMPLES = 23;
const x = { data: testNumbers(SAMPLES * 4, 5), shape: [SAMPLES, 4] };
const binary = Array.from({ length: SAMPLES }, (_, i) => Number(testNumbers(SAMPLES, 6)[i] > 0.3));
const classes = Array.from({ length: SAMPLES }, (_, i) => (i * 7 + 1) % 3);

/** A classifier that never learns, so that an epoch's numbers can be computed from its predictions. */
function still(units: number, activation: "sigmoid" | "softmax"): Sequential {
  return sequential([layers.dense({ units: 6, activation: "tanh" }), layers.dense({ units, activation })], {
    device,
  });
}

const nothing = (): ReturnType<typeof optimizers.sgd> => optimizers.sgd({ learningRate: 0 });
const quiet = { batchSize: 5, verbose: 0 } as const;

function close(got: number, wanted: number, tolerance = 1e-6): void {
  expect(Math.abs(got - wanted), `${got}, expected ${wanted}`).toBeLessThanOrEqual(tolerance);
}

const meanOf = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe("metrics of an epoch", () => {
  it("are those of all predictions, whatever the batches: one output", async () => {
    const model = still(1, "sigmoid");
    const named = ["accuracy", "binary_accuracy", "precision", "recall", "auc"] as const;
    const strict = metrics.recall({ threshold: 0.6, name: "strict" });
    model.compile({ optimizer: nothing(), loss: "binary_crossentropy", metrics: [...named, strict] });
    const { history } = await model.fit(x, binary, { ...quiet, epochs: 2 });
    const p = Array.from((await model.predict(x, { verbose: 0 })).data);
    const positive = (limit: number, label: number): number =>
      p.filter((value, i) => value > limit && binary[i] === label).length;
    const right = p.filter((value, i) => Number(value > 0.5) === binary[i]).length;
    const positives = binary.filter((label) => label === 1).length;
    const wanted: Record<string, number> = {
      accuracy: right / SAMPLES,
      binary_accuracy: right / SAMPLES,
      precision: positive(0.5, 1) / (positive(0.5, 0) + positive(0.5, 1)),
      recall: positive(0.5, 1) / positives,
      strict: positive(0.6, 1) / positives,
      auc: thresholdAuc(binary, p),
      loss: -meanOf(p.map((value, i) => Math.log(binary[i] ? value : 1 - value))),
    };
    expect(positive(0.5, 1)).toBeGreaterThan(0);
    expect(positive(0.6, 1)).toBeLessThan(positive(0.5, 1));
    expect(Math.abs(wanted.auc - rocAucScore(binary, p))).toBeLessThan(0.02);
    expect(Object.keys(history)).toEqual(Object.keys(wanted).sort());
    for (const [name, value] of Object.entries(wanted))
      for (const got of history[name]) close(got, value, name === "loss" ? 1e-6 : 1e-12);
    const values = await model.evaluate(x, binary, quiet);
    expect(values).toHaveLength(7);
    close(values[0], wanted.loss);
    close(values[6], wanted.strict, 1e-12);
  });

  it("are those of all predictions: classes, as ids, as one-hot rows and without making them", async () => {
    const model = still(3, "softmax");
    const rows = classes.map((id) => [0, 1, 2].map((c) => Number(c === id)));
    const forms = [
      ["sparse_categorical_crossentropy", classes],
      ["categorical_crossentropy", rows],
      ["categorical_crossentropy", toCategorical(classes, 3)],
    ] as const;
    const results: Record<string, number[]>[] = [];
    for (const [loss, y] of forms) {
      model.compile({ optimizer: nothing(), loss, metrics: ["accuracy", "recall", "precision"] });
      results.push((await model.fit(x, y, { ...quiet, shuffle: false })).history);
    }
    const output = await model.predict(x, { verbose: 0 });
    const p = (i: number, c: number): number => output.data[i * 3 + c];
    const found = argmaxRows(output);
    close(results[0].accuracy[0], meanOf(classes.map((id, i) => Number(found[i] === id))), 1e-12);
    const hits = classes.filter((id, i) => p(i, id) > 0.5).length;
    close(results[0].recall[0], hits / SAMPLES, 1e-12);
    close(results[0].precision[0], hits / output.data.filter((value) => value > 0.5).length, 1e-12);
    close(results[0].loss[0], -meanOf(classes.map((id, i) => Math.log(p(i, id)))));
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    // Notebook 1's third experiment: binary cross-entropy on softmax probabilities, accuracy still that of classes.
    model.compile({ optimizer: nothing(), loss: "binary_crossentropy", metrics: ["accuracy"] });
    const { history } = await model.fit(x, toCategorical(classes, 3), quiet);
    const each = classes.flatMap((id, i) =>
      [0, 1, 2].map((c) => -Math.log(c === id ? p(i, c) : 1 - p(i, c))),
    );
    close(history.loss[0], meanOf(each));
    expect(history.accuracy).toEqual(results[0].accuracy);
  });

  it("auc of classes counts every element", async () => {
    const model = still(3, "softmax");
    model.compile({ optimizer: nothing(), loss: "categorical_crossentropy", metrics: ["auc"] });
    const [, got] = await model.evaluate(x, toCategorical(classes, 3), quiet);
    const { data } = await model.predict(x, { verbose: 0 });
    const labels = Array.from(data, (_, i) => Number(classes[Math.floor(i / 3)] === i % 3));
    close(got, thresholdAuc(labels, data), 1e-12);
  });

  it("leave masked positions out, and each batch's loss is the mean over the others", async () => {
    const ids = [
      [1, 2, 0, 0],
      [3, 0, 0, 0],
      [4, 5, 1, 2],
    ];
    const y = { data: Int32Array.of(0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0), shape: [3, 4, 1] };
    const model = sequential(
      [
        layers.embedding({ inputDim: 6, outputDim: 3, maskZero: true }),
        layers.dropout(0.5),
        layers.gru({ units: 4, returnSequences: true }),
        layers.timeDistributed(layers.dense({ units: 1, activation: "sigmoid" })),
      ],
      { device },
    );
    model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["accuracy"] });
    const [loss, accuracy] = await model.evaluate(ids, y, { batchSize: 2, verbose: 0 });
    const p = (await model.predict(ids, { verbose: 0 })).data;
    const lossAt = (i: number): number => -Math.log(y.data[i] ? p[i] : 1 - p[i]);
    const valid = [0, 1, 4, 8, 9, 10, 11];
    const batch = (members: number[]): number => meanOf(members.map(lossAt));
    close(loss, (2 * batch([0, 1, 4]) + batch([8, 9, 10, 11])) / 3);
    close(accuracy, meanOf(valid.map((i) => Number(Number(p[i] > 0.5) === y.data[i]))), 1e-12);
  });

  it("class weights multiply the losses, and nothing else", async () => {
    const model = still(1, "sigmoid");
    model.compile({ optimizer: nothing(), loss: "binary_crossentropy", metrics: ["accuracy"] });
    const plain = (await model.fit(x, binary, quiet)).history;
    const { history } = await model.fit(x, binary, { ...quiet, classWeight: { 1: 3 } });
    const p = (await model.predict(x, { verbose: 0 })).data;
    close(
      history.loss[0],
      meanOf(binary.map((label, i) => (label ? 3 : 1) * -Math.log(label ? p[i] : 1 - p[i]))),
    );
    expect(history.accuracy).toEqual(plain.accuracy);
    const three = still(3, "softmax");
    three.compile({ optimizer: nothing(), loss: "categorical_crossentropy" });
    const weighted = await three.fit(x, toCategorical(classes, 3), { ...quiet, classWeight: { 0: 2, 2: 0 } });
    const q = (await three.predict(x, { verbose: 0 })).data;
    close(weighted.history.loss[0], meanOf(classes.map((id, i) => [2, 1, 0][id] * -Math.log(q[i * 3 + id]))));
  });

  it("mse and a loss of one's own", async () => {
    const model = still(1, "sigmoid");
    const y = testNumbers(SAMPLES, 9);
    model.compile({ optimizer: nothing(), loss: "mse" });
    const [squares] = await model.evaluate(x, y, quiet);
    const p = (await model.predict(x, { verbose: 0 })).data;
    close(squares, meanOf(Array.from(y, (value, i) => (p[i] - value) ** 2)), 2e-6);
    const { abs, reshape, sub } = await import("../../src/index.ts");
    const loss = (t: Tensor, q: Tensor): Tensor => abs(sub(q, reshape(t, q.shape)));
    model.compile({ optimizer: nothing(), loss });
    const { history } = await model.fit(x, y, quiet);
    close(history.loss[0], meanOf(Array.from(y, (value, i) => Math.abs(p[i] - value))), 2e-6);
  });
});

describe("fit", () => {
  const compiled = (): Sequential => {
    const model = still(1, "sigmoid");
    model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["accuracy"] });
    return model;
  };

  it("takes validation from the end, before shuffling", async () => {
    const model = still(1, "sigmoid");
    model.compile({ optimizer: nothing(), loss: "binary_crossentropy" });
    const { history } = await model.fit(x, binary, { ...quiet, validationSplit: 0.2 });
    const part = async (from: number, to: number): Promise<number> => {
      const data = x.data.subarray(4 * from, 4 * to);
      return (await model.evaluate({ data, shape: [to - from, 4] }, binary.slice(from, to), quiet))[0];
    };
    // floor(23 · 0.8) = 18 for training, as in Keras.
    close(history.loss[0], await part(0, 18));
    close(history.val_loss[0], await part(18, 23));
  });

  it("repeats by the seed, with a new order in each epoch", async () => {
    const losses = async (seed: number, shuffle = true): Promise<number[]> => {
      manualSeed(seed);
      return (await compiled().fit(x, binary, { ...quiet, epochs: 3, shuffle })).history.loss;
    };
    const first = await losses(5);
    expect(await losses(5)).toEqual(first);
    expect(await losses(5, false)).not.toEqual(first);
    manualSeed(5);
    const inTwo = compiled();
    await inTwo.fit(x, binary, { ...quiet, epochs: 2 });
    const { history } = await inTwo.fit(x, binary, { ...quiet, epochs: 1 });
    expect(history.loss[0]).toBe(first[2]);
  });

  it("takes nested numbers, tensors, typed arrays and sources of batches alike", async () => {
    const rows = Array.from({ length: SAMPLES }, (_, i) => Array.from(x.data.subarray(4 * i, 4 * i + 4)));
    const pairs = Array.from({ length: 5 }, (_, b) => {
      const [from, to] = [5 * b, Math.min(5 * b + 5, SAMPLES)];
      const inputs = { data: x.data.subarray(4 * from, 4 * to), shape: [to - from, 4] };
      return [inputs, binary.slice(from, to)] as const;
    });
    async function* generator() {
      for (const pair of pairs) yield pair;
    }
    const settings = { ...quiet, epochs: 2, shuffle: false };
    const results: unknown[] = [];
    for (const run of [
      (m: Sequential) => m.fit(x, binary, settings),
      (m: Sequential) => m.fit(rows, Int32Array.from(binary), settings),
      (m: Sequential) =>
        m.fit(tensor(x.data, { device, shape: x.shape }), Float32Array.from(binary), settings),
      (m: Sequential) => m.fit(pairs, settings),
      (m: Sequential) => m.fit(generator, settings),
    ]) {
      manualSeed(11);
      results.push((await run(compiled())).history);
    }
    for (const result of results) expect(result).toEqual(results[0]);
    const model = compiled();
    model.build([null, 4]);
    expect((await model.fit(generator(), { ...quiet, epochs: 1 })).epoch).toEqual([0]);
    await expect(model.fit(generator(), { ...quiet, epochs: 2 })).rejects.toThrow("epoch 2 has no batches");
    const [loss] = await model.evaluate(pairs, quiet);
    close(loss, (await model.evaluate(x, binary, quiet))[0]);
  });

  it("learns: a rule on sequences", async () => {
    const ids = Array.from({ length: 64 }, (_, i) => [1 + (i % 5), 1 + ((i * 3) % 7), 1 + ((i * 5) % 4), 0]);
    const labels = ids.map(([first]) => Number(first > 3));
    const model = sequential(
      [
        layers.embedding({ inputDim: 8, outputDim: 8, maskZero: true }),
        layers.lstm({ units: 8 }),
        layers.dense({ units: 1, activation: "sigmoid" }),
      ],
      { device },
    );
    model.compile({
      optimizer: optimizers.adam({ learningRate: 0.03 }),
      loss: "binary_crossentropy",
      metrics: ["accuracy"],
    });
    const { history } = await model.fit(ids, labels, { batchSize: 16, epochs: 12, verbose: 0 });
    expect(history.accuracy.at(-1)).toBe(1);
    expect(history.loss.at(-1)).toBeLessThan(history.loss[0] / 4);
  });
});

describe("optimizers in float64, by Keras's formulas", () => {
  const inputs = [1, -2, 0.5];
  const target = 3;
  type Rule = (g: number, t: number, w: number) => number;

  /** The weight after each of six steps on the loss (w · x − 3)², one sample a step. */
  async function expectPath(optimizer: ReturnType<typeof optimizers.adam>, rule: Rule): Promise<void> {
    const wide = await openDevice("cpu", { precision: 64 });
    const model = sequential([layers.dense({ units: 1, useBias: false })], { device: wide });
    model.build([null, 1]);
    model.setWeights([[[0.25]]]);
    model.compile({ optimizer, loss: "mse" });
    let w = 0.25;
    for (let t = 1; t <= 6; t++) {
      const input = inputs[t % 3];
      w = rule(2 * input * (w * input - target), t, w);
      await model.fit([[input]], [target], { verbose: 0 });
      const [got] = await model.weights[0].parameters[0].data();
      expect(Math.abs(got - w), `step ${t}: ${got}, expected ${w}`).toBeLessThan(1e-12);
    }
    wide.dispose();
  }

  const adamRule = (lr: number, decay: number): Rule => {
    let [m, v] = [0, 0];
    return (g, t, w) => {
      m = 0.9 * m + 0.1 * g;
      v = 0.999 * v + 0.001 * g * g;
      const alpha = (lr * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
      return w - lr * decay * w - (alpha * m) / (Math.sqrt(v) + 1e-7);
    };
  };

  it("adam", () => expectPath(optimizers.adam(), adamRule(0.001, 0)));
  it("adamw", () => expectPath(optimizers.adamw({ learningRate: 0.01 }), adamRule(0.01, 0.004)));
  it("sgd", () => expectPath(optimizers.sgd(), (g, _t, w) => w - 0.01 * g));
  it("sgd with Nesterov's momentum", () => {
    let m = 0;
    return expectPath(optimizers.sgd({ learningRate: 0.1, momentum: 0.9, nesterov: true }), (g, _t, w) => {
      m = 0.9 * m - 0.1 * g;
      return w + 0.9 * m - 0.1 * g;
    });
  });
  it("rmsprop", () => {
    let v = 0;
    return expectPath(optimizers.rmsprop(), (g, _t, w) => {
      v = 0.9 * v + 0.1 * g * g;
      return w - (0.001 * g) / Math.sqrt(v + 1e-7);
    });
  });
  it("clipvalue, clipnorm", async () => {
    const limited: Rule = (g, _t, w) => w - 0.01 * Math.max(-1, Math.min(1, g));
    await expectPath(optimizers.sgd({ clipvalue: 1 }), limited);
    // The norm is divided by with 1e-6 added, as in PyTorch.
    const scaled: Rule = (g, _t, w) => w - 0.01 * g * Math.min(1, 1 / (Math.abs(g) + 1e-6));
    await expectPath(optimizers.sgd({ clipnorm: 1 }), scaled);
    await expectPath(optimizers.sgd({ globalClipnorm: 1 }), scaled);
  });
});

describe("save and load", () => {
  it("gives the same predictions, and training goes on with the same losses", async () => {
    const ids = Array.from({ length: 12 }, (_, i) => [i % 6, (i * 5) % 6, 1, 0]);
    const labels = ids.map(([first]) => first % 3);
    const model = sequential(
      [
        layers.embedding({ inputDim: 6, outputDim: 4, maskZero: true, name: "words" }),
        layers.bidirectional(layers.gru({ units: 3, returnSequences: true }), { mergeMode: "sum" }),
        layers.layerNormalization(),
        layers.attention({ useScale: true }),
        layers.timeDistributed(layers.dense({ units: 4, activation: "gelu" })),
        layers.globalAveragePooling1D(),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
      { device, name: "saved" },
    );
    model.compile({
      optimizer: optimizers.adam({ learningRate: 0.02, globalClipnorm: 1 }),
      loss: "sparse_categorical_crossentropy",
      metrics: ["accuracy", metrics.recall({ threshold: 0.4, name: "found" })],
    });
    await model.fit(ids, labels, { batchSize: 5, epochs: 2, verbose: 0 });
    model.optimizer.learningRate = 0.01;
    const bytes = await model.save();
    const again = loadModel(bytes, { device });
    expect(again.name).toBe("saved");
    expect(again.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    expect(again.optimizer.learningRate).toBe(0.01);
    expect(again.optimizer.iterations).toBe(6);
    expect(await again.predict(ids, { verbose: 0 })).toEqual(await model.predict(ids, { verbose: 0 }));
    const settings = { batchSize: 5, epochs: 3, verbose: 0 } as const;
    const wanted = (await model.fit(ids, labels, settings)).history;
    expect((await again.fit(ids, labels, settings)).history).toEqual(wanted);
    expect(Object.keys(wanted)).toEqual(["accuracy", "found", "loss"]);
  });

  it("refuses what is no model", async () => {
    expect(() => loadModel(new Uint8Array(20))).toThrow("loadModel");
    const model = still(1, "sigmoid");
    model.compile({ loss: (t: Tensor) => t });
    model.build([null, 4]);
    await expect(model.save()).rejects.toThrow("is a function of your own, which a file cannot hold");
    await expect(still(1, "sigmoid").save()).rejects.toThrow("it is not built");
  });
});
