/** Everything that decides a run of the parity example. */
export interface Settings {
  /** Tokens are the numbers from 0 to this, exclusive. */
  vocabulary: number;
  /** Tokens in a sequence. */
  length: number;
  /** Width of the token vectors. */
  embedding: number;
  /** Width of the LSTM's state. */
  units: number;
  batchSize: number;
  /** Adam's learning rate. */
  learningRate: number;
  /** Where the forget gate's bias starts; undefined leaves it as PyTorch draws it, within ±2/√units of 0. */
  forgetBias?: number;
  /** Stops after this many steps; each step sees a fresh batch. */
  steps: number;
  /** Stops sooner when the accuracy, averaged over the last 50 steps, reaches this share. */
  goal?: number;
  seed: number;
}

/** The notebook's run: 50 steps that it calls epochs. */
export const NOTEBOOK: Settings = {
  vocabulary: 50,
  length: 8,
  embedding: 32,
  units: 64,
  batchSize: 50,
  learningRate: 0.01,
  steps: 50,
  seed: 42,
};

/** The notebook's sample. 21 + 25 is even, so its label is 1; the notebook's model answered 0. */
export const NOTEBOOK_SAMPLE: readonly number[] = [21, 6, 37, 33, 18, 48, 1, 25];

/** The run that learns: the same model and optimizer, a forget gate that starts open, and as long as it takes. */
export const LEARNING: Settings = { ...NOTEBOOK, forgetBias: 3, steps: 2000, goal: 0.995 };

/** How much shorter everything is with `--quick`; too short to learn the rule. */
export const QUICK = { epochs: 10, steps: 40, fresh: 500 } as const;
