import type { Device } from "../device.ts";
import { checkOptions, FileFormatError, ValueError } from "../errors.ts";
import { sameShape } from "../shape.ts";
import { leafTensor, Parameter, type Tensor } from "../tensor.ts";
import { type Arena, gradientRuns, makeArenas, registerArenas } from "./arena.ts";

/** What Adam takes; a group may have its own. */
export interface AdamOptions {
  /** Learning rate; 0.001. */
  lr?: number;
  /** Decay of the two moments; [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to √v; 1e-8 (Keras: 1e-7). */
  eps?: number;
  /** L2 penalty added to the gradient; 0. */
  weightDecay?: number;
  /** Keras's formula: eps is added to the uncorrected √v. */
  kerasEpsilon?: boolean;
}

/** Parameters that share settings; what is left out comes from the optimizer's options. */
export interface ParameterGroup extends AdamOptions {
  params: Iterable<Parameter>;
}

interface Group {
  settings: Required<AdamOptions>;
  arenas: Arena[];
  parameters: Parameter[];
}

/** Name → values, as checkpoints store an optimizer's state. */
export type StateMap = Map<
  string,
  { shape: number[]; dtype: "f32" | "i32"; data: Float32Array | Int32Array }
>;

const OPTIONS = ["lr", "betas", "eps", "weightDecay", "kerasEpsilon"];
const DEFAULTS: Required<AdamOptions> = {
  lr: 0.001,
  betas: [0.9, 0.999],
  eps: 1e-8,
  weightDecay: 0,
  kerasEpsilon: false,
};
const ROW = 8;

/**
 * Adam (Kingma & Ba 2015) with PyTorch's defaults. Creating it moves the parameters and their gradients into flat
 * arenas: a step is one dispatch per group. A parameter without a gradient is skipped, as in PyTorch.
 */
export class Adam {
  readonly device: Device;
  readonly #groups: Group[];
  readonly #steps = new Map<Parameter, number>();
  #settings: Tensor | null = null;

