/** Every message between the page and its worker. Nothing else is shared between the two. */
import type { DeviceChoice, DeviceKind } from "../../src/index.ts";
import type { Sampling } from "../moliere/generation.ts";
import type { Settings } from "../moliere/settings.ts";

/** What the live samples are written with; the page sends it whenever its sliders move. */
export interface Voice {
  prompt: string;
  temperature: number;
}

/** From the page. The worker answers in order, except that `voice` and `cancel` take effect at once. */
export type Command =
  /** Asks which device a kind gives, without keeping it. */
  | { type: "probe"; kind: DeviceKind }
  | { type: "train"; settings: Settings; text: string; device: DeviceKind }
  /** A checkpoint's bytes, and the text that it was trained on. */
  | { type: "load"; bytes: Uint8Array; name: string; text: string; device: DeviceKind }
  /** Continues, up to this many epochs in all. */
  | { type: "resume"; epochs: number }
  | { type: "pause" }
  /** Ends the run; its model stays, to write with and to save. */
  | { type: "stop" }
  | { type: "save" }
  | { type: "generate"; voice: Voice; length: number; sampling: Sampling; seed: number }
  /** Ends the generation in hand. */
  | { type: "cancel" }
  | { type: "voice"; voice: Voice };

/** `idle`: there is no model. `ended`: stopped, or at the end of its epochs. */
export type RunState = "idle" | "preparing" | "running" | "paused" | "ended";

/** A device, for people, and why it was chosen. */
export interface DeviceFacts {
  kind: "cpu" | "webgpu";
  description: string;
  choice: DeviceChoice;
}

/** A model that is ready to train, new or from a checkpoint. */
export interface ModelFacts {
  settings: Settings;
  parameters: number;
  vocabulary: number;
  stepsPerEpoch: number;
  steps: number;
  step: number;
  /** Of a new run: what all its steps will take, measured on a part of a batch. */
  estimatedSeconds?: number;
  /** What the steps gave so far. */
  losses: number[];
  accuracies: number[];
}

/** News of a run, a few times a second. */
export interface ProgressFacts {
  step: number;
  steps: number;
  epoch: number;
  epochs: number;
  /** Means over the newest steps. */
  loss: number;
  accuracy: number;
  charactersPerSecond: number;
  secondsLeft: number;
  /** The losses and accuracies of the steps since the last message. */
  losses: number[];
  accuracies: number[];
}

/** A text that the model wrote during training. */
export interface SampleFacts {
  step: number;
  loss: number;
  temperature: number;
  prompt: string;
  /** The text after the prompt. */
  text: string;
  /** True when the page's prompt has characters that the model does not know, and another was taken. */
  otherPrompt: boolean;
}

/** From the worker. */
export type Report =
  | ({ type: "device" } & DeviceFacts)
  | { type: "state"; state: RunState; complete: boolean }
  | ({ type: "model" } & ModelFacts)
  | ({ type: "progress" } & ProgressFacts)
  | ({ type: "sample" } & SampleFacts)
  /** What generation added; the first message of a text holds the prompt as the vocabulary spells it. */
  | { type: "written"; first: boolean; text: string }
  /** The end of a generation, by its length or because it was cancelled. */
  | { type: "finished" }
  | { type: "checkpoint"; bytes: Uint8Array<ArrayBuffer>; step: number }
  /** What went wrong and while doing what; the messages are the engine's own. */
  | { type: "failure"; task: Command["type"]; name: string; message: string };

/** The part of a worker's global scope that is used here. */
export interface WorkerScope {
  postMessage(message: Report, transfer?: Transferable[]): void;
  onmessage: ((event: MessageEvent<Command>) => void) | null;
}
