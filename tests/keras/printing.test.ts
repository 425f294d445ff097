import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Device, manualSeed, openDevice } from "../../src/index.ts";
import {
  type Callback,
  earlyStopping,
  lambdaCallback,
  layers,
  loadModel,
  type Logs,
  modelCheckpoint,
  optimizers,
  reduceLROnPlateau,
  type Sequential,
  sequential,
  toCategorical,
} from "../../src/keras/index.ts";
import { formatValue } from "../../src/keras/progress.ts";
import { testNumbers } from "../cases/case.ts";

let device: Device;

beforeAll(async () => {
  device = await openDevice("cpu");
});

beforeEach(() => manualSeed(2));

const x = { data: testNumbers(20 * 3), shape: [20, 3] };
const y = Array.from({ length: 20 }, (_, i) => Number(x.data[3 * i] > 0));

function classifier(learningRate = 0.01): Sequential {
  const model = sequential([layers.dense({ units: 1, activation: "sigmoid" })], { device });
  model.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: "binary_crossentropy",
    metrics: ["accuracy"],
  });
  return model;
}

function summaryOf(model: Sequential): string {
  let text = "";
  model.summary({
    print: (part) => {
      text += part;
    },
  });
  return text;
}

describe("summary", () => {
  const reviews = (inputLength?: number): Sequential =>
    sequential(
      [
        layers.embedding({ inputDim: 5000, outputDim: 128, inputLength, name: "embedding" }),
        layers.lstm({ units: 64, dropout: 0.2, recurrentDropout: 0.2, name: "lstm" }),
        layers.dropout({ rate: 0.5, name: "dropout" }),
        layers.dense({ units: 1, activation: "sigmoid", name: "output" }),
      ],
      { device },
    );

  it("is Keras's table; the review model has 689,473 parameters", () => {
    expect(summaryOf(reviews(200))).toBe(
      [
        'Model: "sequential"',
        "┏━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━━━━━━━┓",
        "┃ Layer (type)                    ┃ Output Shape           ┃       Param # ┃",
        "┡━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━━━━━━━┩",
        "│ embedding (Embedding)           │ (None, 200, 128)       │       640,000 │",
        "├─────────────────────────────────┼────────────────────────┼───────────────┤",
        "│ lstm (LSTM)                     │ (None, 64)             │        49,408 │",
        "├─────────────────────────────────┼────────────────────────┼───────────────┤",
        "│ dropout (Dropout)               │ (None, 64)             │             0 │",
        "├─────────────────────────────────┼────────────────────────┼───────────────┤",
        "│ output (Dense)                  │ (None, 1)              │            65 │",
        "└─────────────────────────────────┴────────────────────────┴───────────────┘",
        " Total params: 689,473 (2.63 MB)",
        " Trainable params: 689,473 (2.63 MB)",
        " Non-trainable params: 0 (0.00 B)",
      ].join("\n"),
    );
    expect(reviews(200).countParams()).toBe(689_473);
  });

  it("shows what is not built, what is fixed, and the optimizer's state", async () => {
    const text = summaryOf(reviews());
    expect(text).toContain("│ embedding (Embedding)           │ ?                      │   0 (unbuilt) │");
    expect(text).toContain(" Total params: 0 (0.00 B)");
    expect(() => reviews().countParams()).toThrow("the model is not built");
    const model = sequential(
      [
        layers.dense({
          units: 4,
          trainable: false,
          inputShape: [3],
          name: "a_name_that_is_longer_than_its_column",
        }),
        layers.dense({ units: 1, activation: "sigmoid" }),
      ],
      { device },
    );
    model.compile({ optimizer: "adam", loss: "binary_crossentropy" });
    const [fixed] = await model.getWeights();
    await model.fit(x, y, { verbose: 0 });
    expect((await model.getWeights())[0]).toEqual(fixed);
    const lines = summaryOf(model).split("\n");
    expect(lines[4]).toBe("│ a_name_that_is_longer_than_its_ │ (None, 4)              │            16 │");
    expect(lines[5]).toBe("│ column (Dense)                  │                        │               │");
    expect(lines.slice(-4)).toEqual([
      " Total params: 33 (132.00 B)",
      " Trainable params: 5 (20.00 B)",
      " Non-trainable params: 16 (64.00 B)",
      " Optimizer params: 12 (48.00 B)",
    ]);
  });

  it("of the words model: 15 ids, 1,080 words", () => {
    const model = sequential([], { device });
    model.add(layers.embedding({ inputDim: 1080, outputDim: 128, inputLength: 15 }));
    model.add(layers.simpleRNN({ units: 64, activation: "relu" }));
    model.add(layers.dense({ units: 1080, activation: "softmax" }));
    expect(model.layers.map((layer) => layer.countParams())).toEqual([138_240, 12_352, 70_200]);
    expect(summaryOf(model)).toContain(
      "│ simple_rnn (SimpleRNN)          │ (None, 64)             │        12,352 │",
    );
  });
});

