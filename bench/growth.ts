/** How does the time of a training step grow with the length, the batch, the state and the vocabulary? */
import { add, type Device, matmul, noGrad, tensor } from "../src/index.ts";
import { numbers } from "./contenders.ts";
import { type Answer, columns, type Figures, type Setting, show, spread, timed } from "./question.ts";
import { MOLIERE } from "./recurrent.ts";
import { ourTraining, sequenceOperations, type SequenceShape } from "./sequence.ts";

const FULL: SequenceShape = { ...MOLIERE, batch: 32, hidden: 128 };
const QUICK: SequenceShape = {
  ...FULL,
  batch: 2,
  time: 4,
  embedding: 4,
  hidden: 4,
  vocabulary: 9,
  classes: 9,
};

interface Axis {
  name: string;
  values: readonly number[];
  quick: readonly number[];
  at(base: SequenceShape, value: number): SequenceShape;
}

const AXES: readonly Axis[] = [
  { name: "time", values: [20, 50, 100, 200, 400], quick: [2, 4], at: (s, time) => ({ ...s, time }) },
  { name: "batch", values: [1, 4, 16, 64, 256], quick: [1, 2], at: (s, batch) => ({ ...s, batch }) },
  { name: "hidden", values: [32, 64, 128, 256, 512], quick: [2, 4], at: (s, hidden) => ({ ...s, hidden }) },
  {
    name: "vocabulary",
    values: [80, 500, 2000, 8000, 20_000],
    quick: [9, 12],
    // From the last state: logits at every position of the largest would be more than one binding may hold.
    at: (s, vocabulary) => ({ ...s, vocabulary, classes: vocabulary, from: "last" }),
  },
];

const STEP_MILLISECONDS = 2500;
const LEAST_STEPS = 3;

/** What the adapter does at best, by wgrad's own kernels: a large product, and a sum of long vectors. */
interface Adapter {
  gflopPerSecond: number;
  gigabytesPerSecond: number;
}

/** The shortest of some rounds, each of so many launches that waiting for their end hardly counts. */
async function best(device: Device, work: () => void, repeats: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 6; i++) {
    const took = await timed(async () => {
      for (let n = 0; n < repeats; n++) work();
      await device.finish();
    });
    if (i > 0) least = Math.min(least, took / repeats);
  }
  return least;
}

async function measureAdapter(device: Device, quick: boolean): Promise<Adapter> {
  const size = quick ? 32 : 1024;
  const length = quick ? 1000 : 8_000_000;
  const [a, b] = [1, 2].map((seed) => tensor(numbers(size * size, seed), { device, shape: [size, size] }));
  const [x, y] = [1, 2].map((value) => tensor(new Float32Array(length).fill(value), { device }));
  const product = await best(device, () => noGrad(() => matmul(a, b)).dispose(), quick ? 2 : 5);
  const sum = await best(device, () => noGrad(() => add(x, y)).dispose(), quick ? 2 : 10);
  for (const each of [a, b, x, y]) each.dispose();
  return { gflopPerSecond: (2 * size ** 3) / 1e6 / product, gigabytesPerSecond: (12 * length) / 1e6 / sum };
}

/**
 * The least that a step moves: parameters with gradient and two moments are read and written once; what the backward
 * pass needs is written once and read twice.
 */
function leastBytes(s: SequenceShape): number {
  const parameters =
    s.vocabulary * s.embedding + 4 * s.hidden * (s.embedding + s.hidden + 1) + (s.hidden + 1) * s.classes;
  const positions = s.batch * s.time;
  const read = s.from === "every" ? positions : s.batch;
  return 4 * (8 * parameters + 3 * positions * (s.embedding + 6 * s.hidden) + 3 * read * s.classes);
}

async function measure(
  device: Device,
  s: SequenceShape,
  quick: boolean,
): Promise<{ ms: number; min: number; max: number }> {
  const contender = ourTraining(device, s);
  for (let i = 0; i < 2; i++) await contender.run(1);
  const times: number[] = [];
  const start = performance.now();
  while (times.length < LEAST_STEPS || performance.now() - start < (quick ? 20 : STEP_MILLISECONDS))
    times.push(await timed(() => contender.run(1)));
  contender.dispose?.();
  const { median, min, max } = spread(times);
  return { ms: median, min, max };
}

export async function growth(device: Device, { quick }: Setting): Promise<Answer> {
  const adapter = await measureAdapter(device, quick);
  const base = quick ? QUICK : FULL;
  const texts: string[] = [];
  const axes: Figures[] = [];
  for (const { name, values, quick: few, at } of AXES) {
    const points: Figures[] = [];
    const rows: string[][] = [];
    for (const value of quick ? few : values) {
      const s = at(base, value);
      const { ms, min, max } = await measure(device, s, quick);
      const [flop, bytes] = [sequenceOperations(s), leastBytes(s)];
      const computing = flop / 1e6 / adapter.gflopPerSecond;
      const moving = bytes / 1e6 / adapter.gigabytesPerSecond;
      const roof = Math.max(computing, moving);
      points.push({ value, ms, min, max, flop, bytes, roofMs: roof });
      rows.push([
        String(value),
        show(ms),
        `${show(min)} to ${show(max)}`,
        show(flop / 1e9),
        show(bytes / 1e6),
        `${show(roof)} ${computing > moving ? "computing" : "moving"}`,
        show(ms / roof),
      ]);
    }
    texts.push(columns([name, "step ms", "spread", "GFLOP", "MB", "least ms", "times that"], rows));
    axes.push({ name, points });
  }
  const { batch, time, embedding, hidden, vocabulary } = base;
  const heading =
    `One axis at a time from batch ${batch}, T ${time}, embedding ${embedding}, LSTM ${hidden}, vocabulary ${vocabulary}, ` +
    "from every position (the vocabulary's axis: from the last)\n" +
    `adapter: ${show(adapter.gflopPerSecond)} GFLOP/s in a large product, ${show(adapter.gigabytesPerSecond)} GB/s in a sum`;
  return {
    text: [heading, ...texts].join("\n\n"),
    figures: { base: { ...base, masked: 0 }, adapter: { ...adapter }, axes },
  };
}
