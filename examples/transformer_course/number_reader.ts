/** The model of the optimisation chapter, its training, and what is measured of it. */
import {
  Adam,
  type Device,
  Dropout,
  Embedding,
  Generator,
  Linear,
  manualSeed,
  Module,
  noGrad,
  type PruningMasks,
  ReLU,
  reshape,
  Sequential,
  crossEntropy,
  crossEntropyStats,
  type StateDict,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { LETTER_IDS, LETTERS, NUMBERS, type TypoExamples } from "./typos.ts";

/** How a reader is made. */
export interface ReaderShape {
  /** Numbers per letter. */
  readonly embedding: number;
  /** Width of the hidden layers. */
  readonly width: number;
  readonly dropout: number;
}

/** How a reader is trained. */
export interface ReaderTraining {
  readonly steps: number;
  readonly batchSize: number;
  readonly learningRate: number;
}

/** Letters → Embedding → Linear → relu → Linear → relu → Linear: a score for each number from 0 to 99. */
export class NumberReader extends Module {
  readonly embedding: Embedding;
  readonly layers: Sequential;
  readonly shape: ReaderShape;

  constructor(shape: ReaderShape, device: Device) {
    super();
    const { embedding, width, dropout } = shape;
    this.shape = shape;
    this.embedding = new Embedding(LETTER_IDS, embedding, { device });
    this.layers = new Sequential(
      new Linear(LETTERS * embedding, width, { device }),
      new ReLU(),
      new Dropout(dropout),
      new Linear(width, width, { device }),
      new ReLU(),
      new Dropout(dropout),
      new Linear(width, NUMBERS, { device }),
    );
  }

  /** ids [batch, LETTERS] → logits [batch, NUMBERS]. */
  forward(ids: Tensor): Tensor {
    const letters = this.embedding.forward(ids);
    return this.layers.forward(reshape(letters, [ids.shape[0], -1]));
  }
}

/** A loss of a batch; the usual one is the cross-entropy. */
export type ReaderLoss = (logits: Tensor, targets: Tensor, ids: Tensor) => Tensor;

const labelsOnly: ReaderLoss = (logits, targets) => crossEntropy(logits, targets);

/** Trains in place on shuffled batches. With masks, what was pruned is made zero again after each step. */
export async function train(
  model: NumberReader,
  examples: TypoExamples,
  { steps, batchSize, learningRate }: ReaderTraining,
  seed: number,
  { loss = labelsOnly, masks }: { loss?: ReaderLoss; masks?: PruningMasks } = {},
): Promise<void> {
  const { device } = model.embedding.weight;
  const random = new Generator(seed, 1);
  const count = examples.labels.length;
  const optimizer = new Adam(model.parameters(), { lr: learningRate });
  let order = random.permutation(count);
  model.train();
  for (let step = 0, at = 0; step < steps; step++, at += batchSize) {
    if (at + batchSize > count) {
      order = random.permutation(count);
      at = 0;
    }
    const rows = order.subarray(at, at + batchSize);
    const ids = new Int32Array(rows.length * LETTERS);
    for (const [i, row] of rows.entries())
      ids.set(examples.ids.subarray(row * LETTERS, (row + 1) * LETTERS), i * LETTERS);
    const x = tensor(ids, { device, shape: [rows.length, LETTERS] });
    const y = tensor(
      Int32Array.from(rows, (row) => examples.labels[row]),
      { device },
    );
    optimizer.zeroGrad();
    loss(model.forward(x), y, x).backward();
    await optimizer.step();
    masks?.apply();
  }
  model.eval();
}

/** A reader that is trained from the start; the same seed gives the same one. */
export async function trained(
  shape: ReaderShape,
  device: Device,
  examples: TypoExamples,
  training: ReaderTraining,
  seed: number,
  loss?: ReaderLoss,
): Promise<NumberReader> {
  manualSeed(seed);
  const model = new NumberReader(shape, device);
  await train(model, examples, training, seed, { loss });
  return model;
}

/** A reader of its own with the weights of another. */
export function copyOf(model: NumberReader, state: StateDict): NumberReader {
  const copy = new NumberReader(model.shape, model.embedding.weight.device);
  copy.loadStateDict(state);
  return copy.eval();
}

/** The scores of every example, and the share of them whose number got the highest. */
export async function evaluate(
  model: NumberReader,
  { ids, labels }: TypoExamples,
): Promise<{ accuracy: number; logits: ArrayLike<number> }> {
  const { device } = model.embedding.weight;
  const x = tensor(ids, { device, shape: [labels.length, LETTERS] });
  const y = tensor(labels, { device });
  const { logits, accuracy } = noGrad(() => {
    const logits = model.forward(x);
    return { logits, accuracy: crossEntropyStats(logits, y).accuracy };
  });
  return { accuracy: await accuracy.item(), logits: await logits.data() };
}

/**
 * Milliseconds from ids to logits that are read back, as the median of some runs for each model. The models take turns,
 * so that what else the machine does slows all of them.
 */
export async function inferenceTimes(
  models: readonly NumberReader[],
  { ids, labels }: TypoExamples,
  runs: number,
): Promise<number[]> {
  const { device } = models[0].embedding.weight;
  const x = tensor(ids, { device, shape: [labels.length, LETTERS] });
  const times = models.map((): number[] => []);
  // The first runs compile.
  for (let run = -2; run < runs; run++)
    for (const [i, model] of models.entries()) {
      const began = performance.now();
      await noGrad(() => model.forward(x)).data();
      if (run >= 0) times[i].push(performance.now() - began);
    }
  return times.map((each) => each.sort((a, b) => a - b)[Math.floor(runs / 2)]);
}