  constructor(params: Iterable<Parameter> | readonly ParameterGroup[], options: AdamOptions = {}) {
    checkOptions("Adam", options, OPTIONS);
    const list = [...(params as Iterable<Parameter | ParameterGroup>)];
    if (list.length === 0) throw new ValueError("Adam: got no parameters");
    const groups: ParameterGroup[] =
      list[0] instanceof Parameter ? [{ params: list as Parameter[] }] : (list as ParameterGroup[]);
    const seen = new Set<Parameter>();
    const sorted = groups.map(({ params: members, ...own }) => {
      checkOptions("Adam", own, OPTIONS);
      const settings = { ...DEFAULTS, ...options, ...own };
      validate(settings);
      // A tied tensor appears in several modules and is trained once.
      const parameters = [...members].filter((p) => !seen.has(p) && seen.add(p));
      for (const p of parameters)
        if (!(p instanceof Parameter))
          throw new ValueError("Adam: expected Parameters or groups { params, … }");
      return { settings, parameters };
    });
    const first = sorted.find((g) => g.parameters.length > 0)?.parameters[0];
    if (!first) throw new ValueError("Adam: got no parameters");
    this.device = first.device;
    this.#groups = sorted.map(({ settings, parameters }) => {
      const arenas = makeArenas(this.device, parameters, 2);
      registerArenas(arenas);
      return { settings, arenas, parameters };
    });
  }

  /** The settings of each group; assigning to `lr` and the others takes effect at the next step. */
  get groups(): Required<AdamOptions>[] {
    return this.#groups.map((group) => group.settings);
  }

  /** Learning rate of the first group. */
  get lr(): number {
    return this.#groups[0].settings.lr;
  }

  /** Sets the learning rate of every group. */
  set lr(value: number) {
    for (const { settings } of this.#groups) settings.lr = value;
  }

  /** Forgets all gradients; the next backward pass overwrites them. */
  zeroGrad(): void {
    for (const { parameters } of this.#groups) for (const p of parameters) p.zeroGrad();
  }

  /**
   * Updates every parameter that has a gradient, and ends the training step. Resolves when at most two steps are in
   * flight, so that a loop that awaits it can be interrupted; not awaiting it gives the same numbers.
   */
  step(): Promise<void> {
    const rows: number[] = [];
    const launches: { arena: Arena; offset: number; count: number; row: number }[] = [];
    for (const { settings, arenas } of this.#groups)
      for (const arena of arenas)
        for (const run of gradientRuns(arena, (p) => this.#steps.get(p) ?? 0)) {
          const t = (this.#steps.get(run.parameters[0]) ?? 0) + 1;
          for (const p of run.parameters) this.#steps.set(p, t);
          launches.push({ arena, offset: run.offset, count: run.count, row: rows.length / ROW });
          rows.push(...settingsRow(settings, t));
        }
    if (launches.length > 0) {
      const settings = this.#settingsBuffer(rows);
      for (const { arena, offset, count, row } of launches)
        this.device.backend.run(
          "adam",
          { count, offset, row },
          {
            p: arena.parameters.storage.bind(),
            g: arena.gradients.storage.bind(),
            m: arena.moments[0].storage.bind(),
            v: arena.moments[1].storage.bind(),
            settings: settings.storage.bind(),
          },
        );
    }
    return this.device.endStep();
  }

  #settingsBuffer(rows: readonly number[]): Tensor {
    if (!this.#settings || this.#settings.size < rows.length) {
      this.#settings?.dispose();
      this.#settings = leafTensor(this.device, rows, [rows.length], "f32");
      this.#settings.storage.detachHost();
    }
    this.device.backend.write(this.#settings.storage.bind().buffer, Float64Array.from(rows));
    return this.#settings;
  }

  /** Both moments and the step count of every parameter, by its position: `0.exp_avg`, `0.exp_avg_sq`, `0.step`. */
  async stateDict(): Promise<StateMap> {
    const state: StateMap = new Map();
    let index = 0;
    for (const { arenas } of this.#groups)
      for (const arena of arenas) {
        const [m, v] = await Promise.all(arena.moments.map((moment) => moment.data()));
        for (const { parameter, offset } of arena.slices) {
          const part = (all: Float32Array | Float64Array | Int32Array): Float32Array =>
            Float32Array.from(all.subarray(offset, offset + parameter.size));
          const shape = [...parameter.shape];
          state.set(`${index}.exp_avg`, { shape, dtype: "f32", data: part(m) });
          state.set(`${index}.exp_avg_sq`, { shape, dtype: "f32", data: part(v) });
          const step = Int32Array.of(this.#steps.get(parameter) ?? 0);
          state.set(`${index}.step`, { shape: [], dtype: "i32", data: step });
          index++;
        }
      }
    return state;
  }

  /** Puts back what `stateDict` gave; throws a FileFormatError when it is of other parameters. */
  loadStateDict(state: StateMap): void {
    const slices = this.#groups.flatMap(({ arenas }) =>
      arenas.flatMap((arena) => arena.slices.map((s) => ({ arena, ...s }))),
    );
    if (state.size !== slices.length * 3)
      throw new FileFormatError(
        `Adam: the state has ${state.size / 3} parameters, this optimizer has ${slices.length}`,
      );
    const entry = (name: string, shape: readonly number[]): Float32Array | Int32Array => {
      const found = state.get(name);
      if (!found || !sameShape(found.shape, shape))
        throw new FileFormatError(
          `Adam: ${name} is ${found ? `[${found.shape.join(", ")}]` : "missing"}, expected [${shape.join(", ")}]`,
        );
      return found.data;
    };
    for (const [index, { arena, parameter, offset }] of slices.entries()) {
      const { backend } = this.device;
      backend.write(
        arena.moments[0].storage.bind().buffer,
        entry(`${index}.exp_avg`, parameter.shape),
        offset,
      );
      backend.write(
        arena.moments[1].storage.bind().buffer,
        entry(`${index}.exp_avg_sq`, parameter.shape),
        offset,
      );
      this.#steps.set(parameter, entry(`${index}.step`, [])[0]);
    }
  }
}

/** A row of kernels/adam.wgsl's settings. */
function settingsRow(s: Required<AdamOptions>, t: number): number[] {
  const [beta1, beta2] = s.betas;
  const root = Math.sqrt(1 - beta2 ** t);
  const lr = s.lr / (1 - beta1 ** t);
  // Keras: p − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε).
  if (s.kerasEpsilon) return [beta1, beta2, s.weightDecay, lr * root, 1, s.eps, 0, 0];
  return [beta1, beta2, s.weightDecay, lr, 1 / root, s.eps, 0, 0];
}

function validate({ lr, betas, eps, weightDecay }: Required<AdamOptions>): void {
  if (!(lr >= 0)) throw new ValueError(`Adam: lr must be at least 0, got ${lr}`);
  if (!betas.every((b) => b >= 0 && b < 1))
    throw new ValueError(`Adam: betas must lie in [0, 1), got [${betas}]`);
  if (!(eps >= 0)) throw new ValueError(`Adam: eps must be at least 0, got ${eps}`);
  if (!(weightDecay >= 0)) throw new ValueError(`Adam: weightDecay must be at least 0, got ${weightDecay}`);
}
