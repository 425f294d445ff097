/** SGD, RMSprop and AdamW: PyTorch's numbers, Keras's published formulas in double precision, launches, state. */
import {
  Adam,
  AdamW,
  add,
  clipGradNorm,
  clipGradValue,
  type Device,
  mul,
  Parameter,
  RMSprop,
  SGD,
  type SGDOptions,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import fixture from "../fixtures/optimizers.json" with { type: "json" };
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase, testNumbers } from "./case.ts";
import { launchCase } from "./launch.ts";

type Stored = { shape: number[]; data: number[] };
type Trainer = { lr: number; zeroGrad(): void; step(): Promise<void> };

/** Leaves these gradients on the parameters: the gradient of Σ p·g is g. */
function giveGradients(
  parameters: readonly Parameter[],
  gradients: readonly (ArrayLike<number> | null)[],
): void {
  const terms = gradients.flatMap((g, k) => {
    const { device, shape } = parameters[k];
    return g ? [sum(mul(parameters[k], tensor(g, { device, shape })))] : [];
  });
  terms.reduce((a: Tensor, b) => add(a, b)).backward();
}

function optimizerOf(name: string, parameters: Parameter[], options: Record<string, unknown>): Trainer {
  const { weight_decay: weightDecay, ...rest } = options;
  const ours = weightDecay === undefined ? rest : { ...rest, weightDecay };
  if (name === "SGD") return new SGD(parameters, ours);
  return name === "RMSprop" ? new RMSprop(parameters, ours) : new AdamW(parameters, ours);
}

function asPyTorch(c: (typeof fixture.cases)[number]): DeviceCase {
  return {
    name: `${c.optimizer}: 25 steps as PyTorch, ${JSON.stringify(c.options)}`,
    async run(device) {
      const parameters = fixture.initial.map((p) => new Parameter(device, p.data, p.shape));
      const optimizer = optimizerOf(c.optimizer, parameters, c.options);
      for (const [i, gradients] of (fixture.gradients as (Stored | null)[][]).entries()) {
        optimizer.zeroGrad();
        giveGradients(
          parameters,
          gradients.map((g) => g?.data ?? null),
        );
        if (i === 10) optimizer.lr = c.options.lr / 4;
        await optimizer.step();
        const expected = (c.parameters as Record<string, Stored[]>)[String(i + 1)];
        // 25 steps, each with f32 rounding of a sum up to 4 (SGD with momentum) or of a quotient of roots.
        for (const [k, p] of (expected ?? []).entries())
          await assertClose(parameters[k], p.data, 3e-6, `parameter ${k} after step ${i + 1}`);
      }
    },
  };
}

/** One step of Keras 3 on one number: its state s is changed, the new value returned. */
type KerasStep = (p: number, g: number, s: number[], lr: number, t: number) => number;

/** Adam of Keras; with a decay, its AdamW. */
function kerasAdam(eps: number, decay: number): KerasStep {
  return (p, g, s, lr, t) => {
    const alpha = (lr * Math.sqrt(1 - 0.999 ** t)) / (1 - 0.9 ** t);
    s[0] += (g - s[0]) * (1 - 0.9);
    s[1] += (g * g - s[1]) * (1 - 0.999);
    return p - p * decay * lr - (s[0] * alpha) / (Math.sqrt(s[1]) + eps);
  };
}

function kerasRMSprop(rho: number, momentum: number, eps: number): KerasStep {
  return (p, g, s, lr) => {
    s[0] = rho * s[0] + (1 - rho) * g * g;
    const increment = (lr * g) / Math.sqrt(s[0] + eps);
    s[1] = momentum * s[1] + increment;
    return p - (momentum > 0 ? s[1] : increment);
  };
}

function kerasSGD(momentum: number, nesterov: boolean): KerasStep {
  return (p, g, s, lr) => {
    s[0] = s[0] * momentum - g * lr;
    return p + (nesterov ? s[0] * momentum - g * lr : s[0]);
  };
}

