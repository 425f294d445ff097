/** The page: tabs, forms on the left, what the worker tells on the right. A picked notebook opens with a fresh page. */
import { notebookOf, readAddress, writeAddress } from "./address.ts";
import { CurvesView } from "./curves_view.ts";
import { DataForm } from "./data_form.ts";
import { block, button, downloadFile, element, french, input, make, say } from "./dom.ts";
import { explain } from "./explain.ts";
import type { Values } from "./notebook.ts";
import { NOTEBOOKS } from "./notebooks.ts";
import { Pictures } from "./pictures.ts";
import type { Command, NotebookFacts, Report } from "./protocol.ts";
import { QuestionPanel } from "./questions.ts";
import { ResultsView } from "./results_view.ts";
import { SampleList } from "./samples.ts";
import { SettingsForm } from "./settings_form.ts";
import * as view from "./training_view.ts";

/** The parts of the page that follow the notebook. */
interface Parts {
  settings: SettingsForm;
  data: DataForm;
  figures: view.RunFigures;
  curves: CurvesView;
  questions: readonly QuestionPanel[];
}

const picked = notebookOf(readAddress());
let worker: Worker;
let parts: Parts | undefined;
let state: view.PageState = "loading";
let complete = false;
let hasModel = false;
/** The settings of the model at hand. */
let modelSettings: Values = {};
/** Without pauses, for the model at hand. */
let secondsTrained = 0;
let startedAt = 0;
let leaving = false;

const post = (command: Command): void => worker.postMessage(command);
const fail = (task: Command["type"], error: unknown, advice?: Parameters<typeof explain>[3]): void => {
  const { name, message } = error as Error;
  view.showError(explain(task, name, message, advice));
};

const pictures = new Pictures(post);
const results = new ResultsView(pictures, post);
const samples = new SampleList();

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
  for (const question of parts?.questions ?? []) question.finish();
  change("loading", false);
  post({ type: "notebook", id: picked });
}

function change(next: view.PageState, isComplete = complete): void {
  if (next === "running") startedAt = performance.now();
  else if (state === "running") secondsTrained += (performance.now() - startedAt) / 1000;
  if (next === "ended" && secondsTrained > 0) view.showTime("Durée", secondsTrained);
  state = next;
  complete = isComplete;
  view.showState(state, { complete, hasModel });
  const busy = view.isBusy(state);
  parts?.settings.lock(busy ? "all" : state === "paused" ? "all but its end" : "none");
  parts?.data.lock(busy || state === "paused");
  for (const question of parts?.questions ?? []) question.ready = hasModel && state !== "preparing";
  const rests = hasModel && (state === "paused" || state === "ended");
  results.offer(state === "concluding" ? "work" : rests ? "button" : "nothing");
}

/** Fills the page for its notebook; a restarted worker finds it filled. */
function fill(facts: NotebookFacts): void {
  if (!parts) {
    document.title = `${facts.title} · wgrad`;
    say(block("title"), facts.title);
    say(block("lead"), facts.lead);
    parts = {
      settings: new SettingsForm(facts, remember, (kind) => post({ type: "probe", kind })),
      data: new DataForm(facts.data, post, (error) => fail("data", error)),
      figures: new view.RunFigures(facts),
      curves: new CurvesView(facts.curves),
      questions: facts.questions.map((question) => new QuestionPanel(question, pictures, post, remember)),
    };
    readSettings(parts);
  }
  const { questions, settings } = parts;
  if (questions.length > 0) post({ type: "voice", voice: questions[0].voice });
  change("idle", false);
  post({ type: "probe", kind: settings.device });
}

/** The address and the worker follow the forms. */
function remember(): void {
  if (!parts) return;
  const { settings, questions } = parts;
  writeAddress(picked, [...settings.pairs, ...questions.flatMap(({ pairs }) => pairs)]);
  if (questions.length > 0) post({ type: "voice", voice: questions[0].voice });
}

function readSettings({ settings, questions }: Parts): void {
  const address = readAddress();
  settings.read(address);
  for (const question of questions) question.read(address);
}

type Handlers = { [K in Report["type"]]: (report: Extract<Report, { type: K }>) => void };

