import { describe, expect, it } from "vitest";
import { Adam, init, Linear, manualSeed, openDevice } from "../../src/index.ts";

const COUNT = 40_000;
const SHAPE = [200, 200];

/** Mean, deviation and extremes of what is drawn. */
function moments(initializer: init.Initializer, shape = SHAPE) {
  manualSeed(5);
  const values = initializer(shape);
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
  return {
    mean,
    deviation,
    low: values.reduce((a, b) => Math.min(a, b)),
    high: values.reduce((a, b) => Math.max(a, b)),
  };
}

/** Five standard errors of a mean and of a deviation; the kurtosis of these distributions is at most 3. */
function expectMoments(got: { mean: number; deviation: number }, mean: number, deviation: number): void {
  expect(Math.abs(got.mean - mean)).toBeLessThan((5 * deviation) / Math.sqrt(COUNT));
  expect(Math.abs(got.deviation / deviation - 1)).toBeLessThan(5 / Math.sqrt(2 * COUNT));
}

describe("initializers: moments and bounds", () => {
  it("uniform", () => {
    const got = moments(init.uniform(-1, 3));
    expectMoments(got, 1, 4 / Math.sqrt(12));
    expect(got.low).toBeGreaterThanOrEqual(-1);
    expect(got.low).toBeLessThan(-0.999);
    expect(got.high).toBeLessThan(3);
    expect(got.high).toBeGreaterThan(2.999);
  });
  it("normal", () => {
    const got = moments(init.normal(0.5, 0.05));
    expectMoments(got, 0.5, 0.05);
    expect(got.high).toBeGreaterThan(0.5 + 3 * 0.05);
  });
  it("truncatedNormal", () => {
    const got = moments(init.truncatedNormal(1, 0.1));
    expectMoments(got, 1, 0.1 * 0.8796);
    expect(got.low).toBeGreaterThanOrEqual(0.8);
    expect(got.low).toBeLessThan(0.801);
    expect(got.high).toBeLessThanOrEqual(1.2);
    expect(got.high).toBeGreaterThan(1.199);
    const narrow = moments(init.truncatedNormal(0, 1, 0.5));
    expect(Math.max(-narrow.low, narrow.high)).toBeLessThanOrEqual(0.5);
  });

  const glorot = Math.sqrt(2 / (100 + 400));
  const he = Math.sqrt(2 / 100);
  it.each([
    ["glorotUniform", init.glorotUniform(), glorot],
    ["glorotUniform, gain 2", init.glorotUniform({ gain: 2 }), 2 * glorot],
    ["heUniform", init.heUniform(), he],
    ["heUniform, gain 1", init.heUniform({ gain: 1 }), Math.sqrt(1 / 100)],
    ["heUniform, Keras's layout", init.heUniform({ layout: "inOut" }), Math.sqrt(2 / 400)],
  ] as const)("%s fills its bounds", (_, initializer, deviation) => {
    const got = moments(initializer, [400, 100]);
    const bound = Math.sqrt(3) * deviation;
    expectMoments(got, 0, deviation);
    expect(got.low).toBeGreaterThanOrEqual(-bound);
    expect(got.high).toBeLessThan(bound);
    expect(Math.min(-got.low, got.high)).toBeGreaterThan(0.999 * bound);
  });
  it.each([
    ["glorotNormal", init.glorotNormal(), glorot, false],
    ["glorotNormal, cut", init.glorotNormal({ truncated: true }), glorot, true],
    ["heNormal", init.heNormal(), he, false],
    ["heNormal, cut", init.heNormal({ truncated: true }), he, true],
  ] as const)("%s", (_, initializer, deviation, cut) => {
    const got = moments(initializer, [400, 100]);
    expectMoments(got, 0, deviation);
    const furthest = Math.max(-got.low, got.high) / (2 * (deviation / 0.8796));
    if (cut) expect(Math.abs(furthest - 1)).toBeLessThan(1e-3);
    else expect(furthest).toBeGreaterThan(1.5);
  });
  it("constant, zeros, ones", () => {
    expect([...init.constant(2.5)([3])]).toEqual([2.5, 2.5, 2.5]);
    expect([...init.zeros()([2]), ...init.ones()([1, 2])]).toEqual([0, 0, 1, 1]);
  });
});