function asKeras(name: string, make: (p: Parameter[]) => Trainer, step: KerasStep): DeviceCase {
  return {
    name: `${name}: Keras's published formula, the learning rate changing`,
    async run(device) {
      const start = testNumbers(6, 1);
      const p = new Parameter(device, start, [6]);
      const optimizer = make([p]);
      const expected = Float64Array.from(start);
      const states = Array.from({ length: 6 }, () => [0, 0]);
      for (let t = 1; t <= 12; t++) {
        optimizer.lr = t < 7 ? 0.02 : 0.003;
        const g = testNumbers(6, 10 + t);
        optimizer.zeroGrad();
        giveGradients([p], [g]);
        await optimizer.step();
        for (let i = 0; i < 6; i++) expected[i] = step(expected[i], g[i], states[i], optimizer.lr, t);
      }
      // Twelve steps of f32 rounding on numbers up to 2; the factor 1 − β₂ is rounded to 1e-5 of itself, as in PyTorch.
      await assertClose(p, expected, 3e-6);
      assert(Math.abs(expected[0] - start[0]) > 1e-2, "nothing was learned");
    },
  };
}

/** A run of six steps with a break in the middle, or without one. */
async function split(
  device: Device,
  make: (p: Parameter) => SGD | RMSprop | AdamW,
  broken: boolean,
): Promise<ArrayLike<number>> {
  let p = new Parameter(device, testNumbers(9, 1), [3, 3]);
  let optimizer = make(p);
  for (let t = 0; t < 6; t++) {
    if (broken && t === 3) {
      const [values, state] = await Promise.all([p.data(), optimizer.stateDict()]);
      p = new Parameter(device, values, [3, 3]);
      optimizer = make(p);
      optimizer.loadStateDict(state);
    }
    optimizer.zeroGrad();
    giveGradients([p], [testNumbers(9, t)]);
    await optimizer.step();
  }
  return p.data();
}

const ARENA = { p: testNumbers(203, 1), g: testNumbers(203, 2), m: testNumbers(203, 3) };
const SQUARES = testNumbers(203, 4).map((v) => v * v);
const UNUSED = new Array<number>(8).fill(0);

const launches = [63, 200].flatMap((count) => [
  launchCase(
    "adam",
    `${count} elements, decoupled decay`,
    { count, offset: 2, row: 1 },
    { ...ARENA, v: SQUARES, settings: [...UNUSED, 0.9, 0.999, 0, 0.002, 1.5, 1e-8, 0.1, 0] },
  ),
  launchCase(
    "sgd",
    `${count} elements from the third on`,
    { count, offset: 2, row: 1 },
    { ...ARENA, settings: [...UNUSED, 0.1, 0.9, 0.7, -0.2, -0.3, 0, 0, 0] },
  ),
  launchCase(
    "rmsprop",
    `${count} elements from the third on`,
    { count, offset: 2, row: 1 },
    { ...ARENA, v: SQUARES, settings: [...UNUSED, 0.1, 0.9, 0.1, 0.8, 1e-3, 1e-2, 0.5, 0.3] },
  ),
  launchCase(
    "clip_value",
    `${count} elements from the third on`,
    { count, offset: 2, limit: 0.7 },
    { g: testNumbers(203, 5) },
  ),
]);

