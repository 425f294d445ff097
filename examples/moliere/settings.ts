/** What reads the characters: a recurrent layer, or layers of attention. */
export const MODEL_NAMES = ["lstm", "gru", "transformer"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** Everything that decides a run; a checkpoint holds it. */
export interface Settings {
  /** Characters that the model sees at once. */
  window: number;
  /** Characters from one window to the next. */
  stride: number;
  batchSize: number;
  model: ModelName;
  /** Width of the character vectors; a Transformer's are as wide as everything in it, `units`. */
  embedding: number;
  /** Width of the recurrent layer's state, or of the Transformer. */
  units: number;
  layers: number;
  /** Heads of the Transformer's attention. */
  heads: number;
  dropout: number;
  /** The notebook trains the last state; every position learns faster per character. */
  predict: "last" | "every";
  /** Adam's learning rate. */
  learningRate: number;
  /** Largest gradient norm; 0 switches clipping off. */
  clip: number;
  epochs: number;
  /** Stops after this many steps, whatever the epochs. */
  steps?: number;
  seed: number;
}

/** The notebook's model and run: for `--data`. */
export const NOTEBOOK: Settings = {
  window: 60,
  stride: 1,
  batchSize: 64,
  model: "lstm",
  embedding: 128,
  units: 256,
  layers: 1,
  heads: 4,
  dropout: 0.2,
  predict: "last",
  learningRate: 0.001,
  clip: 0,
  epochs: 15,
  seed: 42,
};

/** A smaller model that learns from the embedded comedy in about a minute on two cores. */
export const SAMPLE: Settings = {
  ...NOTEBOOK,
  window: 40,
  stride: 20,
  batchSize: 16,
  embedding: 32,
  units: 96,
  dropout: 0.1,
  predict: "every",
  learningRate: 0.008,
  clip: 1,
  epochs: 3,
};

/** Ends in seconds, to see that everything works. */
export const QUICK: Settings = { ...SAMPLE, window: 24, embedding: 16, units: 32, epochs: 1, steps: 12 };

/** How much smaller the steps are with which a Transformer learns. */
const SMALLER_STEPS = 2;

/**
 * A Transformer of two layers in the place of an LSTM, with about as many parameters: 12 · units² a layer, against
 * 6 · units² of an LSTM whose embedding is half as wide as its state.
 */
export function asTransformer(base: Settings): Settings {
  const [layers, { heads }] = [2, base];
  const units = heads * Math.max(1, Math.round(base.units / Math.sqrt(2 * layers) / heads));
  const learningRate = base.learningRate / SMALLER_STEPS;
  return { ...base, model: "transformer", units, embedding: units, layers, learningRate };
}

/** The LSTM that a Transformer is compared with: on the same windows, for as many steps, with about as many parameters. */
export function lstmBeside(transformer: Settings): Settings {
  const units = Math.round(transformer.units * Math.sqrt(2 * transformer.layers));
  const learningRate = transformer.learningRate * SMALLER_STEPS;
  return { ...transformer, model: "lstm", units, embedding: Math.round(units / 2), layers: 1, learningRate };
}

/** The settings of a checkpoint; older ones say `cell` and know no heads, and the oldest are of LSTMs. */
export function settingsOf(saved: Settings & { cell?: "lstm" | "gru" }): Settings {
  const { cell, ...settings } = saved;
  return { ...settings, model: settings.model ?? cell ?? "lstm", heads: settings.heads ?? NOTEBOOK.heads };
}

/** A model's name for people. */
export function modelName({ model }: Pick<Settings, "model">): string {
  return model === "transformer" ? "Transformer" : model.toUpperCase();
}
