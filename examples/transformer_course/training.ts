/** The course's training and evaluation: random pairs, targets shifted by one, a loss that ignores padding. */
import {
  Adam,
  argmax,
  crossEntropy,
  DataLoader,
  type Device,
  Generator,
  manualSeed,
  noGrad,
  select,
  slice,
  type Tensor,
  TensorDataset,
  tensor,
  tokenAccuracy,
  ValueError,
} from "../../src/index.ts";
import type { Translator } from "./model.ts";
import type { TrainingSettings } from "./settings.ts";

/** Random ids, `pairs` sources and as many targets. */
export type Pairs = TensorDataset<
  [
    { data: Int32Array<ArrayBuffer>; shape: readonly [number, number] },
    { data: Int32Array<ArrayBuffer>; shape: readonly [number, number] },
  ]
>;

/** Random streams of the pairs, apart from those of the weights. */
const TRAINING_STREAM = 0x74726169;
const VALIDATION_STREAM = 0x76616c69;

/** Pairs of random sequences, each id from 0 to vocabulary − 1 equally likely: nothing links a target to its source. */
export function randomPairs(
  { vocabulary, length, seed }: Pick<TrainingSettings, "vocabulary" | "length"> & { seed: number },
  count: number,
  validation = false,
): Pairs {
  const generator = new Generator(seed, validation ? VALIDATION_STREAM : TRAINING_STREAM);
  const draw = () => ({
    data: Int32Array.from({ length: count * length }, () => generator.integer(vocabulary)),
    shape: [count, length] as const,
  });
  return new TensorDataset(draw(), draw());
}

/** One step: the decoder reads the target without its last token and predicts it without its first. */
export function lossOf(model: Translator, source: Tensor, target: Tensor): Tensor {
  const input = slice(target, 1, 0, -1); // trg[:, :-1]
  const expected = slice(target, 1, 1); // trg[:, 1:]
  return crossEntropy(model.forward(source, input), expected, { ignoreIndex: 0 });
}

/** One step of the loop, as PyTorch has it; resolves to the loss. */
export async function trainStep(
  model: Translator,
  optimizer: Adam,
  source: Tensor,
  target: Tensor,
): Promise<number> {
  const loss = lossOf(model, source, target);
  optimizer.zeroGrad();
  loss.backward();
  await optimizer.step(); // met à jour les poids
  return loss.item();
}

/** What an evaluation gives. */
export interface Scores {
  /** The mean of the batches' losses, as the course has it. */
  readonly loss: number;
  /** Share of right tokens, padding included, as the course has it; and without. */
  readonly accuracyAll: number;
  readonly accuracy: number;
  readonly tokens: number;
  readonly padding: number;
}

/** The loss of each batch and the right answers, without changing a weight. */
export async function evaluate(
  model: Translator,
  pairs: Pairs,
  batchSize: number,
  device: Device,
): Promise<Scores> {
  model.eval(); // sans dropout
  const losses: number[] = [];
  const predictions: number[] = [];
  const targets: number[] = [];
  for (const [source, target] of new DataLoader(pairs, { batchSize })) {
    const [loss, best, expected] = noGrad(() => {
      const [src, trg] = [source, target].map(({ data, shape }) => tensor(data, { shape, device }));
      const scores = model.forward(src, slice(trg, 1, 0, -1));
      const next = slice(trg, 1, 1);
      return [crossEntropy(scores, next, { ignoreIndex: 0 }), argmax(scores, -1), next];
    });
    losses.push(await loss.item());
    predictions.push(...(await best.data()));
    targets.push(...(await expected.data()));
    for (const part of [loss, best, expected]) part.dispose();
  }
  return {
    loss: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    accuracyAll: tokenAccuracy(predictions, targets), // comme le cours : toutes les places
    accuracy: tokenAccuracy(predictions, targets, { ignore: 0 }), // sans le remplissage
    tokens: targets.length,
    padding: targets.filter((id) => id === 0).length,
  };
}

/** What an epoch gave. */
export interface EpochResult {
  /** From 1; 0 before the first. */
  readonly epoch: number;
  /** The mean of the steps' losses. */
  readonly loss: number;
  readonly validation: Scores;
}

/** Where a step stands. */
export interface StepResult {
  readonly step: number;
  readonly epoch: number;
  readonly loss: number;
}

/** The course's loop over its random pairs. */
export class CourseTraining {
  readonly model: Translator;
  readonly settings: TrainingSettings;
  readonly device: Device;
  readonly pairs: Pairs;
  readonly validationPairs: Pairs;
  readonly loader: DataLoader;
  readonly optimizer: Adam;
  readonly losses: number[] = [];
  readonly epochs: EpochResult[] = [];
  /** Seconds that the steps took. */
  seconds = 0;

  /** `build` makes the model right after the seed is set, so that its weights are the same on every device. */
  constructor(
    build: (settings: TrainingSettings & { device: Device }) => Translator,
    settings: TrainingSettings,
    device: Device,
    seed: number,
  ) {
    manualSeed(seed);
    this.settings = settings;
    this.device = device;
    this.model = build({ ...settings, device });
    this.pairs = randomPairs({ ...settings, seed }, settings.pairs);
    this.validationPairs = randomPairs({ ...settings, seed }, settings.validationPairs, true);
    this.loader = new DataLoader(this.pairs, { batchSize: settings.batchSize, shuffle: true, seed });
    this.optimizer = new Adam(this.model.parameters(), { lr: settings.learningRate });
  }

  /** Steps of the whole run. */
  get steps(): number {
    return this.loader.batches * this.settings.epochs;
  }

  /** One pass over the pairs, as the course has it. Stop it by leaving the loop. */
  async *epoch(): AsyncGenerator<StepResult> {
    const { model, optimizer, device } = this;
    const epoch = this.epochs.length + 1;
    model.train();
    for (const [source, target] of this.loader as Iterable<
      readonly { data: Int32Array; shape: number[] }[]
    >) {
      const began = performance.now();
      const [src, trg] = [source, target].map(({ data, shape }) => tensor(data, { shape, device }));
      const value = await trainStep(model, optimizer, src, trg);
      if (!Number.isFinite(value))
        throw new ValueError(`the loss is ${value} at step ${this.losses.length + 1}: training diverged`);
      this.losses.push(value);
      this.seconds += (performance.now() - began) / 1000;
      yield { step: this.losses.length, epoch, loss: value };
    }
    const recent = this.losses.slice(-this.loader.batches);
    this.epochs.push({
      epoch,
      loss: recent.reduce((sum, value) => sum + value, 0) / recent.length,
      validation: await this.evaluate(this.validationPairs),
    });
  }

  evaluate(pairs: Pairs): Promise<Scores> {
    return evaluate(this.model, pairs, this.settings.batchSize, this.device);
  }
}

/** Continues each target from its first token by the likeliest next one, without looking at the rest of it. */
export async function continued(
  model: Translator,
  source: Tensor,
  starts: readonly number[],
  length: number,
): Promise<number[][]> {
  model.eval();
  const rows = starts.map((start) => [start]);
  while (rows[0].length < length) {
    const best = noGrad(() => {
      const written = tensor(rows, { device: source.device, dtype: "i32" });
      return argmax(select(model.forward(source, written), 1, -1), -1); // les notes de la dernière place
    });
    const next = await best.data();
    best.dispose();
    for (const [i, row] of rows.entries()) row.push(next[i]);
  }
  return rows;
}
