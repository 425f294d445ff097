/** How long does a training step of the main job take, and which kernels take it? */
import { MoliereModel } from "../examples/moliere/model.ts";
import { Adam, crossEntropyStats, type Device, DeviceError, Generator, toTensors } from "../src/index.ts";
import {
  type Answer,
  columns,
  type Figures,
  pairs,
  type Setting,
  show,
  showBytes,
  spread,
  timed,
} from "./question.ts";

const FULL = { batch: 64, time: 60, embedding: 128, hidden: 256, vocabulary: 80 };
const QUICK = { ...FULL, batch: 8, time: 12, embedding: 32, hidden: 64 };
type Sizes = typeof FULL;

/** Without --steps, timed steps stop after this long, but not before the fifth. */
const TIMED_MILLISECONDS = 10_000;
const WARM_UP = 2;

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

/** The kernels of one step as a table, longest first. */
async function profile(
  device: Device,
  step: () => Promise<void>,
): Promise<{ text: string; kernels: Figures[] }> {
  try {
    const times = await device.profile(step);
    const total = times.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
    const share = (milliseconds: number): string => `${show((100 * milliseconds) / total)} %`;
    const rows = times.map(({ kernel, launches, milliseconds }) => [
      kernel,
      String(launches),
      show(milliseconds),
      share(milliseconds),
    ]);
    const launches = times.reduce((sum, time) => sum + time.launches, 0);
    rows.push(["all kernels", String(launches), show(total), total > 0 ? share(total) : ""]);
    return {
      text: `Time per kernel of one step\n\n${columns(["kernel", "launches", "ms", "share"], rows)}`,
      kernels: times.map((time) => ({ ...time })),
    };
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    return { text: `No times per kernel: ${error.message}`, kernels: [] };
  }
}

export async function lstmStep(device: Device, setting: Setting): Promise<Answer> {
  const sizes = setting.quick ? QUICK : FULL;
  const { step, parameters } = trainer(device, sizes);
  const whole = async (): Promise<void> => {
    await step();
    await device.finish();
  };

  // 1. The first step compiles; the next ones fill the pool.
  const firstStep = await timed(whole);
  for (let i = 0; i < Math.min(WARM_UP, setting.steps ?? WARM_UP); i++) await whole();

  // 2. Steps one by one, each to its end.
  const before = device.stats();
  const times: number[] = [];
  const started = performance.now();
  const more = (): boolean =>
    setting.steps
      ? times.length < setting.steps
      : times.length < 5 ||
        (times.length < 50 && performance.now() - started < (setting.quick ? 1000 : TIMED_MILLISECONDS));
  while (more()) times.push(await timed(whole));
  const after = device.stats();
  const { median, min, max } = spread(times);

  // 3. Steps as training runs them, where the host does not wait for the device.
  const inARow = Math.min(times.length, Math.max(2, Math.round(TIMED_MILLISECONDS / median)));
  const together =
    (await timed(async () => {
      for (let i = 0; i < inARow; i++) await step();
      await device.finish();
    })) / inARow;

  const perStep = (name: "dispatches" | "submits" | "bytesWritten"): number =>
    (after[name] - before[name]) / times.length;
  const bound = 2 * (16 * parameters + activationBytes(sizes));
  const flop = operations(sizes);
  const { peakLiveBytes, pooledBytes } = device.stats();
  const kernels = await profile(device, step);
  const { batch, time, embedding, hidden, vocabulary } = sizes;
  const text = pairs([
    [
      "model",
      `Embedding ${embedding}, LSTM ${hidden}, vocabulary ${vocabulary}: ${show(parameters)} parameters`,
    ],
    ["batch", `${batch} windows of ${time} characters, a prediction at each; Adam`],
    ["first step", `${show(firstStep)} ms, with compilation`],
    [
      "step",
      `${show(median)} ms median, ${show(min)} min, ${show(max)} max of ${times.length}, each waited for`,
    ],
    ["steps in a row", `${show(together)} ms each, ${show((1000 * batch * time) / together)} characters/s`],
    ["work", `${show(flop / 1e9)} GFLOP: 6 · B · T · (4H(E + H) + H · V)`],
    ["speed", `${show(flop / 1e6 / median)} GFLOP/s at the median, ${show(flop / 1e6 / together)} in a row`],
    ["dispatches", `${show(perStep("dispatches"))} per step`],
    ["submits", device.kind === "cpu" ? "none on the CPU" : `${show(perStep("submits"))} per step`],
    ["bytes written", `${showBytes(perStep("bytesWritten"))} per step`],
    [
      "peak live memory",
      `${showBytes(peakLiveBytes)}; bound ${showBytes(bound)}: 2 · (16 B · parameters + activations)`,
    ],
    ["pooled memory", showBytes(pooledBytes)],
  ]);
  return {
    text: `${text}\n\n${kernels.text}`,
    figures: {
      ...sizes,
      parameters,
      firstStepMs: firstStep,
      stepMs: { median, min, max, steps: times.length },
      stepsInARowMs: together,
      gflop: flop / 1e9,
      gflopPerSecond: flop / 1e6 / median,
      dispatchesPerStep: perStep("dispatches"),
      submitsPerStep: perStep("submits"),
      bytesWrittenPerStep: perStep("bytesWritten"),
      peakLiveBytes,
      pooledBytes,
      boundBytes: bound,
      kernels: kernels.kernels,
    },
  };
}
