/**
 * Measures this machine: training steps, matrix products and other work of wgrad and its peers, in turn on one adapter.
 * `npm run bench`, `npm run bench -- matmul --device webgpu`, `… --runtime deno`; bench/README.md explains.
 */
import { readFileSync } from "node:fs";
import os from "node:os";
import process from "node:process";
import { parseArgs } from "node:util";
import { OutputError, writeFileSafely } from "../examples/support/files.ts";
import { nearest, orList } from "../examples/support/nearest.ts";
import { runtimeName } from "../src/backend/webgpu/adapter.ts";
import { type DeviceKind, openDevice } from "../src/index.ts";
import { adamTime } from "./adam.ts";
import { crossEntropyTime } from "./cross_entropy.ts";
import { embeddingGradient } from "./embedding_gradient.ts";
import { decoding } from "./decoding.ts";
import { generation } from "./generation.ts";
import { growth } from "./growth.ts";
import { lstmStep } from "./lstm_step.ts";
import { matrixProducts } from "./matmul.ts";
import { memory } from "./memory.ts";
import { nextCharacter } from "./next_character.ts";
import { gruTraining, lstmTraining, smallLstmTraining } from "./recurrent.ts";
import { overhead } from "./overhead.ts";
import {
  closePeers,
  INSTALL,
  openPeers,
  PEER_NAMES,
  type PeerName,
  peersOf,
  shareWebGpu,
} from "./peers/peers.ts";
import { type Figures, pairs, type Question, type Setting, timed } from "./question.ts";
import { transformerStep } from "./transformer_step.ts";
import { transformerTraining } from "./transformer_peers.ts";
import { watchMemory } from "./watch.ts";

const QUESTIONS: Readonly<Record<string, { title: string; ask: Question }>> = {
  lstm_step: { title: "A training step of the main job", ask: lstmStep },
  matmul: { title: "Products of matrices", ask: matrixProducts },
  lstm: { title: "A training step of an LSTM, beside peers", ask: lstmTraining },
  lstm_small: { title: "A training step of a small LSTM, beside peers", ask: smallLstmTraining },
  gru: { title: "A training step of a GRU, beside peers", ask: gruTraining },
  transformer_peers: { title: "A training step of a Transformer, beside peers", ask: transformerTraining },
  cross_entropy: { title: "Softmax and cross-entropy, beside peers", ask: crossEntropyTime },
  embedding_gradient: { title: "The gradient of an embedding, beside peers", ask: embeddingGradient },
  adam: { title: "A step of Adam, beside peers", ask: adamTime },
  next_character: { title: "Writing text, beside peers", ask: nextCharacter },
  memory: { title: "Memory of the adapter while training, beside peers", ask: memory },
  growth: { title: "How the time of a training step grows", ask: growth },
  overhead: { title: "Host time per dispatch", ask: overhead },
  generation: { title: "Writing text", ask: generation },
  transformer: { title: "A training step of a Transformer", ask: transformerStep },
  decoding: { title: "Writing with a Transformer, with a key/value cache and without", ask: decoding },
};
const NAMES = Object.keys(QUESTIONS);
const DEVICES: readonly DeviceKind[] = ["auto", "webgpu", "cpu"];

const HELP = `Usage: npm run bench -- [names…] [flags]

Names    ${NAMES.join(", ")}; all of them when none is given

  --device NAME  auto, webgpu or cpu (default: auto)
  --peers LIST   the engines beside wgrad: auto (those of the same kind of device, and PyTorch), all, none,
                 or some of ${PEER_NAMES.join(", ")}
                 (default: auto; \`${INSTALL}\` installs them)
  --runtime NAME node or deno, through npm run bench (default: node)
  --steps N      timed training steps or rounds (default: as many as fit some seconds)
  --quick        small sizes that end in seconds, to see that all works
  --json FILE    write the figures as JSON
  --help         print this text`;

/** A command line that cannot be used. */
class UsageError extends Error {}

function meant(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near ? `did you mean ${near}?` : `known: ${orList(known)}`;
}

interface Command extends Omit<Setting, "peers"> {
  names: string[];
  device: DeviceKind;
  peers: string;
  json?: string;
  help: boolean;
}

function readCommand(argv: string[]): Command {
  const options = {
    device: { type: "string", default: "auto" },
    peers: { type: "string", default: "auto" },
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
  peerNames(values.peers, "cpu");
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  if (steps !== undefined && !(Number.isInteger(steps) && steps > 0))
    throw new UsageError(`--steps expects a whole number ≥ 1, got "${values.steps}"`);
  if (values.json === "") throw new UsageError("--json expects a file, got nothing");
  const { quick, json, help } = values;
  return {
    names: positionals.length > 0 ? [...new Set(positionals)] : NAMES,
    device,
    peers: values.peers,
    steps,
    quick,
    json,
    help,
  };
}

/** The engines that `--peers` means on a kind of device. */
function peerNames(text: string, kind: "webgpu" | "cpu"): PeerName[] {
  if (text === "auto") return peersOf(kind);
  if (text === "all") return [...PEER_NAMES];
  if (text === "none") return [];
  const names = text.split(",").map((name) => name.trim());
  for (const name of names)
    if (!PEER_NAMES.some((known) => known === name))
      throw new UsageError(`unknown peer "${name}"; ${meant(name, ["auto", "all", "none", ...PEER_NAMES])}`);
  return PEER_NAMES.filter((name) => names.includes(name));
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
async function ask(name: string, device: DeviceKind, setting: Setting): Promise<Figures> {
  const { title, ask: question } = QUESTIONS[name];
  console.log(`\n${name}: ${title}\n`);
  try {
    const opened = await openDevice(device);
    try {
      let figures: Figures = {};
      const milliseconds = await timed(async () => {
        const answer = await question(opened, setting);
        console.log(answer.text);
        figures = answer.figures;
        if (answer.wrong?.length) console.log(`\nresults differ, so no times: ${answer.wrong.join(", ")}`);
      });
      return { ...figures, seconds: milliseconds / 1000 };
    } finally {
      opened.dispose();
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
  watchMemory();
  if (command.device !== "cpu" && command.peers !== "none") await shareWebGpu();
  const opened = await openDevice(command.device);
  const device = `${opened.description}; ${opened.reason}`;
  opened.dispose();
  const kind = opened.kind;
  const peers = await openPeers(peerNames(command.peers, kind));
  const started = `npm run bench --${runtimeName().startsWith("Deno") ? " --runtime deno" : ""}`;
  const about = {
    device,
    runtime: runtimeText(),
    wgrad: versionIn("../package.json") ?? "unknown",
    machine: `${os.cpus()[0]?.model.trim() ?? "unknown processor"}, ${os.cpus().length} threads, ${process.platform} ${process.arch}`,
    load: `${loadText()} at the start`,
    command: [started, ...argv.map(quoted)].join(" "),
    ...Object.fromEntries(Object.entries(peers.versions).map(([name, version]) => [`peer ${name}`, version])),
    ...Object.fromEntries(peers.missing.map(({ name, reason }) => [`peer ${name}`, `absent: ${reason}`])),
  };
  console.log(pairs(Object.entries(about)));
  const results: Figures = {};
  const { quick, steps } = command;
  try {
    for (const name of command.names)
      results[name] = await ask(name, command.device, {
        quick,
        steps,
        peers,
        progress: (line) => console.log(line),
      });
  } finally {
    closePeers(peers);
  }
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