export const optimizersCases: DeviceCase[] = [
  ...launches,
  ...fixture.cases.map(asPyTorch),
  asKeras("Adam", (p) => new Adam(p, { eps: 1e-7, kerasEpsilon: true }), kerasAdam(1e-7, 0)),
  asKeras(
    "AdamW",
    (p) => new AdamW(p, { eps: 1e-3, kerasEpsilon: true, weightDecay: 0.5 }),
    kerasAdam(1e-3, 0.5),
  ),
  ...[0, 0.9].map((momentum) =>
    asKeras(
      `RMSprop, momentum ${momentum}`,
      (p) => new RMSprop(p, { alpha: 0.9, eps: 1e-2, momentum, kerasEpsilon: true }),
      kerasRMSprop(0.9, momentum, 1e-2),
    ),
  ),
  ...[
    { momentum: 0, nesterov: false },
    { momentum: 0.9, nesterov: false },
    { momentum: 0.9, nesterov: true },
  ].map((options) =>
    asKeras(
      `SGD, ${JSON.stringify(options)}`,
      (p) => new SGD(p, { ...options, kerasMomentum: true }),
      kerasSGD(options.momentum, options.nesterov),
    ),
  ),
  {
    name: "SGD, RMSprop, AdamW: saved and loaded, a run continues to the last bit",
    async run(device) {
      for (const make of [
        (p: Parameter) => new SGD([p], { lr: 0.1, momentum: 0.9, dampening: 0.2 }),
        (p: Parameter) => new RMSprop([p], { momentum: 0.5 }),
        (p: Parameter) => new AdamW([p], { lr: 0.1 }),
      ])
        await assertEqual(await split(device, make, true), await split(device, make, false));
    },
  },
  {
    name: "optimizers: a step is one dispatch, and creates nothing",
    async run(device) {
      const parameters = [new Parameter(device, testNumbers(70), [7, 10]), new Parameter(device, [1], [1])];
      for (const optimizer of [
        new SGD(parameters, { momentum: 0.9 }),
        new RMSprop(parameters),
        new AdamW(parameters),
      ]) {
        giveGradients(parameters, [testNumbers(70), [1]]);
        await optimizer.step();
        giveGradients(parameters, [testNumbers(70), [1]]);
        const before = device.stats();
        await optimizer.step();
        const after = device.stats();
        assert(
          after.dispatches - before.dispatches === 1,
          `${after.dispatches - before.dispatches} dispatches`,
        );
        assert(after.buffers === before.buffers, "a step made a buffer");
      }
    },
  },
  {
    name: "optimizers: bad settings, states of another optimizer",
    async run(device) {
      const parameters = [new Parameter(device, [1, 2], [2])];
      const sgd = (options: SGDOptions) => () => new SGD(parameters, options);
      await assertThrows(sgd({ momentum: -1 }), "SGD: momentum must be at least 0, got -1");
      await assertThrows(sgd({ nesterov: true }), "SGD: nesterov needs a momentum above 0 and no dampening");
      await assertThrows(sgd({ lr: Number.NaN }), "SGD: lr must be at least 0, got NaN");
      await assertThrows(
        () => new RMSprop(parameters, { alpha: 1 }),
        "RMSprop: alpha must lie in [0, 1), got 1",
      );
      await assertThrows(
        () => new RMSprop(parameters, { rho: 1 } as object),
        'RMSprop: unknown option "rho"',
      );
      await assertThrows(() => new AdamW([]), "AdamW: got no parameters");
      const state = await new SGD(parameters).stateDict();
      await assertThrows(
        () => new AdamW(parameters).loadStateDict(state),
        "AdamW: the state has 2 entries, expected 3 (1 parameters: exp_avg, exp_avg_sq, step)",
      );
    },
  },
  {
    name: "clipGradValue: in an arena and alone; parameters without a gradient, NaN",
    async run(device) {
      const parameters = [3, 2, 2].map((n) => new Parameter(device, testNumbers(n), [n]));
      new SGD(parameters.slice(0, 2));
      giveGradients(parameters, [[0.5, -3, 2], null, [-1e30, Number.NaN]]);
      clipGradValue(parameters, 1.5);
      await assertEqual(parameters[0].grad!, [0.5, -1.5, 1.5]);
      assert(parameters[1].grad === null, "a gradient appeared");
      await assertEqual(parameters[2].grad!, [-1.5, Number.NaN]);
      await assertThrows(() => clipGradValue(parameters, 0), "maxValue must be positive, got 0");
      await assertThrows(() => clipGradNorm(parameters, -1), "maxNorm must be positive, got -1");
    },
  },
];