describe("the progress line", () => {
  it("prints numbers as Keras does", () => {
    expect([0, 0.0025, 6.96357, 6.0361e-4, 0.001, Number.NaN, 12345.678].map(formatValue)).toEqual([
      "0.0000e+00",
      "0.0025",
      "6.9636",
      "6.0361e-04",
      "1.0000e-03",
      "NaN",
      "12345.6780",
    ]);
  });

  it("is one line per epoch where nothing can be redrawn", async () => {
    const lines: string[] = [];
    const write = (line: string): void => void lines.push(line);
    const model = classifier();
    await model.fit(x, y, { batchSize: 8, epochs: 2, validationSplit: 0.2, write });
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe("Epoch 1/2");
    expect(lines[1]).toMatch(
      /^2\/2 ━{20} \d+s \d+(ms|us|s)\/step - accuracy: \d\.\d{4} - loss: \d\.\d{4} - val_accuracy: \d\.\d{4} - val_loss: \d\.\d{4}$/,
    );
    lines.length = 0;
    await model.fit(x, y, { batchSize: 8, verbose: 2, write });
    expect(lines[1]).toMatch(/^3\/3 - \d+s - \d+(ms|us)\/step - accuracy: \d\.\d{4} - loss: \d\.\d{4}$/);
    lines.length = 0;
    await model.evaluate(x, y, { write });
    await model.predict(x, { write });
    expect(lines[0]).toMatch(/^1\/1 ━{20} 0s .*step - accuracy: \d\.\d{4} - loss: \d\.\d{4}$/);
    expect(lines[1]).toMatch(/^1\/1 ━{20} 0s \d+(ms|us)\/step$/);
    lines.length = 0;
    await model.fit(x, y, { verbose: 0, write });
    expect(lines).toEqual([]);
  });

  it("is redrawn in place on a terminal", async () => {
    let text = "";
    const terminal = { isTTY: true, write: (part: string) => (text += part) };
    const model = classifier();
    let clock = 0;
    const now = performance.now;
    // 60 ms a look, so that every other update is due.
    performance.now = () => (clock += 60);
    try {
      await model.fit(x, y, { batchSize: 4, write: terminal });
    } finally {
      performance.now = now;
    }
    const parts = text.split("\r");
    expect(parts[0]).toBe("Epoch 1/1\n");
    expect(parts.length).toBeGreaterThan(2);
    expect(parts[1]).toMatch(/^\d\/5 ━+─+ \d+s \d+ms\/step - accuracy: [\d.e-]+ - loss: \d\.\d{4} *$/);
    expect(parts.at(-1)).toMatch(/^5\/5 ━{20} \d+s \d+ms\/step - accuracy: \d\.\d{4} - loss: \d\.\d{4} *\n$/);
    expect(text.match(/\n/g)).toHaveLength(2);
  });
});

/** A callback that overwrites what the epochs gave, so that others see known values. */
function scripted(name: string, values: readonly number[]): Callback {
  return lambdaCallback({
    onEpochEnd(epoch, logs) {
      logs[name] = values[epoch];
    },
  });
}

