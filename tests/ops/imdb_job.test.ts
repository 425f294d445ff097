/**
 * The training step of the IMDB notebook at its real size, counted: batch 128, 200 words, Embedding 128, LSTM 64.
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
  Linear,
  LSTM,
  Module,
  notEqual,
  randomIntegers,
  reshape,
  select,
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

/** Notebook 2's model with the classes of the PyTorch door. */
class Reviews extends Module {
  readonly masked: boolean;
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly dropout: Dropout;
  readonly output: Linear;

  constructor(device: Device, { masked, ...dropouts }: Setting) {
    super();
    this.masked = masked;
    this.embedding = new Embedding(VOCABULARY, EMBEDDING, { device });
    this.lstm = new LSTM(EMBEDDING, UNITS, { device, bias: "single", ...dropouts });
    this.dropout = new Dropout(0.5);
    this.output = new Linear(UNITS, 1, { device });
  }

  forward(ids: Tensor): Tensor {
    const mask = this.masked ? notEqual(ids, 0) : undefined;
    const { hn } = this.lstm.forward(this.embedding.forward(ids), { mask });
    return this.output.forward(this.dropout.forward(select(hn, 0, 0)));
  }
}

function imdbJob(device: Device, setting: Setting) {
  const model = new Reviews(device, setting);
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
const JOBS = [
  { name: "plain", setting: PLAIN, dispatches: 23 },
  { name: "masked", setting: { ...PLAIN, masked: true }, dispatches: 24 },
  {
    name: "recurrent dropout, masked",
    setting: { ...PLAIN, masked: true, recurrentDropout: 0.2 },
    dispatches: 25,
  },
  { name: "input dropout, masked", setting: { ...PLAIN, masked: true, inputDropout: 0.2 }, dispatches: 25 },
  {
    name: "both dropouts, masked",
    setting: { masked: true, inputDropout: 0.2, recurrentDropout: 0.2 },
    dispatches: 29,
  },
];

describe("a training step of the IMDB notebook", () => {
  for (const { name, setting, dispatches } of JOBS)
    it(`${name}: ${dispatches} dispatches and one submit, creates nothing, memory is flat`, async () => {
      const device = await openNull();
      try {
        const { model, step } = imdbJob(device, setting);
        expect(model.countParameters()).toBe(689_473); // the notebook's
        for (let i = 0; i < 6; i++) await step();
        const before = device.stats();
        const marks = new Set<string>();
        for (let i = 0; i < 100; i++) {
          await step();
          const { liveBytes, pooledBytes } = device.stats();
          marks.add(`${liveBytes} live, ${pooledBytes} pooled`);
        }
        const after = device.stats();
        const budget = setting.inputDropout > 0 ? 48 : 40;
        expect((after.dispatches - before.dispatches) / 100).toBe(dispatches);
        expect(dispatches).toBeLessThanOrEqual(budget);
        expect((after.submits - before.submits) / 100).toBe(1);
        for (const created of ["buffers", "bindGroups", "pipelines"] as const)
          expect(after[created] - before[created], created).toBe(0);
        expect([...marks]).toHaveLength(1);
        // The embedding's output as it is and time first, gates, h and c: f32 each; a masked x would be one more.
        const activations = 4 * BATCH * TIME * (2 * EMBEDDING + 6 * UNITS);
        expect(after.peakLiveBytes).toBeLessThanOrEqual(2 * (16 * model.countParameters() + activations));
        for (const other of [180, 1]) await step(other);
        expect(device.stats().pipelines).toBe(before.pipelines);
      } finally {
        device.dispose();
      }
    });
});
