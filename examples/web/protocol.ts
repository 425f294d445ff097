/** Every message between the page and its worker. Nothing else is shared between the two. */
import type { DeviceChoice, DeviceKind } from "../../src/index.ts";
import type { ChartColors } from "../support/charts.ts";
import type { Advice, Notebook, Session, Table, Values, Voice } from "./notebook.ts";

/** From the page. The worker answers in order, except that `voice` and `cancel` take effect at once. */
export type Command =
  /** Loads a notebook; the first command of all, and sent once. */
  | { type: "notebook"; id: string }
  /** Asks which device a kind gives, without keeping it. */
  | { type: "probe"; kind: DeviceKind }
  /** Reads a file of the learner's. */
  | { type: "data"; bytes: Uint8Array; name: string }
  | { type: "train"; settings: Values; device: DeviceKind; data?: Uint8Array }
  /** What `save` gave, and the data that it was trained on. */
  | { type: "load"; bytes: Uint8Array; name: string; device: DeviceKind; data?: Uint8Array }
  /** Continues; `changed` lengthens the run. */
  | { type: "resume"; changed?: Values }
  | { type: "pause" }
  /** Ends the run; its model stays, to ask and to save. */
  | { type: "stop" }
  | { type: "save" }
  | ({ type: "ask" } & Voice)
  /** Figures, tables and texts of the run so far. */
  | { type: "conclude" }
  | ({ type: "draw" } & Drawing)
  /** Ends the answer in hand. */
  | { type: "cancel" }
  /** What live samples are made with. */
  | { type: "voice"; voice: Voice };

/** A figure as it is wanted: in the page's width and colours, or as a file in a report's. */
export interface Drawing {
  figure: number;
  width?: number;
  colors?: ChartColors;
  file?: boolean;
}

/** `idle`: there is no model. `ended`: stopped, or complete. */
export type RunState = "idle" | "preparing" | "running" | "paused" | "concluding" | "ended";

/** A notebook without its functions. */
export type NotebookFacts = Omit<Notebook, "readData" | "explain" | "open" | "load">;

/** A device, for people, and why it was chosen. */
export interface DeviceFacts {
  kind: "cpu" | "webgpu";
  description: string;
  choice: DeviceChoice;
}

/** A model that is ready to train, new or loaded. */
export interface ModelFacts
  extends Pick<
    Session,
    "settings" | "parameters" | "steps" | "step" | "description" | "history" | "references"
  > {
  /** Of a new run: what all its steps will take. */
  estimatedSeconds?: number;
}

/** News of a run, a few times a second. */
export interface ProgressFacts {
  step: number;
  steps: number;
  epoch?: number;
  epochs?: number;
  samplesPerSecond: number;
  secondsLeft: number;
  /** What the steps and epochs since the last message gave. */
  values: Record<string, number[]>;
  epochValues: Record<string, number[]>;
}

/** What the model wrote or predicted during training. */
export interface SampleFacts {
  step: number;
  /** The newest value of the first curve. */
  loss?: number;
  given: string;
  text: string;
  note?: string;
}

/** A figure to ask drawings of. */
export interface FigureFacts {
  figure: number;
  title: string;
  caption: string;
}

/** Parts of results and answers. */
export interface ShownParts {
  figures: FigureFacts[];
  tables: readonly Table[];
}

/** From the worker. */
export type Report =
  | { type: "notebook"; notebook: NotebookFacts }
  | ({ type: "device" } & DeviceFacts)
  | { type: "state"; state: RunState; complete: boolean }
  | ({ type: "model" } & ModelFacts)
  | ({ type: "progress" } & ProgressFacts)
  | ({ type: "sample" } & SampleFacts)
  | { type: "data"; whole: Uint8Array; parts: readonly { title: string; bytes: Uint8Array }[] }
  /** What an answer's text gained. */
  | { type: "piece"; question: string; text: string; given: boolean }
  /** The end of an answer: complete, cancelled or failed. */
  | ({ type: "answer"; question: string; text?: string } & ShownParts)
  | ({ type: "results"; texts: readonly { title: string; text: string }[] } & ShownParts)
  | { type: "drawn"; figure: number; file: boolean; title: string; svg: string }
  | { type: "checkpoint"; bytes: Uint8Array<ArrayBuffer>; step: number }
  /** What went wrong and while doing what; the message is the engine's own, `advice` the notebook's. */
  | { type: "failure"; task: Command["type"]; name: string; message: string; advice?: Advice };

/** The part of a worker's global scope that is used here. */
export interface WorkerScope {
  postMessage(message: Report, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Command>) => void) | null;
}
