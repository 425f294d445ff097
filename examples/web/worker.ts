/** The worker: one notebook, one model at a time. Commands are obeyed between steps, so the page never waits for long. */
import { type Device, type DeviceKind, openDevice } from "../../src/index.ts";
import { answerQuestion } from "./answering.ts";
import { breathe } from "./breath.ts";
import { drawFigure, keepFigures } from "./figures.ts";
import { LabError, type Notebook, type Session, type Voice } from "./notebook.ts";
import { NOTEBOOKS } from "./notebooks.ts";
import type { Command, Report, RunState, WorkerScope } from "./protocol.ts";
import { RunReporter } from "./run_reporter.ts";

const scope = self as unknown as WorkerScope;
const send = (report: Report, transfer: Transferable[] = []): void => scope.postMessage(report, transfer);

/** A sample is due this long after the one before it, and never takes more than a tenth of the time. */
const SAMPLE_MILLISECONDS = 4000;

const queue: Command[] = [];
let wake: () => void = () => {};
let state: RunState = "idle";
let notebook: Notebook;
let model: { session: Session; device: Device; data?: Uint8Array } | undefined;
let voice: Voice | undefined;
let cancelled = false;
let sampleDue = 0;
/** Whether this run has shown a sample. */
let sampled = false;

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
    else await commandComes();
  }
}

function commandComes(): Promise<void> {
  return new Promise((resolve) => {
    wake = resolve;
  });
}

/** Whatever goes wrong is told to the page, and the worker goes on. */
async function attempt(task: Command["type"], run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (error) {
    const { name, message } = error as Error;
    const known = error instanceof LabError ? { title: message, advice: error.advice } : undefined;
    send({ type: "failure", task, name, message, advice: known ?? notebook?.explain?.(error as Error) });
    if (state === "preparing") change(model ? "ended" : "idle");
    else if (state === "concluding") change("ended");
    else if (task === "train" || task === "resume") {
      // After a failed step the weights cannot be trusted. A failed save or answer changes nothing.
      forget();
      change("idle");
    }
  }
}

async function obey(command: Command): Promise<void> {
  if (command.type === "notebook") await pick(command.id);
  else if (command.type === "probe") await probe(command.kind);
  else if (command.type === "data") await readData(command.bytes, command.name);
  else if (command.type === "train") await begin(command);
  else if (command.type === "load") await load(command);
  else if (command.type === "resume") await resume(command);
  else if (command.type === "pause" && state === "running") change("paused");
  else if (command.type === "stop" && (state === "running" || state === "paused")) change("ended");
  else if (command.type === "save") await save();
  else if (command.type === "ask") await answer(command);
  else if (command.type === "conclude") await conclude();
  else if (command.type === "draw") {
    const drawn = drawFigure(command);
    if (drawn) send(drawn);
  }
}

function change(next: RunState): void {
  state = next;
  send({ type: "state", state, complete: model?.session.complete ?? false });
}

async function pick(id: string): Promise<void> {
  const entry = NOTEBOOKS.find((one) => one.id === id) ?? NOTEBOOKS[0];
  ({ notebook } = await entry.load());
  const facts = Object.entries(notebook).filter(([, value]) => typeof value !== "function");
  send({ type: "notebook", notebook: Object.fromEntries(facts) as unknown as Notebook });
}

async function readData(bytes: Uint8Array, name: string): Promise<void> {
  const { whole, parts = [] } = (await notebook.readData?.(bytes, name)) ?? { whole: bytes };
  send({ type: "data", whole, parts });
}

/** Gives the model back. */
function forget(): void {
  const old = model;
  model = undefined;
  old?.session.dispose();
  old?.device.dispose();
}

async function open(asked: DeviceKind): Promise<Device> {
  const device = await openDevice(asked);
  const { kind, description, choice } = device;
  send({ type: "device", kind, description, choice });
  return device;
}

async function probe(kind: DeviceKind): Promise<void> {
  if (!model) (await open(kind)).dispose();
}

