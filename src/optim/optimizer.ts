import type { Binding } from "../backend/backend.ts";
import type { Device } from "../device.ts";
import { checkOptions, FileFormatError, ValueError } from "../errors.ts";
import { sameShape } from "../shape.ts";
import { leafTensor, Parameter, type Tensor } from "../tensor.ts";
import { type Arena, gradientRuns, makeArenas, registerArenas } from "./arena.ts";

/** Parameters that share settings; what is left out comes from the optimizer's options. */
export type ParameterGroup<Options = { lr?: number }> = Options & { params: Iterable<Parameter> };

/** What an optimizer trains: parameters, or groups of them with settings of their own. */
export type Trained<Options> = Iterable<Parameter> | readonly ParameterGroup<Options>[];

/** Name → values, as checkpoints store an optimizer's state. */
export type StateMap = Map<
  string,
  { shape: number[]; dtype: "f32" | "i32" | "i8"; data: Float32Array | Int32Array | Int8Array }
>;

/** The part of an arena that one launch updates; `row` is its line in the settings. */
export interface Stretch {
  count: number;
  offset: number;
  row: number;
}

/** The buffers of an optimizer's kernel: all but the settings begin at the start of an arena. */
export interface StepBuffers {
  p: Binding;
  g: Binding;
  /** As many as `state` names. */
  state: readonly Binding[];
  settings: Binding;
}

/** What sets one optimizer apart from the others. */
export interface OptimizerKind<Settings extends { lr: number }> {
  name: string;
  defaults: Settings;
  /** PyTorch's names of what it remembers of each parameter, such as `exp_avg`; all are zero at first. */
  state: readonly string[];
  /** Complaint about a setting, as `lr must be at least 0, got -1`; null when all are good. */
  complaint(settings: Settings): string | null;
  /** The line of settings that its kernel reads at step t, counted from 1. */
  row(settings: Settings, t: number): readonly number[];
  launch(device: Device, stretch: Stretch, buffers: StepBuffers): void;
}

interface Group<Settings> {
  settings: Settings;
  arenas: Arena[];
  parameters: Parameter[];
}

/** Numbers in each line of settings, in every optimizer's kernel. */
const ROW = 8;

/**
 * What all optimizers share. Creating one moves the parameters and their gradients into flat arenas: a step is one
 * dispatch per group. A parameter without a gradient is skipped, as in PyTorch.
 */
export class Optimizer<Settings extends { lr: number }> {
  readonly device: Device;
  readonly #kind: OptimizerKind<Settings>;
  readonly #groups: Group<Settings>[];
  readonly #steps = new Map<Parameter, number>();
  #settings: Tensor | null = null;

