/**
 * The training step of the IMDB notebook at its real size with a GRU or a plain recurrent network in place of the LSTM,
 * counted: batch 128, 200 words, Embedding 128, 64 units.
 * Dawn's null backend validates every call and computes nothing, so this needs no GPU and little time.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { create, globals } from "webgpu";
import { WebGpuBackend } from "../../src/backend/webgpu/webgpu_backend.ts";
import { Device } from "../../src/device.ts";
import {
  Adam,
  binaryCrossEntropyWithLogits,
  Dropout,
  Embedding,
  GRU,
  Linear,
  Module,
  notEqual,
  randomIntegers,
  RNN,
  reshape,
  select,
  slice,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";

const [BATCH, TIME, EMBEDDING, UNITS, VOCABULARY] = [128, 200, 128, 64, 5000];

let gpu: GPU | undefined;

beforeAll(() => {
  Object.assign(globalThis, globals);
  gpu = create(["backend=null"]);
});

afterAll(() => {
  gpu = undefined;
});

async function openNull(): Promise<Device> {
  const adapter = (await gpu!.requestAdapter())!;
  const choice = { adapter, software: false, swiftShader: false, description: "null" };
  return new Device(await WebGpuBackend.open(choice), "asked", "a test");
}

interface Setting {
  masked: boolean;
  inputDropout: number;
  recurrentDropout: number;
}

type Recurrent = (options: { device: Device; inputDropout: number; recurrentDropout: number }) => GRU | RNN;

class Reviews extends Module {
  readonly masked: boolean;
  readonly embedding: Embedding;
  readonly recurrent: GRU | RNN;
  readonly dropout: Dropout;
  readonly output: Linear;

  constructor(device: Device, make: Recurrent, { masked, ...dropouts }: Setting) {
    super();
    this.masked = masked;
    this.embedding = new Embedding(VOCABULARY, EMBEDDING, { device });
    this.recurrent = make({ device, ...dropouts });
    this.dropout = new Dropout(0.5);
    this.output = new Linear(UNITS, 1, { device });
  }

  forward(ids: Tensor): Tensor {
    const mask = this.masked ? notEqual(ids, 0) : undefined;
    const { hn } = this.recurrent.forward(this.embedding.forward(ids), { mask });
    return this.output.forward(this.dropout.forward(select(hn, 0, 0)));
  }
}

function imdbJob(device: Device, make: Recurrent, setting: Setting) {
  const model = new Reviews(device, make, setting);
  const optimizer = new Adam(model.parameters());
  const labels = tensor(
    Int32Array.from({ length: BATCH }, (_, i) => i % 2),
    { device },
  );
  const step = async (time = TIME): Promise<void> => {
    const ids = randomIntegers(0, VOCABULARY, [BATCH, time], { device });
    optimizer.zeroGrad();
    binaryCrossEntropyWithLogits(reshape(model.forward(ids), [BATCH]), labels).backward();
    await optimizer.step();
  };
  return { model, step };
}

const PLAIN = { masked: false, inputDropout: 0, recurrentDropout: 0 };
const DROPPED = { masked: true, inputDropout: 0.2, recurrentDropout: 0.2 };
const KINDS: {
  name: string;
  make: Recurrent;
  parameters: number;
  counts: [plain: number, dropped: number];
}[] = [
  {
    name: "GRU",
    make: (options) => new GRU(EMBEDDING, UNITS, options),
    parameters: 3 * (UNITS * (EMBEDDING + UNITS) + 2 * UNITS),
    counts: [27, 32],
  },
  {
    name: "GRU, reset before",
    make: (options) => new GRU(EMBEDDING, UNITS, { ...options, resetAfter: false }),
    parameters: 3 * (UNITS * (EMBEDDING + UNITS) + UNITS),
    counts: [24, 29],
  },
  {
    name: "RNN",
    make: (options) => new RNN(EMBEDDING, UNITS, options),
    parameters: UNITS * (EMBEDDING + UNITS) + 2 * UNITS,
    counts: [24, 27],
  },
];
const JOBS = KINDS.flatMap(({ counts, ...kind }) => [
  { ...kind, what: "plain", setting: PLAIN, dispatches: counts[0], budget: 40 },
  { ...kind, what: "masked, both dropouts", setting: DROPPED, dispatches: counts[1], budget: 48 },
]);

describe("a training step at the IMDB notebook's size", () => {
  for (const { name, what, make, parameters, setting, dispatches, budget } of JOBS)
    it(`${name}, ${what}: ${dispatches} dispatches and one submit, creates nothing, memory is flat`, async () => {
      const device = await openNull();
      try {
        const { model, step } = imdbJob(device, make, setting);
        expect(model.countParameters()).toBe(VOCABULARY * EMBEDDING + parameters + UNITS + 1);
        for (let i = 0; i < 6; i++) await step();
        const before = device.stats();
        const marks = new Set<string>();
        for (let i = 0; i < 50; i++) {
          await step();
          const { liveBytes, pooledBytes } = device.stats();
          marks.add(`${liveBytes} live, ${pooledBytes} pooled`);
        }
        const after = device.stats();
        expect((after.dispatches - before.dispatches) / 50).toBe(dispatches);
        expect(dispatches).toBeLessThanOrEqual(budget);
        expect((after.submits - before.submits) / 50).toBe(1);
        for (const created of ["buffers", "bindGroups", "pipelines"] as const)
          expect(after[created] - before[created], created).toBe(0);
        expect([...marks]).toHaveLength(1);
        // The embedding's output as it is and time first, at most gates, q and h: f32 each; no masked x.
        const activations = 4 * BATCH * TIME * (2 * EMBEDDING + 5 * UNITS);
        expect(after.peakLiveBytes).toBeLessThanOrEqual(2 * (16 * model.countParameters() + activations));
        for (const other of [180, 1]) await step(other);
        expect(device.stats().pipelines).toBe(before.pipelines);
      } finally {
        device.dispose();
      }
    });

  it("takes two launches per time step, and two for each half, where a step is much work", async () => {
    const device = await openNull();
    try {
      const [batch, time, units] = [64, 60, 256];
      const x = tensor(new Float32Array(batch * time * 8), { device, shape: [batch, time, 8] });
      for (const { model, launches } of [
        { model: new RNN(8, units, { device }), launches: 2 },
        { model: new GRU(8, units, { device }), launches: 2 },
        { model: new GRU(8, units, { device, resetAfter: false }), launches: 4 },
      ]) {
        const count = (steps: number): number => {
          for (const parameter of model.parameters()) parameter.zeroGrad();
          const before = device.stats().dispatches;
          sum(model.forward(slice(x, 1, 0, steps)).hn).backward();
          return device.stats().dispatches - before;
        };
        expect(count(time) - count(time - 1)).toBe(launches);
      }
    } finally {
      device.dispose();
    }
  });
});
