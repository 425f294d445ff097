/** Weight for weight against TensorFlow.js layers on its CPU backend, an implementation of Keras by other people. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { type Device, openDevice } from "../../src/index.ts";
import {
  type Data,
  type Layer,
  layers,
  optimizers,
  type Sequential,
  sequential,
  toCategorical,
} from "../../src/keras/index.ts";
import { testNumbers } from "../cases/case.ts";

let device: Device;

beforeAll(async () => {
  await tf.setBackend("cpu");
  device = await openDevice("cpu");
});

/** Padding behind, in the middle of a batch, in front, and none. */
const IDS = [
  [3, 1, 4, 1, 5, 9],
  [2, 6, 5, 0, 0, 0],
  [8, 0, 0, 0, 0, 0],
  [0, 0, 7, 9, 3, 2],
];
const VOCABULARY = 10;
const UNITS = 5;

// Their orthogonal initialiser needs what the bare core lacks; the weights are set anyway.
const RECURRENT = { units: UNITS, recurrentInitializer: "glorotUniform" } as const;
// Their gru has the reset gate before the product only.
const GATES = { ...RECURRENT, recurrentActivation: "sigmoid" } as const;

interface Pair {
  name: string;
  ours: () => Layer[];
  theirs: () => tfl.layers.Layer[];
  /** Their bidirectional repeats outputs at padding, where Keras 3 has zeros. */
  onlyValid?: boolean;
}

const bidirectional = (layer: tfl.layers.Layer, mergeMode: string | null): tfl.layers.Layer =>
  tfl.layers.bidirectional({ layer: layer as never, mergeMode: mergeMode as never });

const PAIRS: Pair[] = [
  {
    name: "embedding, dense at every position",
    ours: () => [layers.dense({ units: 3, activation: "softmax" })],
    theirs: () => [tfl.layers.dense({ units: 3, activation: "softmax" })],
  },
  {
    name: "timeDistributed dense",
    ours: () => [layers.timeDistributed(layers.dense({ units: 3, activation: "relu" }))],
    theirs: () => [tfl.layers.timeDistributed({ layer: tfl.layers.dense({ units: 3, activation: "relu" }) })],
  },
  {
    name: "simpleRNN, last state, dense",
    ours: () => [layers.simpleRNN({ units: UNITS }), layers.dense({ units: 1, activation: "sigmoid" })],
    theirs: () => [tfl.layers.simpleRNN(RECURRENT), tfl.layers.dense({ units: 1, activation: "sigmoid" })],
  },
  {
    name: "two simpleRNN with relu, every state",
    ours: () => [
      layers.simpleRNN({ units: UNITS, activation: "relu", returnSequences: true }),
      layers.simpleRNN({ units: 4, activation: "relu", returnSequences: true }),
    ],
    theirs: () => [
      tfl.layers.simpleRNN({ ...RECURRENT, activation: "relu", returnSequences: true }),
      tfl.layers.simpleRNN({ ...RECURRENT, units: 4, activation: "relu", returnSequences: true }),
    ],
  },
  {
    name: "lstm, last state",
    ours: () => [layers.lstm({ units: UNITS })],
    theirs: () => [tfl.layers.lstm(GATES)],
  },
  {
    name: "lstm without bias, every state, then gru",
    ours: () => [
      layers.lstm({ units: UNITS, returnSequences: true, useBias: false }),
      layers.gru({ units: UNITS, resetAfter: false, returnSequences: true }),
    ],
    theirs: () => [
      tfl.layers.lstm({ ...GATES, returnSequences: true, useBias: false }),
      tfl.layers.gru({ ...GATES, returnSequences: true }),
    ],
  },
  {
    name: "gru, last state",
    ours: () => [layers.gru({ units: UNITS, resetAfter: false })],
    theirs: () => [tfl.layers.gru({ ...GATES })],
  },
  ...(["concat", "sum", "mul", "ave"] as const).map((mergeMode): Pair => {
    return {
      name: `bidirectional lstm, ${mergeMode}`,
      ours: () => [layers.bidirectional(layers.lstm({ units: UNITS }), { mergeMode })],
      theirs: () => [bidirectional(tfl.layers.lstm(GATES), mergeMode)],
    };
  }),
  {
    name: "bidirectional gru, every state",
    ours: () => [
      layers.bidirectional(layers.gru({ units: UNITS, resetAfter: false, returnSequences: true })),
    ],
    theirs: () => [bidirectional(tfl.layers.gru({ ...GATES, returnSequences: true }), "concat")],
    onlyValid: true,
  },
  {
    name: "bidirectional simpleRNN, every state, then lstm",
    ours: () => [
      layers.bidirectional(layers.simpleRNN({ units: UNITS, returnSequences: true }), { mergeMode: "sum" }),
      layers.lstm({ units: 4 }),
    ],
    theirs: () => [
      bidirectional(tfl.layers.simpleRNN({ ...RECURRENT, returnSequences: true }), "sum"),
      tfl.layers.lstm({ ...GATES, units: 4 }),
    ],
  },
];

