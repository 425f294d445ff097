import { negative, Optimizer, type OptimizerKind, type Trained } from "./optimizer.ts";

/** What Adam takes; a group may have its own. */
export interface AdamOptions {
  /** Learning rate; 0.001. */
  lr?: number;
  /** Decay of the two moments; [0.9, 0.999]. */
  betas?: readonly [number, number];
  /** Added to √v; 1e-8 (Keras: 1e-7). */
  eps?: number;
  /** Adam: L2 penalty added to the gradient; 0. AdamW: share of the weights taken off; 0.01 (Keras: 0.004). */
  weightDecay?: number;
  /** Keras's formula: eps is added to the uncorrected √v. */
  kerasEpsilon?: boolean;
  /**
   * false: the moments, which start at 0, are not scaled up, so that the first steps differ: with the default betas
   * the first is 3.2 times as long. BERT was trained so (Devlin et al. 2019); Hugging Face's former AdamW took the
   * decay off after the step, which differs by lr² · weightDecay.
   */
  correctBias?: boolean;
}

type AdamSettings = Required<AdamOptions>;

const ADAM: OptimizerKind<AdamSettings> = {
  name: "Adam",
  defaults: {
    lr: 0.001,
    betas: [0.9, 0.999],
    eps: 1e-8,
    weightDecay: 0,
    kerasEpsilon: false,
    correctBias: true,
  },
  state: ["exp_avg", "exp_avg_sq"],
  complaint({ lr, betas, eps, weightDecay }) {
    if (!betas.every((b) => b >= 0 && b < 1)) return `betas must lie in [0, 1), got [${betas}]`;
    return negative({ lr, eps, weightDecay });
  },
  row: (settings, t) => settingsRow(settings, t, settings.weightDecay, 0),
  launch(device, stretch, { state: [m, v], ...buffers }) {
    device.backend.run("adam", { ...stretch }, { ...buffers, m, v });
  },
};

const ADAMW: OptimizerKind<AdamSettings> = {
  ...ADAM,
  name: "AdamW",
  defaults: { ...ADAM.defaults, weightDecay: 0.01 },
  row: (settings, t) => settingsRow(settings, t, 0, settings.lr * settings.weightDecay),
};

/** A line of kernels/adam.wgsl's settings. */
function settingsRow(s: AdamSettings, t: number, decay: number, shrink: number): number[] {
  const [beta1, beta2] = s.betas;
  if (!s.correctBias) return [beta1, beta2, decay, s.lr, 1, s.eps, shrink];
  const root = Math.sqrt(1 - beta2 ** t);
  const lr = s.lr / (1 - beta1 ** t);
  // Keras: p − lr·√(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε).
  if (s.kerasEpsilon) return [beta1, beta2, decay, lr * root, 1, s.eps, shrink];
  return [beta1, beta2, decay, lr, 1 / root, s.eps, shrink];
}

/**
 * Adam (Kingma & Ba 2015) with PyTorch's defaults. Creating it moves the parameters and their gradients into flat
 * arenas: a step is one dispatch per group. A parameter without a gradient is skipped, as in PyTorch. Throws a
 * ValueError for settings outside their range.
 */
export class Adam extends Optimizer<AdamSettings> {
  constructor(params: Trained<AdamOptions>, options: AdamOptions = {}) {
    super(ADAM, params, options);
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019): before each update, p − lr · weightDecay · p, as
 * PyTorch and Keras do it. With PyTorch's defaults; otherwise like `Adam`.
 */
export class AdamW extends Optimizer<AdamSettings> {
  constructor(params: Trained<AdamOptions>, options: AdamOptions = {}) {
    super(ADAMW, params, options);
  }
}
