/** How long does a training step of a Transformer take, and which kernels take it? */
import { Adam, crossEntropy, type Device, Generator, reshape, toTensors } from "../src/index.ts";
import { DecoderModel } from "./decoder_model.ts";
import { type Answer, columns, type Figures, pairs, type Setting, show, showBytes } from "./question.ts";
import { profileStep, stepLines, timeSteps } from "./steps.ts";

const MODEL = { width: 256, heads: 8, feedforward: 1024, vocabulary: 80, dropout: 0.1 };
const FULL = { ...MODEL, batch: 32 };
const QUICK = { ...MODEL, width: 32, heads: 4, feedforward: 64, batch: 4 };
const RUNS = [
  { layers: 2, time: 64 },
  { layers: 2, time: 128 },
  { layers: 6, time: 64 },
  { layers: 6, time: 128 },
];
const QUICK_RUNS = [{ layers: 2, time: 12 }];
type Sizes = typeof FULL & (typeof RUNS)[number];

/** Each size's steps stop after this long, but not before the third. */
const MILLISECONDS = 6000;

/** Operations of the matrix products, forward once and backward twice, 2 per term; half of the scores are masked. */
function operations({ batch, time, layers, width, feedforward, vocabulary }: Sizes): number {
  const layer = 4 * width * width + 2 * width * feedforward + time * width;
  return 6 * batch * time * (layers * layer + width * vocabulary);
}

function trainer(device: Device, sizes: Sizes): { step: () => Promise<void>; model: DecoderModel } {
  const { batch, time, vocabulary } = sizes;
  const model = new DecoderModel(device, sizes);
  const optimizer = new Adam(model.parameters());
  const random = new Generator(1);
  const ids = () => ({
    data: Int32Array.from({ length: batch * time }, () => random.integer(vocabulary)),
    shape: [batch, time],
  });
  const step = async (): Promise<void> => {
    const { inputs, targets } = toTensors({ inputs: ids(), targets: ids() }, device);
    optimizer.zeroGrad();
    const logits = reshape(model.forward(inputs), [batch * time, vocabulary]);
    crossEntropy(logits, reshape(targets, [batch * time])).backward();
    await optimizer.step();
  };
  return { step, model };
}

async function run(
  device: Device,
  setting: Setting,
  sizes: Sizes,
): Promise<{ text: string; figures: Figures }> {
  const { batch, time, layers, width, heads, feedforward, vocabulary, dropout } = sizes;
  const { step, model } = trainer(device, sizes);
  const parameters = model.countParameters();
  const budget = { milliseconds: setting.quick ? 300 : MILLISECONDS, least: 3, warmUp: 1 };
  const times = await timeSteps(device, setting, step, budget);
  const kernels = await profileStep(device, step);
  const flop = operations(sizes);
  const { median } = times.stepMs;
  const text = pairs([
    [
      "model",
      `${layers} layers, ${width} wide, ${heads} heads, feedforward ${feedforward}, vocabulary ${vocabulary}, ` +
        `dropout ${dropout}: ${show(parameters)} parameters`,
    ],
    ["batch", `${batch} × ${time} ids, a prediction at each; Adam`],
    ...stepLines(device, times, `${show((1000 * batch * time) / times.stepsInARowMs)} ids/s`),
    ["speed", `${show(flop / 1e6 / median)} GFLOP/s at the median, of ${show(flop / 1e9)} GFLOP`],
    ["peak live memory", showBytes(times.peakLiveBytes)],
  ]);
  return {
    text: `${text}\n\n${kernels.text}`,
    figures: {
      ...sizes,
      parameters,
      ...times,
      gflop: flop / 1e9,
      gflopPerSecond: flop / 1e6 / median,
      kernels: kernels.kernels,
    },
  };
}

export async function transformerStep(device: Device, setting: Setting): Promise<Answer> {
  const texts: string[] = [];
  const runs: Figures[] = [];
  const rows: string[][] = [];
  for (const sizes of setting.quick ? QUICK_RUNS : RUNS) {
    const { layers, time } = sizes;
    const { text, figures } = await run(device, setting, { ...(setting.quick ? QUICK : FULL), ...sizes });
    texts.push(text);
    runs.push(figures);
    const { median } = figures.stepMs as Figures as { median: number };
    const { dispatchesPerStep, gflopPerSecond } = figures as { [name: string]: number };
    rows.push([
      `${layers} layers, length ${time}`,
      show(median),
      show(gflopPerSecond),
      show(dispatchesPerStep),
    ]);
  }
  const table = columns(["sizes", "step ms", "GFLOP/s", "dispatches"], rows);
  return { text: [...texts, table].join("\n\n"), figures: { runs } };
}
