/** The Keras door on every runtime: tiny trainings with pinned losses. */
import { manualSeed } from "../../src/index.ts";
import {
  type Data,
  type Layer,
  type LossName,
  layers,
  loadModel,
  optimizers,
  type Sequential,
  sequential,
  toCategorical,
} from "../../src/keras/index.ts";
import { assert, assertClose, type DeviceCase } from "./case.ts";

const WORDS = 12;
/** Sentences with padding behind, and whether their first word is an even one. */
const IDS = Array.from({ length: 24 }, (_, i) =>
  Array.from({ length: 6 }, (_, t) => (t > 2 + (i % 4) ? 0 : 1 + ((i * 5 + t * t * 3) % (WORDS - 1)))),
);
const LABELS = IDS.map(([first]) => Number(first % 2 === 0));
/** The same sentences one word on, with the answer in the last place. */
const SHIFTED = IDS.map((ids, i) => [...ids.slice(1), LABELS[i]]);

interface Training {
  name: string;
  layers: () => Layer[];
  loss: LossName;
  labels: Data;
  losses: number[];
  accuracy: number;
}

const flat = { data: Int32Array.from(SHIFTED.flat()), shape: [IDS.length, 6] };

const TRAININGS: Training[] = [
  {
    name: "masked lstm with dropouts, binary cross-entropy",
    layers: () => [
      layers.embedding({ inputDim: WORDS, outputDim: 8, maskZero: true }),
      layers.lstm({ units: 8, dropout: 0.2, recurrentDropout: 0.2 }),
      layers.dropout(0.25),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
    loss: "binary_crossentropy",
    labels: LABELS,
    losses: [0.69311, 0.665985, 0.69508, 0.707241],
    accuracy: 78 / 144,
  },
  {
    name: "stacked simpleRNN at every position, categorical cross-entropy without one-hot rows",
    layers: () => [
      layers.embedding({ inputDim: WORDS, outputDim: 8 }),
      layers.simpleRNN({ units: 8, activation: "relu", returnSequences: true }),
      layers.simpleRNN({ units: 8, returnSequences: true }),
      layers.dense({ units: WORDS, activation: "softmax" }),
    ],
    loss: "categorical_crossentropy",
    labels: toCategorical(flat, WORDS),
    losses: [2.395878, 2.070896, 2.211411, 2.210594],
    accuracy: 51 / 144,
  },
  {
    name: "bidirectional gru, attention, pooling, masked, sparse cross-entropy",
    layers: () => [
      layers.embedding({ inputDim: WORDS, outputDim: 8, maskZero: true }),
      layers.bidirectional(layers.gru({ units: 6, returnSequences: true }), { mergeMode: "ave" }),
      layers.layerNormalization(),
      layers.attention({ useScale: true }),
      layers.globalAveragePooling1D(),
      layers.dense({ units: 2, activation: "softmax" }),
    ],
    loss: "sparse_categorical_crossentropy",
    labels: LABELS,
    losses: [1.066522, 0.534834, 0.90369, 0.601404],
    accuracy: 22 / 24,
  },
];

function compiled(training: Training, device: Parameters<DeviceCase["run"]>[0]): Sequential {
  const model = sequential(training.layers(), { device });
  model.compile({
    optimizer: optimizers.adam({ learningRate: 0.02 }),
    loss: training.loss,
    metrics: ["accuracy", "recall"],
  });
  return model;
}

export const kerasCases: DeviceCase[] = [
  ...TRAININGS.map(
    (training): DeviceCase => ({
      name: `keras: ${training.name}`,
      async run(device) {
        manualSeed(21);
        const model = compiled(training, device);
        const settings = { batchSize: 8, epochs: 2, validationSplit: 0.25, verbose: 0 } as const;
        const { history } = await model.fit(IDS, training.labels, settings);
        const got = [...history.loss, ...history.val_loss];
        const [loss, accuracy, recall] = await model.evaluate(IDS, training.labels, { verbose: 0 });
        // 6 Adam steps at 0.02 carry f32's differences between devices on; a mistake moves these losses by 1e-3.
        await assertClose(got, training.losses, 1e-4, "losses");
        await assertClose([accuracy], [training.accuracy], 1e-9, "accuracy");
        assert(recall >= 0 && recall <= 1 && loss < history.loss[0], `loss ${loss}, recall ${recall}`);
      },
    }),
  ),
  {
    name: "keras: a model from a file predicts the same and goes on training the same",
    async run(device) {
      manualSeed(3);
      const [, , training] = TRAININGS;
      const model = compiled(training, device);
      const settings = { batchSize: 8, epochs: 1, verbose: 0 } as const;
      await model.fit(IDS, LABELS, settings);
      const again = loadModel(await model.save(), { device });
      const quiet = { verbose: 0 } as const;
      await assertClose(
        (await again.predict(IDS, quiet)).data,
        (await model.predict(IDS, quiet)).data,
        0,
        "predictions",
      );
      const wanted = (await model.fit(IDS, LABELS, settings)).history;
      const got = (await again.fit(IDS, LABELS, settings)).history;
      await assertClose(got.loss, wanted.loss, 0, "loss");
    },
  },
];