describe("fans", () => {
  it("of PyTorch's and Keras's layouts", () => {
    expect(init.fans([3, 5])).toEqual({ fanIn: 5, fanOut: 3 });
    expect(init.fans([3, 5], "inOut")).toEqual({ fanIn: 3, fanOut: 5 });
    expect(init.fans([8, 4, 3, 3])).toEqual({ fanIn: 36, fanOut: 72 });
    expect(init.fans([3, 3, 4, 8], "inOut")).toEqual({ fanIn: 36, fanOut: 72 });
    expect(init.fans([7], "inOut")).toEqual({ fanIn: 7, fanOut: 7 });
    expect(() => init.fans([7])).toThrow("init: [7] has no inputs and outputs");
    expect(() => init.fans([7, 2], "in" as never)).toThrow('unknown layout "in"; known: outIn, inOut');
  });
});

describe("orthogonal", () => {
  it.each([
    [[1, 1], 1],
    [[6, 6], 1],
    [[64, 256], 1],
    [[256, 64], 1],
    [[5, 3], 2],
    [[4, 3, 5], 0.5],
  ] as const)("%j, gain %d", (shape, gain) => {
    manualSeed(3);
    const values = init.orthogonal(gain)(shape);
    const rows = shape[0];
    const columns = values.length / rows;
    const count = Math.min(rows, columns);
    const at = (i: number, k: number) =>
      rows >= columns ? values[k * columns + i] : values[i * columns + k];
    let furthest = 0;
    for (let i = 0; i < count; i++)
      for (let j = 0; j < count; j++) {
        let product = 0;
        for (let k = 0; k < Math.max(rows, columns); k++) product += at(i, k) * at(j, k);
        furthest = Math.max(furthest, Math.abs(product - (i === j ? gain * gain : 0)));
      }
    // Sums of at most 256 products in double precision.
    expect(furthest).toBeLessThan(1e-12);
  });
  it("has no favourite sign", () => {
    manualSeed(4);
    const corners = Array.from({ length: 400 }, () => init.orthogonal()([3, 3])[0]);
    const positive = corners.filter((v) => v > 0).length;
    // Five standard errors of 400 throws of a coin.
    expect(Math.abs(positive - 200)).toBeLessThan(50);
  });
});

describe("initialize", () => {
  it("repeats from a seed, and reaches a parameter in an optimizer's arena", async () => {
    const device = await openDevice("cpu");
    const layer = new Linear(3, 2, { device });
    new Adam(layer.parameters());
    manualSeed(9);
    const values = init.glorotUniform()([2, 3]);
    manualSeed(9);
    expect(init.initialize(layer.weight, init.glorotUniform())).toBe(layer.weight);
    expect([...(await layer.weight.data())]).toEqual([...Float32Array.from(values)]);
    init.initialize(layer.bias!, init.zeros());
    expect([...(await layer.bias!.data())]).toEqual([0, 0]);
    const fresh = init.initialized([4], init.ones(), { device });
    expect([...(await fresh.data()), fresh.requiresGrad]).toEqual([1, 1, 1, 1, true]);
    device.dispose();
  });
  it("refuses bad settings", () => {
    expect(() => init.normal(0, -1)).toThrow("init.normal: deviation must be at least 0, got -1");
    expect(() => init.uniform(1, 0)).toThrow("init.uniform: expected low ≤ high, got 1 and 0");
    expect(() => init.truncatedNormal(0, 1, 0)).toThrow("bound must be at least 0.1 deviations, got 0");
    expect(() => init.heNormal({ mode: "fanIn" } as object)).toThrow('unknown option "mode"');
    expect(() => init.orthogonal()([3])).toThrow("init.orthogonal: expected at least two axes, got [3]");
  });
});
