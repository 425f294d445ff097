import {
  Adam,
  clipGradNorm,
  crossEntropy,
  type Device,
  Embedding,
  Linear,
  LSTM,
  manualSeed,
  Module,
  noGrad,
  openDevice,
  randomIntegers,
  select,
  sum,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { MoliereModel } from "../../examples/moliere/model.ts";
import parity from "../fixtures/parity_curve.json" with { type: "json" };
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase } from "./case.ts";
import { stateOf } from "./nn.ts";

class ParityClassifier extends Module {
  readonly embedding: Embedding;
  readonly lstm: LSTM;
  readonly fc: Linear;

  constructor(device: Device) {
    super();
    this.embedding = new Embedding(parity.vocab, parity.embeddingDim, { device });
    this.lstm = new LSTM(parity.embeddingDim, parity.hiddenSize, { device });
    this.fc = new Linear(parity.hiddenSize, 2, { device });
  }

  forward(ids: Tensor): Tensor {
    const { hn } = this.lstm.forward(this.embedding.forward(ids));
    return this.fc.forward(select(hn, 0, -1));
  }
}

const VOCABULARY = 80;

/** A small model of the Molière shape, with a function that runs one training step. */
function charModel(device: Device, batch = 4, width = 8, units = 16) {
  const options = { device, embedding: width, units, dropout: 0.2, predict: "every" } as const;
  const model = new MoliereModel(VOCABULARY, options);
  const optimizer = new Adam(model.parameters(), { lr: 0.01 });
  const step = async (time: number, clip = false): Promise<Tensor> => {
    const ids = randomIntegers(0, VOCABULARY, [batch, time], { device });
    const targets = randomIntegers(0, VOCABULARY, [batch, time], { device });
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(ids), targets);
    loss.backward();
    if (clip) clipGradNorm(model.parameters(), 1);
    await optimizer.step();
    return loss;
  };
  return { model, optimizer, step };
}

