/** Everything that decides a run of the translation example. */
export interface Settings {
  /** Width of the vectors. */
  width: number;
  heads: number;
  /** Layers of the encoder, and as many of the decoder. */
  layers: number;
  /** Width inside the feed-forward parts. */
  feedForward: number;
  dropout: number;
  /** Numbers per step. */
  batchSize: number;
  steps: number;
  /** Steps in which the learning rate rises from 0; after them it falls along a cosine. */
  warmupSteps: number;
  /** Adam's largest learning rate. */
  learningRate: number;
  /** Validate after so many steps. */
  validateEvery: number;
  seed: number;
}

/** Learns the rules in a few minutes. Every step sees new numbers, so nothing is learnt by heart and no dropout needed. */
export const LEARNING: Settings = {
  width: 64,
  heads: 4,
  layers: 1,
  feedForward: 128,
  dropout: 0,
  batchSize: 64,
  steps: 1000,
  warmupSteps: 100,
  learningRate: 0.003,
  validateEvery: 100,
  seed: 42,
};

/** Seconds, too short to learn more than which words are frequent. */
export const QUICK: Settings = {
  ...LEARNING,
  width: 32,
  feedForward: 64,
  batchSize: 16,
  steps: 30,
  warmupSteps: 10,
  validateEvery: 15,
};
