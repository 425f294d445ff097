/** The worker: one model at a time, trained between commands so that the page never waits for it. */
import { type Device, type DeviceKind, openDevice } from "../../src/index.ts";
import { generateTexts } from "../moliere/generation.ts";
import { type Progress, MoliereTraining } from "../moliere/training.ts";
import type { Command, Report, RunState, Voice, WorkerScope } from "./protocol.ts";
import { Speed } from "./speed.ts";

const scope = self as unknown as WorkerScope;
const send = (report: Report, transfer: Transferable[] = []): void => scope.postMessage(report, transfer);

const PROGRESS_MILLISECONDS = 120;
/** A sample is due this long after the one before it, and never takes more than a tenth of the time. */
const SAMPLE_MILLISECONDS = 4000;
const SAMPLE_LENGTH = 160;
/** Generation lets messages in at least this often. */
const YIELD_MILLISECONDS = 20;

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
async function attempt(task: Command["type"], run: () => Promise<void> | void): Promise<void> {
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

function obey(command: Command): Promise<void> | void {
  switch (command.type) {
    case "probe":
      return probe(command.kind);
    case "train":
      return prepare(command.device, command.text, async (device) => {
        forget();
        training = new MoliereTraining(command.text, command.settings, device);
        announce(await training.measureStep());
        change("running");
      });
    case "load":
      return load(command);
    case "resume":
      return resume(command.epochs);
    case "pause":
      return state === "running" ? change("paused") : undefined;
    case "stop":
      return state === "running" || state === "paused" ? change("ended") : undefined;
    case "save":
      return save();
    case "generate":
      return generate(command);
  }
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
  const { kind, description, reason } = device;
  send({ type: "device", asked, kind, description, reason });
  return device;
}

async function probe(kind: DeviceKind): Promise<void> {
  if (!training) (await open(kind)).dispose();
}

/** Opens a device for `use`, and closes it again when that fails. */
async function prepare(
  kind: DeviceKind,
  ofText: string,
  use: (device: Device) => Promise<void> | void,
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

/** The model of a checkpoint takes the place of the one at hand, which stays when the file is refused. */
async function load(command: Extract<Command, { type: "load" }>): Promise<void> {
  const { bytes, name, text: ofText, device: kind } = command;
  const random = training?.device.randomState;
  await prepare(kind, ofText, (device) => {
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
    if (complete || performance.now() > sampleDue) await sample(last?.loss ?? Number.NaN);
  } finally {
    speed.end(run.step);
  }
}

/** Writes a sample in the page's voice; the beginning of the text stands in for a prompt that it cannot spell. */
async function sample(loss: number): Promise<void> {
  const started = performance.now();
  const { model, vocabulary, settings, step } = training!;
  const { temperature } = voice;
  const spelled = vocabulary.normalize(voice.prompt);
  const known = spelled !== "" && [...spelled].every((character) => vocabulary.has(character));
  const prompt = known ? spelled : [...text.slice(0, 60)].slice(0, 20).join("").split("\n")[0] || vocabulary.characters[0];
  const options = { prompt, length: SAMPLE_LENGTH, window: settings.window, seed: settings.seed + step };
  const [written] = await generateTexts(model, vocabulary, {
    ...options,
    temperatures: [temperature],
    sampling: "stateful",
    onCharacter: () => queue.length === 0 || state !== "running",
  });
  const continuation = written.slice(prompt.length);
  send({ type: "sample", step, loss, temperature, prompt, text: continuation, otherPrompt: !known });
  const now = performance.now();
  sampleDue = now + Math.max(SAMPLE_MILLISECONDS, 9 * (now - started));
}

async function save(): Promise<void> {
  if (!training) return;
  const bytes = (await training.checkpoint()) as Uint8Array<ArrayBuffer>;
  send({ type: "checkpoint", bytes, step: training.step }, [bytes.buffer]);
}

async function generate(command: Extract<Command, { type: "generate" }>): Promise<void> {
  cancelled = false;
  try {
    if (training) await write(training, command);
  } finally {
    send({ type: "finished" });
  }
}

async function write(
  { model, vocabulary, settings }: MoliereTraining,
  { voice: { prompt, temperature }, length, sampling, seed }: Extract<Command, { type: "generate" }>,
): Promise<void> {
  let sent = 0;
  let yielded = performance.now();
  await generateTexts(model, vocabulary, {
    prompt,
    temperatures: [temperature],
    length,
    sampling,
    window: settings.window,
    seed,
    onCharacter: async ([written]) => {
      send({ type: "written", first: sent === 0, text: written.slice(sent) });
      sent = written.length;
      if (performance.now() - yielded > YIELD_MILLISECONDS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        yielded = performance.now();
      }
      return !cancelled;
    },
  });
}

work();
