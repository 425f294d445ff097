import { CRITIQUES } from "../data/critiques.ts";
import { formatCount, formatNumber, formatPercent } from "../support/format.ts";
import {
  type Answer,
  LabError,
  type Results,
  type Sample,
  type Session,
  type Step,
  type Values,
  type Voice,
} from "../web/notebook.ts";
import { ruleVerdict } from "./baselines.ts";
import { compareVerdicts } from "./comparisons.ts";
import { readReviewsCsv } from "./csv.ts";
import { confidentErrors, errorRates, evaluateAnswers, randomExamples } from "./evaluation.ts";
import { explore } from "./exploration.ts";
import {
  errorPictures,
  evaluationPictures,
  explorationPictures,
  trainingPictures,
  wordMapPicture,
} from "./figures.ts";
import { describeModel } from "./model.ts";
import { type PreparedReviews, prepareReviews } from "./prepare.ts";
import { COMPARISON_SENTENCES, HARD_CASES, OWN_SENTENCES } from "./sentences.ts";
import type { Settings } from "./settings.ts";
import {
  agreementTable,
  errorRateTables,
  firstWords,
  hardCasesTable,
  judgedTable,
  scoresTable,
  sentencesTable,
  sentimentName,
} from "./tables.ts";
import type { SentimentTraining } from "./training.ts";
import { mapWords } from "./word_map.ts";

/** Settings as the form has them. */
export function toValues(settings: Settings): Values {
  return { ...settings };
}

/** The reviews of a table, or the sample, split by the seed as the command does. */
export function prepare(
  data: Uint8Array | undefined,
  settings: Settings,
  training?: SentimentTraining,
): PreparedReviews {
  const reviews = data === undefined ? CRITIQUES : readReviewsCsv(data, "avis.csv").reviews;
  if (reviews.length < 20)
    throw new LabError(
      `Ce fichier n'a que ${formatCount(reviews.length)} avis.`,
      "Il en faut 20 au moins : une partie pour apprendre, une pour valider, une pour tester.",
    );
  const { words: size, seed } = settings;
  return prepareReviews({ form: "texts", train: reviews }, { size, seed, encoder: training?.encoder });
}

/** A model of sentiment, in a run. */
export class SentimentSession implements Session {
  readonly #training: SentimentTraining;
  readonly #reviews: PreparedReviews;
  readonly #stepsPerEpoch: number;
  /** Steps of an epoch that was cut short do not count. */
  #step: number;

  constructor(training: SentimentTraining, reviews: PreparedReviews) {
    this.#training = training;
    this.#reviews = reviews;
    this.#stepsPerEpoch = training.stepsPerEpoch(reviews.train.length);
    this.#step = training.epochs * this.#stepsPerEpoch;
  }

