// What the scripts of the examples share as commands: Ctrl-C, the line that resumes, the file behind --load.

import { readFileSync } from "node:fs";
import process from "node:process";
import { FlagError } from "./flags.ts";

/** Signals that come sooner after each other are one Ctrl-C: a terminal and tsx may both pass it on. */
const SAME_SIGNAL_MILLISECONDS = 500;
const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** Listens for Ctrl-C while a training runs. The first one asks for an end, a person's second one ends at once. */
export class Interruption {
  #askedAt: number | undefined;

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#stop);
  }

  /** True once an end was asked for: stop after the step in hand. */
  get requested(): boolean {
    return this.#askedAt !== undefined;
  }

  /** Call it when the training is over. */
  close(): void {
    // Interrupted, the process is about to end, and a late signal must not change how.
    if (!this.requested) for (const signal of SIGNALS) process.off(signal, this.#stop);
  }

  readonly #stop = (): void => {
    if (this.#askedAt !== undefined && performance.now() - this.#askedAt > SAME_SIGNAL_MILLISECONDS)
      process.exit(130);
    this.#askedAt ??= performance.now();
  };
}

/** The same command, continuing from the checkpoint at `path`; `start` is how the example is started. */
export function resumeCommand(start: string, argv: readonly string[], path: string): string {
  const kept = argv.filter((arg, i) => !arg.startsWith("--load") && argv[i - 1] !== "--load");
  return commandLine(start, [...kept, "--load", path]);
}

/** A command line that a shell reads back as these arguments. */
export function commandLine(start: string, argv: readonly string[]): string {
  const quoted = argv.map((arg) => (/^[\w./:=,-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`));
  return [start, ...quoted].join(" ");
}

/** The bytes of a file named by a flag. */
export function readFlagFile(flag: string, path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new FlagError(`--${flag}: cannot read ${path} (${(error as Error).message})`);
  }
}

/** Runs an example's main function; an error becomes one line, exit code 2 for a command line that cannot be used. */
export async function runMain(main: (argv: string[]) => Promise<number>): Promise<void> {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    console.error(`erreur : ${(error as Error).message}`);
    process.exitCode = error instanceof FlagError ? 2 : 1;
  }
}
