/** The one launcher behind the npm scripts: picks the script, the runtime and, where asked for, the adapter. */

import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { nearest } from "../examples/support/nearest.ts";
import { withoutDriverNoise } from "./driver_noise.ts";
import type { NativeRuntime } from "./adapters.ts";

const DEFAULT_EXAMPLE = "moliere_lstm";

const USAGE = `usage:
  npm start [-- NAME] [flags]    run an example, by its name or the start of it (default ${DEFAULT_EXAMPLE});
                                 flags go to the example, except --list (show the examples) and
                                 --runtime node|deno (default node)
  npm test [-- flags]            unit tests, then the device cases in every runtime
                                 (--runtime node|deno|chrome|cpu, --filter TEXT, --no-unit)
  npm run doctor                 say what this machine offers
  launch.ts run FILE [args]      run any script the same way as an example`;

const projectFolder = path.resolve(import.meta.dirname, "..");
const examplesFolder = path.join(projectFolder, "examples");

/** Something the user can put right: shown without a stack. */
class UsageError extends Error {}

async function main(argv: string[]): Promise<number> {
  const [command, ...rest] = argv;
  switch (command) {
    case "start":
      return await start(rest);
    case "run": {
      const { runtime, others } = takeRuntime(rest);
      const [file, ...args] = others;
      if (file === undefined) throw new UsageError(`run: which file?\n${USAGE}`);
      if (!existsSync(file)) throw new UsageError(`run: there is no file ${path.resolve(file)}`);
      return await launch(path.resolve(file), args, runtime, asksForWebGPU(args) ? "required" : "unasked");
    }
    case "doctor":
      return await launch(path.join(projectFolder, "scripts", "doctor.ts"), rest, "node", "wished");
    case "test":
      // It chooses the adapter of each of its runtimes by itself.
      return await launch(path.join(projectFolder, "tests", "runtimes", "all.ts"), rest, "node", "unasked");
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(`${USAGE}\n`);
      return command === undefined ? 2 : 0;
    default:
      throw new UsageError(`unknown command "${command}"\n${USAGE}`);
  }
}

async function start(argv: string[]): Promise<number> {
  if (argv.includes("--list")) {
    listExamples();
    return 0;
  }
  const { runtime, others } = takeRuntime(argv);
  const { name, args } = takeExample(others, exampleNames());
  return await launch(
    path.join(examplesFolder, `${name}.ts`),
    args,
    runtime,
    asksForWebGPU(args) ? "required" : "unasked",
  );
}

