import { checkOptions, FileFormatError, ValueError } from "../errors.ts";
import type { Scheduled } from "./schedules.ts";

/** What a ReduceLROnPlateau takes. */
export interface PlateauOptions {
  /** "min" (default): smaller is better, as for a loss; "max": larger is. */
  mode?: "min" | "max";
  /** What the learning rate is multiplied by; default 0.1. */
  factor?: number;
  /** Steps without improvement that are let pass; default 10. */
  patience?: number;
  /** How much better counts as an improvement; default 1e-4. */
  threshold?: number;
  /** "rel" (default): `threshold` is a share of the best value; "abs": a difference. */
  thresholdMode?: "rel" | "abs";
  /** Steps after a fall that are not counted; default 0. */
  cooldown?: number;
  /** The learning rate stays at or above it; default 0. */
  minLr?: number;
  /** A fall smaller than this is not made; default 1e-8. */
  eps?: number;
}

/** What a ReduceLROnPlateau remembers, as plain JSON. */
export interface PlateauState {
  /** The best value so far; null before the first. */
  readonly best: number | null;
  /** Steps without improvement. */
  readonly badSteps: number;
  /** Steps that are still not counted. */
  readonly cooldownLeft: number;
  /** The learning rate of each group. */
  readonly lrs: readonly number[];
}

const DEFAULTS: Required<PlateauOptions> = {
  mode: "min",
  factor: 0.1,
  patience: 10,
  threshold: 1e-4,
  thresholdMode: "rel",
  cooldown: 0,
  minLr: 0,
  eps: 1e-8,
};

/**
 * Lowers the learning rate of every group when a value, such as the validation loss, has stopped to improve for more
 * than `patience` steps, as torch.optim.lr_scheduler.ReduceLROnPlateau. Throws a ValueError for options out of range.
 */
export class ReduceLROnPlateau {
  readonly #optimizer: Scheduled;
  readonly #options: Required<PlateauOptions>;
  #best: number | null = null;
  #badSteps = 0;
  #cooldownLeft = 0;

  constructor(optimizer: Scheduled, options: PlateauOptions = {}) {
    checkOptions("ReduceLROnPlateau", options, Object.keys(DEFAULTS));
    this.#optimizer = optimizer;
    this.#options = { ...DEFAULTS, ...options };
    const complaint = complaintOf(this.#options);
    if (complaint) throw new ValueError(`ReduceLROnPlateau: ${complaint}`);
  }

  /** Takes the newest value; NaN and infinities are no improvement. Throws a ValueError for what is no number. */
  step(value: number): void {
    if (typeof value !== "number")
      throw new ValueError(`ReduceLROnPlateau: step takes the watched value, a number, got ${value}`);
    const { patience, cooldown } = this.#options;
    if (this.#improves(value)) {
      this.#best = value;
      this.#badSteps = 0;
    } else this.#badSteps++;
    if (this.#cooldownLeft > 0) {
      this.#cooldownLeft--;
      this.#badSteps = 0;
    }
    if (this.#badSteps <= patience) return;
    this.#reduce();
    this.#cooldownLeft = cooldown;
    this.#badSteps = 0;
  }

  #improves(value: number): boolean {
    const { mode, threshold, thresholdMode } = this.#options;
    const best = this.#best;
    if (!Number.isFinite(value)) return false;
    if (best === null) return true;
    const sign = mode === "min" ? -1 : 1;
    const edge = thresholdMode === "rel" ? best * (1 + sign * threshold) : best + sign * threshold;
    return mode === "min" ? value < edge : value > edge;
  }

  #reduce(): void {
    const { factor, minLr, eps } = this.#options;
    for (const group of this.#optimizer.groups) {
      const lr = Math.max(group.lr * factor, minLr);
      if (group.lr - lr > eps) group.lr = lr;
    }
  }

  /** What it takes to continue, as plain JSON; the options are not in it. */
  stateDict(): PlateauState {
    return {
      best: this.#best,
      badSteps: this.#badSteps,
      cooldownLeft: this.#cooldownLeft,
      lrs: this.#optimizer.groups.map(({ lr }) => lr),
    };
  }

  /** Continues from such a state, and puts its learning rates back. Throws a FileFormatError for another one. */
  loadStateDict(state: PlateauState): void {
    const { groups } = this.#optimizer;
    const { best, badSteps, cooldownLeft, lrs } = state ?? {};
    const counts = [badSteps, cooldownLeft].every((count) => Number.isInteger(count) && count >= 0);
    const known = best === null || typeof best === "number";
    if (!counts || !known || lrs?.length !== groups.length || !lrs.every((lr) => lr >= 0))
      throw new FileFormatError(
        `ReduceLROnPlateau: expected a state with best, badSteps, cooldownLeft and ${groups.length} lrs, ` +
          `got ${JSON.stringify(state)}`,
      );
    this.#best = best;
    this.#badSteps = badSteps;
    this.#cooldownLeft = cooldownLeft;
    for (const [i, group] of groups.entries()) group.lr = lrs[i];
  }
}

function complaintOf(options: Required<PlateauOptions>): string | null {
  const { mode, factor, patience, threshold, thresholdMode, cooldown, minLr, eps } = options;
  if (mode !== "min" && mode !== "max") return `mode is ${JSON.stringify(mode)}, expected "min" or "max"`;
  if (thresholdMode !== "rel" && thresholdMode !== "abs")
    return `thresholdMode is ${JSON.stringify(thresholdMode)}, expected "rel" or "abs"`;
  if (!(factor > 0 && factor < 1)) return `factor is ${factor}, expected a number between 0 and 1`;
  for (const [name, value] of Object.entries({ patience, cooldown }))
    if (!(Number.isSafeInteger(value) && value >= 0))
      return `${name} is ${value}, expected a whole number from 0`;
  for (const [name, value] of Object.entries({ threshold, minLr, eps }))
    if (!(value >= 0)) return `${name} is ${value}, expected 0 or more`;
  return null;
}