const questionOf = (id: string): QuestionPanel | undefined =>
  parts?.questions.find(({ question }) => question.id === id);

const handlers: Handlers = {
  notebook: ({ notebook }) => fill(notebook),
  state: (report) => {
    if (report.state === "idle") hasModel = false;
    change(report.state, report.complete);
  },
  device: view.showDevice,
  model: (report) => {
    hasModel = true;
    if (report.step === 0) secondsTrained = 0;
    modelSettings = report.settings;
    parts?.settings.show(report.settings);
    parts?.figures.showModel(report);
    parts?.curves.reset(report);
    results.clear();
  },
  progress: (report) => {
    parts?.figures.showProgress(report);
    parts?.curves.add(report);
  },
  sample: (report) => samples.add(report),
  data: (report) => parts?.data.take(report),
  piece: (report) => questionOf(report.question)?.add(report),
  answer: (report) => questionOf(report.question)?.finish(report),
  results: (report) => results.show(report),
  drawn: (report) => pictures.take(report),
  checkpoint: ({ bytes, step }) => {
    const file = new Blob([bytes], { type: "application/octet-stream" });
    downloadFile(file, `${picked}-pas-${step}.safetensors`);
  },
  failure: ({ task, name, message, advice }) => {
    if (task === "probe") view.showNoDevice();
    if (task === "data") parts?.data.refuse();
    fail(task, { name, message }, advice);
  },
};

function receive<K extends Report["type"]>(report: Extract<Report, { type: K }>): void {
  const handle = handlers[report.type as K];
  handle(report);
}

const trains = (): boolean => hasModel && state !== "ended" && state !== "idle";

/** Opens the page anew for what the address says. */
function reopen(): void {
  leaving = true;
  location.reload();
}

for (const { id, label } of NOTEBOOKS) {
  const tab = make("a", "", french(label)) as HTMLAnchorElement;
  tab.href = `#notebook=${id}`;
  if (id === picked) tab.setAttribute("aria-current", "page");
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    if (id === picked) return;
    if (trains() && !confirm("Quitter ce carnet ? L’entraînement en cours sera perdu.")) return;
    writeAddress(id, []);
    reopen();
  });
  block("tabs").append(tab);
}
const narrow = matchMedia("(max-width: 62rem)");
for (const id of ["data-card", "settings-card"]) element(id, HTMLDetailsElement).open = !narrow.matches;

element("form", HTMLFormElement).addEventListener("submit", (event) => {
  event.preventDefault();
  if (!parts || (state !== "idle" && state !== "ended")) return;
  view.hideError();
  if (parts.data.missing) return input("file").click();
  samples.clear();
  results.clear();
  change("preparing");
  const { settings, data } = parts;
  post({ type: "train", settings: settings.settings, data: data.bytes, device: settings.device });
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
  const asked = parts?.settings.extending;
  if (!asked) return;
  view.hideError();
  results.clear();
  // At the end of a run, as much again, unless the form asks for more already.
  const more = Object.entries(asked).map(([id, value]): [string, number] => {
    const before = Number(modelSettings[id]);
    return [id, complete && Number(value) <= before ? 2 * before : Number(value)];
  });
  const changed = more.some(([id, value]) => value !== modelSettings[id]);
  post({ type: "resume", changed: changed ? Object.fromEntries(more) : undefined });
});
button("stop").addEventListener("click", () => {
  if (state === "stopping" || state === "concluding") {
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
  if (!file || !parts) return;
  view.hideError();
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    samples.clear();
    secondsTrained = 0;
    post({
      type: "load",
      bytes,
      name: file.name,
      data: parts.data.bytes,
      device: parts.settings.device,
    });
  } catch (error) {
    fail("load", error);
  }
  input("checkpoint").value = "";
});
button("error-close").addEventListener("click", view.hideError);
window.addEventListener("hashchange", () => {
  if (!parts) return;
  // While a model trains, the address follows the forms, not they the address.
  if (trains()) remember();
  else if (notebookOf(readAddress()) !== picked) reopen();
  else {
    readSettings(parts);
    post({ type: "probe", kind: parts.settings.device });
  }
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && trains()) event.preventDefault();
});

startWorker();
document.querySelector(".not-started")?.remove();
