/** The parity example in the lab: one run at a time, so that two can be compared by their settings. */
import { type Device, Generator } from "../../src/index.ts";
import { barChart, lineChart } from "../support/charts.ts";
import { formatCount, formatPercent } from "../support/format.ts";
import {
  type Answer,
  type Figure,
  LabError,
  type Notebook,
  type Results,
  type Sample,
  type Session,
  type Step,
  type Values,
} from "../web/notebook.ts";
import { generateTokenRows, labelOf } from "./data.ts";
import { evaluate } from "./evaluation.ts";
import { keptPerStep, predict } from "./model.ts";
import {
  accuracyPicture,
  influencePicture,
  lossPicture,
  OUTCOME_HEADERS,
  type Outcome,
  outcomeRows,
  parityRows,
} from "./results.ts";
import { LEARNING, NOTEBOOK, NOTEBOOK_SAMPLE, QUICK, type Settings } from "./settings.ts";
import { ParityTraining } from "./training.ts";

/** Fresh sequences that the model is tried on at the end. */
const FRESH = 1000;

/** A form has no empty numbers: 0 stands for PyTorch's own start, and for no goal. */
function toValues({ forgetBias = 0, goal = 0, ...rest }: Settings): Values {
  return { ...rest, forgetBias, goal };
}

function toSettings(values: Values): Settings {
  const { forgetBias, goal, ...rest } = values as unknown as Required<Settings>;
  return { ...rest, forgetBias: forgetBias || undefined, goal: goal || undefined };
}

class ParitySession implements Session {
  readonly #training: ParityTraining;
  readonly #sample: readonly number[];

  constructor(training: ParityTraining) {
    this.#training = training;
    const { length, vocabulary, seed } = training.settings;
    const fits = length === NOTEBOOK_SAMPLE.length && NOTEBOOK_SAMPLE.every((id) => id < vocabulary);
    this.#sample = fits
      ? NOTEBOOK_SAMPLE
      : [...generateTokenRows(new Generator(seed, 1), 1, training.settings).ids];
  }

