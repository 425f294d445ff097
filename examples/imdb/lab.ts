/** The sentiment example in the lab: train on the sample or a table of your own, and try the model on sentences. */
import { type Device, FileFormatError } from "../../src/index.ts";
import { CRITIQUES } from "../data/critiques.ts";
import { formatCount, formatNumber, formatPercent } from "../support/format.ts";
import {
  type Answer,
  LabError,
  type Notebook,
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
import { FEW, NOTEBOOK, QUICK, SAMPLE, type Settings } from "./settings.ts";
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
import { SentimentTraining } from "./training.ts";
import { mapWords } from "./word_map.ts";

function toValues(settings: Settings): Values {
  return { ...settings };
}

/** The reviews of a table, or the sample, split by the seed as the command does. */
function prepare(
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

class SentimentSession implements Session {
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

const width = { kind: "integer", min: 1, max: 1024 } as const;
const rate = { kind: "number", min: 0, max: 0.95 } as const;
const sides = [
  { value: "post", label: "derrière" },
  { value: "pre", label: "devant" },
] as const;

export const notebook: Notebook = {
  id: "imdb",
  title: "Positif ou négatif ?",
  lead: "Un réseau récurrent lit des avis de films en anglais, mot après mot, et dit s'ils sont positifs ou négatifs. Puis essayez-le sur vos phrases, ou ouvrez un modèle enregistré par npm start -- imdb --save.",
  unit: "avis",
  presets: [
    { id: "echantillon", label: "Échantillon (160 avis)", settings: toValues(SAMPLE) },
    { id: "carnet", label: "Carnet (3 époques, sans masque)", settings: toValues(NOTEBOOK) },
    { id: "milliers", label: "Quelques milliers d'avis", settings: toValues(FEW) },
    { id: "rapide", label: "Rapide (2 époques)", settings: toValues(QUICK) },
  ],
  fields: [
    {
      id: "words",
      label: "Vocabulaire",
      hint: "mots les plus fréquents",
      kind: "integer",
      min: 10,
      max: 100_000,
    },
    { id: "maxLen", label: "Longueur", hint: "mots lus par avis", kind: "integer", min: 2, max: 1000 },
    { id: "padding", label: "Remplissage", hint: "des avis courts", kind: "choice", choices: sides },
    { id: "truncating", label: "Coupe", hint: "des avis longs", kind: "choice", choices: sides },
    { id: "mask", label: "Masque", hint: "sauter le remplissage", kind: "boolean" },
    { id: "embedding", label: "Embedding", hint: "par mot", ...width },
    {
      id: "cell",
      label: "Cellule",
      kind: "choice",
      choices: [
        { value: "lstm", label: "LSTM" },
        { value: "gru", label: "GRU" },
        { value: "rnn", label: "SimpleRNN" },
      ],
    },
    { id: "units", label: "Unités", hint: "taille de l'état", ...width },
    { id: "layers", label: "Couches", kind: "integer", min: 1, max: 4 },
    { id: "bidirectional", label: "Deux sens", hint: "lire aussi à rebours", kind: "boolean" },
    { id: "attention", label: "Attention", hint: "au-dessus", kind: "boolean" },
    {
      id: "pooling",
      label: "Décision",
      hint: "d'après quel état",
      kind: "choice",
      choices: [
        { value: "last", label: "le dernier" },
        { value: "mean", label: "la moyenne" },
      ],
    },
    { id: "dropout", label: "Dropout", hint: "des entrées", ...rate },
    { id: "recurrentDropout", label: "Dropout récurrent", hint: "de l'état", ...rate },
    { id: "outputDropout", label: "Dropout de sortie", ...rate },
    { id: "batchSize", label: "Lot", hint: "avis par pas", ...width },
    { id: "epochs", label: "Époques", kind: "integer", min: 1, max: 1000, extends: true },
    { id: "learningRate", label: "Pas d'apprentissage", hint: "d'Adam", kind: "number", min: 0, flag: "lr" },
    { id: "validation", label: "Validation", hint: "part mise de côté", kind: "number", min: 0.01, max: 0.9 },
    { id: "seed", label: "Graine", hint: "du hasard", kind: "integer", min: 0, max: 4_294_967_295 },
  ],
  curves: [
    { id: "loss", label: "Perte", caption: "Quand celle de validation remonte, le modèle apprend par cœur." },
    {
      id: "accuracy",
      label: "Exactitude",
      percent: true,
      caption: "Au hasard, la moitié des réponses sont bonnes.",
    },
  ],
  questions: [
    {
      id: "phrases",
      title: "Vos propres phrases",
      label: "Une phrase en anglais, ou plusieurs, une par ligne",
      hint: "les mots que le modèle ne connaît pas sont nommés",
      value: OWN_SENTENCES[0],
      long: true,
      button: "Juger",
    },
  ],
  data: {
    label: "tableau CSV ou TSV, aussi .gz, avec les colonnes review et sentiment (ou text et label)",
    accept: ".csv,.tsv,.gz,text/csv",
    sampleName: "160 avis en anglais, écrits pour ce projet",
  },

  readData(bytes) {
    readReviewsCsv(bytes, "avis.csv");
    return { whole: bytes };
  },

  explain(error) {
    if (error instanceof FileFormatError)
      return {
        title: "Ce fichier ne peut pas être lu.",
        advice: `Il faut un tableau d'avis, ou un modèle enregistré par ce carnet. Détail : ${error.message}`,
      };
    return undefined;
  },

  async open(values, device: Device, data) {
    const settings = values as unknown as Settings;
    const reviews = prepare(data, settings);
    return new SentimentSession(SentimentTraining.start(settings, reviews.encoder, device), reviews);
  },

  async load(bytes, device: Device, data, changed) {
    const training = SentimentTraining.load(
      bytes,
      device,
      changed as Partial<Settings> | undefined,
      "fichier",
    );
    return new SentimentSession(training, prepare(data, training.settings, training));
  },
};