/** Examples are the scripts directly in examples/; what several of them share goes into a folder or gets a `_`. */
function exampleNames(): string[] {
  const files = existsSync(examplesFolder) ? readdirSync(examplesFolder) : [];
  return files
    .filter((file) => /^[^_.][^.]*\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
    .sort();
}

function listExamples(): void {
  const names = exampleNames();
  const width = Math.max(0, ...names.map((name) => name.length));
  for (const name of names) {
    const text = readFileSync(path.join(examplesFolder, `${name}.ts`), "utf8");
    // The first sentence of the file's doc comment says what the example is.
    const comment = /^\s*(?:#![^\n]*\n)?\s*\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? "";
    const summary = comment
      .replace(/^\s*\*\s?/gm, "")
      .trim()
      .replace(/\s+/g, " ")
      .replace(/([.!?:])\s.*$/, "$1");
    const mark = name === DEFAULT_EXAMPLE ? " (default)" : "";
    process.stdout.write(`${`${name.padEnd(width)}  ${summary}`.trimEnd()}${mark}\n`);
  }
}

/** Splits the example's name, or the start of one that no other name has, from the arguments that go to it. */
function takeExample(argv: string[], names: string[]): { name: string; args: string[] } {
  const known = argv.findIndex((argument) => names.includes(argument));
  // A bare word at the front, or after another bare word, can't be a flag's value: it is meant as a name.
  const meant = argv.findIndex(
    (argument, at) => !argument.startsWith("-") && (at === 0 || !argv[at - 1].startsWith("-")),
  );
  const at = known !== -1 ? known : meant;
  if (known === -1 && meant !== -1) {
    const started = names.filter((name) => name.startsWith(argv[meant]));
    if (started.length === 1) return { name: started[0], args: argv.filter((_, index) => index !== meant) };
    if (started.length > 1)
      throw new UsageError(`"${argv[meant]}" could be ${started.join(" or ")}; write more of the name`);
    const near = nearest(argv[meant], names);
    throw new UsageError(
      `there is no example "${argv[meant]}"${near === undefined ? "" : `; did you mean ${near}?`}\n` +
        `npm start -- --list shows them all${names.length > 0 ? `: ${names.join(", ")}` : ""}`,
    );
  }
  if (at === -1) {
    if (!names.includes(DEFAULT_EXAMPLE)) {
      throw new UsageError(
        `there is no examples/${DEFAULT_EXAMPLE}.ts; npm start -- --list shows what there is`,
      );
    }
    return { name: DEFAULT_EXAMPLE, args: argv };
  }
  return { name: argv[at], args: argv.filter((_, index) => index !== at) };
}

/** Takes `--runtime X` or `--runtime=X` out of the arguments. */
function takeRuntime(argv: string[]): { runtime: NativeRuntime; others: string[] } {
  let runtime: string | undefined = "node";
  const others: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    if (argv[index] === "--runtime") runtime = argv[++index];
    else if (argv[index].startsWith("--runtime=")) runtime = argv[index].slice("--runtime=".length);
    else others.push(argv[index]);
  }
  if (runtime !== "node" && runtime !== "deno") {
    throw new UsageError(
      `--runtime takes node or deno, not ${runtime === undefined ? "nothing" : `"${runtime}"`}`,
    );
  }
  return { runtime, others };
}

function asksForWebGPU(argv: string[]): boolean {
  return argv.some(
    (argument, at) =>
      argument === "--device=webgpu" || (argument === "--device" && argv[at + 1] === "webgpu"),
  );
}

/**
 * Runs a script and gives its exit code. `adapter` says what a missing WebGPU adapter means: "required" stands in
 * SwiftShader or refuses, "wished" goes on without, "unasked" never looks, so that the script starts at once.
 */
async function launch(
  script: string,
  args: string[],
  runtime: NativeRuntime,
  adapter: "required" | "wished" | "unasked",
): Promise<number> {
  // Loaded here: showing the usage or refusing a name should not wait for it.
  const { chooseAdapter, runtimeCommand, runtimeEnvironment } = await import("./adapters.ts");
  if (!existsSync(script)) throw new UsageError(`there is no ${path.relative(process.cwd(), script)}`);
  let environment: Record<string, string> = {};
  if (adapter !== "unasked") {
    try {
      ({ environment } = await chooseAdapter(runtime));
    } catch (error) {
      if (adapter === "required") throw error;
      process.stderr.write(`wgrad: ${messageOf(error)}\n`);
    }
  }
  const follower = path.join(import.meta.dirname, "follow_parent.ts");
  const started = runtimeCommand(runtime, script, [follower]);
  const env = { ...process.env, ...runtimeEnvironment(runtime), ...environment };
  return await runToEnd(started.command, [...started.args, ...args], env, adapter === "unasked");
}

/** Ctrl-C reaches this process from the terminal and again from npm; a person's second one comes later than that. */
const SAME_SIGNAL_MILLISECONDS = 400;

/**
 * Starts a process and waits for its end. It gets a session of its own, so that the terminal does not signal it
 * directly: every signal arrives here, maybe several times, and is passed on to it and its children once.
 */
async function runToEnd(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  quietDrivers: boolean,
): Promise<number> {
  const ownSession = process.platform !== "win32";
  const child = spawn(command, args, {
    stdio: ["inherit", "inherit", quietDrivers ? "pipe" : "inherit"],
    env,
    detached: ownSession,
  });
  child.stderr?.pipe(withoutDriverNoise()).pipe(process.stderr);

  const pass = (signal: NodeJS.Signals) => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    try {
      process.kill(-child.pid, signal); // negative: the whole group, as a terminal does
    } catch {
      child.kill(signal);
    }
  };
  const lastAt = new Map<NodeJS.Signals, number>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) {
    process.on(signal, () => {
      // On Windows the console has told the child already; here it only matters not to end before it.
      if (!ownSession) return;
      const now = performance.now();
      const repeated = now - (lastAt.get(signal) ?? Number.NEGATIVE_INFINITY) < SAME_SIGNAL_MILLISECONDS;
      lastAt.set(signal, now);
      if (!repeated) pass(signal);
    });
  }
  if (ownSession) {
    // Without the terminal's session the child would miss these as well.
    process.on("SIGWINCH", () => pass("SIGWINCH"));
    process.on("SIGCONT", () => pass("SIGCONT"));
    process.on("SIGTSTP", () => {
      pass("SIGSTOP");
      process.kill(process.pid, "SIGSTOP");
    });
  }

  if (ownSession && process.env.npm_lifecycle_event !== undefined) {
    // npm passes a SIGTERM on to the shell between it and this process, and Debian's shell ends without passing it
    // any further. Only under npm: a launcher started by hand may well outlive the shell it was started from.
    const parent = process.ppid;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      pass("SIGTERM");
    }, 500);
    watch.unref();
  }

  return await new Promise((resolve, reject) => {
    child.on("error", (cause) =>
      reject(new Error(`could not start ${command}: ${cause.message}`, { cause })),
    );
    child.on(quietDrivers ? "close" : "exit", (code: number | null, signal: NodeJS.Signals | null) => {
      // A shell's convention for an end by a signal.
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  // What is thrown on purpose says what to do; anything else is a defect and needs its stack.
  const expected = error instanceof Error && (error.constructor === Error || error instanceof UsageError);
  process.stderr.write(`wgrad: ${expected || !(error instanceof Error) ? messageOf(error) : error.stack}\n`);
  process.exitCode = 2;
}