/** A new model in place of the one at hand, which stays when there is none. */
async function prepare(
  kind: DeviceKind,
  data: Uint8Array | undefined,
  make: (device: Device) => Promise<Session>,
): Promise<Session> {
  change("preparing");
  const random = model?.device.randomState;
  const device = await open(kind);
  try {
    const session = await make(device);
    forget();
    model = { session, device, data };
    sampleDue = performance.now() + SAMPLE_MILLISECONDS / 4;
    return session;
  } catch (error) {
    device.dispose();
    // Making a model seeds every open device.
    if (model && random) model.device.randomState = random;
    throw error;
  }
}

async function begin({ settings, data, device: kind }: Extract<Command, { type: "train" }>): Promise<void> {
  const session = await prepare(kind, data, (device) => notebook.open(settings, device, data));
  announce(session, await session.estimate?.());
  change("running");
}

async function load({ bytes, data, device: kind }: Extract<Command, { type: "load" }>): Promise<void> {
  const session = await prepare(kind, data, (device) => notebook.load(bytes, device, data));
  announce(session);
  change(session.complete ? "ended" : "paused");
}

/** Continues; a longer run goes through its own checkpoint. */
async function resume({ changed }: Extract<Command, { type: "resume" }>): Promise<void> {
  if (!model) return;
  const { session, device, data } = model;
  if (changed && Object.entries(changed).some(([id, value]) => session.settings[id] !== value)) {
    const bytes = await session.save();
    session.dispose();
    model.session = await notebook.load(bytes, device, data, changed);
    announce(model.session);
  }
  change(model.session.complete ? "ended" : "running");
}

function announce(session: Session, estimatedSeconds?: number): void {
  const { settings, parameters, steps, step, description, history, references } = session;
  send({
    type: "model",
    settings,
    parameters,
    steps,
    step,
    description,
    history,
    references,
    estimatedSeconds,
  });
}

/** Trains until the run is complete or stopped. */
async function train(): Promise<void> {
  const { session } = model!;
  sampled = false;
  const reporter = new RunReporter(session, notebook.curves[0].id, send);
  const complete = await session.run(
    (step) => reporter.note(step),
    () => gate(session, reporter),
  );
  reporter.rest();
  if (complete) {
    // A short run has shown none yet.
    if (!sampled) await attempt("voice", () => sample(session, reporter));
    await conclude();
  } else if (state === "running") change("ended");
}

/** Between two steps: obeys, shows a sample when it is due, and says whether training goes on. */
async function gate(session: Session, reporter: RunReporter): Promise<boolean> {
  await breathe();
  for (;;) {
    const next = queue[0];
    // What takes this model's place is obeyed when its run has ended.
    if (next?.type === "train" || next?.type === "load") return false;
    if (next?.type === "resume" && next.changed && state === "paused") return false;
    if (next) {
      reporter.rest();
      queue.shift();
      await attempt(next.type, () => obey(next));
    } else if (state === "paused") await commandComes();
    else if (state === "running" && performance.now() > sampleDue) {
      reporter.rest();
      await attempt("voice", () => sample(session, reporter));
    } else break;
  }
  if (state === "running") reporter.work();
  return state === "running";
}

async function sample(session: Session, reporter: RunReporter): Promise<void> {
  if (!session.sample || !voice) return;
  const started = performance.now();
  try {
    const made = await session.sample(voice, async () => {
      await breathe();
      return queue.length > 0 && state === "running";
    });
    const { text, given = "", note } = typeof made === "string" ? { text: made } : made;
    send({ type: "sample", step: reporter.step, loss: reporter.loss, given, text, note });
  } finally {
    sampled = true;
    const now = performance.now();
    sampleDue = now + Math.max(SAMPLE_MILLISECONDS, 9 * (now - started));
  }
}

async function save(): Promise<void> {
  if (!model) return;
  const { session } = model;
  const bytes = new Uint8Array(await session.save());
  send({ type: "checkpoint", bytes, step: session.step }, [bytes.buffer]);
}

async function answer(command: Voice): Promise<void> {
  cancelled = false;
  await answerQuestion(model?.session, command, send, () => cancelled);
}

async function conclude(): Promise<void> {
  if (!model) return;
  const before = state;
  change("concluding");
  const { texts, ...shown } = await model.session.results();
  send({ type: "results", texts, ...keepFigures(shown) });
  change(before === "paused" ? "paused" : "ended");
}

work();
