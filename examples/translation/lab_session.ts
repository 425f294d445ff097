/** A number translator in the lab, in a run. */
import { formatCount, formatPercent } from "../support/format.ts";
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
import { attentionMaps, attentionPictures } from "./attention.ts";
import { type Evaluation, evaluate } from "./evaluation.ts";
import { readEnglish, writeFrench } from "./numbers.ts";
import {
  exactTable,
  formsTable,
  mistakesTable,
  proposalsTable,
  strataTable,
  trainingPictures,
} from "./results.ts";
import { TARGET } from "./tokens.ts";
import type { TranslationTraining } from "./training.ts";
import { readSource, translate, UnreadableError } from "./translate.ts";

/** Of the held-out numbers every tenth: the page should not wait long. */
const TESTED = 10;

/** One run. */
export class TranslationSession implements Session {
  readonly #training: TranslationTraining;

  constructor(training: TranslationTraining) {
    this.#training = training;
  }

  get settings(): Values {
    return { ...this.#training.settings };
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
    const { width, heads, layers } = this.#training.settings;
    return `encodeur et décodeur de ${layers} couche${layers > 1 ? "s" : ""}, largeur ${width}, ${heads} tête${heads > 1 ? "s" : ""}`;
  }
  get history(): Session["history"] {
    const { losses, accuracies } = this.#training.history;
    return { steps: { loss: losses, accuracy: accuracies } };
  }
  readonly references = { loss: [{ y: Math.log(TARGET.size), label: `hasard : ln ${TARGET.size}` }] };

  async run(onStep: (step: Step) => void, gate: () => Promise<boolean>): Promise<boolean> {
    if (!(await gate())) return false;
    for await (const { step, loss, accuracy } of this.#training.run()) {
      onStep({ step, steps: this.steps, values: { loss, accuracy } });
      if (!this.complete && !(await gate())) return false;
    }
    return this.complete;
  }

  async ask(_question: string, input: string, { beams }: Values): Promise<Answer> {
    const { model } = this.#training;
    const source = readable(input);
    const numBeams = Number(beams);
    const [found] = await translate(model, [source], { numBeams, count: 3 });
    const n = readEnglish(input);
    const right = n === undefined ? undefined : writeFrench(n);
    const verdict =
      right === undefined ? "" : found[0].text === right ? " : juste" : ` : faux, c'est ${right}`;
    return {
      text: `${found[0].text} (${formatPercent(found[0].probability, 2)})${verdict}.`,
      tables: [proposalsTable(input.trim(), found, right)],
      figures: attentionPictures(await attentionMaps(model, source)),
    };
  }

  async sample({ input }: Voice): Promise<Sample> {
    const { model, history } = this.#training;
    let source = readSource(EXAMPLE);
    let text = EXAMPLE;
    try {
      [source, text] = [readSource(input), input];
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error;
    }
    const [[{ text: french, probability }]] = await translate(model, [source]);
    const newest = history.validations.at(-1);
    return {
      given: `${text}  →  `,
      text: french,
      note:
        newest === undefined
          ? `probabilité ${formatPercent(probability)}`
          : `au pas ${formatCount(newest.step)}, ${formatPercent(newest.exact)} de traductions justes`,
    };
  }

  async results(): Promise<Results> {
    const training = this.#training;
    const numbers = training.split.test.filter((_, i) => i % TESTED === 0);
    const evaluations: Evaluation[] = [];
    for (const numBeams of [1, 4]) evaluations.push(await evaluate(training.model, numbers, numBeams));
    const maps = await attentionMaps(training.model, readSource(EXAMPLE));
    return {
      figures: [...trainingPictures(training), ...attentionPictures(maps)],
      tables: [
        exactTable(evaluations),
        ...evaluations.filter(({ mistakes }) => mistakes.length > 0).map((one) => mistakesTable(one)),
        strataTable(),
        formsTable([84, 1984]),
      ],
      texts: [
        {
          title: `${formatCount(numbers.length)} nombres jamais vus`,
          text: `${evaluations.map(({ numBeams, all }) => `${numBeams === 1 ? "Décodage gourmand" : `Faisceau de ${numBeams}`} : ${formatCount(all.right)} traductions exactes sur ${formatCount(all.count)}.`).join("\n")}`,
        },
      ],
    };
  }

  save(): Promise<Uint8Array> {
    return this.#training.checkpoint();
  }

  dispose(): void {}
}

/** What is shown before anybody asks. */
export const EXAMPLE = "nineteen eighty-four";

function readable(input: string): Int32Array {
  try {
    return readSource(input);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    throw new LabError(
      `Impossible : ${error.reason}.`,
      "Écrivez un nombre, comme nineteen eighty-four ou 380080.",
    );
  }
}
