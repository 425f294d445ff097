/** The notebook's models in the Keras door. */
import type { Device } from "../../src/index.ts";
import { layers, optimizers, type Sequential, sequential } from "../../src/keras/index.ts";

/** What the models have in common. */
export interface ModelSettings {
  /** Ids of the vocabulary, padding included. */
  vocabularySize: number;
  /** Ids in a row of the input. */
  width: number;
  embedding: number;
  units: number;
  learningRate: number;
  device: Device;
}

function embeddingOf({ vocabularySize, embedding, width }: ModelSettings) {
  return layers.embedding({ inputDim: vocabularySize, outputDim: embedding, inputLength: width });
}

/** Many-to-one: the state behind the last position says which word comes next. */
export function manyToOne(settings: ModelSettings): Sequential {
  const { vocabularySize, units, learningRate, device } = settings;
  const model = sequential(
    [
      embeddingOf(settings),
      layers.simpleRNN({ units, activation: "relu" }),
      layers.dense({ units: vocabularySize, activation: "softmax" }),
    ],
    { device },
  );
  model.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: "categorical_crossentropy",
    metrics: ["accuracy", "recall"],
  });
  return model;
}

/** Many-to-many: a word at every position, by `depth` recurrent layers on top of each other. */
export function manyToMany(
  settings: ModelSettings,
  depth: number,
  loss: "categorical_crossentropy" | "binary_crossentropy",
): Sequential {
  const { vocabularySize, units, learningRate, device } = settings;
  const model = sequential([embeddingOf(settings)], { device });
  for (let i = 0; i < depth; i++)
    model.add(layers.simpleRNN({ units, activation: "relu", returnSequences: true }));
  model.add(layers.dense({ units: vocabularySize, activation: "softmax" }));
  model.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss,
    metrics: loss === "binary_crossentropy" ? ["accuracy", "recall"] : ["accuracy"],
  });
  return model;
}

/** The project brief's model: many-to-one, with an LSTM in place of the simple recurrent layer. */
export function lstmModel(settings: ModelSettings): Sequential {
  const { vocabularySize, units, learningRate, device } = settings;
  const model = sequential(
    [
      embeddingOf(settings),
      layers.lstm({ units }),
      layers.dense({ units: vocabularySize, activation: "softmax" }),
    ],
    { device },
  );
  model.compile({
    optimizer: optimizers.adam({ learningRate }),
    loss: "categorical_crossentropy",
    metrics: ["accuracy"],
  });
  return model;
}
