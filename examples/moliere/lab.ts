/** The Molière example in the lab. */
import { lineChart } from "../support/charts.ts";
import { COMEDIE } from "../data/comedie.ts";
import { rawAndSmoothed } from "../support/curves.ts";
import { formatCount, formatNumber } from "../support/format.ts";
import { findPlays, isCueTable, readCueTable } from "../support/plays.ts";
import { decodeUtf8 } from "../support/utf8.ts";
import type {
  Advice,
  Answer,
  Figure,
  Notebook,
  OnText,
  Results,
  Sample,
  Session,
  Step,
  Values,
  Voice,
} from "../web/notebook.ts";
import { checkPrompt, generateTexts, type Sampling } from "./generation.ts";
import { NOTEBOOK, QUICK, SAMPLE, type Settings } from "./settings.ts";
import { MoliereTraining } from "./training.ts";

/** The gate is asked this often: stopping costs the steps whose losses are on their way. */
const SLICE_MILLISECONDS = 60;
const SAMPLE_LENGTH = 160;
const TEMPERATURES = [0.2, 0.5, 0.8, 1, 1.3];
const RESULT_LENGTH = 200;

const toValues = ({ steps: _, ...settings }: Settings): Values => ({ ...settings });
const toSettings = (values: Values): Settings => values as unknown as Settings;
const textOf = (data?: Uint8Array): string => (data ? decodeUtf8(data, "le texte") : COMEDIE);

class MoliereSession implements Session {
  readonly #training: MoliereTraining;
  readonly #text: string;
  #answers = 0;

  constructor(training: MoliereTraining, text: string) {
    this.#training = training;
    this.#text = text;
  }

