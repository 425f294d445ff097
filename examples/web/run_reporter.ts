/** Tells the page about a run, a few times a second however fast its steps are. */
import type { Session, Step } from "./notebook.ts";
import type { Report } from "./protocol.ts";
import { Speed } from "./speed.ts";

const PROGRESS_MILLISECONDS = 120;
const NEWEST_STEPS = 10;

export class RunReporter {
  readonly #session: Session;
  readonly #lossId: string;
  readonly #send: (report: Report) => void;
  readonly #speed = new Speed();
  #resting = false;
  #last: Step | undefined;
  #sentAt = 0;
  #values: Record<string, number[]> = {};
  #epochValues: Record<string, number[]> = {};
  #newest: number[] = [];
  readonly #started: number;

  constructor(session: Session, lossId: string, send: (report: Report) => void) {
    this.#session = session;
    this.#lossId = lossId;
    this.#send = send;
    this.#started = session.step;
    this.#speed.begin(this.#started);
  }

  /** Steps done, as far as they were noted. */
  get step(): number {
    return this.#last?.step ?? this.#started;
  }

  /** A mean that follows the newest steps, as the curves do. */
  get loss(): number | undefined {
    const newest = this.#newest;
    return newest.length === 0 ? undefined : newest.reduce((sum, value) => sum + value, 0) / newest.length;
  }

  note(step: Step): void {
    this.#last = step;
    for (const [id, value] of Object.entries(step.values)) (this.#values[id] ??= []).push(value);
    for (const [id, value] of Object.entries(step.epochValues ?? {}))
      (this.#epochValues[id] ??= []).push(value);
    const loss = step.values[this.#lossId];
    if (loss !== undefined) this.#newest = [...this.#newest.slice(1 - NEWEST_STEPS), loss];
    if (performance.now() - this.#sentAt > PROGRESS_MILLISECONDS) this.#report();
  }

  /** Training waits for something else, whose time is not its own. */
  rest(): void {
    if (this.#resting) return;
    this.#resting = true;
    this.#speed.end(this.step);
    this.#report();
  }

  work(): void {
    if (!this.#resting) return;
    this.#resting = false;
    this.#speed.begin(this.step);
  }

  #report(): void {
    const last = this.#last;
    if (!last) return;
    const stepsPerSecond = this.#speed.at(last.step);
    this.#send({
      type: "progress",
      step: last.step,
      steps: last.steps,
      epoch: last.epoch,
      epochs: last.epochs,
      samplesPerSecond: stepsPerSecond * this.#session.samplesPerStep,
      secondsLeft: (last.steps - last.step) / stepsPerSecond,
      values: this.#values,
      epochValues: this.#epochValues,
    });
    this.#values = {};
    this.#epochValues = {};
    this.#sentAt = performance.now();
  }
}
