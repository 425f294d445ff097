/** Everything that decides a run of the word example. */

/** What a model learns: the notebook's four models, and its class SimpleLLM. */
export const TASKS = ["dernier-mot", "sequence", "coupe", "lstm", "llm"] as const;
export type Task = (typeof TASKS)[number];

/** How one model is trained. */
export interface TaskSettings {
  epochs: number;
  /** How often each sentence is cut at random; 1 where the cut is fixed. */
  repeats: number;
  batchSize: number;
  /** Adam's learning rate. */
  learningRate: number;
  /** Only the first sentences of the corpus; all of them when left out. */
  sentences?: number;
}

export interface Settings {
  seed: number;
  /** Width of the word vectors. */
  embedding: number;
  /** Width of a recurrent layer's state. */
  units: number;
  tasks: Readonly<Record<Task, TaskSettings>>;
}

/** Keras's default. */
const learningRate = 0.001;

/** The notebook's settings. It trains `coupe` for 20 epochs and then for 10 more. */
export const NOTEBOOK: Settings = {
  seed: 42,
  embedding: 128,
  units: 64,
  tasks: {
    "dernier-mot": { epochs: 200, repeats: 1, batchSize: 64, learningRate },
    sequence: { epochs: 200, repeats: 1, batchSize: 64, learningRate },
    coupe: { epochs: 30, repeats: 100, batchSize: 64, learningRate },
    // The brief leaves these open.
    lstm: { epochs: 10, repeats: 100, batchSize: 64, learningRate },
    llm: { epochs: 10, repeats: 100, batchSize: 64, learningRate },
  },
};

/**
 * What a run of a minute or two leaves out: repeated cuts, epochs, and most sentences where a model takes long to learn
 * them. A larger learning rate makes up for some of it. The first model is always trained in full.
 */
export const REDUCED: Settings = {
  ...NOTEBOOK,
  tasks: {
    ...NOTEBOOK.tasks,
    sequence: { epochs: 60, repeats: 1, batchSize: 64, learningRate: 0.004 },
    coupe: { epochs: 12, repeats: 20, batchSize: 64, learningRate: 0.003, sentences: 48 },
    lstm: { epochs: 8, repeats: 20, batchSize: 32, learningRate: 0.004 },
    llm: { epochs: 40, repeats: 20, batchSize: 64, learningRate: 0.003, sentences: 48 },
  },
};

/** A few steps of everything: too few to learn a sentence. */
export const QUICK: Settings = {
  ...NOTEBOOK,
  tasks: {
    "dernier-mot": { epochs: 4, repeats: 1, batchSize: 64, learningRate },
    sequence: { epochs: 2, repeats: 1, batchSize: 64, learningRate },
    coupe: { epochs: 3, repeats: 1, batchSize: 64, learningRate },
    lstm: { epochs: 1, repeats: 2, batchSize: 64, learningRate },
    llm: { epochs: 1, repeats: 2, batchSize: 64, learningRate },
  },
};
