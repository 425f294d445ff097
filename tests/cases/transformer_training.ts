/** Training steps of Transformers: launches, what is created, memory; positions. */
import {
  AdamW,
  clipGradNorm,
  crossEntropy,
  decayGroups,
  type Device,
  Embedding,
  LayerNorm,
  LearnedPositions,
  Linear,
  manualSeed,
  mean,
  Module,
  mul,
  ones,
  openDevice,
  reshape,
  SinusoidalPositions,
  sum,
  type Tensor,
  tensor,
  TransformerDecoder,
  TransformerEncoder,
  zeros,
} from "../../src/index.ts";
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";

const [BATCH, LENGTH, WIDTH, WORDS] = [3, 6, 8, 11];

type Kind = "encoder classifier" | "decoder-only" | "encoder-decoder";

/** Embeddings, positions, layers with a norm at their end, an output layer. */
class Model extends Module {
  readonly embedding: Embedding;
  readonly positions: SinusoidalPositions;
  readonly encoder: TransformerEncoder;
  readonly decoder: TransformerDecoder | null;
  readonly output: Linear;
  readonly #kind: Kind;

  constructor(device: Device, kind: Kind, layers: number, normFirst: boolean) {
    super();
    this.#kind = kind;
    const layer = { dModel: WIDTH, nhead: 2, dimFeedforward: 12, dropout: 0.1, normFirst, device };
    const norm = () => new LayerNorm(WIDTH, { device });
    this.embedding = new Embedding(WORDS, WIDTH, { device });
    this.positions = new SinusoidalPositions(WIDTH, { maxLength: 16, dropout: 0.1, device });
    const isPair = kind === "encoder-decoder";
    this.encoder = new TransformerEncoder(layer, layers, { norm: norm() });
    this.decoder = isPair ? new TransformerDecoder(layer, layers, { norm: norm() }) : null;
    this.output = new Linear(WIDTH, WORDS, { device });
  }

