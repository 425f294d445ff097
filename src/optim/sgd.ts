import { negative, Optimizer, type OptimizerKind, type Trained } from "./optimizer.ts";

/** What SGD takes; a group may have its own. */
export interface SGDOptions {
  /** Learning rate; 0.001 (Keras: 0.01). */
  lr?: number;
  /** Share of the last step that is taken again; 0. */
  momentum?: number;
  /** Share of a gradient that does not enter the momentum, after the first step; 0. */
  dampening?: number;
  /** Looks one step ahead (Nesterov 1983, in the form of Sutskever et al. 2013). */
  nesterov?: boolean;
  /** L2 penalty added to the gradient; 0. */
  weightDecay?: number;
  /**
   * Keras's formula: the learning rate enters the momentum, so that steps taken already keep theirs when it changes.
   * While it does not change, both formulas are the same.
   */
  kerasMomentum?: boolean;
}

type SGDSettings = Required<SGDOptions>;

const SGD_KIND: OptimizerKind<SGDSettings> = {
  name: "SGD",
  defaults: {
    lr: 0.001,
    momentum: 0,
    dampening: 0,
    nesterov: false,
    weightDecay: 0,
    kerasMomentum: false,
  },
  state: ["momentum_buffer"],
  complaint({ lr, momentum, dampening, nesterov, weightDecay, kerasMomentum }) {
    if (nesterov && !(momentum > 0 && dampening === 0))
      return "nesterov needs a momentum above 0 and no dampening";
    if (kerasMomentum && dampening !== 0) return "kerasMomentum knows no dampening";
    return negative({ lr, momentum, dampening, weightDecay });
  },
  row({ lr, momentum, dampening, nesterov, weightDecay, kerasMomentum }, t) {
    // Keras: m = μ m − lr g; p += m, or p += μ m − lr g.
    if (kerasMomentum) return [weightDecay, momentum, -lr, nesterov ? momentum : 1, nesterov ? -lr : 0];
    // PyTorch: m = μ m + (1 − dampening) g, from m = g; p −= lr m, or p −= lr (g + μ m).
    const share = t === 1 ? 1 : 1 - dampening;
    return [weightDecay, momentum, share, nesterov ? -lr * momentum : -lr, nesterov ? -lr : 0];
  },
  launch(device, stretch, { state: [m], ...buffers }) {
    device.backend.run("sgd", { ...stretch }, { ...buffers, m });
  },
};

/**
 * Stochastic gradient descent with PyTorch's formula, or Keras's. A step is one dispatch per group; a parameter
 * without a gradient is skipped. Throws a ValueError for settings outside their range.
 */
export class SGD extends Optimizer<SGDSettings> {
  constructor(params: Trained<SGDOptions>, options: SGDOptions = {}) {
    super(SGD_KIND, params, options);
  }
}