  get settings(): Values {
    return toValues(this.#training.settings);
  }
  get parameters(): number {
    return this.#training.model.countParams();
  }
  get steps(): number {
    return this.#training.settings.epochs * this.#stepsPerEpoch;
  }
  get step(): number {
    return this.#step;
  }
  get complete(): boolean {
    return this.#training.complete;
  }
  get samplesPerStep(): number {
    return this.#training.settings.batchSize;
  }
  get description(): string {
    const { train, test } = this.#reviews;
    return `${describeModel(this.#training.settings)} ; ${formatCount(train.length)} avis pour apprendre, ${formatCount(test.length)} pour tester`;
  }
  get history(): Session["history"] {
    return { epochs: this.#training.history };
  }
  readonly references = {
    loss: [{ y: Math.log(2), label: "hasard : ln 2" }],
    accuracy: [{ y: 0.5, label: "hasard : 50 %" }],
  };

  async run(onStep: (step: Step) => void, gate: () => Promise<boolean>): Promise<boolean> {
    const training = this.#training;
    const { epochs, batchSize } = training.settings;
    const reviews = training.kept(this.#reviews.train.length);
    let epoch = training.epochs;
    this.#step = epoch * this.#stepsPerEpoch;
    let before: Record<string, number> = {};
    await training.fit(this.#reviews.train, {
      verbose: 0,
      callbacks: [
        {
          onEpochBegin() {
            epoch++;
            before = {};
          },
          async onTrainBatchBegin(_, model) {
            if (!model.stopTraining && !(await gate())) model.stopTraining = true;
          },
          onTrainBatchEnd: (batch, logs) => {
            // Keras's logs are means over the reviews since the epoch began; the newest step is what changed them.
            const seen = Math.min(reviews, (batch + 1) * batchSize);
            const earlier = batch * batchSize;
            const values: Record<string, number> = {};
            for (const id of ["loss", "accuracy"])
              values[id] = (logs[id] * seen - (before[id] ?? 0) * earlier) / (seen - earlier);
            before = { ...logs };
            this.#step = (epoch - 1) * this.#stepsPerEpoch + batch + 1;
            onStep({ step: this.#step, steps: this.steps, epoch, epochs, values });
          },
          onEpochEnd: (_, logs, model) => {
            if (model.stopTraining) return;
            onStep({
              step: this.#step,
              steps: this.steps,
              epoch,
              epochs,
              values: {},
              epochValues: { ...logs },
            });
          },
        },
      ],
    });
    this.#step = training.epochs * this.#stepsPerEpoch;
    return this.complete;
  }

  async ask(_question: string, input: string): Promise<Answer> {
    const lines = input
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
    if (lines.length === 0)
      throw new LabError(
        "Il n'y a rien à lire.",
        "Écrivez une phrase en anglais, ou plusieurs, une par ligne.",
      );
    const predictions = await this.#training.predictAll(lines);
    const verdicts = lines.map(ruleVerdict);
    const [{ positive, confidence, unknown }] = predictions;
    const named = unknown.length > 0 ? ` Mots inconnus : ${unknown.slice(0, 8).join(", ")}.` : "";
    return {
      text:
        lines.length === 1
          ? `${sentimentName(positive)}, sûr à ${formatPercent(confidence)}.${named}`
          : undefined,
      tables: [
        sentencesTable(predictions),
        agreementTable("modèle", "listes de mots", compareVerdicts(predictions, verdicts)),
      ],
    };
  }

  async sample({ input }: Voice): Promise<Sample> {
    const text = input.split("\n").find((line) => line.trim() !== "") ?? OWN_SENTENCES[0];
    const { positive, probability } = await this.#training.predict(text);
    return {
      given: `${text}  →  `,
      text: `${sentimentName(positive)} (score ${formatNumber(probability, 3)})`,
    };
  }

  async results(): Promise<Results> {
    const training = this.#training;
    const { encoder, settings } = training;
    const { train, test } = this.#reviews;
    const evaluation = evaluateAnswers(test.labels, await training.probabilities(test));
    const exploration = explore(train, settings.maxLen);
    const map = await mapWords(training, settings.seed);
    const rates = errorRates(evaluation, test);
    const errors = confidentErrors(evaluation, 3);
    const four = await training.predictAll(COMPARISON_SENTENCES);
    const wordsOf = (index: number): string => encoder.decode(test.ids[index]);
    return {
      figures: [
        ...trainingPictures(training.history),
        ...evaluationPictures(evaluation),
        ...(map.points.length > 2 ? [wordMapPicture(map)] : []),
        ...errorPictures(rates),
        ...explorationPictures(exploration),
      ],
      tables: [
        scoresTable(evaluation),
        judgedTable("Exemples de prédictions", randomExamples(evaluation, 8, settings.seed), wordsOf),
        sentencesTable(await training.predictAll(OWN_SENTENCES)),
        hardCasesTable(await training.predictAll(HARD_CASES.map(({ text }) => text))),
        judgedTable("Faux positifs les plus sûrs", errors.falsePositives, wordsOf, 25),
        judgedTable("Faux négatifs les plus sûrs", errors.falseNegatives, wordsOf, 25),
        ...errorRateTables(rates),
        agreementTable(
          "modèle",
          "listes de mots",
          compareVerdicts(four, COMPARISON_SENTENCES.map(ruleVerdict)),
        ),
      ].filter(({ rows }) => rows.length > 0),
      texts: [
        {
          title: `Sur ${formatCount(test.length)} avis jamais vus`,
          text: `Exactitude ${formatPercent(evaluation.accuracy, 2)}, perte ${formatNumber(evaluation.loss, 4)}.`,
        },
        ...[0, 1, 2].map((i) => ({
          title: `${sentimentName(train.labels[i])}, ${formatCount(train.ids[i].length)} mots`,
          text: encoder.decode(train.ids[i]),
        })),
        {
          title: "Le 3 que le carnet oublie",
          text: `Les identifiants sont le rang du mot plus 3. Sans ce 3, le premier avis s'afficherait : « ${firstWords(encoder.forgottenOffset(train.ids[0]), 25)} »`,
        },
      ],
    };
  }

  save(): Promise<Uint8Array> {
    return this.#training.save();
  }

  dispose(): void {}
}
