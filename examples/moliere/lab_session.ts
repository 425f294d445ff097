/** A run of the Molière example in the lab. */
import { lineChart } from "../support/charts.ts";
import { formatCount, formatNumber } from "../support/format.ts";
import type { Answer, OnText, Results, Sample, Session, Step, Values, Voice } from "../web/notebook.ts";
import { checkPrompt, generateTexts, type Sampling } from "./generation.ts";
import { explore } from "./exploration.ts";
import { accuracyChart, epochRows, lossChart } from "./results.ts";
import type { Settings } from "./settings.ts";
import type { MoliereTraining } from "./training.ts";

/** The gate is asked this often: stopping costs the steps whose losses are on their way. */
const SLICE_MILLISECONDS = 60;
export const PROMPT = "Quand l'Amour";
export const LOSS =
  "L'étonnement moyen du modèle devant le caractère suivant. Elle part du hasard, ln(taille du vocabulaire), et descend.";
export const ACCURACY = "La part des caractères que le modèle place en tête de ses choix.";
const SAMPLE_LENGTH = 120;
const TEMPERATURES = [0.2, 0.5, 0.8, 1, 1.3];
const RESULT_LENGTH = 140;

/** Settings as the lab's form has them: without a limit in steps. */
export function toValues({ steps: _, ...settings }: Settings): Values {
  return { ...settings };
}

export class MoliereSession implements Session {
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
    const known = this.#spells(spelled);
    const prompt = known ? spelled : this.#beginning;
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

  /** The first words of the text, to begin with. */
  get #beginning(): string {
    const { vocabulary } = this.#training;
    const beginning = [...this.#text.trimStart().slice(0, 60)].slice(0, 20).join("").split("\n")[0];
    return vocabulary.normalize(beginning) || vocabulary.characters[0];
  }

  #spells(text: string): boolean {
    return text !== "" && [...text].every((character) => this.#training.vocabulary.has(character));
  }

  async results(): Promise<Results> {
    const { model, vocabulary, settings, history } = this.#training;
    const samples = await generateTexts(model, vocabulary, {
      prompt: this.#spells(vocabulary.normalize(PROMPT)) ? PROMPT : this.#beginning,
      temperatures: TEMPERATURES,
      length: RESULT_LENGTH,
      sampling: "stateful",
      window: settings.window,
      seed: settings.seed,
    });
    const loss = lossChart(history, vocabulary.size);
    const accuracy = accuracyChart(history);
    const { speakers } = explore({ text: this.#text }, vocabulary, settings);
    return {
      figures: [
        { title: loss.title, caption: LOSS, draw: (width) => lineChart({ ...loss, width }) },
        { title: accuracy.title, caption: ACCURACY, draw: (width) => lineChart({ ...accuracy, width }) },
      ],
      tables: [
        {
          caption: "Moyennes par époque, comme Keras les donne",
          header: ["époque", "pas", "perte", "exactitude"],
          rows: epochRows(history, this.#training.stepsPerEpoch),
        },
        ...(speakers.length > 0
          ? [
              {
                caption: "Qui parle le plus dans le texte",
                header: ["personnage", "répliques"],
                rows: speakers,
              },
            ]
          : []),
      ],
      texts: samples.map((text, i) => ({ title: `Température ${formatNumber(TEMPERATURES[i], 1)}`, text })),
    };
  }

  save(): Promise<Uint8Array> {
    return this.#training.checkpoint();
  }

  dispose(): void {}
}
