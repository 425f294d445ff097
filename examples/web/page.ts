/** The page: forms on the left, what the worker tells on the right. */
import { formatNumber, formatPercent } from "../support/format.ts";
import { block, button, download, element, input } from "./dom.ts";
import { explain } from "./explain.ts";
import { LiveChart } from "./live_chart.ts";
import type { Command, Report } from "./protocol.ts";
import { SettingsForm } from "./settings_form.ts";
import { TextForm } from "./text_form.ts";
import * as view from "./training_view.ts";
import { GeneratePanel, SampleList } from "./writing.ts";

let worker: Worker;
let state: view.PageState = "idle";
let complete = false;
let hasModel = false;
/** Without pauses, for the model at hand. */
let secondsTrained = 0;
let startedAt = 0;
let epochsTrained = 0;

const post = (command: Command): void => worker.postMessage(command);
const fail = (task: Command["type"] | "text", error: unknown): void => {
  const { name, message } = error as Error;
  view.showError(explain(task, name, message));
};

const narrow = matchMedia("(max-width: 62rem)");
for (const id of ["text-card", "settings-card"]) element(id, HTMLDetailsElement).open = !narrow.matches;

const settings = new SettingsForm((kind) => post({ type: "probe", kind }));
const text = new TextForm((error) => fail("text", error));
const panel = new GeneratePanel(post);
const samples = new SampleList();
const losses = new LiveChart({
  target: block("loss-chart"),
  name: "perte",
  color: "--loss",
  describe: (value) => formatNumber(value, 3),
});
const accuracies = new LiveChart({
  target: block("accuracy-chart"),
  name: "exactitude",
  color: "--accuracy",
  yFormat: "percent",
  yMin: 0,
  describe: (value) => formatPercent(value),
});

/** A new worker; the one before it, and its model, are gone. */
function startWorker(): void {
  worker = new Worker(new URL("worker.js", import.meta.url), { type: "module", name: "wgrad" });
  let answered = false;
  worker.onmessage = ({ data }: MessageEvent<Report>) => {
    answered = true;
    receive(data);
  };
  worker.onerror = (event) => {
    event.preventDefault();
    fail("train", new Error(event.message || "the worker does not start"));
    worker.terminate();
    // One that never answered cannot be loaded, and the next one could not either.
    if (answered) startWorker();
  };
  hasModel = false;
  panel.finish();
  change("idle", false);
  post({ type: "voice", voice: panel.voice });
  post({ type: "probe", kind: settings.device });
}

function change(next: view.PageState, isComplete = complete): void {
  if (next === "running") startedAt = performance.now();
  else if (state === "running") secondsTrained += (performance.now() - startedAt) / 1000;
  if (next === "ended" && secondsTrained > 0) view.showTime("Durée", secondsTrained);
  state = next;
  complete = isComplete;
  view.showState(state, { complete, hasModel });
  const busy = view.isBusy(state);
  settings.lock(busy ? "all" : state === "paused" ? "all but epochs" : "none");
  text.lock(busy || state === "paused");
  panel.ready = hasModel && state !== "preparing";
}

type Handlers = { [K in Report["type"]]: (report: Extract<Report, { type: K }>) => void };

const handlers: Handlers = {
  state: (report) => {
    if (report.state === "idle") hasModel = false;
    change(report.state, report.complete);
  },
  device: view.showDevice,
  model: (report) => {
    hasModel = true;
    epochsTrained = Math.ceil(report.step / report.stepsPerEpoch);
    if (report.step === 0) secondsTrained = 0;
    settings.show(report.settings);
    view.showModel(report);
    const chance = { y: Math.log(report.vocabulary), label: `hasard : ln ${report.vocabulary}` };
    losses.reset(report.losses, [chance]);
    accuracies.reset(report.accuracies);
  },
  progress: (report) => {
    epochsTrained = report.epoch;
    view.showProgress(report);
    losses.add(report.losses);
    accuracies.add(report.accuracies);
  },
  sample: (report) => samples.add(report),
  written: ({ first, text: written }) => panel.write(first, written),
  finished: () => panel.finish(),
  checkpoint: ({ bytes, step }) => download(bytes, `moliere-pas-${step}.safetensors`),
  failure: ({ task, name, message }) => {
    if (task === "probe") view.showNoDevice();
    fail(task, { name, message });
  },
};

function receive<K extends Report["type"]>(report: Extract<Report, { type: K }>): void {
  const handle = handlers[report.type as K];
  handle(report);
}

element("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (state !== "idle" && state !== "ended") return;
  view.hideError();
  samples.clear();
  change("preparing");
  post({ type: "train", settings: settings.settings, text: text.text, device: settings.device });
});
// A field that is folded away cannot be pointed at when its value is refused.
element("form", HTMLFormElement).addEventListener(
  "invalid",
  (event) => {
    for (const card of document.querySelectorAll("details"))
      card.open ||= card.contains(event.target as Node);
  },
  true,
);
button("pause").addEventListener("click", () => {
  change("pausing");
  post({ type: "pause" });
});
button("resume").addEventListener("click", () => {
  if (!input("epochs").reportValidity()) return;
  view.hideError();
  // At the end of a run, as many epochs again, unless the form asks for some already.
  const more = complete && settings.epochs <= epochsTrained ? 2 * epochsTrained : settings.epochs;
  post({ type: "resume", epochs: more });
});
button("stop").addEventListener("click", () => {
  if (state === "stopping") {
    worker.terminate();
    startWorker();
    return;
  }
  change("stopping");
  post({ type: "cancel" });
  post({ type: "stop" });
});
button("save").addEventListener("click", () => post({ type: "save" }));
button("open").addEventListener("click", () => input("checkpoint").click());
input("checkpoint").addEventListener("change", async () => {
  const file = input("checkpoint").files?.[0];
  if (!file) return;
  view.hideError();
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    samples.clear();
    secondsTrained = 0;
    post({ type: "load", bytes, name: file.name, text: text.text, device: settings.device });
  } catch (error) {
    fail("load", error);
  }
  input("checkpoint").value = "";
});
button("error-close").addEventListener("click", view.hideError);
window.addEventListener("beforeunload", (event) => {
  if (view.isBusy(state) || state === "paused") event.preventDefault();
});

startWorker();
document.querySelector(".not-started")?.remove();