  get settings(): Values {
    return toValues(this.#training.settings);
  }
  get parameters(): number {
    return this.#training.model.countParameters();
  }
  get steps(): number {
    return this.#training.settings.steps;
  }
  get step(): number {
    return this.#training.step;
  }
  get complete(): boolean {
    return this.#training.complete;
  }
  get samplesPerStep(): number {
    return this.#training.settings.batchSize;
  }
  get description(): string {
    const { embedding, units, length, vocabulary } = this.#training.settings;
    return `Embedding ${embedding} → LSTM ${units} → Linear 2 ; suites de ${length} nombres de 0 à ${vocabulary - 1}`;
  }
  get history(): Session["history"] {
    const { losses, accuracies } = this.#training;
    return { steps: { loss: losses, accuracy: accuracies } };
  }
  readonly references = {
    loss: [{ y: Math.log(2), label: "hasard : ln 2" }],
    accuracy: [{ y: 0.5, label: "hasard : 50 %" }],
  };

  async run(onStep: (step: Step) => void, gate: () => Promise<boolean>): Promise<boolean> {
    if (!(await gate())) return false;
    for await (const { step, loss, accuracy } of this.#training.run()) {
      onStep({ step, steps: this.steps, values: { loss, accuracy } });
      if (!this.complete && !(await gate())) return false;
    }
    return this.complete;
  }

  async ask(_question: string, input: string): Promise<Answer> {
    const { vocabulary } = this.#training.settings;
    const tokens = input.split(/[^\p{L}\d.+-]+/u).filter(Boolean);
    const sequence = tokens.map(Number);
    const wrong = tokens.find(
      (_, i) => !(Number.isInteger(sequence[i]) && sequence[i] >= 0 && sequence[i] < vocabulary),
    );
    if (wrong !== undefined)
      throw new LabError(
        `« ${wrong} » n'est pas un nombre que le modèle connaît.`,
        `Écrivez des nombres entiers de 0 à ${vocabulary - 1}, séparés par des espaces.`,
      );
    if (sequence.length < 2)
      throw new LabError(
        "Il faut deux nombres au moins.",
        "Écrivez la suite, les nombres séparés par des espaces.",
      );
    const { answer, probabilities } = await predict(this.#training.model, sequence);
    const [first, last] = [sequence[0], sequence[sequence.length - 1]];
    const right = labelOf(sequence);
    return {
      text: `Le modèle répond ${answer} (${parity(answer)}), sûr à ${formatPercent(probabilities[answer])}.`,
      tables: [
        {
          caption: `${first} + ${last} = ${first + last}, ${parity(right)} : la réponse est ${answer === right ? "juste" : "fausse"}.`,
          header: ["Étiquette", "Somme des deux bouts", "Probabilité"],
          rows: probabilities.map((p, label) => [String(label), parity(label), formatPercent(p)]),
        },
      ],
    };
  }

  async sample(): Promise<Sample> {
    const { answer, probabilities } = await predict(this.#training.model, this.#sample);
    const verdict = answer === labelOf(this.#sample) ? "juste" : "faux";
    return {
      given: `${this.#sample.join(" ")}  →  `,
      text: `${answer}, sûr à ${formatPercent(probabilities[answer])} : ${verdict}`,
      note: `exactitude récente ${formatPercent(this.#training.recentAccuracy)}`,
    };
  }

  async results(): Promise<Results> {
    const training = this.#training;
    const evaluation = await evaluate(training.model, training.settings, FRESH);
    const { forgetBias } = training.settings;
    const outcome: Outcome = {
      name: forgetBias === undefined ? "départ de PyTorch" : `biais d'oubli ${formatCount(forgetBias)}`,
      training,
      evaluation,
      ...(await predict(training.model, this.#sample)),
    };
    const kept = await keptPerStep(training.model);
    const loss = lossPicture([outcome]);
    const accuracy = accuracyPicture([outcome]);
    const influence = influencePicture([outcome]);
    const figures: Figure[] = [
      ...[loss, accuracy].map(({ settings, caption }) => ({
        title: settings.title,
        caption,
        draw: (width?: number) => lineChart({ ...settings, width }),
      })),
      {
        title: influence.settings.title,
        caption: influence.caption,
        draw: (width) => barChart({ ...influence.settings, width }),
      },
    ];
    return {
      figures,
      tables: [
        {
          caption: `${formatCount(FRESH)} suites nouvelles, et la réponse à [${this.#sample.join(", ")}], dont l'étiquette est ${labelOf(this.#sample)}`,
          header: OUTCOME_HEADERS,
          rows: outcomeRows([outcome]),
        },
        {
          caption: "Exactitude selon la parité des deux bouts",
          header: ["premier", "dernier", "étiquette", "exactitude"],
          rows: parityRows([outcome]),
        },
      ],
      texts: [
        {
          title: "Ce que le LSTM garde",
          text: `Par ses seuls biais, une unité garde en moyenne ${formatPercent(kept)} de sa mémoire à chaque pas : ${formatPercent(kept ** (training.settings.length - 1))} du premier nombre arrive au bout de la suite.`,
        },
      ],
    };
  }

  save(): Promise<Uint8Array> {
    return this.#training.checkpoint();
  }

  dispose(): void {}
}

function parity(label: number): string {
  return label === 1 ? "paire" : "impaire";
}

const width = { kind: "integer", min: 1, max: 2048 } as const;

export const notebook: Notebook = {
  id: "parite",
  title: "La parité, ou l'art de se souvenir",
  lead: "Un LSTM lit une suite de nombres au hasard et apprend, par l'exemple seulement, si la somme du premier et du dernier est paire. Longtemps il ne sait rien, puis la règle vient d'un coup.",
  unit: "suites",
  presets: [
    { id: "apprendre", label: "Apprendre la règle", settings: toValues(LEARNING) },
    { id: "carnet", label: "Carnet (50 pas, au hasard)", settings: toValues(NOTEBOOK) },
    { id: "rapide", label: "Rapide (40 pas)", settings: toValues({ ...LEARNING, steps: QUICK.steps }) },
  ],
  fields: [
    { id: "length", label: "Longueur", hint: "nombres par suite", kind: "integer", min: 2, max: 500 },
    {
      id: "vocabulary",
      label: "Vocabulaire",
      hint: "nombres différents",
      kind: "integer",
      min: 2,
      max: 10_000,
      flag: "vocab",
    },
    { id: "batchSize", label: "Lot", hint: "suites par pas", ...width },
    { id: "embedding", label: "Embedding", hint: "par nombre", ...width },
    { id: "units", label: "Unités", hint: "taille de l'état", ...width },
    {
      id: "forgetBias",
      label: "Biais d'oubli",
      hint: "au départ ; 0 : PyTorch",
      kind: "number",
      min: -20,
      max: 20,
    },
    { id: "learningRate", label: "Pas d'apprentissage", hint: "d'Adam", kind: "number", min: 0, flag: "lr" },
    {
      id: "steps",
      label: "Pas au plus",
      hint: "un lot nouveau chacun",
      kind: "integer",
      min: 1,
      max: 1_000_000,
      extends: true,
    },
    { id: "goal", label: "But", hint: "exactitude ; 0 : aucun", kind: "number", min: 0, max: 1 },
    { id: "seed", label: "Graine", hint: "du hasard", kind: "integer", min: 0, max: 4_294_967_295 },
  ],
  curves: [
    {
      id: "loss",
      label: "Perte",
      caption: "Elle reste longtemps celle du hasard, ln 2, puis tombe d'un coup.",
    },
    {
      id: "accuracy",
      label: "Exactitude",
      percent: true,
      caption: "Chaque lot est nouveau : le modèle est noté sur des suites qu'il n'a jamais vues.",
    },
  ],
  questions: [
    {
      id: "suite",
      title: "Poser une suite",
      label: "Une suite de nombres",
      hint: "séparés par des espaces ; celle du carnet, au départ",
      value: NOTEBOOK_SAMPLE.join(" "),
      button: "Deviner",
    },
  ],

  async open(settings, device) {
    return new ParitySession(await ParityTraining.start(toSettings(settings), device));
  },

  async load(bytes, device: Device, _data, changed) {
    const loaded = ParityTraining.resume(bytes, device, changed as Partial<Settings> | undefined, "fichier");
    if (changed === undefined || !loaded.goalReached) return new ParitySession(loaded);
    // Whoever goes on beyond the goal has another one.
    const beyond = { ...(changed as Partial<Settings>), goal: undefined };
    return new ParitySession(ParityTraining.resume(bytes, device, beyond, "fichier"));
  },
};
