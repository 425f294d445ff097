/** Two small models that are trained on the spot, so that there is something to serve on a machine without any file. */
import type { Device } from "../../src/index.ts";
import { CRITIQUES } from "../data/critiques.ts";
import { PHRASES } from "../data/phrases.ts";
import { prepareReviews } from "../imdb/prepare.ts";
import { SAMPLE as REVIEW_SETTINGS, type Settings as ReviewSettings } from "../imdb/settings.ts";
import { SentimentTraining } from "../imdb/training.ts";
import { SAMPLE as TEXT_SETTINGS } from "../moliere/settings.ts";
import { MoliereTraining } from "../moliere/training.ts";
import { servedCharacters } from "./models/characters.ts";
import { servedSentiment } from "./models/sentiment.ts";
import type { ServedModel } from "./served_model.ts";

/** The smallest model that tells most of the sample's reviews apart, and some sentences of one's own. */
const REVIEWS: Partial<ReviewSettings> = {
  ...{ embedding: 16, units: 8, bidirectional: true, pooling: "mean", maxLen: 64, epochs: 10 },
  ...{ learningRate: 0.01, dropout: 0.3, recurrentDropout: 0, outputDropout: 0.2 },
};

/** A model that learns a dozen sentences nearly by heart. */
const SENTENCES = {
  ...{ window: 24, stride: 8, batchSize: 12, embedding: 24, units: 48, dropout: 0 },
  ...{ learningRate: 0.012, epochs: 24 },
} as const;
const SENTENCES_READ = 12;

/** What training said of itself, for the terminal. */
export interface Trained {
  readonly model: ServedModel;
  /** Share of right answers: on reviews that were kept apart, on the characters of the last epoch. */
  readonly accuracy: number;
  readonly seconds: number;
}

/** Positive or negative, from the 128 training reviews of the sample. */
export async function trainReviews(device: Device, seed: number): Promise<Trained> {
  const began = performance.now();
  const { encoder, train, test } = prepareReviews({ form: "texts", train: CRITIQUES }, { seed });
  const settings = { ...REVIEW_SETTINGS, ...REVIEWS, words: encoder.size, seed };
  const training = SentimentTraining.start(settings, encoder, device);
  await training.fit(train, { verbose: 0 });
  const answers = await training.probabilities(test);
  const right = test.labels.filter((label, i) => label === (answers[i] > 0.5 ? 1 : 0)).length;
  return {
    model: servedSentiment(training),
    accuracy: right / test.length,
    seconds: (performance.now() - began) / 1000,
  };
}

/** The next character, from the first sentences of the sample. */
export async function trainSentences(device: Device, seed: number): Promise<Trained> {
  const began = performance.now();
  const text = `${PHRASES.split("\n").slice(0, SENTENCES_READ).join("\n")}\n`;
  const training = new MoliereTraining(text, { ...TEXT_SETTINGS, ...SENTENCES, seed }, device);
  let accuracy = 0;
  await training.run((progress) => {
    accuracy = progress.accuracy;
  });
  return {
    model: servedCharacters(training.model, training.vocabulary, training.settings, device),
    accuracy,
    seconds: (performance.now() - began) / 1000,
  };
}
