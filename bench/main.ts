/**
 * Measures this machine: the main job's training step, matrix products, the cost of a dispatch, text generation.
 * `npm run bench`, `npm run bench -- matmul --device webgpu`, `deno run -A bench/main.ts`; bench/README.md explains.
 */
import { readFileSync } from "node:fs";
import os from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { OutputError, writeFileSafely } from "../examples/support/files.ts";
import { nearest, orList } from "../examples/support/nearest.ts";
import { runtimeName } from "../src/backend/webgpu/adapter.ts";
import { type DeviceKind, openDevice } from "../src/index.ts";
import { generation } from "./generation.ts";
import { lstmStep } from "./lstm_step.ts";
import { matrixProducts } from "./matmul.ts";
import { overhead } from "./overhead.ts";
import { type Figures, pairs, type Question, type Setting, timed } from "./question.ts";

const QUESTIONS: Readonly<Record<string, { title: string; ask: Question }>> = {
  lstm_step: { title: "A training step of the main job", ask: lstmStep },
  matmul: { title: "Products of matrices", ask: matrixProducts },
  overhead: { title: "Host time per dispatch", ask: overhead },
  generation: { title: "Writing text", ask: generation },
};
const NAMES = Object.keys(QUESTIONS);
const DEVICES: readonly DeviceKind[] = ["auto", "webgpu", "cpu"];

const HELP = `Usage: npm run bench -- [names…] [flags]

Names    ${NAMES.join(", ")}; all of them when none is given

  --device NAME  auto, webgpu or cpu (default: auto)
  --steps N      timed training steps (default: as many as fit ten seconds, from 5 to 50)
  --quick        small sizes that end in seconds, to see that all works
  --json FILE    write the figures as JSON
  --help         print this text`;

/** A command line that cannot be used. */
class UsageError extends Error {}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near ? `did you mean ${near}?` : `known: ${orList(known)}`;
}

interface Command extends Setting {
  names: string[];
  device: DeviceKind;
  json?: string;
  help: boolean;
}

function readCommand(argv: string[]): Command {
  const options = {
    device: { type: "string", default: "auto" },
    steps: { type: "string" },
    quick: { type: "boolean", default: false },
    json: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  } as const;
  const flags = Object.keys(options).map((name) => `--${name}`);
  for (const argument of argv) {
    const flag = argument.split("=")[0];
    if (/^--./.test(flag) && !flags.includes(flag))
      throw new UsageError(`unknown flag ${flag}; ${meant(flag, flags)}`);
  }
  let parsed: ReturnType<typeof parseArgs<{ options: typeof options; allowPositionals: true }>>;
  try {
    parsed = parseArgs({ args: argv, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message.split("\n")[0]);
  }
  const { values, positionals } = parsed;
  for (const name of positionals)
    if (!NAMES.includes(name)) throw new UsageError(`unknown question "${name}"; ${meant(name, NAMES)}`);
  const device = DEVICES.find((kind) => kind === values.device);
  if (!device) throw new UsageError(`unknown device "${values.device}"; ${meant(values.device, DEVICES)}`);
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  if (steps !== undefined && !(Number.isInteger(steps) && steps > 0))
    throw new UsageError(`--steps expects a whole number ≥ 1, got "${values.steps}"`);
  if (values.json === "") throw new UsageError("--json expects a file, got nothing");
  const { quick, json, help } = values;
  return {
    names: positionals.length > 0 ? [...new Set(positionals)] : NAMES,
    device,
    steps,
    quick,
    json,
    help,
  };
}

/** The version in a package.json, or null where it cannot be read. */
function versionIn(file: string): string | null {
  try {
    return JSON.parse(readFileSync(new URL(file, import.meta.url), "utf8")).version;
  } catch {
    return null;
  }
}

/** Runtime and versions: in Node, Dawn comes with the package webgpu. */
function runtimeText(): string {
  const dawn = runtimeName().startsWith("Node") ? versionIn("../node_modules/webgpu/package.json") : null;
  return [runtimeName(), `V8 ${process.versions.v8}`, ...(dawn ? [`webgpu ${dawn}`] : [])].join(", ");
}

function loadText(): string {
  return os.loadavg()[0].toFixed(1);
}

function quoted(argument: string): string {
  return /^[\w./:=,@-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}

/** Asks one question of a device of its own; a failure is an answer too. */
async function ask(name: string, command: Command): Promise<Figures> {
  const { title, ask: question } = QUESTIONS[name];
  console.log(`\n${name}: ${title}\n`);
  try {
    const device = await openDevice(command.device);
    try {
      let figures: Figures = {};
      const milliseconds = await timed(async () => {
        const answer = await question(device, command);
        console.log(answer.text);
        figures = answer.figures;
      });
      return { ...figures, seconds: milliseconds / 1000 };
    } finally {
      device.dispose();
    }
  } catch (error) {
    const message = (error as Error).message;
    console.log(`failed: ${message}`);
    return { error: message };
  }
}

async function main(argv: string[]): Promise<number> {
  const command = readCommand(argv);
  if (command.help) {
    console.log(HELP);
    return 0;
  }
  const opened = await openDevice(command.device);
  const device = `${opened.description}; ${opened.reason}`;
  opened.dispose();
  const started = runtimeName().startsWith("Deno") ? "deno run -A bench/main.ts" : "npm run bench --";
  const about = {
    device,
    runtime: runtimeText(),
    wgrad: versionIn("../package.json") ?? "unknown",
    machine: `${os.cpus()[0]?.model.trim() ?? "unknown processor"}, ${os.cpus().length} threads, ${process.platform} ${process.arch}`,
    load: `${loadText()} at the start`,
    command: [started, ...argv.map(quoted)].join(" "),
  };
  console.log(pairs(Object.entries(about)));
  const results: Figures = {};
  for (const name of command.names) results[name] = await ask(name, command);
  console.log(`\nload ${loadText()} at the end`);
  if (command.json) {
    writeFileSafely(
      command.json,
      `${JSON.stringify({ ...about, quick: command.quick, results }, null, 2)}\n`,
    );
    console.log(`figures in ${command.json}`);
  }
  return Object.values(results).some((figures) => (figures as Figures).error !== undefined) ? 1 : 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const expected = error instanceof UsageError || error instanceof OutputError;
  console.error(`bench: ${(error as Error).message}`);
  process.exitCode = expected ? 2 : 1;
}
