/** The sentiment example's model, training and answers, as the command line and the page use them. */
import { CRITIQUES } from "../../examples/data/critiques.ts";
import { augmentReviews } from "../../examples/imdb/augment.ts";
import { EncodedReviews } from "../../examples/imdb/encoded_reviews.ts";
import { evaluateAnswers } from "../../examples/imdb/evaluation.ts";
import { buildModel } from "../../examples/imdb/model.ts";
import { prepareReviews } from "../../examples/imdb/prepare.ts";
import { OWN_SENTENCES } from "../../examples/imdb/sentences.ts";
import { NOTEBOOK, QUICK, type Settings } from "../../examples/imdb/settings.ts";
import { SentimentTraining } from "../../examples/imdb/training.ts";
import type { Device } from "../../src/index.ts";
import { loadModel } from "../../src/keras/index.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase } from "./case.ts";

const { encoder, train, test } = prepareReviews(
  { form: "texts", train: CRITIQUES },
  { testSize: 8, trainLimit: 40 },
);

/** Two steps of 16 reviews an epoch, and 8 for validation. */
const SMALL: Settings = {
  ...QUICK,
  words: encoder.size,
  embedding: 6,
  units: 5,
  maxLen: 20,
  learningRate: 0.01,
};

async function trained(
  settings: Settings,
  device: Device,
  epochs = settings.epochs,
): Promise<SentimentTraining> {
  const training = SentimentTraining.start({ ...settings, epochs }, encoder, device);
  await training.fit(train, { verbose: 0 });
  return training;
}

/** Other models than the notebook's, and what they have beside the Embedding. */
const VARIANTS: [string, Partial<Settings>, number][] = [
  ["a GRU", { cell: "gru" }, 3 * 5 * (6 + 5 + 2) + 6],
  ["a plain RNN, filled in front", { cell: "rnn", mask: false, padding: "pre" }, 5 * (6 + 5 + 1) + 6],
  ["a mean of both directions", { bidirectional: true, pooling: "mean" }, 2 * 4 * 5 * (6 + 5 + 1) + 11],
  [
    "attention over two layers",
    { layers: 2, attention: true },
    4 * 5 * (6 + 5 + 1) + 4 * 5 * (5 + 5 + 1) + 1 + 6,
  ],
];

