/** What the page says about the run: buttons, progress, figures, device, model, and what went wrong. */
import { formatCount, formatDuration, formatNumber, formatPercent } from "../support/format.ts";
import { block, button, element, say } from "./dom.ts";
import { describeDevice, type Explanation } from "./explain.ts";
import type { DeviceFacts, ModelFacts, ProgressFacts, RunState } from "./protocol.ts";

/** The worker's states, and two that last from a click to the worker's answer. */
export type PageState = RunState | "pausing" | "stopping";

const NOTES: Record<PageState, string> = {
  idle: "prêt",
  preparing: "préparation…",
  running: "en cours",
  pausing: "pause après le pas en cours…",
  paused: "en pause",
  stopping: "arrêt après le pas en cours…",
  ended: "arrêté",
};

const BUSY: readonly PageState[] = ["preparing", "running", "pausing", "stopping"];

/** Whether the worker trains, or is about to. */
export function isBusy(state: PageState): boolean {
  return BUSY.includes(state);
}

/** Shows which buttons make sense now. */
export function showState(state: PageState, facts: { complete: boolean; hasModel: boolean }): void {
  const { complete, hasModel } = facts;
  const rests = state === "idle" || state === "ended";
  button("train").hidden = !rests;
  button("train").textContent = state === "ended" ? "Nouvel entraînement" : "Entraîner";
  button("train").classList.toggle("primary", !(state === "ended" && hasModel));
  button("resume").hidden = !(state === "paused" || (state === "ended" && hasModel));
  button("resume").textContent = state === "paused" ? "Reprendre" : "Continuer";
  button("resume").title = complete ? "Encore autant d’époques, ou le nombre donné dans les réglages" : "";
  button("pause").hidden = state !== "running" && state !== "pausing";
  button("pause").disabled = state === "pausing";
  button("stop").hidden = rests;
  button("stop").textContent = state === "stopping" ? "Forcer l’arrêt" : "Arrêter";
  button("save").disabled = !hasModel || state === "preparing";
  button("open").disabled = isBusy(state);
  say(block("status"), state === "ended" && complete ? "terminé" : NOTES[state]);
}

/** Figures of the run so far. */
export function showProgress(progress: ProgressFacts): void {
  const { step, steps, epoch, epochs, loss, accuracy, charactersPerSecond, secondsLeft } = progress;
  showStep(step, steps);
  say(block("status"), `en cours, époque ${epoch} sur ${epochs}`);
  say(block("figure-loss"), formatNumber(loss, 3));
  say(block("figure-accuracy"), formatPercent(accuracy));
  say(block("figure-speed"), formatCount(Number(charactersPerSecond.toPrecision(3))));
  showTime("Reste", secondsLeft);
}

/** The place in the run. */
export function showStep(step: number, steps: number): void {
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

/** The model in a line, and empty figures when it is new. */
export function showModel(facts: ModelFacts): void {
  const { parameters, vocabulary, stepsPerEpoch, estimatedSeconds } = facts;
  const size = `${formatCount(parameters)} paramètres, ${vocabulary} caractères différents`;
  say(block("model-line"), `Modèle : ${size}, ${formatCount(stepsPerEpoch)} pas par époque.`);
  block("model-line").hidden = false;
  showStep(facts.step, facts.steps);
  for (const id of ["figure-loss", "figure-accuracy", "figure-speed"]) say(block(id), "–");
  if (estimatedSeconds === undefined) say(block("figure-left"), "–");
  else showTime("Durée estimée", estimatedSeconds);
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
