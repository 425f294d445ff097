/**
 * What a notebook gives the lab: one module, examples/NAME/lab.ts, that exports `notebook`. It runs in a worker, so it
 * has neither a page nor `node:` imports, and shares its training, results and figures with the script examples/NAME.ts.
 * Texts are French. Whatever a method throws is shown to the learner, and the lab goes on: throw a `LabError` for what
 * you can explain, and give `explain` for the errors of shared modules.
 */
import type { Device } from "../../src/index.ts";
import type { ChartOption } from "../support/charts.ts";

/** Settings and options by the ids of their fields. */
export type Values = Readonly<Record<string, number | string | boolean>>;

/** One setting of a form. */
export interface Field {
  /** Its key in `Values`; unlike those of the page: `notebook`, `device`, `preset`. */
  readonly id: string;
  readonly label: string;
  /** A few words below the field. */
  readonly hint?: string;
  readonly kind: "integer" | "number" | "choice" | "boolean" | "text";
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  /** Its name in the address, the id in kebab-case unless told; use the command line's flag. */
  readonly flag?: string;
  /** A number as a slider with the words at its two ends; `min` and `max` are needed. */
  readonly slider?: readonly [low: string, high: string];
  /** The field that makes a run longer, such as epochs: it stays open when a run has begun, and goes to `load` as `changed`. */
  readonly extends?: boolean;
}

