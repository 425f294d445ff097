/** The sentiment model of `npm start -- imdb --save FILE`, or of the lab: positive or negative. */
import { ValueError } from "../../../src/index.ts";
import { EncodedReviews } from "../../imdb/encoded_reviews.ts";
import { CLASS_NAMES } from "../../imdb/evaluation.ts";
import { OWN_SENTENCES } from "../../imdb/sentences.ts";
import { SentimentTraining } from "../../imdb/training.ts";
import type { Input, ServedModel } from "../served_model.ts";
import type { ModelKind } from "./index.ts";

interface Row {
  readonly ids: readonly number[];
  readonly unknown: readonly string[];
}

export const SENTIMENT: ModelKind = {
  saved: "imdb --save",
  recognizes: ({ imdb }) => typeof imdb === "object" && imdb !== null,
  load: (bytes, device, where) => servedSentiment(SentimentTraining.load(bytes, device, {}, where)),
};

/** A trained model behind the server. */
export function servedSentiment(training: SentimentTraining): ServedModel<Row> {
  const { encoder, model, device } = training;
  return {
    title: "Sentiment d'un avis en anglais",
    device,
    parameters: model.countParams(),
    classes: CLASS_NAMES.length,
    examples: ["I love this product!", ...OWN_SENTENCES],
    label: (id) => CLASS_NAMES[id].toLowerCase(),
    encode(input: Input): Row {
      if (typeof input !== "string")
        throw new ValueError("ce modèle lit un texte, dans le champ « text », et non des nombres");
      return { ids: encoder.encode(input), unknown: encoder.unknownWords(input) };
    },
    async run(rows) {
      // Every row is filled up to the length that the model was trained with, so all have the same.
      const reviews = new EncodedReviews(
        rows.map(({ ids }) => ids),
        rows.map(() => 0), // Nobody reads the labels.
        encoder.size,
      );
      const positive = await training.probabilities(reviews);
      return Array.from(positive, (p) => Float32Array.of(1 - p, p));
    },
    notes: ({ unknown }) => (unknown.length > 0 ? { unknown_words: unknown } : {}),
  };
}