export const imdbCases: DeviceCase[] = [
  {
    name: "IMDB example: the notebook's model has its 689,473 parameters",
    run(device) {
      const model = buildModel(NOTEBOOK, device);
      const counts = model.layers.map((layer) => layer.countParams());
      assert(counts.join() === "640000,49408,0,65", counts.join());
      assert(model.countParams() === 689473, `${model.countParams()}`);
    },
  },
  {
    name: "IMDB example: the losses and answers of a short run",
    async run(device) {
      const training = await trained(SMALL, device);
      assert(training.complete && training.epochs === 2, `${training.epochs} epochs`);
      // Weights, order and dropout are drawn alike everywhere, so devices differ by f32 rounding, which four steps of
      // Adam carry along; another seed, padding or split moves a loss by 1e-3 and more.
      const { loss, val_loss } = training.history;
      await assertClose(loss, [0.6914893, 0.6857501], 2e-5, "losses");
      await assertClose(val_loss, [0.6945198, 0.6948341], 2e-5, "validation losses");
      const { probabilities } = evaluateAnswers(test.labels, await training.probabilities(test));
      await assertClose(
        probabilities.slice(0, 4),
        [0.5128629, 0.517693, 0.5248905, 0.5093304],
        2e-5,
        "probabilities",
      );
    },
  },
  {
    name: "IMDB example: own sentences go through the encoder of the reviews",
    async run(device) {
      const training = await trained(SMALL, device, 1);
      const predictions = await training.predictAll(OWN_SENTENCES);
      const ids = OWN_SENTENCES.map((text) => encoder.encode(text));
      const reviews = new EncodedReviews(
        ids,
        ids.map(() => 1),
        encoder.size,
      );
      const same = await training.probabilities(reviews);
      await assertEqual(
        predictions.map(({ probability }) => probability),
        same,
        "probabilities",
      );
      for (const { probability, positive, confidence } of predictions) {
        assert(positive === probability > 0.5, `${probability}: ${positive}`);
        assert(confidence >= 0.5 && confidence <= 1, `${probability}: ${confidence}`);
      }
      assert(
        predictions[0].unknown.join() === "absolutely" && predictions[0].words === 7,
        "its unknown words",
      );
    },
  },
  {
    name: "IMDB example: with a mask it does not matter where padding stands, without one it does",
    async run(device) {
      const change = async (mask: boolean): Promise<number> => {
        const settings = { ...SMALL, maxLen: 75, mask };
        const [post, pre] = (["post", "pre"] as const).map((padding) =>
          SentimentTraining.start({ ...settings, padding }, encoder, device),
        );
        const [a, b] = [await post.probabilities(test), await pre.probabilities(test)];
        return Math.max(...a.map((value, i) => Math.abs(value - b[i])));
      };
      // The same words in the same order through the same weights; the state passes through padding unchanged.
      assert((await change(true)) < 1e-6, "masked answers differ by the side of the padding");
      assert((await change(false)) > 1e-4, "answers without a mask do not differ by it");
    },
  },
  ...VARIANTS.map(([name, variant, parameters]) => ({
    name: `IMDB example: ${name} trains, is saved and answers alike when loaded`,
    async run(device: Device) {
      const dropout = { dropout: 0, recurrentDropout: 0, outputDropout: 0 };
      const training = await trained({ ...SMALL, ...dropout, ...variant }, device);
      assert(
        training.model.countParams() === encoder.size * 6 + parameters,
        `${training.model.countParams()}`,
      );
      const { loss } = training.history;
      assert(loss[1] < loss[0], `losses ${loss.join()}`);
      const loaded = SentimentTraining.load(await training.save(), device);
      // To the last bit: the same weights through the same launches.
      await assertEqual(
        await loaded.probabilities(test),
        await training.probabilities(test),
        "probabilities",
      );
    },
  })),
  {
    name: "IMDB example: a loaded model goes on with its encoder, history and settings",
    async run(device) {
      const training = await trained(SMALL, device, 1);
      training.data = { trainSize: 40 };
      const bytes = await training.save();
      const loaded: SentimentTraining = SentimentTraining.load(bytes, device, { epochs: 3 });
      const before = loaded.epochs;
      assert(before === 1 && !loaded.complete && loaded.data.trainSize === 40, "what it was");
      assert(loaded.encoder.encode("a great film").join() === encoder.encode("a great film").join(), "ids");
      assert(await loaded.fit(train, { verbose: 0 }), "not complete");
      assert(
        loaded.epochs === 3 && loaded.history.loss[2] < loaded.history.loss[0],
        loaded.history.loss.join(),
      );
      // Keras's door reads the model alone.
      assert(loadModel(bytes, { device }).countParams() === loaded.model.countParams(), "loadModel");
      await assertThrows(
        () => SentimentTraining.load(bytes.slice(0, 900), device, {}, "a.safetensors"),
        "a.safetensors",
      );
      const plain = await training.model.save();
      await assertThrows(
        () => SentimentTraining.load(plain, device, {}, "a.safetensors"),
        "a.safetensors: not a model of the sentiment example",
      );
    },
  },
  {
    name: "IMDB example: copies for augmentation are not made of the reviews kept for validation",
    async run(device) {
      const training = SentimentTraining.start({ ...SMALL, epochs: 1 }, encoder, device);
      let given = 0;
      await training.fit(train, {
        verbose: 0,
        augment: (own) => {
          given = own.length;
          assert(
            own.ids.every((ids, i) => ids === train.ids[i]),
            "not the first reviews",
          );
          return augmentReviews(own, { kinds: ["drop"], seed: 1 });
        },
      });
      assert(given === 32, `${given} of 40 reviews were given to the augmentation`);
      assert(training.history.val_loss.length === 1, "no validation");
    },
  },
  {
    name: "IMDB example: a loss that is not a number stops the run",
    async run(device) {
      await assertThrows(
        () => trained({ ...SMALL, learningRate: 1e38 }, device, 6),
        "training diverged; use a smaller --lr",
      );
      await assertThrows(
        () => SentimentTraining.start({ ...SMALL, words: 10 }, encoder, device),
        "the Embedding 10 rows",
      );
    },
  },
];
