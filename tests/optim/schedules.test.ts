import { describe, expect, it } from "vitest";
import { FileFormatError, ValueError } from "../../src/errors.ts";
import { type PlateauOptions, ReduceLROnPlateau } from "../../src/optim/reduce_lr_on_plateau.ts";
import {
  cosineWarmup,
  LambdaLR,
  linearWarmup,
  type Multiplier,
  noam,
  stepDecay,
} from "../../src/optim/schedules.ts";
import fixture from "../fixtures/schedules.json" with { type: "json" };

const MULTIPLIERS: Record<string, (options: never) => Multiplier> = { linearWarmup, cosineWarmup, stepDecay };

const groupsOf = (lrs: readonly number[]) => ({ groups: lrs.map((lr) => ({ lr })) });
const lrsOf = ({ groups }: { groups: { lr: number }[] }): number[] => groups.map(({ lr }) => lr);

/** PyTorch multiplies the last learning rate on, we the first one: a few roundings of a double. */
function expectHistory(got: number[][], expected: number[][]): void {
  expect(got).toHaveLength(expected.length);
  for (const [n, lrs] of expected.entries())
    for (const [i, lr] of lrs.entries()) expect(Math.abs(got[n][i] - lr), `step ${n}`).toBeLessThan(1e-15);
}

describe("LambdaLR", () => {
  it.each(fixture.steps)("as PyTorch: $name $options", ({ name, options, history }) => {
    const optimizer = groupsOf(fixture.lrs);
    const schedule = new LambdaLR(optimizer, MULTIPLIERS[name](options as never));
    const got = [lrsOf(optimizer)];
    while (got.length < history.length) {
      schedule.step();
      got.push(lrsOf(optimizer));
    }
    expectHistory(got, history);
    expect(schedule.steps).toBe(history.length - 1);
  });

  it("saved and loaded, continues; the learning rates follow at once", () => {
    const multiplier = linearWarmup({ warmupSteps: 3, totalSteps: 9 });
    const whole = groupsOf([0.4, 0.2]);
    const schedule = new LambdaLR(whole, multiplier);
    for (let n = 0; n < 5; n++) schedule.step();
    const state = JSON.parse(JSON.stringify(schedule.stateDict()));
    const resumed = groupsOf([7, 7]);
    const second = new LambdaLR(resumed, multiplier);
    second.loadStateDict(state);
    expect(lrsOf(resumed)).toEqual(lrsOf(whole));
    for (const each of [schedule, second]) each.step();
    expect(lrsOf(resumed)).toEqual(lrsOf(whole));
    expect(lrsOf(whole)).toEqual([0.2, 0.1]);
  });

  it("refuses states of something else, and multipliers that are no factors", () => {
    const schedule = new LambdaLR(groupsOf([1, 2]), () => 1);
    for (const state of [null, {}, { steps: 1, baseLrs: [1] }, { steps: -1, baseLrs: [1, 2] }]) {
      const load = () => schedule.loadStateDict(state as never);
      expect(load).toThrow(FileFormatError);
      expect(load).toThrow("LambdaLR: expected a state with steps and 2 baseLrs, got");
    }
    const falling = new LambdaLR(groupsOf([1]), (step) => 1 - step);
    falling.step();
    expect(() => falling.step()).toThrow("LambdaLR: the multiplier gave -1 for step 2, expected 0 or more");
    expect(() => new LambdaLR(groupsOf([1]), () => Number.NaN)).toThrow(ValueError);
  });
});

describe("noam", () => {
  it("is the formula of the paper, for updates counted from 1", () => {
    const lr = noam({ dModel: 512, warmupSteps: 4000 });
    // dModel^−½ = 1/22.627417; the largest value, at update 4,000: 1/(22.627417 · 63.245553) = 6.9877e-4.
    expect(lr(3999)).toBeCloseTo(1 / Math.sqrt(512 * 4000), 15);
    expect(lr(3999)).toBeCloseTo(6.9877e-4, 8);
    expect(lr(0)).toBeCloseTo(6.9877e-4 / 4000, 10);
    expect(lr(1999)).toBeCloseTo(lr(3999) / 2, 15);
    expect(lr(15999)).toBeCloseTo(lr(3999) / 2, 15);
    for (const n of [1, 2, 100, 3998, 4000, 9999]) expect(lr(n)).toBeLessThan(lr(3999));
    expect(noam({ dModel: 512, warmupSteps: 4000, factor: 2 })(10)).toBe(2 * lr(10));
  });

  it("is the learning rate itself with lr 1", () => {
    const optimizer = groupsOf([1]);
    new LambdaLR(optimizer, noam({ dModel: 64, warmupSteps: 10 }));
    expect(optimizer.groups[0].lr).toBeCloseTo(10 ** -1.5 / 8, 15);
  });
});

describe("warm-ups", () => {
  it("rise from 0, meet 1, and stay at their end", () => {
    const line = linearWarmup({ warmupSteps: 2, totalSteps: 6 });
    expect([0, 1, 2, 3, 4, 5, 6, 9].map(line)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25, 0, 0]);
    const cosine = cosineWarmup({ warmupSteps: 2, totalSteps: 6, floor: 0.2 });
    const expected = [
      0,
      0.5,
      1,
      0.2 + 0.4 * (1 + Math.SQRT1_2),
      0.6,
      0.2 + 0.4 * (1 - Math.SQRT1_2),
      0.2,
      0.2,
    ];
    for (const [i, step] of [0, 1, 2, 3, 4, 5, 6, 9].entries())
      expect(cosine(step)).toBeCloseTo(expected[i], 14);
  });

  it("may take the whole training", () => {
    expect([0, 2, 3, 4].map(linearWarmup({ warmupSteps: 3, totalSteps: 3 }))).toEqual([0, 2 / 3, 0, 0]);
    expect(cosineWarmup({ warmupSteps: 3, totalSteps: 3 })(3)).toBe(1);
  });
});