describe("callbacks", () => {
  it("come in order, with Keras's logs", async () => {
    const seen: string[] = [];
    const note = (text: string): void => void seen.push(text);
    const model = classifier();
    const { history, epoch } = await model.fit(x, y, {
      batchSize: 10,
      epochs: 2,
      verbose: 0,
      validationData: [x, y],
      callbacks: [
        lambdaCallback({
          onTrainBegin: () => note("begin"),
          onEpochBegin: (n) => note(`epoch ${n}`),
          onTrainBatchBegin: (n) => note(`batch ${n}`),
          onTrainBatchEnd: (n, logs) => note(`batch ${n} done: ${Object.keys(logs)}`),
          onEpochEnd: async (n, logs) => note(`epoch ${n} done: ${Object.keys(logs)}`),
          onTrainEnd: (logs) => note(`end: ${Object.keys(logs)}`),
        }),
      ],
    });
    const names = "accuracy,loss,val_accuracy,val_loss";
    const one = (n: number): string[] => [
      `epoch ${n}`,
      "batch 0",
      "batch 1",
      "batch 0 done: accuracy,loss",
      "batch 1 done: accuracy,loss",
      `epoch ${n} done: ${names}`,
    ];
    expect(seen).toEqual(["begin", ...one(0), ...one(1), `end: ${names}`]);
    expect(Object.keys(history).join()).toBe(names);
    expect(epoch).toEqual([0, 1]);
    expect(model.history!.history).toEqual(history);
  });

  it("earlyStopping stops after patience epochs and puts the best weights back", async () => {
    const model = classifier();
    const stopping = earlyStopping({ monitor: "val_loss", patience: 2, restoreBestWeights: true });
    const weights: unknown[] = [];
    const { history } = await model.fit(x, y, {
      epochs: 9,
      verbose: 0,
      callbacks: [
        scripted("val_loss", [5, 3, 4, 3, 2, 1]),
        lambdaCallback({ onEpochEnd: async () => void weights.push(await model.getWeights()) }),
        stopping,
      ],
    });
    expect(history.loss).toHaveLength(4);
    expect([stopping.stoppedEpoch, stopping.bestEpoch]).toEqual([3, 1]);
    expect(await model.getWeights()).toEqual(weights[1]);
    expect(weights[3]).not.toEqual(weights[1]);
  });

  it("earlyStopping knows what should rise, minDelta, and what is missing", async () => {
    const run = async (callback: Callback, name: string, values: number[]): Promise<number> => {
      const callbacks = [scripted(name, values), callback];
      return (await classifier().fit(x, y, { epochs: 4, verbose: 0, callbacks })).epoch.length;
    };
    expect(await run(earlyStopping({ monitor: "val_accuracy" }), "val_accuracy", [1, 2, 3, 4])).toBe(4);
    expect(await run(earlyStopping({ monitor: "val_accuracy" }), "val_accuracy", [4, 3, 2, 1])).toBe(2);
    expect(await run(earlyStopping({ minDelta: 0.5 }), "val_loss", [4, 3.4, 3, 2])).toBe(3);
    await expect(run(earlyStopping(), "other", [1, 1, 1, 1])).rejects.toThrow(
      '"val_loss" is not in the logs (accuracy, loss, other); fit needs validationSplit or validationData for it',
    );
  });

  it("reduceLROnPlateau lowers the learning rate and logs it", async () => {
    const model = classifier(0.1);
    const { history } = await model.fit(x, y, {
      epochs: 6,
      verbose: 0,
      callbacks: [
        scripted("val_loss", [3, 3, 3, 2, 2, 2]),
        reduceLROnPlateau({ factor: 0.5, patience: 2, minLR: 0.03 }),
      ],
    });
    expect(history.learning_rate).toEqual([0.1, 0.1, 0.1, 0.05, 0.05, 0.05]);
    expect(model.optimizer.learningRate).toBe(0.03);
  });

  it("modelCheckpoint hands over files; only the best ones when asked", async () => {
    const model = classifier();
    const saved: { bytes: Uint8Array; epoch: number; logs: Logs }[] = [];
    const write = (bytes: Uint8Array, epoch: number, logs: Logs): void =>
      void saved.push({ bytes, epoch, logs });
    await model.fit(x, y, {
      epochs: 4,
      verbose: 0,
      callbacks: [scripted("val_loss", [3, 4, 2, 5]), modelCheckpoint(write, { saveBestOnly: true })],
    });
    expect(saved.map(({ epoch, logs }) => [epoch, logs.val_loss])).toEqual([
      [0, 3],
      [2, 2],
    ]);
    const best = loadModel(saved[1].bytes, { device });
    expect(await best.predict(x, { verbose: 0 })).not.toEqual(await model.predict(x, { verbose: 0 }));
    expect(best.optimizer.iterations).toBe(3);
  });

  it("may end the training in the middle of an epoch", async () => {
    const model = classifier();
    let batches = 0;
    await model.fit(x, y, {
      batchSize: 1,
      epochs: 5,
      verbose: 0,
      callbacks: [lambdaCallback({ onTrainBatchBegin: () => void (model.stopTraining = ++batches === 4) })],
    });
    expect(batches).toBe(4);
    expect(model.optimizer.iterations).toBe(4);
  });
});

