/** What the Node and the Deno entry have in common: flags, the report file, the exit code. */

import { writeFileSync } from "node:fs";
import process from "node:process";
import { setTimeout } from "node:timers";
import { parseArgs } from "node:util";
import { type DeviceKind, runCases } from "./run_cases.ts";

/** How long a process may take to end after its device is disposed of. */
const ENDING_MILLISECONDS = 5_000;

/** Runs the cases with the flags `--kind cpu|webgpu`, `--json FILE` and `--filter TEXT`. */
export async function runNatively(runtime: string): Promise<void> {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: {
      kind: { type: "string", default: "webgpu" },
      json: { type: "string" },
      filter: { type: "string" },
    },
  });
  const report = await runCases({
    kind: parseKind(values.kind),
    runtime,
    log: (line) => process.stdout.write(`${line}\n`),
    filter: values.filter,
    onStrayError: (listener) => {
      process.on("unhandledRejection", listener);
      process.on("uncaughtException", listener);
    },
  });
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(report, null, 2));
  process.exitCode = report.failed.length > 0 ? 1 : 0;
  // The process has to end by itself. The timer does not keep it alive; it speaks up if something else does.
  setTimeout(() => {
    process.stderr.write(
      `${runtime} is still alive ${ENDING_MILLISECONDS / 1000} s after its device was disposed of: ` +
        "something holds on to the adapter, a timer or a worker\n",
    );
    process.exit(1);
  }, ENDING_MILLISECONDS).unref();
}

function parseKind(text: string): DeviceKind {
  if (text === "cpu" || text === "webgpu") return text;
  throw new Error(`--kind takes cpu or webgpu, not "${text}"`);
}
