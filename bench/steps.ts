/** Times of training steps, one by one and in a row, with what each launches and which kernels take how long. */
import { type Device, DeviceError } from "../src/index.ts";
import { columns, type Figures, type Setting, show, showBytes, spread, timed } from "./question.ts";

/** Timed steps stop after this long unless told. */
const TIMED_MILLISECONDS = 10_000;

export type StepTimes = {
  /** With the compilation of every kernel. */
  firstStepMs: number;
  stepMs: { median: number; min: number; max: number; steps: number };
  /** As training runs them, where the host does not wait for the device. */
  stepsInARowMs: number;
  dispatchesPerStep: number;
  submitsPerStep: number;
  bytesWrittenPerStep: number;
  peakLiveBytes: number;
  pooledBytes: number;
};

/** How many steps are timed without --steps. */
export interface StepBudget {
  /** Steps end after this long, */
  milliseconds: number;
  /** but not before so many; 5. */
  least?: number;
  /** Steps between the first and those that count; 2. */
  warmUp?: number;
}

/** Times a step. */
export async function timeSteps(
  device: Device,
  setting: Setting,
  step: () => Promise<void>,
  budget: StepBudget = { milliseconds: setting.quick ? 1000 : TIMED_MILLISECONDS },
): Promise<StepTimes> {
  const { milliseconds, least = 5, warmUp = 2 } = budget;
  const whole = async (): Promise<void> => {
    await step();
    await device.finish();
  };

  // 1. The first step compiles; the next ones fill the pool.
  const firstStepMs = await timed(whole);
  for (let i = 0; i < Math.min(warmUp, setting.steps ?? warmUp); i++) await whole();

  // 2. Steps one by one, each to its end.
  const before = device.stats();
  const times: number[] = [];
  const started = performance.now();
  const more = (): boolean =>
    setting.steps
      ? times.length < setting.steps
      : times.length < least || (times.length < 50 && performance.now() - started < milliseconds);
  while (more()) times.push(await timed(whole));
  const after = device.stats();
  const stepMs = { ...spread(times), steps: times.length };

  // 3. Steps as training runs them.
  const inARow = Math.min(times.length, Math.max(2, Math.round(milliseconds / stepMs.median)));
  const together = await timed(async () => {
    for (let i = 0; i < inARow; i++) await step();
    await device.finish();
  });

  const perStep = (name: "dispatches" | "submits" | "bytesWritten"): number =>
    (after[name] - before[name]) / times.length;
  const { peakLiveBytes, pooledBytes } = device.stats();
  return {
    firstStepMs,
    stepMs,
    stepsInARowMs: together / inARow,
    dispatchesPerStep: perStep("dispatches"),
    submitsPerStep: perStep("submits"),
    bytesWrittenPerStep: perStep("bytesWritten"),
    peakLiveBytes,
    pooledBytes,
  };
}

/** The times as names and values. */
export function stepLines(device: Device, times: StepTimes, work: string): [name: string, value: string][] {
  const { median, min, max, steps } = times.stepMs;
  return [
    ["first step", `${show(times.firstStepMs)} ms, with compilation`],
    ["step", `${show(median)} ms median, ${show(min)} min, ${show(max)} max of ${steps}, each waited for`],
    ["steps in a row", `${show(times.stepsInARowMs)} ms each, ${work}`],
    ["dispatches", `${show(times.dispatchesPerStep)} per step`],
    ["submits", device.kind === "cpu" ? "none on the CPU" : `${show(times.submitsPerStep)} per step`],
    ["bytes written", `${showBytes(times.bytesWrittenPerStep)} per step`],
  ];
}

/** The kernels of one step as a table, longest first. */
export async function profileStep(
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
