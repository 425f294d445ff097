/** One line per request in the terminal, as long as a person can read them; then a count. */
import { formatCount, formatNumber } from "../support/format.ts";
import type { Answered } from "./service.ts";

/** Lines in one second; what comes on top is only counted. */
const LINES_PER_SECOND = 10;

export class RequestLog {
  readonly #print: (line: string) => void;
  #lines = 0;
  #untold = 0;
  #window: ReturnType<typeof setTimeout> | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Says what a request got, unless too much is going on. */
  note({ method, path, status, milliseconds }: Answered): void {
    this.#window ??= setTimeout(() => this.#tell(), 1000);
    if (this.#lines >= LINES_PER_SECOND) {
      this.#untold++;
      return;
    }
    this.#lines++;
    const time = new Date().toLocaleTimeString("fr-FR");
    const took = `${formatNumber(milliseconds, milliseconds < 10 ? 1 : 0)} ms`;
    this.#print(`${time}  ${method.padEnd(4)} ${path.padEnd(10)} ${status}  ${took}`);
  }

  /** What is left to tell. */
  close(): void {
    if (this.#window === undefined) return;
    clearTimeout(this.#window);
    this.#tell();
  }

  #tell(): void {
    if (this.#untold > 0)
      this.#print(`          … et ${formatCount(this.#untold)} autres réponses en une seconde`);
    this.#window = undefined;
    this.#lines = 0;
    this.#untold = 0;
  }
}