describe("errors name what was expected and the way out", () => {
  const ids = [
    [1, 2],
    [3, 4],
    [0, 5],
  ];
  const words = (units: number, returnSequences = false): Sequential =>
    sequential(
      [
        layers.embedding({ inputDim: 6, outputDim: 2 }),
        layers.simpleRNN({ units: 2, returnSequences }),
        layers.dense({ units, activation: "softmax" }),
      ],
      { device },
    );
  const run = (model: Sequential, loss: never, labels: never, options = {}): Promise<unknown> => {
    model.compile({ loss });
    return model.fit(ids, labels, { verbose: 0, ...options });
  };
  const cases: [name: string, run: () => Promise<unknown>, text: string][] = [
    [
      "ids for one-hot rows",
      () => run(words(4), "categorical_crossentropy" as never, [1, 2, 3] as never),
      "fit: labels of shape [3] do not fit categorical_crossentropy on an output of (None, 4): it takes one-hot rows " +
        '(None, 4); pass toCategorical(y, 4), or use loss "sparse_categorical_crossentropy"',
    ],
    [
      "one-hot rows for ids",
      () => run(words(4), "sparse_categorical_crossentropy" as never, toCategorical([1, 2, 3], 4) as never),
      "fit: labels of shape [3, 4] do not fit sparse_categorical_crossentropy on an output of (None, 4): it takes class " +
        'ids (None,); pass the ids themselves, or use loss "categorical_crossentropy"',
    ],
    [
      "one label for every position",
      () => run(words(4, true), "sparse_categorical_crossentropy" as never, [1, 2, 3] as never),
      "labels of shape [3] do not fit sparse_categorical_crossentropy on an output of (None, 2, 4): it takes class ids " +
        "(None, 2); pass one id for each of the output's rows",
    ],
    [
      "one label for several outputs",
      () => run(words(4), "binary_crossentropy" as never, [1, 0, 1] as never),
      "labels of shape [3] do not fit binary_crossentropy on an output of (None, 4): it takes labels (None, 4); " +
        "pass toCategorical(y, 4), or end the model with units: 1",
    ],
    [
      "another number of classes",
      () => run(words(4), "categorical_crossentropy" as never, toCategorical([1, 2, 3], 5) as never),
      "labels of shape [3, 5] do not fit categorical_crossentropy on an output of (None, 4)",
    ],
    [
      "a class that the output lacks",
      () => run(words(4), "sparse_categorical_crossentropy" as never, [1, 2, 4] as never),
      "fit: label 2 is class 4, and the output has 4: 0 to 3",
    ],
    [
      "fractions as ids",
      () => run(words(4), "sparse_categorical_crossentropy" as never, [1, 0.5, 2] as never),
      "sparse_categorical_crossentropy takes class ids, and 0.5 is no whole number",
    ],
    [
      "unequal lengths",
      () => run(words(4), "mse" as never, [1, 2] as never),
      "fit: x is [3, 2] and y [2]: there must be one label for each of the 3 samples",
    ],
    [
      "an id outside the table",
      async () => {
        const model = words(4);
        model.compile({ loss: "sparse_categorical_crossentropy" });
        await model.fit([[1, 6]], [0], { verbose: 0 });
      },
      "fit: id 6 at 1 of sample 0 is outside the embedding's table of 6 rows (inputDim)",
    ],
    ["fractions as inputs", () => words(2).predict([[0.5, 1]]), "reads ids, and 0.5 is no whole number"],
    [
      "ragged rows",
      () => words(2).predict([[1, 2], [3]]),
      "rows differ in length (1 and 2); pad them to one length",
    ],
    ["no samples", () => words(2).predict([]), "predict: there are no samples: x is [0]"],
    [
      "no labels",
      () => words(2).fit(ids, undefined as never),
      "fit: x came without labels; call fit(x, y, options)",
    ],
    [
      "no data",
      () => words(2).fit(7 as never),
      "expected x and y, or a source of [x, y] batches, got number",
    ],
    ["not compiled", () => words(2).fit(ids, [0, 1, 0]), "fit: the model is not compiled; call compile"],
    [
      "nothing left to train on",
      () =>
        run(words(4), "sparse_categorical_crossentropy" as never, [1, 2, 3] as never, {
          validationSplit: 0.9,
        }),
      "validationSplit 0.9 of 3 samples leaves 0 for training and 3 for validation",
    ],
    [
      "a whole share",
      () =>
        run(words(4), "sparse_categorical_crossentropy" as never, [1, 2, 3] as never, { validationSplit: 1 }),
      "validationSplit must lie between 0 and 1, got 1",
    ],
    [
      "an unknown option",
      () => run(words(4), "sparse_categorical_crossentropy" as never, [1, 2, 3] as never, { epoch: 3 }),
      'fit: unknown option "epoch"; did you mean "epochs"?',
    ],
    [
      "no epochs",
      () => run(words(4), "sparse_categorical_crossentropy" as never, [1, 2, 3] as never, { epochs: 0 }),
      "epochs must be a whole number of at least 1, got 0",
    ],
    [
      "another width",
      async () => {
        const model = sequential([layers.dense({ units: 1 })], { device });
        await model.predict([[1, 2, 3]], { verbose: 0 });
        await model.predict([[1, 2]], { verbose: 0 });
      },
      "layer dense: its input is [1, 2], it was built for (None, 3)",
    ],
  ];
  for (const [name, action, text] of cases)
    it(name, async () => {
      await expect(action()).rejects.toThrow(text);
    });

  it("names that do not exist", () => {
    const model = words(2);
    expect(() => model.compile({ loss: "binary_cross_entropy" as never })).toThrow(
      'did you mean "binary_crossentropy"?',
    );
    expect(() => model.compile({ loss: "mse", optimizer: "adamm" as never })).toThrow('did you mean "adam"?');
    expect(() => model.compile({ loss: "mse", metrics: ["acuracy" as never] })).toThrow(
      'did you mean "accuracy"?',
    );
    expect(() => model.compile({ loss: "mse", metrics: ["recall", "recall"] })).toThrow(
      'two metrics are named "recall"',
    );
    expect(() => model.compile({} as never)).toThrow("no loss was given");
    expect(() => model.getLayer("embeding")).toThrow('did you mean "embedding"?');
    expect(model.getLayer(-1).name).toBe("dense");
    expect(() => model.add(layers.dropout({ rate: 0.2, name: "dense" }))).toThrow(
      'there is a layer "dense" already',
    );
    expect(() => toCategorical([0, 3], 3)).toThrow("class 3 does not exist among 3; they go from 0 to 2");
    const optimizer = optimizers.adam();
    const other = sequential([layers.dense({ units: 1, inputShape: [2] })], { device });
    optimizer.build(other.trainableParameters);
    expect(() =>
      optimizer.build(
        sequential([layers.dense({ units: 1, inputShape: [2] })], { device }).trainableParameters,
      ),
    ).toThrow("it trains another model already");
  });
});

describe("toCategorical", () => {
  it("keeps ids, says the shape of the rows, and is cut like an array", () => {
    const y3 = toCategorical([
      [0, 1],
      [2, 1],
      [1, 1],
    ]);
    expect(y3.shape).toEqual([3, 2, 3]);
    expect(Array.from(y3.slice(1, 2).toArray().data)).toEqual([0, 0, 1, 0, 1, 0]);
    expect(y3.slice(1).shape).toEqual([2, 2, 3]);
    expect(toCategorical([1, 0], 1080).shape).toEqual([2, 1080]);
  });
});
