/** How long does a training step of the main job take, and which kernels take it? */
import { MoliereModel } from "../examples/moliere/model.ts";
import { Adam, crossEntropyStats, type Device, Generator, toTensors } from "../src/index.ts";
import { type Answer, pairs, type Setting, show, showBytes } from "./question.ts";
import { profileStep, stepLines, timeSteps } from "./steps.ts";

const FULL = { batch: 64, time: 60, embedding: 128, hidden: 256, vocabulary: 80 };
const QUICK = { ...FULL, batch: 8, time: 12, embedding: 32, hidden: 64 };
type Sizes = typeof FULL;

/** Operations of the matrix products: each is met once forward and twice backward, and counts 2 per term. */
function operations({ batch, time, embedding, hidden, vocabulary }: Sizes): number {
  return 6 * batch * time * (4 * hidden * (embedding + hidden) + hidden * vocabulary);
}

/** What a step has to remember: the embedding as it is and time first, gates, h, c, dropout's output, logits. */
function activationBytes({ batch, time, embedding, hidden, vocabulary }: Sizes): number {
  return 4 * batch * time * (2 * embedding + 7 * hidden + vocabulary);
}

function trainer(device: Device, sizes: Sizes): { step: () => Promise<void>; parameters: number } {
  const { batch, time, embedding, hidden, vocabulary } = sizes;
  const options = { device, embedding, units: hidden, dropout: 0.2, predict: "every" } as const;
  const model = new MoliereModel(vocabulary, options);
  const optimizer = new Adam(model.parameters());
  const random = new Generator(1);
  const ids = () => ({
    data: Int32Array.from({ length: batch * time }, () => random.integer(vocabulary)),
    shape: [batch, time],
  });
  // New characters for every step, uploaded as a DataLoader's are.
  const step = async (): Promise<void> => {
    const { inputs, targets } = toTensors({ inputs: ids(), targets: ids() }, device);
    optimizer.zeroGrad();
    crossEntropyStats(model.forward(inputs), targets).loss.backward();
    await optimizer.step();
  };
  return { step, parameters: model.countParameters() };
}

export async function lstmStep(device: Device, setting: Setting): Promise<Answer> {
  const sizes = setting.quick ? QUICK : FULL;
  const { step, parameters } = trainer(device, sizes);
  const times = await timeSteps(device, setting, step);
  const { batch, time, embedding, hidden, vocabulary } = sizes;
  const bound = 2 * (16 * parameters + activationBytes(sizes));
  const flop = operations(sizes);
  const kernels = await profileStep(device, step);
  const { median } = times.stepMs;
  const text = pairs([
    [
      "model",
      `Embedding ${embedding}, LSTM ${hidden}, vocabulary ${vocabulary}: ${show(parameters)} parameters`,
    ],
    ["batch", `${batch} windows of ${time} characters, a prediction at each; Adam`],
    ...stepLines(device, times, `${show((1000 * batch * time) / times.stepsInARowMs)} characters/s`),
    ["work", `${show(flop / 1e9)} GFLOP: 6 · B · T · (4H(E + H) + H · V)`],
    [
      "speed",
      `${show(flop / 1e6 / median)} GFLOP/s at the median, ${show(flop / 1e6 / times.stepsInARowMs)} in a row`,
    ],
    [
      "peak live memory",
      `${showBytes(times.peakLiveBytes)}; bound ${showBytes(bound)}: 2 · (16 B · parameters + activations)`,
    ],
    ["pooled memory", showBytes(times.pooledBytes)],
  ]);
  return {
    text: `${text}\n\n${kernels.text}`,
    figures: {
      ...sizes,
      parameters,
      ...times,
      gflop: flop / 1e9,
      gflopPerSecond: flop / 1e6 / median,
      boundBytes: bound,
      kernels: kernels.kernels,
    },
  };
}