  /** Logits, a row for each target. */
  forward(source: Tensor, target: Tensor, keyPaddingMask: Tensor): Tensor {
    const embed = (ids: Tensor) => this.positions.forward(this.embedding.forward(ids));
    const causal = this.#kind === "decoder-only";
    const encoded = this.encoder.forward(embed(source), { keyPaddingMask, causal });
    const call = { causal: true, memoryKeyPaddingMask: keyPaddingMask };
    const last = this.decoder ? this.decoder.forward(embed(target), encoded, call) : encoded;
    if (this.#kind === "encoder classifier") return this.output.forward(mean(last, { axis: 1 }));
    return reshape(this.output.forward(last), [-1, WORDS]);
  }
}

/** A training step: dropout 0.1, clipping, AdamW with and without decay. */
function trainer(device: Device, kind: Kind, layers: number, normFirst: boolean) {
  manualSeed(5);
  const model = new Model(device, kind, layers, normFirst);
  const optimizer = new AdamW(decayGroups(model, 0.01));
  const ids = (seed: number, count = BATCH * LENGTH) =>
    testNumbers(count, seed).map((v) => Math.floor((v + 2) * 2.7));
  const padding = Int32Array.from({ length: BATCH * LENGTH }, (_, i) => Number(i % LENGTH > 3 && i > LENGTH));
  const count = kind === "encoder classifier" ? BATCH : BATCH * LENGTH;
  const step = async (): Promise<Tensor> => {
    const whole = (data: ArrayLike<number>) => tensor(data, { device, shape: [BATCH, LENGTH], dtype: "i32" });
    const [source, target, mask] = [whole(ids(1)), whole(ids(2)), whole(padding)];
    optimizer.zeroGrad();
    const labels = tensor(ids(3, count), { device, shape: [count], dtype: "i32" });
    const loss = crossEntropy(model.forward(source, target, mask), labels);
    loss.backward();
    clipGradNorm(model.parameters(), 1);
    await optimizer.step();
    return loss;
  };
  return { model, step };
}

/** At most so many dispatches for each layer of the encoder and the decoder, and so many beside the layers. */
const BUDGET: Record<Kind, number> = {
  "encoder classifier": 32,
  "decoder-only": 32,
  "encoder-decoder": 32 + 52,
};
const BESIDE = 24;

/**
 * Counted by hand. A layer forward: projection, attention, projection, residual norm; Linear, activation with dropout,
 * Linear, residual norm. Backward: 3 + 3 + 3 + 3, 3 + 1 + 3 + 3. A decoder layer has an attention more, with two
 * projections of its inputs: 5 forward and 15 backward.
 */
const LAYER: Record<Kind, number> = {
  "encoder classifier": 30,
  "decoder-only": 30,
  "encoder-decoder": 30 + 50,
};

/**
 * Beside them: embedding, positions, dropout (3 and 3 backward), the norm at the end (1 and 3), the output layer
 * (1 and 3), the loss (2 and 1), clipping 4, AdamW 2. Two sequences and two norms in an encoder-decoder; the mean of a
 * classifier's tokens is 1 and 2.
 */
const REST: Record<Kind, number> = {
  "encoder classifier": 26,
  "decoder-only": 23,
  "encoder-decoder": 33,
};

export const transformerTrainingCases: DeviceCase[] = [
  ...(Object.keys(BUDGET) as Kind[]).flatMap((kind) =>
    [false, true].map(
      (normFirst): DeviceCase => ({
        name: `training: launches of the ${kind}, norm ${normFirst ? "first" : "last"}`,
        async run(device) {
          const found = [];
          for (const layers of [1, 2]) {
            const { step } = trainer(device, kind, layers, normFirst);
            await step();
            const before = device.stats().dispatches;
            await step();
            found.push(device.stats().dispatches - before);
          }
          const layer = found[1] - found[0];
          assert(layer === LAYER[kind], `${layer} dispatches a layer, expected ${LAYER[kind]}`);
          const rest = found[0] - layer;
          assert(rest === REST[kind], `${rest} dispatches beside the layers, expected ${REST[kind]}`);
          const [whole, most] = [6 * layer + rest, 6 * BUDGET[kind] + BESIDE];
          assert(whole <= most, `${whole} dispatches with 6 layers, at most ${most} allowed`);
        },
      }),
    ),
  ),
  {
    name: "training: a warm step of a Transformer is 1 submit and creates nothing",
    async run({ kind: backend }) {
      // A device of its own: on a shared one, memory of earlier cases comes back whenever the collector runs.
      const device = await openDevice(backend);
      for (const kind of Object.keys(BUDGET) as Kind[]) {
        const { step } = trainer(device, kind, 1, false);
        // The pool hands buffers out in turn; after some ten steps every launch has met those that it will ever get.
        for (let i = 0; i < 14; i++) await step();
        await device.finish();
        const before = device.stats();
        for (let i = 0; i < 3; i++) await step();
        await device.finish();
        const after = device.stats();
        assert(
          after.liveBytes === before.liveBytes,
          `${kind}: ${after.liveBytes - before.liveBytes} more live bytes`,
        );
        if (device.kind !== "webgpu") continue;
        assert(
          after.submits - before.submits === 3,
          `${kind}: ${after.submits - before.submits} submits in 3 steps`,
        );
        for (const name of ["buffers", "bindGroups", "pipelines", "pooledBytes"] as const)
          assert(after[name] === before[name], `${kind}: ${after[name] - before[name]} more ${name}`);
      }
      device.dispose();
    },
  },
  {
    name: "training: an encoder-decoder learns a batch by heart",
    async run(device) {
      const { model, step } = trainer(device, "encoder-decoder", 1, true);
      model.train(true);
      const first = await (await step()).item();
      for (let i = 0; i < 40; i++) await step();
      const last = await (await step()).item();
      assert(last < first - 0.3, `the loss went from ${first} to ${last}`);
    },
  },
  {
    name: "SinusoidalPositions: the paper's formula, from any start, not trained",
    async run(device) {
      const positions = new SinusoidalPositions(5, { maxLength: 9, device });
      const x = tensor(testNumbers(2 * 3 * 5), { device, shape: [2, 3, 5], requiresGrad: true });
      const out = positions.forward(x, { start: 6 });
      assertShape(out, [2, 3, 5]);
      const given = await x.data();
      const expected = Array.from({ length: 30 }, (_, i) => {
        const [p, c] = [6 + (Math.floor(i / 5) % 3), i % 5];
        const angle = p / 10_000 ** ((2 * Math.floor(c / 2)) / 5);
        return given[i] + (c % 2 === 0 ? Math.sin(angle) : Math.cos(angle));
      });
      await assertClose(out, expected, 1e-6);
      out.backward(ones([2, 3, 5], { device }));
      await assertEqual(x.grad!, new Array(30).fill(1));
      assert(positions.parameters().length === 0, "positions are not trained");
      const dropped = new SinusoidalPositions(4, { dropout: 0.5, device });
      const values = await dropped.forward(ones([1, 50, 4], { device })).data();
      assert(values.some((v) => v === 0) && values.some((v) => v > 2), "half is dropped, the rest doubled");
      const kept = await dropped
        .eval()
        .forward(zeros([1, 1, 4], { device }))
        .data();
      await assertEqual(kept, [0, 1, 0, 1], "position 0");
    },
  },
  {
    name: "LearnedPositions: rows added, gradients of the rows that were used, in place",
    async run(device) {
      manualSeed(1);
      const positions = new LearnedPositions(7, 4, { device });
      const weight = await positions.weight.data();
      assert(
        weight.every((v) => Math.abs(v) < 0.12) && weight.some((v) => Math.abs(v) > 0.005),
        "deviation 0.02",
      );
      const x = tensor(testNumbers(2 * 3 * 4), { device, shape: [2, 3, 4], requiresGrad: true });
      const given = await x.data();
      const out = positions.forward(x, { start: 2 });
      await assertClose(out, given.map((v, i) => v + weight[8 + (i % 12)]) as Float32Array, 1e-6);
      const upstream = testNumbers(24, 4);
      const expected = new Float32Array(28);
      for (let i = 0; i < 24; i++) expected[8 + (i % 12)] += upstream[i];
      for (const pass of [1, 2]) {
        const loss = sum(
          mul(positions.forward(x, { start: 2 }), tensor(upstream, { device, shape: [2, 3, 4] })),
        );
        loss.backward();
        await assertClose(
          positions.weight.grad!,
          expected.map((v) => v * pass),
          1e-6,
          `pass ${pass}`,
        );
        await assertClose(
          x.grad!,
          upstream.map((v) => v * pass),
          1e-6,
          `dx, pass ${pass}`,
        );
      }
      const whole = ones([1, 7, 4], { device });
      positions.weight.zeroGrad();
      const before = device.stats().dispatches;
      const all = positions.forward(whole);
      all.backward(whole);
      assert(
        device.stats().dispatches - before === 2,
        `${device.stats().dispatches - before} dispatches, expected 2`,
      );
    },
  },
  {
    name: "positions: what does not fit is named",
    async run(device) {
      const learned = new LearnedPositions(8, 4, { device });
      const waves = new SinusoidalPositions(4, { maxLength: 8, device });
      const x = (length: number, width = 4) => zeros([1, length, width], { device });
      await assertThrows(
        () => learned.forward(x(9)),
        "LearnedPositions: x [1, 9, 4] from position 0 needs 9 positions, the table has 8; make it with a larger maxLength",
      );
      await assertThrows(
        () => waves.forward(x(3), { start: 6 }),
        "SinusoidalPositions: x [1, 3, 4] from position 6 needs 9",
      );
      await assertThrows(
        () => waves.forward(x(3, 5)),
        "SinusoidalPositions: x is [1, 3, 5], expected [batch, length, 4]",
      );
      await assertThrows(
        () => waves.forward(x(1), { start: -1 }),
        "start must be a whole number of at least 0, got -1",
      );
      await assertThrows(
        () => new LearnedPositions(0, 4, { device }),
        "maxLength must be a whole number of at least 1",
      );
      await assertThrows(
        () => new SinusoidalPositions(4, { dropout: 2, device }),
        "dropout must lie in [0, 1), got 2",
      );
    },
  },
];
