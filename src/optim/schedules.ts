/** Learning rates that follow the number of steps. */
import { checkOptions, FileFormatError, ValueError } from "../errors.ts";

/** What a schedule changes: an optimizer, of which only the groups' learning rates matter. */
export interface Scheduled {
  readonly groups: readonly { lr: number }[];
}

/** The factor of the learning rate for the update that comes after `step` others. */
export type Multiplier = (step: number) => number;

/** What a LambdaLR remembers, as plain JSON. */
export interface LambdaLRState {
  readonly steps: number;
  /** The learning rate of each group, before it is multiplied. */
  readonly baseLrs: readonly number[];
}

/**
 * Multiplies the learning rate that each group of an optimizer had by `multiplier(n)`, n steps later, as
 * torch.optim.lr_scheduler.LambdaLR. It takes effect at once (n = 0) and after each `step()`, which belongs behind the
 * optimizer's; only numbers that each update is launched with anyway change. Throws a ValueError when the multiplier
 * gives a negative number, NaN or an infinity.
 */
export class LambdaLR {
  readonly #optimizer: Scheduled;
  readonly #multiplier: Multiplier;
  #baseLrs: number[];
  #steps = 0;

  constructor(optimizer: Scheduled, multiplier: Multiplier) {
    this.#optimizer = optimizer;
    this.#multiplier = multiplier;
    this.#baseLrs = optimizer.groups.map(({ lr }) => lr);
    this.#apply();
  }

  /** Steps made so far. */
  get steps(): number {
    return this.#steps;
  }

  /** Sets the learning rates for the next update. */
  step(): void {
    this.#steps++;
    this.#apply();
  }

  #apply(): void {
    const factor = this.#multiplier(this.#steps);
    if (!(factor >= 0 && factor < Number.POSITIVE_INFINITY))
      throw new ValueError(
        `LambdaLR: the multiplier gave ${factor} for step ${this.#steps}, expected 0 or more`,
      );
    for (const [i, group] of this.#optimizer.groups.entries()) group.lr = this.#baseLrs[i] * factor;
  }

