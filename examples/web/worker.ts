/** The worker: one model at a time, trained between commands so that the page never waits for it. */
import { type Device, type DeviceKind, openDevice } from "../../src/index.ts";
import { type Progress, MoliereTraining } from "../moliere/training.ts";
import type { Command, Report, RunState, Voice, WorkerScope } from "./protocol.ts";
import { Speed } from "./speed.ts";
import { writeSample, writeText } from "./worker_text.ts";

const scope = self as unknown as WorkerScope;
const send = (report: Report, transfer: Transferable[] = []): void => scope.postMessage(report, transfer);

const PROGRESS_MILLISECONDS = 120;
/** A sample is due this long after the one before it, and never takes more than a tenth of the time. */
const SAMPLE_MILLISECONDS = 4000;
const NEWEST_STEPS = 10;

const queue: Command[] = [];
let wake: () => void = () => {};
let state: RunState = "idle";
let training: MoliereTraining | undefined;
let voice: Voice = { prompt: "Quand l'Amour", temperature: 0.8 };
let text = "";
let cancelled = false;
let sampleDue = 0;
const speed = new Speed();

scope.onmessage = ({ data: command }) => {
  if (command.type === "voice") voice = command.voice;
  else if (command.type === "cancel") cancelled = true;
  else {
    queue.push(command);
    wake();
  }
};

