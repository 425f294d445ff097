/** Optimizers with Keras 3's defaults, over those of the PyTorch door. */
import { checkOptions, nearestName, ValueError } from "../errors.ts";
import { Adam, AdamW } from "../optim/adam.ts";
import { clipGradNorm, clipGradValue } from "../optim/clip.ts";
import type { StateMap } from "../optim/optimizer.ts";
import { RMSprop } from "../optim/rmsprop.ts";
import { SGD } from "../optim/sgd.ts";
import type { Parameter } from "../tensor.ts";

/** What all optimizers take. */
export interface ClipOptions {
  /** Scales the gradient of each weight down to this norm. */
  clipnorm?: number;
  /** Cuts each number of the gradients off at ± this. */
  clipvalue?: number;
  /** Scales all gradients down together to this norm. */
  globalClipnorm?: number;
}

/** What `optimizers.adam` takes. */
export interface AdamConfig extends ClipOptions {
  /** 0.001 */
  learningRate?: number;
  /** 0.9 */
  beta1?: number;
  /** 0.999 */
  beta2?: number;
  /** Added to the uncorrected √v; 1e-7. */
  epsilon?: number;
  /** Share of each weight, times the learning rate, taken away at a step; 0 (adamw: 0.004). */
  weightDecay?: number;
}

/** What `optimizers.sgd` takes. */
export interface SGDConfig extends ClipOptions {
  /** 0.01 */
  learningRate?: number;
  /** Share of the last step that is taken again; 0. */
  momentum?: number;
  /** Looks one step ahead; false. */
  nesterov?: boolean;
}

/** What `optimizers.rmsprop` takes. */
export interface RMSpropConfig extends ClipOptions {
  /** 0.001 */
  learningRate?: number;
  /** Decay of the squared gradients; 0.9. */
  rho?: number;
  /** Share of the last step that is taken again; 0. */
  momentum?: number;
  /** Added to the squared gradients under the root; 1e-7. */
  epsilon?: number;
}

/** The optimizers that have a name. */
export type OptimizerName = "adam" | "adamw" | "sgd" | "rmsprop";

/** An optimizer as files hold it. */
export interface OptimizerConfig {
  readonly name: OptimizerName;
  readonly options: Record<string, unknown>;
}

/** What runs the updates: an optimizer of the PyTorch door. */
interface Engine {
  lr: number;
  zeroGrad(): void;
  step(): Promise<void>;
  stateDict(): Promise<StateMap>;
  loadStateDict(state: StateMap): void;
}

const CLIP_OPTIONS = ["clipnorm", "clipvalue", "globalClipnorm"];

/** An optimizer of the Keras door. A model builds it when it trains for the first time. */
export class Optimizer {
  readonly config: OptimizerConfig;
  readonly #make: (parameters: readonly Parameter[], learningRate: number) => Engine;
  readonly #statesPerWeight: number;
  #learningRate: number;
  #engine: Engine | null = null;
  #parameters: readonly Parameter[] = [];
  #steps = 0;

  constructor(
    config: OptimizerConfig,
    learningRate: number,
    statesPerWeight: number,
    make: (parameters: readonly Parameter[], learningRate: number) => Engine,
  ) {
    if (!(learningRate >= 0))
      throw new ValueError(`optimizers.${config.name}: learningRate must be at least 0, got ${learningRate}`);
    this.config = config;
    this.#learningRate = learningRate;
    this.#statesPerWeight = statesPerWeight;
    this.#make = make;
  }

  /** Its name, such as "adam". */
  get name(): string {
    return this.config.name;
  }