/** Both models with the same numbers in their weights. */
function models(pair: Pair, maskZero: boolean): { ours: Sequential; theirs: tfl.Sequential } {
  const size = { inputDim: VOCABULARY, outputDim: 4, inputLength: IDS[0].length };
  const ours = sequential([layers.embedding({ ...size, maskZero }), ...pair.ours()], { device });
  const theirs = tfl.sequential({ layers: [tfl.layers.embedding({ ...size, maskZero }), ...pair.theirs()] });
  const values = theirs.getWeights().map((weight, i) => {
    const data = testNumbers(weight.size, i + 1).map((v) => v * 0.4);
    return { data, shape: weight.shape };
  });
  theirs.setWeights(values.map(({ data, shape }) => tf.tensor(data, shape)));
  ours.setWeights(values);
  expect(ours.weights.map(({ shape }) => shape)).toEqual(values.map(({ shape }) => shape));
  return { ours, theirs };
}

async function expectSame(pair: Pair, maskZero: boolean): Promise<void> {
  const { ours, theirs } = models(pair, maskZero);
  const got = await ours.predict(IDS, { verbose: 0 });
  const wanted = theirs.predict(tf.tensor(IDS, [IDS.length, IDS[0].length], "int32")) as tf.Tensor;
  expect(got.shape).toEqual(wanted.shape);
  const numbers = await wanted.data();
  const width = got.shape.at(-1)!;
  let compared = 0;
  for (const [i, value] of got.data.entries()) {
    const padding = pair.onlyValid && maskZero && IDS.flat()[Math.floor(i / width)] === 0;
    if (padding) {
      expect(Math.abs(value), `output ${i}, at padding`).toBe(0);
      continue;
    }
    // f32 sums of at most 10 products through 6 saturating cells and 3 layers.
    expect(Math.abs(value - numbers[i]), `output ${i}: ${value}, theirs ${numbers[i]}`).toBeLessThan(2e-6);
    compared++;
  }
  expect(compared).toBeGreaterThanOrEqual(IDS.length);
}

describe("outputs as TensorFlow.js", () => {
  for (const pair of PAIRS)
    for (const maskZero of [false, true])
      it(`${pair.name}${maskZero ? ", masked" : ""}`, () => expectSame(pair, maskZero));
});

describe("20 training steps with SGD as TensorFlow.js", () => {
  /** Both loss curves, a step being the whole batch. */
  async function curves(
    pair: Pair,
    maskZero: boolean,
    y: Data,
    target: tf.Tensor,
    loss: "binary_crossentropy" | "categorical_crossentropy",
  ): Promise<void> {
    const { ours, theirs } = models(pair, maskZero);
    ours.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss, metrics: ["accuracy"] });
    const history = await ours.fit(IDS, y, { epochs: 20, batchSize: IDS.length, shuffle: false, verbose: 0 });
    theirs.compile({
      optimizer: tf.train.sgd(0.5),
      loss: loss === "binary_crossentropy" ? "binaryCrossentropy" : "categoricalCrossentropy",
      metrics: ["accuracy"],
    });
    const x = tf.tensor(IDS, [IDS.length, IDS[0].length], "int32");
    for (let step = 0; step < 20; step++) {
      const [value, accuracy] = (await theirs.trainOnBatch(x, target)) as number[];
      // The f32 differences of a step stay small, since the losses fall smoothly.
      expect(Math.abs(history.history.loss[step] - value), `loss at step ${step}`).toBeLessThan(5e-6);
      expect(history.history.accuracy[step], `accuracy at step ${step}`).toBeCloseTo(accuracy, 6);
    }
    expect(history.history.loss[19]).toBeLessThan(0.9 * history.history.loss[0]);
  }

  it("masked lstm, dense, binary cross-entropy", () =>
    curves(
      {
        name: "",
        ours: () => [layers.lstm({ units: UNITS }), layers.dense({ units: 1, activation: "sigmoid" })],
        theirs: () => [tfl.layers.lstm(GATES), tfl.layers.dense({ units: 1, activation: "sigmoid" })],
      },
      true,
      [1, 0, 0, 1],
      tf.tensor([1, 0, 0, 1], [4, 1]),
      "binary_crossentropy",
    ));

  it("bidirectional gru, simpleRNN at every position, categorical cross-entropy", () => {
    const ids = [0, 1, 2, 1, 0, 2, 2, 2, 1, 0, 0, 1, 2, 0, 1, 1, 0, 2, 2, 1, 0, 0, 1, 2];
    return curves(
      {
        name: "",
        ours: () => [
          layers.bidirectional(layers.gru({ units: UNITS, resetAfter: false, returnSequences: true })),
          layers.simpleRNN({ units: 8, returnSequences: true }),
          layers.dense({ units: 3, activation: "softmax" }),
        ],
        theirs: () => [
          bidirectional(tfl.layers.gru({ ...GATES, returnSequences: true }), "concat"),
          tfl.layers.simpleRNN({ ...RECURRENT, units: 8, returnSequences: true }),
          tfl.layers.dense({ units: 3, activation: "softmax" }),
        ],
      },
      false,
      toCategorical({ data: Int32Array.from(ids), shape: [4, 6] }, 3),
      tf.oneHot(tf.tensor(ids, [4, 6], "int32"), 3),
      "categorical_crossentropy",
    );
  });
});