/** Commands first, then training, then rest until a command comes. */
async function work(): Promise<never> {
  for (;;) {
    const command = queue.shift();
    if (command) await attempt(command.type, () => obey(command));
    else if (state === "running") await attempt("train", train);
    else {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
}

/** Whatever goes wrong is told to the page, and the worker goes on. */
async function attempt(task: Command["type"], run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const { name, message } = error as Error;
    send({ type: "failure", task, name, message });
    if (state === "preparing") change(training ? "ended" : "idle");
    else if (task === "train" || task === "resume") {
      // After a failed step the weights cannot be trusted. A failed save or generation changes nothing.
      forget();
      change("idle");
    }
  }
}

async function obey(command: Command): Promise<void> {
  if (command.type === "probe") await probe(command.kind);
  else if (command.type === "train") await begin(command);
  else if (command.type === "load") await load(command);
  else if (command.type === "resume") await resume(command.epochs);
  else if (command.type === "pause" && state === "running") change("paused");
  else if (command.type === "stop" && (state === "running" || state === "paused")) change("ended");
  else if (command.type === "save") await save();
  else if (command.type === "generate") await generate(command);
}

function change(next: RunState): void {
  state = next;
  if (next === "running") speed.restart();
  send({ type: "state", state, complete: training !== undefined && training.step >= training.steps });
}

/** Gives the model back. */
function forget(): void {
  const device = training?.device;
  training = undefined;
  device?.dispose();
}

async function open(asked: DeviceKind): Promise<Device> {
  const device = await openDevice(asked);
  const { kind, description, choice } = device;
  send({ type: "device", kind, description, choice });
  return device;
}

async function probe(kind: DeviceKind): Promise<void> {
  if (!training) (await open(kind)).dispose();
}

/** Opens a device for `use`, and closes it again when that fails. */
async function prepare(
  kind: DeviceKind,
  ofText: string,
  use: (device: Device) => Promise<void>,
): Promise<void> {
  change("preparing");
  const device = await open(kind);
  try {
    await use(device);
    text = ofText;
    sampleDue = performance.now() + SAMPLE_MILLISECONDS / 4;
  } catch (error) {
    if (training?.device === device) training = undefined;
    device.dispose();
    throw error;
  }
}

/** A new model, trained at once. */
async function begin(command: Extract<Command, { type: "train" }>): Promise<void> {
  await prepare(command.device, command.text, async (device) => {
    forget();
    training = new MoliereTraining(command.text, command.settings, device);
    announce(await training.measureStep());
    change("running");
  });
}

/** The model of a checkpoint takes the place of the one at hand, which stays when the file is refused. */
async function load(command: Extract<Command, { type: "load" }>): Promise<void> {
  const { bytes, name, text: ofText, device: kind } = command;
  const random = training?.device.randomState;
  await prepare(kind, ofText, async (device) => {
    try {
      // A limit in steps belongs to the run that was saved, not to its continuation.
      const loaded = MoliereTraining.resume(bytes, ofText, device, { steps: undefined }, name);
      forget();
      training = loaded;
    } catch (error) {
      // Making a model seeds every open device.
      if (training && random) training.device.randomState = random;
      throw error;
    }
    announce();
    change(training.step >= training.steps ? "ended" : "paused");
  });
}

/** Continues; for another number of epochs the run goes through its own checkpoint. */
async function resume(epochs: number): Promise<void> {
  if (!training) return;
  if (epochs !== training.settings.epochs || training.settings.steps !== undefined) {
    const bytes = await training.checkpoint();
    const changed = { epochs, steps: undefined };
    const { device } = training;
    training = MoliereTraining.resume(bytes, text, device, changed);
    announce();
  }
  change(training.step < training.steps ? "running" : "ended");
}

function announce(secondsPerStep?: number): void {
  const { settings, model, vocabulary, stepsPerEpoch, steps, step, history } = training!;
  send({
    type: "model",
    settings,
    parameters: model.countParameters(),
    vocabulary: vocabulary.size,
    stepsPerEpoch,
    steps,
    step,
    estimatedSeconds: secondsPerStep === undefined ? undefined : secondsPerStep * (steps - step),
    losses: history.losses,
    accuracies: history.accuracies,
  });
}

/** Trains until a command comes, a sample is due or the run is complete. */
async function train(): Promise<void> {
  const run = training!;
  const { settings, history } = run;
  let sent = run.step;
  let sentAt = 0;
  let last: Progress | undefined;
  const report = (progress: Progress): void => {
    const stepsPerSecond = speed.at(progress.step);
    send({
      type: "progress",
      ...progress,
      loss: latest(history.losses),
      accuracy: latest(history.accuracies),
      charactersPerSecond: stepsPerSecond * settings.batchSize * settings.window,
      secondsLeft: (progress.steps - progress.step) / stepsPerSecond,
      losses: history.losses.slice(sent),
      accuracies: history.accuracies.slice(sent),
    });
    sent = progress.step;
    sentAt = performance.now();
  };
  speed.begin(run.step);
  try {
    const complete = await run.run(
      (progress) => {
        last = progress;
        if (performance.now() - sentAt > PROGRESS_MILLISECONDS) report(progress);
      },
      () => queue.length > 0 || performance.now() > sampleDue,
    );
    speed.end(run.step);
    if (last && sent < run.step) report(last);
    if (complete) change("ended");
    if (complete || performance.now() > sampleDue) await sample();
  } finally {
    speed.end(run.step);
  }
}

async function sample(): Promise<void> {
  const started = performance.now();
  const facts = await writeSample(training!, voice, text, () => queue.length === 0 || state !== "running");
  send({ type: "sample", loss: latest(training!.history.losses), ...facts });
  const now = performance.now();
  sampleDue = now + Math.max(SAMPLE_MILLISECONDS, 9 * (now - started));
}

/** A mean that follows the newest steps, as the curves do; that of the epoch so far lags behind them. */
function latest(values: readonly number[]): number {
  const newest = values.slice(-NEWEST_STEPS);
  return newest.reduce((sum, value) => sum + value, 0) / newest.length;
}

async function save(): Promise<void> {
  if (!training) return;
  const bytes = (await training.checkpoint()) as Uint8Array<ArrayBuffer>;
  send({ type: "checkpoint", bytes, step: training.step }, [bytes.buffer]);
}

async function generate(command: Extract<Command, { type: "generate" }>): Promise<void> {
  cancelled = false;
  try {
    if (training) await writeText(training, command, send, () => !cancelled);
  } finally {
    send({ type: "finished" });
  }
}

work();