  constructor(kind: OptimizerKind<Settings>, params: Trained<Partial<Settings>>, options: Partial<Settings>) {
    const { name } = kind;
    const known = Object.keys(kind.defaults);
    this.#kind = kind;
    checkOptions(name, options, known);
    const list = [...(params as Iterable<Parameter | ParameterGroup<Partial<Settings>>>)];
    if (list.length === 0) throw new ValueError(`${name}: got no parameters`);
    const groups = (list[0] instanceof Parameter ? [{ params: list }] : list) as ParameterGroup<
      Partial<Settings>
    >[];
    const seen = new Set<Parameter>();
    const sorted = groups.map(({ params: members, ...own }) => {
      checkOptions(name, own, known);
      const settings: Settings = { ...kind.defaults, ...options, ...own };
      const complaint = kind.complaint(settings);
      if (complaint) throw new ValueError(`${name}: ${complaint}`);
      // A tied tensor appears in several modules and is trained once.
      const parameters = [...members].filter((p) => !seen.has(p) && seen.add(p));
      for (const p of parameters)
        if (!(p instanceof Parameter))
          throw new ValueError(`${name}: expected Parameters or groups { params, … }`);
      return { settings, parameters };
    });
    const first = sorted.find((g) => g.parameters.length > 0)?.parameters[0];
    if (!first) throw new ValueError(`${name}: got no parameters`);
    this.device = first.device;
    this.#groups = sorted.map(({ settings, parameters }) => {
      const arenas = makeArenas(this.device, parameters, kind.state.length);
      registerArenas(arenas);
      return { settings, arenas, parameters };
    });
  }

  /** The settings of each group; assigning to `lr` and the others takes effect at the next step. */
  get groups(): Settings[] {
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
    const launches: { arena: Arena; stretch: Stretch }[] = [];
    for (const { settings, arenas } of this.#groups)
      for (const arena of arenas)
        for (const { offset, count, parameters } of gradientRuns(arena, (p) => this.#steps.get(p) ?? 0)) {
          const t = (this.#steps.get(parameters[0]) ?? 0) + 1;
          for (const p of parameters) this.#steps.set(p, t);
          launches.push({ arena, stretch: { offset, count, row: rows.length / ROW } });
          const row = this.#kind.row(settings, t);
          rows.push(...row, ...new Array<number>(ROW - row.length).fill(0));
        }
    if (launches.length > 0) {
      const settings = this.#settingsBuffer(rows).storage.bind();
      for (const { arena, stretch } of launches)
        this.#kind.launch(this.device, stretch, {
          p: arena.parameters.storage.bind(),
          g: arena.gradients.storage.bind(),
          state: arena.moments.map((moment) => moment.storage.bind()),
          settings,
        });
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

  /** What is remembered of every parameter, by its position, and its step count: `0.exp_avg`, `0.step`. */
  async stateDict(): Promise<StateMap> {
    const state: StateMap = new Map();
    let index = 0;
    for (const { arenas } of this.#groups)
      for (const arena of arenas) {
        const moments = await Promise.all(arena.moments.map((moment) => moment.data()));
        for (const { parameter, offset } of arena.slices) {
          const shape = [...parameter.shape];
          for (const [i, name] of this.#kind.state.entries()) {
            const data = Float32Array.from(moments[i].subarray(offset, offset + parameter.size));
            state.set(`${index}.${name}`, { shape, dtype: "f32", data });
          }
          const step = Int32Array.of(this.#steps.get(parameter) ?? 0);
          state.set(`${index}.step`, { shape: [], dtype: "i32", data: step });
          index++;
        }
      }
    return state;
  }

  /** Puts back what `stateDict` gave; throws a FileFormatError when it is of other parameters. */
  loadStateDict(state: StateMap): void {
    const { name, state: names } = this.#kind;
    const slices = this.#groups.flatMap(({ arenas }) =>
      arenas.flatMap((arena) => arena.slices.map((slice) => ({ arena, ...slice }))),
    );
    const entries = names.length + 1;
    if (state.size !== slices.length * entries)
      throw new FileFormatError(
        `${name}: the state has ${state.size} entries, expected ${slices.length * entries} ` +
          `(${slices.length} parameters: ${names.join(", ")}, step)`,
      );
    const entry = (key: string, shape: readonly number[]): ArrayLike<number> => {
      const found = state.get(key);
      if (!found || !sameShape(found.shape, shape))
        throw new FileFormatError(
          `${name}: ${key} is ${found ? `[${found.shape.join(", ")}]` : "missing"}, expected [${shape.join(", ")}]`,
        );
      return found.data;
    };
    for (const [index, { arena, parameter, offset }] of slices.entries()) {
      for (const [i, moment] of arena.moments.entries()) {
        const data = entry(`${index}.${names[i]}`, parameter.shape);
        this.device.backend.write(moment.storage.bind().buffer, data, offset);
      }
      this.#steps.set(parameter, entry(`${index}.step`, [])[0]);
    }
  }
}

/** Complaint about the first of these settings that is negative or not a number; null when there is none. */
export function negative(settings: Record<string, number>): string | null {
  for (const [name, value] of Object.entries(settings))
    if (!(value >= 0)) return `${name} must be at least 0, got ${value}`;
  return null;
}