/** Numbers in cells are written the French way. */
export interface Table {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** A picture; `draw` makes its ECharts option for a width in pixels, by examples/support/charts. */
export interface Figure {
  readonly title: string;
  readonly caption: string;
  draw(width?: number): ChartOption;
}

/** What a run leaves behind, in the order that it is shown. */
export interface Results {
  readonly figures: readonly Figure[];
  readonly tables: readonly Table[];
  readonly texts: readonly { readonly title: string; readonly text: string }[];
}

/** An answer of the trained model. What came through `onText` stays, unless `text` replaces it. */
export interface Answer {
  readonly text?: string;
  readonly tables?: readonly Table[];
  readonly figures?: readonly Figure[];
}

/** Takes the next piece of a text; `given` pieces are what the model continues, and are shown paler. */
export type OnText = (piece: string, given?: boolean) => void;

/** Something that the trained model can be asked. */
export interface Question {
  readonly id: string;
  /** The heading above it. */
  readonly title: string;
  /** The label of the input. */
  readonly label: string;
  readonly hint?: string;
  /** First value of the input. */
  readonly value: string;
  /** The input has several lines. */
  readonly long?: boolean;
  readonly button: string;
  readonly options?: readonly Field[];
  readonly defaults?: Values;
}

/** What the first question's form holds now, for live samples. */
export interface Voice {
  readonly question: string;
  readonly input: string;
  readonly options: Values;
}

/** A live sample; a string is its text. */
export interface Sample {
  /** What the model continues, shown paler before the text. */
  readonly given?: string;
  readonly text: string;
  /** A few words on how it was made. */
  readonly note?: string;
}

/** News of a run, after each step. */
export interface Step {
  readonly step: number;
  readonly steps: number;
  /** From 1, where there are epochs. */
  readonly epoch?: number;
  readonly epochs?: number;
  /** What this step gave, by the ids of `curves`, such as { loss, accuracy }. May be empty. */
  readonly values: Readonly<Record<string, number>>;
  /** At an epoch's end what the epoch gave: ids of `curves`, and the same with `val_` before them. */
  readonly epochValues?: Readonly<Record<string, number>>;
}

/** A model in a run, new or loaded. */
export interface Session {
  readonly settings: Values;
  readonly parameters: number;
  readonly steps: number;
  /** Steps done: 0 when new. `complete` is true when there is nothing left to train. */
  readonly step: number;
  readonly complete: boolean;
  /** The model in a French phrase, after "Modèle : N paramètres, ". */
  readonly description: string;
  /** What one step trains on, in `unit`s, for the speed. */
  readonly samplesPerStep: number;
  /** What a loaded run gave so far: values of steps and of epochs, as in `Step`. */
  readonly history?: {
    readonly steps?: Readonly<Record<string, readonly number[]>>;
    readonly epochs?: Readonly<Record<string, readonly number[]>>;
  };
  /** Dashed lines by curve, such as the loss of pure chance. */
  readonly references?: Readonly<Record<string, readonly { readonly y: number; readonly label: string }[]>>;
  /** Seconds that all steps will take, from trial steps that leave no trace; takes about a second at most. */
  estimate?(): Promise<number>;
  /**
   * Trains to the end; returns true when complete. Await `gate` between steps (in the Keras door: onTrainBatchBegin). It
   * resolves to false to stop; it may take long (a pause), and other methods are called before it resolves. After a stop
   * `run` may be called again, and goes on.
   */
  run(onStep: (step: Step) => void, gate: () => Promise<boolean>): Promise<boolean>;
  /** Never changes how training goes on. Await `shouldStop` between the pieces of a long answer, after `onText`. */
  ask(
    question: string,
    input: string,
    options: Values,
    onText: OnText,
    shouldStop: () => Promise<boolean>,
  ): Promise<Answer>;
  /** A short sample or prediction, shown every few seconds of training. It changes nothing of how that goes on. */
  sample?(voice: Voice, shouldStop: () => Promise<boolean>): Promise<Sample | string>;
  results(): Promise<Results>;
  save(): Promise<Uint8Array>;
  /** Lets go of what it holds; the device is closed after it. */
  dispose(): void;
}

/** Own data that a notebook takes. */
export interface OwnData {
  /** What the file is, such as "texte UTF-8, ou CSV avec les colonnes play_name et cue". */
  readonly label: string;
  /** The `accept` attribute of the file input. */
  readonly accept: string;
  readonly sampleName: string;
  /** A text that may be pasted as well; the bytes are UTF-8 then. */
  readonly paste?: boolean;
}

/** A file as the learner may use it: whole, or one of its parts. */
export interface DataParts {
  readonly whole: Uint8Array;
  readonly parts?: readonly { readonly title: string; readonly bytes: Uint8Array }[];
}

/** What to do about an error, in French. */
export interface Advice {
  readonly title: string;
  readonly advice: string;
}

/** A notebook of the lab. Everything but the functions is copied to the page. */
export interface Notebook {
  readonly id: string;
  readonly title: string;
  /** One or two sentences under the title. */
  readonly lead: string;
  /** What is trained on, in the plural: "caractères", "phrases". */
  readonly unit: string;
  /** The first one is the default and holds every field; one has the id "carnet" (the notebook's), one "rapide" (seconds). */
  readonly presets: readonly { readonly id: string; readonly label: string; readonly settings: Values }[];
  readonly fields: readonly Field[];
  /** The first one is the loss; `caption` explains a curve in a sentence. */
  readonly curves: readonly {
    readonly id: string;
    readonly label: string;
    readonly caption?: string;
    readonly percent?: boolean;
  }[];
  readonly questions: readonly Question[];
  readonly data?: OwnData;
  /** Reads a chosen file, when it is more than bytes that `open` takes as they are; throws when it cannot be used. */
  readData?(bytes: Uint8Array, name: string): DataParts | Promise<DataParts>;
  explain?(error: Error): Advice | undefined;
  /** A new run; without `data` on the sample. */
  open(settings: Values, device: Device, data?: Uint8Array): Promise<Session>;
  /** From what `save` gave; `changed` holds fields that are marked `extends`. */
  load(bytes: Uint8Array, device: Device, data?: Uint8Array, changed?: Values): Promise<Session>;
}

/** An error in the learner's words: what is wrong, and what to do. */
export class LabError extends Error {
  override name = "LabError";
  readonly advice: string;

  constructor(title: string, advice: string) {
    super(title);
    this.advice = advice;
  }
}
