/** What the page says about the run: buttons, progress, figures, device, model, and what went wrong. */
import { formatCount, formatDuration } from "../support/format.ts";
import { describeValue } from "./curves_view.ts";
import { block, button, element, french, make, say } from "./dom.ts";
import { describeDevice, type Explanation } from "./explain.ts";
import type { DeviceFacts, ModelFacts, NotebookFacts, ProgressFacts, RunState } from "./protocol.ts";

/** The worker's states, one before there is a notebook, and two that last from a click to the worker's answer. */
export type PageState = RunState | "loading" | "pausing" | "stopping";

const NOTES: Record<PageState, string> = {
  loading: "chargement…",
  idle: "prêt",
  preparing: "préparation…",
  running: "en cours",
  pausing: "pause après le pas en cours…",
  paused: "en pause",
  stopping: "arrêt après le pas en cours…",
  concluding: "bilan en cours…",
  ended: "arrêté",
};

const BUSY: readonly PageState[] = ["loading", "preparing", "running", "pausing", "stopping", "concluding"];

/** Whether the worker trains, or is about to. */
export function isBusy(state: PageState): boolean {
  return BUSY.includes(state);
}

/** Shows which buttons make sense now. */
export function showState(state: PageState, facts: { complete: boolean; hasModel: boolean }): void {
  const { complete, hasModel } = facts;
  const rests = state === "idle" || state === "ended";
  button("train").hidden = !rests && state !== "loading";
  button("train").disabled = state === "loading";
  button("train").textContent = state === "ended" ? "Nouvel entraînement" : "Entraîner";
  button("train").classList.toggle("primary", !(state === "ended" && hasModel));
  button("resume").hidden = !(state === "paused" || (state === "ended" && hasModel));
  button("resume").textContent = state === "paused" ? "Reprendre" : "Continuer";
  button("resume").title = complete ? "Encore autant, ou ce que donnent les réglages" : "";
  button("pause").hidden = state !== "running" && state !== "pausing";
  button("pause").disabled = state === "pausing";
  button("stop").hidden = rests || state === "loading";
  button("stop").textContent = state === "stopping" || state === "concluding" ? "Forcer l’arrêt" : "Arrêter";
  button("save").disabled = !hasModel || state === "preparing";
  button("open").disabled = isBusy(state);
  const done = state === "ended" && complete;
  // A run may reach its goal before its last step.
  if (done) element("bar", HTMLProgressElement).value = 1;
  say(block("status"), done ? "terminé" : NOTES[state]);
}

/** The figures of a run of this notebook, still empty. */
export class RunFigures {
  readonly #curves: NotebookFacts["curves"];
  readonly #newest = new Map<string, number[]>();

  constructor({ curves, unit }: NotebookFacts) {
    this.#curves = curves;
    const labels: [string, string][] = [
      ["step", "Pas"],
      ...curves.map(({ id, label }): [string, string] => [id, label]),
      ["speed", `${unit[0].toUpperCase()}${unit.slice(1)}/s`],
      ["left", "Reste"],
    ];
    const boxes = labels.map(([id, label]) => {
      const box = document.createElement("div");
      const term = make("dt", "", french(label));
      term.id = `figure-${id}-label`;
      const value = make("dd", "", "–");
      value.id = `figure-${id}`;
      box.append(term, value);
      return box;
    });
    block("figures").replaceChildren(...boxes);
  }

  /** The model in a line, and empty figures when it is new. */
  showModel({ parameters, description, step, steps, estimatedSeconds }: ModelFacts): void {
    this.#newest.clear();
    say(block("model-line"), `Modèle : ${formatCount(parameters)} paramètres, ${description}.`);
    block("model-line").hidden = false;
    showStep(step, steps);
    for (const { id } of this.#curves) say(block(`figure-${id}`), "–");
    for (const id of ["speed", "left"]) say(block(`figure-${id}`), "–");
    if (estimatedSeconds !== undefined) showTime("Durée estimée", estimatedSeconds);
  }

  /** The run so far; values are means over the newest steps, as the curves. */
  showProgress(progress: ProgressFacts): void {
    const { step, steps, epoch, epochs, samplesPerSecond, secondsLeft, values } = progress;
    showStep(step, steps);
    const where = epoch === undefined ? "" : `, époque ${epoch} sur ${epochs}`;
    say(block("status"), `en cours${where}`);
    for (const curve of this.#curves) {
      const newest = [...(this.#newest.get(curve.id) ?? []), ...(values[curve.id] ?? [])].slice(-NEWEST);
      this.#newest.set(curve.id, newest);
      if (newest.length === 0) continue;
      const mean = newest.reduce((sum, value) => sum + value, 0) / newest.length;
      say(block(`figure-${curve.id}`), describeValue(curve, mean));
    }
    say(block("figure-speed"), formatCount(Number(samplesPerSecond.toPrecision(3))));
    showTime("Reste", secondsLeft);
  }
}

const NEWEST = 10;

/** The place in the run. */
function showStep(step: number, steps: number): void {
  element("bar", HTMLProgressElement).value = step / steps;
  say(block("figure-step"), `${formatCount(step)}/${formatCount(steps)}`);
}

/** A time under its label, such as what is left or what the run took. */
export function showTime(label: string, seconds: number): void {
  say(block("figure-left-label"), label);
  say(block("figure-left"), formatDuration(seconds));
}

export function showDevice(facts: DeviceFacts): void {
  say(block("device-line"), describeDevice(facts));
}

export function showNoDevice(): void {
  say(block("device-line"), "Appareil : celui des réglages ne répond pas.");
}

/** Shows an error until it is closed or the next one comes. */
export function showError({ title, advice, details }: Explanation): void {
  say(block("error-title"), title);
  say(block("error-advice"), advice);
  block("error-details").textContent = details;
  block("error").hidden = false;
  block("error").scrollIntoView({ block: "nearest" });
}

export function hideError(): void {
  block("error").hidden = true;
}