  /** The learning rate; a new one takes effect at the next step. */
  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(value: number) {
    this.#learningRate = value;
    if (this.#engine) this.#engine.lr = value;
  }

  /** Steps done. */
  get iterations(): number {
    return this.#steps;
  }

  /** Whether it holds state for a model's weights. */
  get built(): boolean {
    return this.#engine !== null;
  }

  /** Takes the weights to train; does nothing the second time. Throws for an optimizer of another model. */
  build(parameters: readonly Parameter[]): void {
    if (this.#engine) {
      if (
        parameters.length !== this.#parameters.length ||
        parameters.some((p, i) => p !== this.#parameters[i])
      )
        throw new ValueError(
          `optimizer ${this.name}: it trains another model already; make one for each model`,
        );
      return;
    }
    this.#parameters = parameters;
    this.#engine = this.#make(parameters, this.#learningRate);
  }

  /** Forgets all gradients. */
  zeroGrad(): void {
    this.#engine?.zeroGrad();
  }

  /** Clips as asked, updates every weight and ends the step. */
  step(): Promise<void> {
    if (!this.#engine) throw new ValueError(`optimizer ${this.name}: it is not built`);
    this.#clip();
    this.#steps++;
    return this.#engine.step();
  }

  #clip(): void {
    const { clipnorm, clipvalue, globalClipnorm } = this.config.options as ClipOptions;
    if (globalClipnorm !== undefined) clipGradNorm(this.#parameters, globalClipnorm);
    if (clipnorm !== undefined)
      for (const parameter of this.#parameters) if (parameter.grad) clipGradNorm([parameter], clipnorm);
    if (clipvalue !== undefined) clipGradValue(this.#parameters, clipvalue);
  }

  /** Numbers that Keras counts as the optimizer's: its state, the learning rate and the number of steps. */
  countParams(): number {
    const trained = this.#parameters.reduce((total, { size }) => total + size, 0);
    return 2 + this.#statesPerWeight * trained;
  }

  /** Internal: the state by parameter, as checkpoints hold it. */
  async stateDict(): Promise<StateMap> {
    return this.#engine ? this.#engine.stateDict() : new Map();
  }

  /** Puts back what `stateDict` gave, with the number of steps. */
  loadStateDict(state: StateMap, steps: number): void {
    this.#engine?.loadStateDict(state);
    this.#steps = steps;
  }
}

function adamOf(name: "adam" | "adamw", options: AdamConfig, weightDecay: number): Optimizer {
  const where = `optimizers.${name}`;
  checkOptions(where, options, ["learningRate", "beta1", "beta2", "epsilon", "weightDecay", ...CLIP_OPTIONS]);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options;
  const decay = options.weightDecay ?? weightDecay;
  return new Optimizer({ name, options: { ...options } }, learningRate, 2, (parameters, lr) => {
    const settings = { lr, betas: [beta1, beta2], eps: epsilon, kerasEpsilon: true } as const;
    // Keras's weight decay is decoupled in every optimizer.
    return decay > 0
      ? new AdamW(parameters, { ...settings, weightDecay: decay })
      : new Adam(parameters, settings);
  });
}

/** Optimizers by name, with Keras 3's defaults. */
export const optimizers = {
  /** Adam; epsilon is added to the uncorrected √v, as in Keras. Source: Kingma & Ba 2015. */
  adam: (options: AdamConfig = {}): Optimizer => adamOf("adam", options, 0),
  /** Adam with weight decay 0.004 beside the gradient. Source: Loshchilov & Hutter 2019. */
  adamw: (options: AdamConfig = {}): Optimizer => adamOf("adamw", options, 0.004),
  /** Stochastic gradient descent. */
  sgd: (options: SGDConfig = {}): Optimizer => {
    checkOptions("optimizers.sgd", options, ["learningRate", "momentum", "nesterov", ...CLIP_OPTIONS]);
    const { learningRate = 0.01, momentum = 0, nesterov = false } = options;
    return new Optimizer(
      { name: "sgd", options: { ...options } },
      learningRate,
      momentum > 0 ? 1 : 0,
      (parameters, lr) =>
        // Without momentum there is nothing to look ahead with.
        new SGD(parameters, { lr, momentum, nesterov: nesterov && momentum > 0, kerasMomentum: true }),
    );
  },
  /** RMSprop; epsilon is added under the root, as in Keras. Source: Tieleman & Hinton 2012. */
  rmsprop: (options: RMSpropConfig = {}): Optimizer => {
    checkOptions("optimizers.rmsprop", options, [
      "learningRate",
      "rho",
      "momentum",
      "epsilon",
      ...CLIP_OPTIONS,
    ]);
    const { learningRate = 0.001, rho = 0.9, momentum = 0, epsilon = 1e-7 } = options;
    return new Optimizer(
      { name: "rmsprop", options: { ...options } },
      learningRate,
      momentum > 0 ? 2 : 1,
      (parameters, lr) =>
        new RMSprop(parameters, { lr, alpha: rho, momentum, eps: epsilon, kerasEpsilon: true }),
    );
  },
};

/** An optimizer from its name, or itself; throws a ValueError with the nearest name. */
export function resolveOptimizer(optimizer: OptimizerName | Optimizer): Optimizer {
  if (optimizer instanceof Optimizer) return optimizer;
  return optimizerFromConfig({ name: optimizer, options: {} });
}

/** An optimizer from what a file says of it. */
export function optimizerFromConfig({ name, options }: OptimizerConfig): Optimizer {
  const known = Object.keys(optimizers);
  const make = Object.hasOwn(optimizers, name) ? optimizers[name] : undefined;
  if (make) return make(options as never);
  const near = nearestName(String(name), known);
  throw new ValueError(
    `compile: unknown optimizer "${name}"${near ? `; did you mean "${near}"?` : `; known: ${known.join(", ")}`}`,
  );
}