it.each<[act: () => unknown, message: string]>([
  [() => linearWarmup({ totalSteps: 0 }), "linearWarmup: totalSteps is 0, expected a whole number from 1"],
  [() => linearWarmup({} as never), "linearWarmup: totalSteps is undefined, expected a whole number"],
  [() => linearWarmup({ warmupSteps: 1.5, totalSteps: 9 }), "linearWarmup: warmupSteps is 1.5"],
  [
    () => cosineWarmup({ warmupSteps: 10, totalSteps: 9 }),
    "cosineWarmup: warmupSteps is 10, more than totalSteps, 9",
  ],
  [
    () => cosineWarmup({ totalSteps: 9, floor: 2 }),
    "cosineWarmup: floor is 2, expected a number from 0 to 1",
  ],
  [() => noam({ dModel: 0, warmupSteps: 1 }), "noam: dModel is 0, expected a number above 0"],
  [() => noam({ warmupSteps: 1 } as never), "noam: dModel is undefined, expected a number above 0"],
  [() => stepDecay({ stepSize: 0 }), "stepDecay: stepSize is 0, expected a whole number from 1"],
  [() => stepDecay({ stepSize: 1, gama: 1 } as never), 'unknown option "gama"; did you mean "gamma"?'],
])("multipliers refuse: %s", (act, message) => {
  expect(act).toThrow(ValueError);
  expect(act).toThrow(message);
});

describe("ReduceLROnPlateau", () => {
  const { values, cases } = fixture.plateau;
  type Given = Record<string, string | number>;
  const ours = ({ threshold_mode, min_lr, ...same }: Given): PlateauOptions => ({
    ...same,
    ...(threshold_mode !== undefined && { thresholdMode: threshold_mode as "rel" | "abs" }),
    ...(min_lr !== undefined && { minLr: Number(min_lr) }),
  });

  it.each(cases)("as PyTorch: $options", ({ options, history }) => {
    const optimizer = groupsOf(fixture.lrs);
    const schedule = new ReduceLROnPlateau(optimizer, ours(options as unknown as Given));
    const got = [lrsOf(optimizer)];
    for (const value of values) {
      schedule.step(value);
      got.push(lrsOf(optimizer));
    }
    expectHistory(got, history);
  });

  it("at least five of these cases lower the learning rate", () => {
    const lowered = cases.filter(({ history }) => history.at(-1)![0] < history[0][0]);
    expect(lowered.length).toBeGreaterThanOrEqual(5);
  });

  it("saved and loaded at any step, continues", () => {
    const options: PlateauOptions = { patience: 1, cooldown: 2, factor: 0.5 };
    const whole = groupsOf([1]);
    const schedule = new ReduceLROnPlateau(whole, options);
    for (const value of values) {
      const state = JSON.parse(JSON.stringify(schedule.stateDict()));
      const optimizer = groupsOf([9]);
      const resumed = new ReduceLROnPlateau(optimizer, options);
      resumed.loadStateDict(state);
      for (const each of [schedule, resumed]) each.step(value);
      expect(lrsOf(optimizer)).toEqual(lrsOf(whole));
      expect(resumed.stateDict()).toEqual(schedule.stateDict());
    }
    expect(whole.groups[0].lr).toBeLessThan(0.5);
  });

  it("takes NaN for no improvement", () => {
    const optimizer = groupsOf([1]);
    const schedule = new ReduceLROnPlateau(optimizer, { patience: 1 });
    for (let n = 0; n < 2; n++) schedule.step(Number.NaN);
    expect(optimizer.groups[0].lr).toBe(0.1);
    expect(schedule.stateDict().best).toBe(null);
  });

  it.each<[act: () => unknown, message: string]>([
    [
      () => new ReduceLROnPlateau(groupsOf([1]), { factor: 1 }),
      "factor is 1, expected a number between 0 and 1",
    ],
    [
      () => new ReduceLROnPlateau(groupsOf([1]), { mode: "least" as never }),
      'mode is "least", expected "min" or "max"',
    ],
    [
      () => new ReduceLROnPlateau(groupsOf([1]), { thresholdMode: "" as never }),
      'thresholdMode is "", expected "rel" or "abs"',
    ],
    [
      () => new ReduceLROnPlateau(groupsOf([1]), { patience: -1 }),
      "patience is -1, expected a whole number from 0",
    ],
    [() => new ReduceLROnPlateau(groupsOf([1]), { minLr: Number.NaN }), "minLr is NaN, expected 0 or more"],
    [() => new ReduceLROnPlateau(groupsOf([1]), { cooldwn: 1 } as never), 'did you mean "cooldown"?'],
    [
      () => new ReduceLROnPlateau(groupsOf([1])).step(undefined as never),
      "step takes the watched value, a number",
    ],
  ])("refuses: %s", (act, message) => {
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });

  it("refuses states of something else", () => {
    const load = () =>
      new ReduceLROnPlateau(groupsOf([1])).loadStateDict({ steps: 1, baseLrs: [1] } as never);
    expect(load).toThrow(FileFormatError);
    expect(load).toThrow(
      "ReduceLROnPlateau: expected a state with best, badSteps, cooldownLeft and 1 lrs, got",
    );
  });
});
