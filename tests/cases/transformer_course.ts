/** The Transformer course's parts, as the command line computes them. */
import { attend, TOY } from "../../examples/transformer_course/attention.ts";
import { WrittenAttention } from "../../examples/transformer_course/blocks.ts";
import { attentionState, modelState } from "../../examples/transformer_course/compare.ts";
import { combinedMask, courseMask, SEQUENCES } from "../../examples/transformer_course/masks.ts";
import {
  LibraryTransformer,
  type Translator,
  WrittenTransformer,
} from "../../examples/transformer_course/model.ts";
import { QUICK, type TrainingSettings } from "../../examples/transformer_course/settings.ts";
import { continued, CourseTraining } from "../../examples/transformer_course/training.ts";
import {
  type Device,
  manualSeed,
  mul,
  MultiheadAttention,
  noGrad,
  sum,
  type Tensor,
  tensor,
  unsqueeze,
} from "../../src/index.ts";
import { assert, assertClose, assertEqual, assertShape, type DeviceCase, testNumbers } from "./case.ts";

const SMALL: TrainingSettings = {
  ...QUICK,
  vocabulary: 12,
  length: 6,
  width: 16,
  layers: 1,
  pairs: 16,
  validationPairs: 8,
  batchSize: 8,
  learningRate: 0.01,
  epochs: 1,
};

/** The first losses of `SMALL`, written out and from the library's layers, whose weights are drawn otherwise. */
const LOSSES = {
  written: [2.5409944, 2.6796956],
  library: [2.5544145, 2.6989787],
};

