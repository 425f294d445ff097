// The progress line of a training run: redrawn in place on a terminal, a line now and then in a log.

import { cut, formatCount, formatDuration, formatNumber, formatPercent, textWidth } from "./format.ts";

/** Where a training run stands. */
export interface TrainingState {
  /** Steps done, over the whole run (not this epoch). */
  readonly step: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** The current epoch, from 1. */
  readonly epoch?: number;
  readonly epochs?: number;
  readonly loss: number;
  /** A share, from 0 to 1. */
  readonly accuracy?: number;
  readonly charactersPerSecond?: number;
}

/** How a progress line is laid out. */
export interface ProgressLayout {
  /** The columns it may take, 100 unless told. */
  readonly columns?: number;
  readonly secondsLeft?: number;
  /** For the last line of a run: shown in place of the time left. */
  readonly secondsTaken?: number;
}

/**
 * One progress line: epoch or step, bar, share done, loss, accuracy, speed, time left. When the columns are
 * few, the bar shrinks, then the speed, the accuracy and the time go, then the line is cut.
 */
export function formatProgress(state: TrainingState, layout: ProgressLayout = {}): string {
  const { columns = 100, secondsLeft, secondsTaken } = layout;
  const share = state.steps > 0 ? Math.min(1, Math.max(0, state.step / state.steps)) : 0;
  const steps = `pas ${formatCount(state.step)}/${formatCount(state.steps)}`;
  const epoch = `époque ${state.epoch}/${state.epochs}`;
  const time =
    secondsTaken !== undefined
      ? `durée ${formatDuration(secondsTaken)}`
      : secondsLeft !== undefined && `reste ${formatDuration(secondsLeft)}`;
  const loss = `perte ${formatNumber(state.loss, 3)}`;
  const accuracy = state.accuracy !== undefined && `exactitude ${formatPercent(state.accuracy)}`;
  const speed =
    state.charactersPerSecond !== undefined && `${formatCount(Math.round(state.charactersPerSecond))} car/s`;
  const done = formatPercent(Math.floor(share * 100) / 100, 0);

  const line = (bar: number, ...figures: (string | false)[]) => {
    const where = state.epoch === undefined || state.epochs === undefined ? steps : epoch;
    const start = bar > 0 ? `${where} ${drawBar(share, bar)} ${done.padStart(5)}` : `${where}, ${done}`;
    return [start, ...figures.filter(Boolean)].join(" · ");
  };
  for (const figures of [[loss, accuracy, speed, time], [loss, accuracy, time], [loss, time], [loss]]) {
    const room = columns - textWidth(line(1, ...figures)) + 1;
    if (room >= 6) return line(Math.min(24, room), ...figures);
    if (textWidth(line(0, ...figures)) <= columns) return line(0, ...figures);
  }
  return cut(line(0, loss), columns);
}

function drawBar(share: number, columns: number): string {
  const halves = Math.floor(share * columns * 2);
  const full = Math.floor(halves / 2);
  return ("━".repeat(full) + (halves % 2 ? "╸" : "")).padEnd(columns, "─");
}

/** What a progress line is written to; `process.stdout` is one. */
export interface LineOutput {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Prints the progress of a run. On a terminal one line is redrawn, at most ten times a second. Elsewhere a
 * full line is printed: the first state at once, then at most one every 2 s, and the last by `finish()`.
 */
export class ProgressLine {
  readonly #output: LineOutput;
  readonly #now: () => number;
  #first: { step: number; time: number } | undefined;
  #last: TrainingState | undefined;
  #printedAt = Number.NEGATIVE_INFINITY;
  #line = "";

  /** `now` is a clock in milliseconds. */
  constructor(output: LineOutput = process.stdout, now: () => number = () => performance.now()) {
    this.#output = output;
    this.#now = now;
  }

  /** Takes the newest state, and prints it when it is time to. */
  update(state: TrainingState): void {
    const time = this.#now();
    // Speed is measured from the first state on: what came before it is loading and compiling.
    this.#first ??= { step: state.step, time };
    this.#last = state;
    if (time - this.#printedAt < (this.#output.isTTY ? 100 : 2000)) return;
    this.#printedAt = time;
    const stepsDone = state.step - this.#first.step;
    const elapsed = (time - this.#first.time) / 1000;
    const secondsLeft = stepsDone > 0 ? (elapsed / stepsDone) * (state.steps - state.step) : undefined;
    this.#print(state, { secondsLeft });
  }

  /** Prints a text of its own (an epoch's result, a sample), above the progress line on a terminal. */
  note(text: string): void {
    this.#output.write(this.#output.isTTY ? `\r\x1b[K${text}\n${this.#line}` : `${text}\n`);
  }

  /** Prints the last state with the time taken, and leaves the line. Call it also when training fails. */
  finish(): void {
    if (this.#last === undefined || this.#first === undefined) return;
    this.#print(this.#last, { secondsTaken: (this.#now() - this.#first.time) / 1000 });
    if (this.#output.isTTY) this.#output.write("\n");
    this.#last = undefined;
    this.#line = "";
  }

  #print(state: TrainingState, layout: ProgressLayout): void {
    // The last column stays free: some terminals wrap as soon as it is written.
    const columns = Math.min(100, this.#output.columns ? this.#output.columns - 1 : 100);
    this.#line = formatProgress(state, { ...layout, columns });
    this.#output.write(this.#output.isTTY ? `\r${this.#line}\x1b[K` : `${this.#line}\n`);
  }
}