  get settings(): Values {
    return toValues(this.#training.settings);
  }
  get parameters(): number {
    return this.#training.model.countParameters();
  }
  get steps(): number {
    return this.#training.steps;
  }
  get step(): number {
    return this.#training.step;
  }
  get complete(): boolean {
    return this.step >= this.steps;
  }
  get samplesPerStep(): number {
    const { batchSize, window } = this.#training.settings;
    return batchSize * window;
  }
  get description(): string {
    const { vocabulary, stepsPerEpoch } = this.#training;
    return `${vocabulary.size} caractères différents, ${formatCount(stepsPerEpoch)} pas par époque`;
  }
  get history(): Session["history"] {
    const { losses, accuracies } = this.#training.history;
    return { steps: { loss: losses, accuracy: accuracies } };
  }
  get references(): Session["references"] {
    const { size } = this.#training.vocabulary;
    return { loss: [{ y: Math.log(size), label: `hasard : ln ${size}` }] };
  }

  async estimate(): Promise<number> {
    return (await this.#training.measureStep()) * (this.steps - this.step);
  }

  async run(onStep: (step: Step) => void, gate: () => Promise<boolean>): Promise<boolean> {
    const { history } = this.#training;
    for (;;) {
      if (!(await gate())) return false;
      const until = performance.now() + SLICE_MILLISECONDS;
      const complete = await this.#training.run(
        ({ step, steps, epoch, epochs }) => {
          const values = { loss: history.losses[step - 1], accuracy: history.accuracies[step - 1] };
          onStep({ step, steps, epoch, epochs, values });
        },
        () => performance.now() > until,
      );
      if (complete) return true;
    }
  }

  async ask(
    _question: string,
    input: string,
    options: Values,
    onText: OnText,
    shouldStop: () => Promise<boolean>,
  ): Promise<Answer> {
    const { model, vocabulary, settings } = this.#training;
    checkPrompt(vocabulary, input);
    let told = vocabulary.normalize(input).length;
    onText(vocabulary.normalize(input), true);
    await generateTexts(model, vocabulary, {
      prompt: input,
      temperatures: [Number(options.temperature)],
      length: Number(options.length),
      sampling: options.sampling as Sampling,
      window: settings.window,
      // Another text each time, and the same texts for the same model.
      seed: ++this.#answers,
      onCharacter: async ([written]) => {
        onText(written.slice(told));
        told = written.length;
        return !(await shouldStop());
      },
    });
    return {};
  }

  /** The beginning of the text stands in for a prompt that the model cannot spell. */
  async sample({ input, options }: Voice, shouldStop: () => Promise<boolean>): Promise<Sample> {
    const { model, vocabulary, settings } = this.#training;
    const spelled = vocabulary.normalize(input);
    const known = spelled !== "" && [...spelled].every((character) => vocabulary.has(character));
    const beginning = [...this.#text.trimStart().slice(0, 60)].slice(0, 20).join("").split("\n")[0];
    const prompt = known ? spelled : beginning || vocabulary.characters[0];
    const temperature = Number(options.temperature);
    const [written] = await generateTexts(model, vocabulary, {
      prompt,
      temperatures: [temperature],
      length: SAMPLE_LENGTH,
      sampling: "stateful",
      window: settings.window,
      seed: settings.seed + this.step,
      onCharacter: async () => !(await shouldStop()),
    });
    const other = known ? "" : " · autre amorce, la vôtre a des caractères que le texte n'a pas";
    return {
      given: prompt,
      text: written.slice(prompt.length),
      note: `température ${formatNumber(temperature, 2)}${other}`,
    };
  }

  async results(): Promise<Results> {
    const { model, vocabulary, settings, history } = this.#training;
    const samples = await generateTexts(model, vocabulary, {
      prompt: vocabulary.normalize(beginningOf(this.#text)),
      temperatures: TEMPERATURES,
      length: RESULT_LENGTH,
      sampling: "stateful",
      window: settings.window,
      seed: settings.seed,
    });
    const curve = (title: string, caption: string, y: readonly number[], percent: boolean): Figure => ({
      title,
      caption,
      draw: (width) =>
        lineChart({
          title,
          xLabel: "pas",
          yLabel: percent ? "caractères devinés" : "entropie croisée (nats)",
          series: rawAndSmoothed({ name: title.toLowerCase(), y }),
          references: percent ? [] : this.references?.loss,
          yFormat: percent ? "percent" : "count",
          yMin: percent ? 0 : undefined,
          width,
        }),
    });
    return {
      figures: [
        curve(
          "Perte",
          "La perte part du hasard, ln(taille du vocabulaire), et descend à mesure que le modèle devine mieux.",
          history.losses,
          false,
        ),
        curve(
          "Exactitude",
          "La part des caractères suivants que le modèle place en tête.",
          history.accuracies,
          true,
        ),
      ],
      tables: [],
      texts: samples.map((text, i) => ({ title: `Température ${formatNumber(TEMPERATURES[i], 1)}`, text })),
    };
  }

  save(): Promise<Uint8Array> {
    return this.#training.checkpoint();
  }

  dispose(): void {}
}

/** The first words of a text, to begin with. */
function beginningOf(text: string): string {
  return [...text.trimStart().slice(0, 60)].slice(0, 20).join("").split("\n")[0] || text[0];
}

type Rule = readonly [pattern: RegExp, explain: (match: RegExpExecArray) => Advice];

const RULES: readonly Rule[] = [
  [
    /^the text has (\d+) characters, fewer than one window of (\d+)/,
    ([, characters, window]) => ({
      title: `Le texte est trop court : ${formatCount(Number(characters))} caractères pour une fenêtre de ${window}.`,
      advice: "Donnez un texte plus long ou choisissez une fenêtre plus petite.",
    }),
  ],
  [
    /^the text is empty/,
    () => ({ title: "Le texte est vide.", advice: "Donnez un texte, ou reprenez l'échantillon." }),
  ],
  [
    /was trained on another text \((\d+) characters/,
    ([, characters]) => ({
      title: "Ce point de reprise a été entraîné sur un autre texte.",
      advice: `Choisissez d'abord le même texte (${formatCount(Number(characters))} caractères), puis rouvrez le point de reprise.`,
    }),
  ],
  [
    /^the vocabulary of (\d+) characters lacks "(.*?)" /,
    ([, size, character]) => ({
      title: `L'amorce contient « ${character} », que le modèle n'a jamais vu.`,
      advice: `Retirez ce caractère : le texte d'entraînement n'en connaît que ${size}, sans celui-là.`,
    }),
  ],
  [/^the prompt is empty/, () => ({ title: "L'amorce est vide.", advice: "Écrivez au moins un caractère." })],
  [
    /column .* not found|the quote opened/,
    () => ({
      title: "Ce tableau n'a pas la forme attendue.",
      advice:
        "Un fichier .csv doit avoir les colonnes play_name et cue ; tout autre fichier est lu comme un texte.",
    }),
  ],
];

const width = { kind: "integer", min: 1, max: 2048 } as const;

export const notebook: Notebook = {
  id: "moliere",
  title: "Écrire comme Molière",
  lead: "Un petit réseau de neurones, un LSTM, lit du théâtre caractère par caractère et apprend à deviner le suivant. Recommencer encore et encore suffit pour écrire.",
  unit: "caractères",
  presets: [
    { id: "echantillon", label: "Petit (pour l'échantillon)", settings: toValues(SAMPLE) },
    { id: "carnet", label: "Carnet (grand, pour un GPU)", settings: toValues(NOTEBOOK) },
    { id: "rapide", label: "Rapide (quelques secondes)", settings: toValues({ ...QUICK, stride: 24 }) },
  ],
  fields: [
    { id: "window", label: "Fenêtre", hint: "caractères vus", kind: "integer", min: 1, max: 1000 },
    {
      id: "stride",
      label: "Décalage",
      hint: "d'une fenêtre à l'autre",
      kind: "integer",
      min: 1,
      max: 10_000,
    },
    { id: "batchSize", label: "Lot", hint: "fenêtres par pas", kind: "integer", min: 1, max: 4096 },
    { id: "embedding", label: "Embedding", hint: "par caractère", ...width },
    { id: "units", label: "Unités", hint: "taille de l'état", ...width },
    { id: "layers", label: "Couches", hint: "superposées", kind: "integer", min: 1, max: 8 },
    { id: "dropout", label: "Dropout", hint: "sorties éteintes", kind: "number", min: 0, max: 0.95 },
    { id: "learningRate", label: "Pas d'apprentissage", hint: "d'Adam", kind: "number", min: 0, flag: "lr" },
    { id: "clip", label: "Écrêtage du gradient", hint: "0 : aucun", kind: "number", min: 0, max: 1000 },
    {
      id: "epochs",
      label: "Époques",
      hint: "lectures du texte",
      kind: "integer",
      min: 1,
      max: 100_000,
      extends: true,
    },
    {
      id: "predict",
      label: "Prédiction",
      kind: "choice",
      choices: [
        { value: "every", label: "à chaque position" },
        { value: "last", label: "après la fenêtre (carnet)" },
      ],
    },
    { id: "seed", label: "Graine", hint: "du hasard", kind: "integer", min: 0, max: 4_294_967_295 },
  ],
  curves: [
    {
      id: "loss",
      label: "Perte",
      caption: "L'étonnement moyen du modèle devant le caractère suivant. Elle part du hasard et descend.",
    },
    {
      id: "accuracy",
      label: "Exactitude",
      percent: true,
      caption: "La part des caractères que le modèle place en tête de ses choix.",
    },
  ],
  questions: [
    {
      id: "prompt",
      title: "Générer",
      label: "Amorce",
      value: "Quand l'Amour",
      button: "Générer",
      options: [
        {
          id: "temperature",
          label: "Température",
          kind: "number",
          min: 0.2,
          max: 1.5,
          slider: ["sage", "hardi"],
        },
        { id: "length", label: "Longueur", kind: "integer", min: 1, max: 20_000 },
        {
          id: "sampling",
          label: "Mémoire",
          kind: "choice",
          choices: [
            { value: "stateful", label: "de tout le début" },
            { value: "window", label: "de la seule fenêtre (carnet)" },
          ],
        },
      ],
      defaults: { temperature: 0.8, length: 400, sampling: "stateful" },
    },
  ],
  data: {
    label: "texte UTF-8, ou CSV avec les colonnes play_name et cue",
    accept: ".txt,.csv,.md,text/*",
    sampleName: "La Marmite, comédie écrite pour ce projet",
    paste: true,
  },

  readData(bytes, name) {
    const content = decodeUtf8(bytes, name);
    const table = /\.csv$/i.test(name) || isCueTable(content);
    const { all, plays } = table
      ? readCueTable(content, name)
      : { all: { text: content }, plays: findPlays(content) };
    const encoder = new TextEncoder();
    return {
      whole: encoder.encode(all.text),
      parts: plays.map(({ title, text }) => ({ title, bytes: encoder.encode(text) })),
    };
  },

  explain({ message }) {
    for (const [pattern, explain] of RULES) {
      const match = pattern.exec(message);
      if (match) return explain(match);
    }
    return undefined;
  },

  async open(settings, device, data) {
    const text = textOf(data);
    return new MoliereSession(new MoliereTraining(text, toSettings(settings), device), text);
  },

  async load(bytes, device, data, changed) {
    const text = textOf(data);
    // A limit in steps belongs to the run that was saved, not to its continuation.
    const settings = { ...(changed as Partial<Settings> | undefined), steps: undefined };
    return new MoliereSession(MoliereTraining.resume(bytes, text, device, settings, "le fichier"), text);
  },
};
