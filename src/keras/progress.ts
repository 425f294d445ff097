/** Keras's progress line, redrawn in place where the writer can do that, else once at the end of an epoch. */
import type { Logs } from "./meter.ts";

/** Takes whole lines; or texts with control characters, as `process.stdout` does, when `isTTY` is true. */
export type Writer = ((line: string) => void) | { write(text: string): unknown; readonly isTTY?: boolean };

/** 0 silent, 1 a bar, 2 a line per epoch. */
export type Verbosity = 0 | 1 | 2;

const BAR = 20;

/** Milliseconds between two redraws. */
const INTERVAL = 100;

/** `0.0025`, or `6.0361e-04` when it is small. */
export function formatValue(value: number): string {
  if (Math.abs(value) > 1e-3) return value.toFixed(4);
  return value.toExponential(4).replace(/e([+-])(\d)$/, "e$10$2");
}

function duration(seconds: number): string {
  const part = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  if (seconds > 3600)
    return `${Math.floor(seconds / 3600)}:${part((seconds % 3600) / 60)}:${part(seconds % 60)}`;
  if (seconds > 60) return `${Math.floor(seconds / 60)}:${part(seconds % 60)}`;
  return `${Math.floor(seconds)}s`;
}

function perStep(seconds: number): string {
  if (seconds >= 1 || seconds === 0) return `${seconds.toFixed(0)}s/step`;
  if (seconds >= 1e-3) return `${(seconds * 1e3).toFixed(0)}ms/step`;
  return `${(seconds * 1e6).toFixed(0)}us/step`;
}

/** ` - accuracy: 0.0025 - loss: 6.9636` */
function values(logs: Logs): string {
  return Object.entries(logs)
    .map(([name, value]) => ` - ${name}: ${formatValue(value)}`)
    .join("");
}

/** The line of one epoch, evaluation or prediction. */
export class Progress {
  readonly #writer: Writer;
  readonly #verbose: Verbosity;
  readonly #steps: number | undefined;
  readonly #start = performance.now();
  #afterFirst: number | null = null;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #width = 0;

  /** `steps` is undefined where nobody knows how many there are. */
  constructor(writer: Writer | undefined, verbose: Verbosity, steps: number | undefined) {
    this.#writer = writer ?? ((line) => console.log(line));
    this.#verbose = verbose;
    this.#steps = steps;
  }

  /** A line of its own, such as `Epoch 1/3`. */
  heading(text: string): void {
    if (this.#verbose === 0) return;
    if (typeof this.#writer === "function") this.#writer(text);
    else this.#writer.write(`${text}\n`);
  }

  get #inPlace(): boolean {
    return typeof this.#writer !== "function" && this.#writer.isTTY === true;
  }

  /** Whether `update` would draw now; reading metrics for it would be a waste otherwise. */
  get due(): boolean {
    return this.#verbose === 1 && this.#inPlace && performance.now() - this.#drawnAt >= INTERVAL;
  }

  /** Tells that a step was launched, for the time per step. */
  stepDone(done: number): void {
    if (done === 1) this.#afterFirst = performance.now();
  }

  /** Redraws the line. */
  update(done: number, logs: Logs): void {
    if (!this.due) return;
    this.#drawnAt = performance.now();
    this.#redraw(this.#line(done, logs, false));
  }

  /** Draws the line for the last time. */
  finish(done: number, logs: Logs): void {
    if (this.#verbose === 0) return;
    const line = this.#line(done, logs, true);
    if (this.#inPlace) {
      this.#redraw(line);
      (this.#writer as { write(text: string): unknown }).write("\n");
    } else this.heading(line);
  }

  #redraw(line: string): void {
    (this.#writer as { write(text: string): unknown }).write(`\r${line.padEnd(this.#width)}`);
    this.#width = line.length;
  }

  /** Seconds per step; the first one compiles, so it is left out once there are others. */
  #stepSeconds(done: number): number {
    const now = performance.now();
    if (done > 1 && this.#afterFirst !== null) return (now - this.#afterFirst) / 1000 / (done - 1);
    return done > 0 ? (now - this.#start) / 1000 / done : 0;
  }

  #line(done: number, logs: Logs, last: boolean): string {
    const steps = this.#steps ?? (last ? done : undefined);
    const seconds = (performance.now() - this.#start) / 1000;
    const each = this.#stepSeconds(done);
    if (steps === undefined)
      return `${String(done).padStart(7)}/Unknown ${seconds.toFixed(0)}s ${perStep(each)}${values(logs)}`;
    const count = `${String(done).padStart(String(steps).length)}/${steps}`;
    if (this.#verbose === 2) return `${count} - ${seconds.toFixed(0)}s - ${perStep(each)}${values(logs)}`;
    const filled = Math.floor((BAR * done) / steps);
    // In colour, Keras's bar shows what is left by another shade of the same character.
    const bar = "━".repeat(filled) + "─".repeat(BAR - filled);
    const time = last ? `${seconds.toFixed(0)}s` : duration(each * (steps - done));
    return `${count} ${bar} ${time} ${perStep(each)}${values(logs)}`;
  }
}
