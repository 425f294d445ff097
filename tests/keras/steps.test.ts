/**
 * A training step of the review classifier through `fit`, counted on Dawn's null backend, which validates every call
 * and computes nothing: batch 128, 200 words, Embedding 128, LSTM 64, accuracy counted.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { create, globals } from "webgpu";
import { WebGpuBackend } from "../../src/backend/webgpu/webgpu_backend.ts";
import { Device } from "../../src/device.ts";
import { lambdaCallback, layers, type Sequential, sequential } from "../../src/keras/index.ts";
import { Generator } from "../../src/random.ts";

const [BATCH, TIME, WORDS] = [128, 200, 5000];

let gpu: GPU | undefined;
let device: Device;

beforeAll(() => {
  Object.assign(globalThis, globals);
  gpu = create(["backend=null"]);
});

// A device for each test: on a shared one, memory of the tests before comes back whenever the collector runs.
beforeEach(async () => {
  const adapter = (await gpu!.requestAdapter())!;
  const choice = { adapter, software: false, swiftShader: false, description: "null" };
  device = new Device(await WebGpuBackend.open(choice), "asked", "a test");
});

afterEach(() => device.dispose());

afterAll(() => {
  gpu = undefined;
});

function reviewModel(options: {
  maskZero?: boolean;
  dropout?: number;
  recurrentDropout?: number;
}): Sequential {
  const { maskZero, ...rates } = options;
  const model = sequential(
    [
      layers.embedding({ inputDim: WORDS, outputDim: 128, maskZero }),
      layers.lstm({ units: 64, ...rates }),
      layers.dropout({ rate: 0.5 }),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
    { device },
  );
  model.compile({ optimizer: "adam", loss: "binary_crossentropy", metrics: ["accuracy"] });
  return model;
}

const STEPS = 16;
const generator = new Generator(1);
const x = {
  data: Int32Array.from({ length: STEPS * BATCH * TIME }, () => generator.integer(WORDS)),
  shape: [STEPS * BATCH, TIME],
};
const y = { data: Int32Array.from({ length: STEPS * BATCH }, (_, i) => i % 2), shape: [STEPS * BATCH] };

describe("a training step through fit", () => {
  const both = { dropout: 0.2, recurrentDropout: 0.2 };
  for (const [name, options, expected, limit] of [
    ["plain", {}, 26, 40],
    ["masked", { maskZero: true }, 27, 40],
    ["with both dropouts", both, 31, 48],
    ["masked, with both dropouts", { ...both, maskZero: true }, 32, 48],
  ] as const)
    it(`${name}: ${expected} dispatches, one submit, nothing created, memory flat`, async () => {
      const model = reviewModel(options);
      // The optimizer's step closes a step, so the counts between two of them are those of one.
      const marks: ReturnType<Device["stats"]>[] = [];
      const callback = lambdaCallback({ onTrainBatchBegin: () => void marks.push({ ...device.stats() }) });
      const history = await model.fit(x, y, { batchSize: BATCH, verbose: 0, callbacks: [callback] });
      expect(history.history.loss).toHaveLength(1);
      const [first, last] = [marks[STEPS - 6], marks[STEPS - 1]];
      const dispatches = (last.dispatches - first.dispatches) / 5;
      expect(dispatches).toBe(expected);
      expect(dispatches).toBeLessThanOrEqual(limit);
      expect((last.submits - first.submits) / 5).toBe(1);
      for (const created of ["buffers", "bindGroups", "pipelines"] as const)
        expect(last[created] - first[created], created).toBe(0);
      expect(last.liveBytes).toBe(first.liveBytes);
      expect(last.pooledBytes).toBe(first.pooledBytes);
    });
});