  /** What it takes to continue, as plain JSON; the multiplier itself is not in it. */
  stateDict(): LambdaLRState {
    return { steps: this.#steps, baseLrs: [...this.#baseLrs] };
  }

  /** Continues from such a state: the learning rates follow at once. Throws a FileFormatError for another one. */
  loadStateDict(state: LambdaLRState): void {
    const groups = this.#optimizer.groups.length;
    const { steps, baseLrs } = state ?? {};
    if (
      !(Number.isInteger(steps) && steps >= 0) ||
      baseLrs?.length !== groups ||
      !baseLrs.every((lr) => lr >= 0)
    )
      throw new FileFormatError(
        `LambdaLR: expected a state with steps and ${groups} baseLrs, got ${JSON.stringify(state)}`,
      );
    this.#steps = steps;
    this.#baseLrs = [...baseLrs];
    this.#apply();
  }
}

/** What linearWarmup takes. */
export interface WarmupOptions {
  /** Steps in which the factor rises from 0 to 1; default 0. */
  warmupSteps?: number;
  /** Steps of the whole training, warm-up included. */
  totalSteps: number;
}

/**
 * From 0 up to 1 in `warmupSteps`, then down to 0 at `totalSteps`, both in a straight line; 0 from there on. As
 * Hugging Face's get_linear_schedule_with_warmup. The first update of a warm-up has the factor 0. For LambdaLR; throws
 * a ValueError for steps that are no whole numbers, or a warm-up longer than the training.
 */
export function linearWarmup(options: WarmupOptions): Multiplier {
  const { warmupSteps, totalSteps } = checkedWarmup("linearWarmup", options, []);
  return (step) =>
    step < warmupSteps
      ? step / warmupSteps
      : Math.max(0, totalSteps - step) / Math.max(1, totalSteps - warmupSteps);
}

/** What cosineWarmup takes. */
export interface CosineWarmupOptions extends WarmupOptions {
  /** The factor at the end, from 0 to 1; default 0. */
  floor?: number;
}

/**
 * From 0 up to 1 in `warmupSteps`, then down to `floor` at `totalSteps` along half a cosine, and `floor` from there
 * on: floor + (1 − floor)·(1 + cos(π·share))/2. Without a warm-up as torch.optim's CosineAnnealingLR (Loshchilov &
 * Hutter 2017). For LambdaLR; throws as linearWarmup does, and for a floor outside 0 … 1.
 */
export function cosineWarmup(options: CosineWarmupOptions): Multiplier {
  const { warmupSteps, totalSteps } = checkedWarmup("cosineWarmup", options, ["floor"]);
  const { floor = 0 } = options;
  if (!(floor >= 0 && floor <= 1))
    throw new ValueError(`cosineWarmup: floor is ${floor}, expected a number from 0 to 1`);
  return (step) => {
    if (step < warmupSteps) return step / warmupSteps;
    const share = Math.min(1, (step - warmupSteps) / Math.max(1, totalSteps - warmupSteps));
    return floor + ((1 - floor) * (1 + Math.cos(Math.PI * share))) / 2;
  };
}

/** What noam takes. */
export interface NoamOptions {
  /** Width of the model. */
  dModel: number;
  /** Updates in which the learning rate rises. */
  warmupSteps: number;
  /** Scales the whole schedule; default 1. */
  factor?: number;
}

/**
 * The schedule of the Transformer paper: factor · dModel^−½ · min(n^−½, n · warmupSteps^−1.5) for update n, counted
 * from 1 (Vaswani et al. 2017, equation 3). It rises in a straight line to its largest value at n = warmupSteps. This
 * is the learning rate itself: give the optimizer `lr: 1`. For LambdaLR; throws a ValueError for numbers not above 0.
 */
export function noam(options: NoamOptions): Multiplier {
  checkOptions("noam", options, ["dModel", "warmupSteps", "factor"]);
  const { dModel, warmupSteps, factor = 1 } = options;
  for (const [name, value] of Object.entries({ dModel, warmupSteps, factor }))
    checkPositive("noam", name, value);
  return (step) => factor * dModel ** -0.5 * Math.min((step + 1) ** -0.5, (step + 1) * warmupSteps ** -1.5);
}

/** What stepDecay takes. */
export interface StepDecayOptions {
  /** Steps between two falls. */
  stepSize: number;
  /** What each fall multiplies by; default 0.1. */
  gamma?: number;
}

/**
 * Multiplies by `gamma` every `stepSize` steps, as torch.optim.lr_scheduler.StepLR. For LambdaLR; throws a ValueError
 * unless stepSize is a whole number from 1 and gamma above 0.
 */
export function stepDecay(options: StepDecayOptions): Multiplier {
  checkOptions("stepDecay", options, ["stepSize", "gamma"]);
  const { stepSize, gamma = 0.1 } = options;
  checkWhole("stepDecay", "stepSize", stepSize, 1);
  checkPositive("stepDecay", "gamma", gamma);
  return (step) => gamma ** Math.floor(step / stepSize);
}

function checkedWarmup(
  where: string,
  options: WarmupOptions,
  more: readonly string[],
): Required<WarmupOptions> {
  checkOptions(where, options, ["warmupSteps", "totalSteps", ...more]);
  const { warmupSteps = 0, totalSteps } = options;
  checkWhole(where, "warmupSteps", warmupSteps, 0);
  checkWhole(where, "totalSteps", totalSteps, 1);
  if (warmupSteps > totalSteps)
    throw new ValueError(`${where}: warmupSteps is ${warmupSteps}, more than totalSteps, ${totalSteps}`);
  return { warmupSteps, totalSteps };
}

function checkWhole(where: string, name: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new ValueError(`${where}: ${name} is ${value}, expected a whole number from ${least}`);
}

function checkPositive(where: string, name: string, value: number): void {
  if (!(value > 0 && value < Number.POSITIVE_INFINITY))
    throw new ValueError(`${where}: ${name} is ${value}, expected a number above 0`);
}
