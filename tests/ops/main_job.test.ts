/**
 * The main job at its real size, counted: batch 64, 60 characters, Embedding 128, LSTM 256. Dawn's null backend
 * validates every call and computes nothing, so this needs no GPU and little time.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { create, globals } from "webgpu";
import { MoliereModel } from "../../examples/moliere/model.ts";
import { WebGpuBackend } from "../../src/backend/webgpu/webgpu_backend.ts";
import { Device } from "../../src/device.ts";
import { Adam, clipGradNorm, crossEntropyStats, randomIntegers } from "../../src/index.ts";

const [BATCH, TIME, EMBEDDING, UNITS, VOCABULARY] = [64, 60, 128, 256, 80];

let gpu: GPU | undefined;
let device: Device;

beforeAll(() => {
  Object.assign(globalThis, globals);
  gpu = create(["backend=null"]);
});

// Of its own for each test: what the model before it left is freed whenever the collector runs, and changes the pool.
beforeEach(async () => {
  const adapter = (await gpu!.requestAdapter())!;
  const choice = { adapter, software: false, swiftShader: false, description: "null" };
  device = new Device(await WebGpuBackend.open(choice), "asked", "a test");
});

afterEach(() => device.dispose());
afterAll(() => {
  gpu = undefined;
});

function mainJob(predict: "last" | "every") {
  const options = { device, embedding: EMBEDDING, units: UNITS, dropout: 0.2, predict } as const;
  const model = new MoliereModel(VOCABULARY, options);
  const optimizer = new Adam(model.parameters());
  const step = async (time = TIME, clip = false): Promise<void> => {
    const inputs = randomIntegers(0, VOCABULARY, [BATCH, time], { device });
    const targets = randomIntegers(0, VOCABULARY, predict === "every" ? [BATCH, time] : [BATCH], { device });
    optimizer.zeroGrad();
    crossEntropyStats(model.forward(inputs), targets).loss.backward();
    if (clip) clipGradNorm(model.parameters(), 1);
    await optimizer.step();
  };
  return { model, step };
}

describe("a training step of the main job", () => {
  for (const predict of ["every", "last"] as const)
    it(`takes at most 2T + 24 dispatches and one submit, and creates nothing (${predict})`, async () => {
      const { model, step } = mainJob(predict);
      expect(model.countParameters()).toBe(425_040); // the notebook's, at 80 characters
      for (let i = 0; i < 6; i++) await step();
      const before = device.stats();
      for (let i = 0; i < 5; i++) await step();
      const after = device.stats();
      const dispatches = (after.dispatches - before.dispatches) / 5;
      expect(dispatches).toBe(predict === "every" ? 2 * TIME + 19 : 2 * TIME + 21);
      expect(dispatches).toBeLessThanOrEqual(2 * TIME + 24);
      expect((after.submits - before.submits) / 5).toBe(1);
      for (const created of ["buffers", "bindGroups", "pipelines"] as const)
        expect(after[created] - before[created], created).toBe(0);
      for (const shorter of [40, 59]) await step(shorter);
      expect(device.stats().pipelines).toBe(before.pipelines);
    });

  it("takes at most three dispatches more with clipping", async () => {
    const { step } = mainJob("every");
    await step();
    const counts: number[] = [];
    for (const clip of [false, true]) {
      const before = device.stats().dispatches;
      await step(TIME, clip);
      counts.push(device.stats().dispatches - before);
    }
    expect(counts[1] - counts[0]).toBeGreaterThan(0);
    expect(counts[1] - counts[0]).toBeLessThanOrEqual(3);
  });

  it("holds at most twice its parameters and activations, flat over 100 steps", async () => {
    const { model, step } = mainJob("every");
    const marks = new Set<string>();
    for (let i = 0; i < 100; i++) {
      await step();
      const { liveBytes, pooledBytes } = device.stats();
      if (i >= 10) marks.add(`${liveBytes} live, ${pooledBytes} pooled`);
    }
    expect([...marks]).toHaveLength(1);
    // The embedding's output as it is and time first, gates, h, c, dropout's output, logits: f32 each.
    const activations = 4 * BATCH * TIME * (2 * EMBEDDING + 7 * UNITS + VOCABULARY);
    const bound = 2 * (16 * model.countParameters() + activations);
    expect(device.stats().peakLiveBytes).toBeLessThanOrEqual(bound);
  });
});
