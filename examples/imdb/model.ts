/** The model: Embedding → recurrent layers → one probability, in the Keras door. */
import type { Device } from "../../src/index.ts";
import { layers, optimizers, type Sequential, sequential } from "../../src/keras/index.ts";
import type { Settings } from "./settings.ts";

const CELLS = { lstm: layers.lstm, gru: layers.gru, rnn: layers.simpleRNN } as const;

/** The notebook's layers, with those that the settings add to them; compiled, its weights drawn. */
export function buildModel(settings: Settings, device: Device): Sequential {
  const { cell, units, dropout, recurrentDropout, bidirectional, attention } = settings;
  // A mean over the words needs the state at every word, and so does what looks back at all of them.
  const everyState = settings.pooling === "mean" || attention;
  const model = sequential([], { device });
  model.add(
    layers.embedding({
      inputDim: settings.words,
      outputDim: settings.embedding,
      inputLength: settings.maxLen,
      maskZero: settings.mask,
      name: "embedding",
    }),
  );
  for (let i = 1; i <= settings.layers; i++) {
    const name = i === 1 ? cell : `${cell}_${i}`;
    const returnSequences = everyState || i < settings.layers;
    const layer = CELLS[cell]({ units, dropout, recurrentDropout, returnSequences, name });
    model.add(bidirectional ? layers.bidirectional(layer, { name: `bidirectional_${name}` }) : layer);
  }
  if (attention) model.add(layers.attention({ useScale: true, name: "attention" }));
  if (everyState) model.add(layers.globalAveragePooling1D({ name: "mean" }));
  model.add(layers.dropout({ rate: settings.outputDropout, name: "dropout" }));
  model.add(layers.dense({ units: 1, activation: "sigmoid", name: "output" }));
  model.compile({
    optimizer: optimizers.adam({ learningRate: settings.learningRate }),
    loss: "binary_crossentropy",
    metrics: ["accuracy"],
  });
  return model;
}

/** The model in one line. */
export function describeModel(settings: Settings): string {
  const { cell, units, bidirectional, attention, pooling, outputDropout } = settings;
  const name = { lstm: "LSTM", gru: "GRU", rnn: "SimpleRNN" }[cell];
  return [
    `Embedding ${settings.embedding}`,
    ...new Array<string>(settings.layers).fill(`${name} ${units}${bidirectional ? " bidirectionnel" : ""}`),
    ...(attention ? ["Attention"] : []),
    ...(attention || pooling === "mean" ? ["moyenne"] : []),
    ...(outputDropout > 0 ? ["Dropout"] : []),
    "Dense 1 sigmoïde",
  ].join(" → ");
}