export const transformerCourseCases: DeviceCase[] = [
  {
    name: "Transformer course: the toy's attention, without scaling and with √3",
    async run(device) {
      const [q, k, v] = [TOY.queries, TOY.keys, TOY.values].map((rows) => tensor(rows, { device }));
      for (const divisor of [1, Math.sqrt(3)]) {
        const own = Math.exp(1 / divisor) / (Math.exp(1 / divisor) + 2);
        const first = 4 - 3 * own; // own · 1 + (1 − own) / 2 · (3 + 5)
        const { weights, output } = noGrad(() => attend(q, k, v, divisor));
        // By symmetry: the first row and the last are as far from 3 and 4.
        await assertClose(
          output,
          [first, first + 1, 3, 4, 6 - first, 7 - first],
          1e-6,
          `divided by ${divisor}`,
        );
        await assertClose(
          noGrad(() => sum(weights, { axis: -1 })),
          [1, 1, 1],
          1e-6,
          "sums",
        );
        for (const part of [weights, output]) part.dispose();
      }
    },
  },
  {
    name: "Transformer course: the right mask and the course's",
    async run(device) {
      const ids = tensor(SEQUENCES, { device, dtype: "i32" });
      const masks = noGrad(() => [combinedMask(ids), courseMask(ids)]);
      const words = [3, 4];
      const cells = words.flatMap((known) =>
        Array.from({ length: 25 }, (_, i) => ({ q: Math.floor(i / 5), k: i % 5, known })),
      );
      for (const mask of masks) assertShape(mask, [2, 1, 5, 5]);
      await assertEqual(
        masks[0],
        cells.map(({ q, k, known }) => Number(k > q || k >= known)),
        "right",
      );
      await assertEqual(
        masks[1],
        cells.map(({ q, k, known }) => Number(k > q || k < known)),
        "course",
      );
      for (const mask of masks) mask.dispose();
    },
  },
  {
    name: "Transformer course: attention written out is nn.MultiheadAttention, gradients included",
    async run(device) {
      manualSeed(3);
      const written = new WrittenAttention(24, 4, { device });
      const library = new MultiheadAttention(24, 4, { device });
      library.loadStateDict(await attentionState(written));
      const data = testNumbers(2 * 6 * 24, 4);
      const weights = tensor(testNumbers(2 * 6 * 24, 5), { shape: [2, 6, 24], device });
      const padding = tensor(
        Int32Array.from({ length: 12 }, (_, i) => Number(i % 6 >= 4 && i < 6)),
        {
          shape: [2, 6],
          device,
        },
      );
      const results: (Float32Array | Float64Array | Int32Array)[][] = [];
      const hidden = unsqueeze(unsqueeze(padding, 1), 1);
      for (const attention of [
        (x: Tensor) => written.forward(x, x, x, hidden),
        (x: Tensor) => library.forward(x, x, x, { keyPaddingMask: padding }).output,
      ]) {
        const x = tensor(data, { shape: [2, 6, 24], device, requiresGrad: true });
        const output = attention(x);
        const values = await output.data();
        sum(mul(output, weights)).backward();
        results.push([values, await x.grad!.data()]);
      }
      // Sums of 24 products in another order.
      await assertClose(results[0][0], results[1][0], 1e-5, "output");
      await assertClose(results[0][1], results[1][1], 1e-5, "gradient of x");
    },
  },
  {
    name: "Transformer course: the full model written out is the library's, padding included",
    async run(device) {
      manualSeed(4);
      const settings = { ...SMALL, device };
      const written = new WrittenTransformer(settings);
      const library = new LibraryTransformer(settings);
      library.loadStateDict(await modelState(written));
      const [source, target] = [
        [3, 1, 7, 0, 0, 0],
        [2, 9, 4, 5, 11, 1],
      ].map((row) => tensor([row, [6, 6, 1, 2, 3, 4]], { device, dtype: "i32" }));
      const outputs = noGrad(() => [written, library].map((model) => model.forward(source, target)));
      assertShape(outputs[0], [2, 6, SMALL.vocabulary]);
      // Two layers of sums of 16 and 64 products in another order.
      await assertClose(outputs[0], await outputs[1].data(), 2e-5, "scores");
      // Tokens to come change nothing.
      const later = tensor(
        [
          [2, 9, 4, 8, 8, 8],
          [6, 6, 1, 2, 3, 4],
        ],
        { device, dtype: "i32" },
      );
      const other = noGrad(() => library.forward(source, later));
      const [a, b] = await Promise.all([outputs[1].data(), other.data()]);
      await assertEqual(a.subarray(0, 3 * SMALL.vocabulary), b.subarray(0, 3 * SMALL.vocabulary), "before");
      for (const part of [...outputs, other]) part.dispose();
    },
  },
  {
    name: "Transformer course: the first losses, written out and by the library",
    async run(device) {
      const start = (
        build: (settings: TrainingSettings & { device: Device }) => Translator,
      ): CourseTraining => new CourseTraining(build, SMALL, device, 5);
      const written = start((settings) => new WrittenTransformer(settings));
      const training = start((settings) => new LibraryTransformer(settings));
      for (const each of [written, training]) for await (const _ of each.epoch());
      // Weights, pairs and their order are drawn on the host: devices differ by f32 rounding only, which two steps of
      // Adam carry along. Another seed or setting moves a loss by 1e-2.
      await assertClose(written.losses, LOSSES.written, 5e-5, "losses, written out");
      await assertClose(training.losses, LOSSES.library, 5e-5, "losses");
    },
  },
  {
    name: "Transformer course: after some epochs the pairs are known by heart, and no others",
    async run(device) {
      const few = { ...SMALL, length: 4, pairs: 8, learningRate: 0.05 };
      const training = new CourseTraining((settings) => new LibraryTransformer(settings), few, device, 5);
      for (let epoch = 0; epoch < 5; epoch++) for await (const _ of training.epoch());
      const scores = await training.evaluate(training.pairs);
      assert(scores.loss < 1, `loss ${scores.loss} after 5 epochs, ln 12 is 2.48`);
      assert(scores.accuracy > 0.7, `accuracy ${scores.accuracy}`);
      assert(training.epochs[4].validation.loss > Math.log(11), "validation below chance");
      const [source, target] = training.pairs.batch([0, 1]);
      const src = tensor(source.data, { shape: source.shape, device });
      const rows = await continued(training.model, src, [target.data[0], target.data[4]], 4);
      assert(rows.length === 2 && rows.every((row) => row.length === 4), JSON.stringify(rows));
      assert(rows[0][0] === target.data[0] && rows[1][0] === target.data[4], "the first ids are given");
    },
  },
];
