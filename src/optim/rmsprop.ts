import { negative, Optimizer, type OptimizerKind, type Trained } from "./optimizer.ts";

/** What RMSprop takes; a group may have its own. */
export interface RMSpropOptions {
  /** Learning rate; 0.01 (Keras: 0.001). */
  lr?: number;
  /** Decay of the squared gradients; 0.99 (Keras calls it rho: 0.9). */
  alpha?: number;
  /** Added to √v; 1e-8 (Keras: 1e-7). */
  eps?: number;
  /** Share of the last step that is taken again; 0. */
  momentum?: number;
  /** L2 penalty added to the gradient; 0. */
  weightDecay?: number;
  /** Keras's formula: eps is added to v under the root, and the learning rate enters the momentum. */
  kerasEpsilon?: boolean;
}

type RMSpropSettings = Required<RMSpropOptions>;

const RMSPROP: OptimizerKind<RMSpropSettings> = {
  name: "RMSprop",
  defaults: { lr: 0.01, alpha: 0.99, eps: 1e-8, momentum: 0, weightDecay: 0, kerasEpsilon: false },
  state: ["square_avg", "momentum_buffer"],
  complaint({ lr, alpha, eps, momentum, weightDecay }) {
    if (!(alpha >= 0 && alpha < 1)) return `alpha must lie in [0, 1), got ${alpha}`;
    return negative({ lr, eps, momentum, weightDecay });
  },
  row({ lr, alpha, eps, momentum, weightDecay, kerasEpsilon }) {
    // 1 − α from doubles: f32 has rounded α already.
    const shared = [weightDecay, alpha, 1 - alpha, momentum];
    return kerasEpsilon ? [...shared, eps, 0, lr, 1] : [...shared, 0, eps, 1, lr];
  },
  launch(device, stretch, { state: [v, m], ...buffers }) {
    device.backend.run("rmsprop", { ...stretch }, { ...buffers, v, m });
  },
};

/**
 * RMSprop (Tieleman & Hinton 2012, not centered) with PyTorch's formula, or Keras's. A step is one dispatch per
 * group; a parameter without a gradient is skipped. Throws a ValueError for settings outside their range.
 */
export class RMSprop extends Optimizer<RMSpropSettings> {
  constructor(params: Trained<RMSpropOptions>, options: RMSpropOptions = {}) {
    super(RMSPROP, params, options);
  }
}