export const trainingCases: DeviceCase[] = [
  {
    name: "training: the parity classifier's 40 losses, as PyTorch",
    async run(device) {
      const model = new ParityClassifier(device);
      model.loadStateDict(stateOf(parity.stateDict));
      const optimizer = new Adam(model.parameters(), { lr: parity.lr });
      const { batch, sequenceLength, steps } = parity;
      const losses: Promise<number>[] = [];
      for (let i = 0; i < steps; i++) {
        const part = (all: number[], size: number): Int32Array =>
          Int32Array.from(all.slice(i * size, (i + 1) * size));
        const ids = tensor(part(parity.ids.data, batch * sequenceLength), {
          device,
          shape: [batch, sequenceLength],
        });
        const labels = tensor(part(parity.labels.data, batch), { device });
        optimizer.zeroGrad();
        const loss = crossEntropy(model.forward(ids), labels);
        losses.push(loss.item());
        loss.backward();
        await optimizer.step();
      }
      // The smallest mistake tried on this curve (beta2 0.99 for 0.999) moves it by 1.2e-4; f32 rounding by 3e-6.
      await assertClose(await Promise.all(losses), parity.losses.data, 2e-5, "loss");
    },
  },
  {
    name: "training: a step's dispatches, submits and creations",
    async run({ kind }) {
      // A device of its own: on a shared one, memory of earlier cases comes back whenever the collector runs.
      const device = await openDevice(kind);
      manualSeed(3);
      const time = 60;
      const { step } = charModel(device);
      for (let i = 0; i < 10; i++) await step(time);
      await device.finish();
      const before = device.stats();
      const steps = 3;
      for (let i = 0; i < steps; i++) await step(time);
      await device.finish();
      const after = device.stats();
      // Forward: embedding, time-first copy, Wx·x, LSTM, dropout, linear, cross-entropy, its sum. Backward:
      // cross-entropy, linear (dx, dw, db), dropout, LSTM (cells, dWx, dWh, db, dx), embedding (sort, sum); Adam.
      const dispatches = (after.dispatches - before.dispatches) / steps;
      const expected = 21;
      assert(dispatches === expected, `${dispatches} dispatches a step, expected ${expected}`);
      if (device.kind === "webgpu") {
        const submits = (after.submits - before.submits) / steps;
        assert(submits === 1, `${submits} submits a step`);
        assert(after.buffers === before.buffers, `${after.buffers - before.buffers} buffers created`);
        assert(
          after.bindGroups === before.bindGroups,
          `${after.bindGroups - before.bindGroups} bind groups created`,
        );
      }
      for (const shorter of [time - 1, 2, 1]) await step(shorter);
      await device.finish();
      assert(device.stats().pipelines === before.pipelines, "a new sequence length compiled a new pipeline");
      device.dispose();
    },
  },
  {
    name: "training: clipping adds at most three dispatches",
    async run(device) {
      const { step } = charModel(device);
      await step(5);
      await step(5, true);
      const start = device.stats().dispatches;
      await step(5);
      const middle = device.stats().dispatches;
      await step(5, true);
      const added = device.stats().dispatches - middle - (middle - start);
      assert(added > 0 && added <= 3, `${added} dispatches`);
    },
  },
  {
    name: "training: memory is flat over 100 steps and peaks within twice what a step must hold",
    async run({ kind }) {
      // A device of its own, so that the peak is this run's.
      const device = await openDevice(kind);
      const [batch, time, width, units] = [8, 12, 16, 32];
      const { model, step } = charModel(device, batch, width, units);
      const marks: string[] = [];
      for (let i = 0; i < 100; i++) {
        await step(time);
        const { liveBytes, pooledBytes } = device.stats();
        if (i >= 10) marks.push(`${liveBytes} live, ${pooledBytes} pooled`);
      }
      const different = [...new Set(marks)];
      assert(different.length === 1, `bytes at the end of a step took the values ${different.join("; ")}`);
      const rows = batch * time;
      // The embedding's output as it is and time first, gates, h, c, dropout's output, logits: f32 each.
      const activations = 4 * rows * (2 * width + 4 * units + 3 * units + VOCABULARY);
      const bound = 2 * (16 * model.countParameters() + activations);
      const { peakLiveBytes } = device.stats();
      device.dispose();
      assert(peakLiveBytes <= bound, `${peakLiveBytes} live bytes at the peak, at most ${bound} expected`);
    },
  },
  {
    name: "training: results can be read one step later, then say so",
    async run(device) {
      const { model, step } = charModel(device);
      const ids = randomIntegers(0, VOCABULARY, [2, 3], { device });
      const logits = model.forward(ids);
      const kept = model.forward(ids).keep();
      sum(logits).backward();
      const values = await logits.data();
      await step(3);
      await assertEqual(logits, values, "after the next step");
      await step(3);
      await assertThrows(() => logits.data(), "memory was given back");
      assert((await kept.data()).length === values.length, "keep() did not keep");
      kept.dispose();
      assert((await ids.data()).length === 6, "a leaf keeps its data");
    },
  },
  {
    name: "noGrad: frees all but what it returns, refuses promises",
    async run(device) {
      const { model } = charModel(device);
      model.eval();
      const ids = randomIntegers(0, VOCABULARY, [2, 9], { device });
      const predict = (): Tensor => noGrad(() => model.forward(ids));
      predict().dispose();
      const before = device.stats().liveBytes;
      const logits = predict();
      const held = device.stats().liveBytes - before;
      assert(
        held >= logits.size * 4 && held <= logits.size * 4 + 256,
        `${held} bytes held for ${logits.size} numbers`,
      );
      logits.dispose();
      assert(device.stats().liveBytes === before, "dispose() left bytes");
      await assertThrows(() => noGrad(async () => model.forward(ids)), "returned a promise");
    },
  },
  {
    name: "randomness: the same seed gives the same run to the last bit",
    async run(device) {
      const run = async (seed: number): Promise<number[]> => {
        manualSeed(seed);
        const { step } = charModel(device);
        const losses: number[] = [];
        for (let i = 0; i < 5; i++) losses.push(await (await step(7)).item());
        return losses;
      };
      const first = await run(5);
      await assertEqual(await run(5), first, "the second run");
      const other = await run(6);
      assert(
        other.some((loss, i) => loss !== first[i]),
        "another seed gave the same losses",
      );
    },
  },
];
