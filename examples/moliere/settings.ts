/** What reads the characters. */
export const MODEL_NAMES = ["lstm", "gru"] as const;
export type ModelName = (typeof MODEL_NAMES)[number];

/** Everything that decides a run; a checkpoint holds it. */
export interface Settings {
  /** Characters that the model sees at once. */
  window: number;
  /** Characters from one window to the next. */
  stride: number;
  batchSize: number;
  model: ModelName;
  /** Width of the character vectors. */
  embedding: number;
  /** Width of the recurrent layer's state. */
  units: number;
  layers: number;
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

/** The settings of a checkpoint; older ones say `cell`, and the oldest are of LSTMs. */
export function settingsOf(saved: Settings & { cell?: "lstm" | "gru" }): Settings {
  const { cell, ...settings } = saved;
  return { ...settings, model: settings.model ?? cell ?? "lstm" };
}
