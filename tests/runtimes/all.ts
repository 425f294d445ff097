/**
 * What `npm test` runs: the unit tests, then the same device cases in Node (CPU and WebGPU), Deno and headless
 * Chromium, each in a process of its own. A runtime that is missing or can't start is a failure, never a skip.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import {
  chooseAdapter,
  type NativeRuntime,
  runtimeCommand,
  runtimeEnvironment,
} from "../../scripts/adapters.ts";
import { ensureChromium, projectFolder } from "../../scripts/swiftshader.ts";
import type { DeviceKind, RuntimeReport } from "./run_cases.ts";

interface Target {
  /** What `--runtime` calls it. */
  flag: string;
  label: string;
  /** What its lines of output begin with. */
  prefix: string;
  host: NativeRuntime;
  script: string;
  kind: DeviceKind;
  /** What its process needs around it. */
  prepare(): Promise<Record<string, string>>;
}

interface Row {
  label: string;
  device: string;
  passed: number;
  failed: { name: string; message: string }[];
  seconds: number;
  /** How many cases a runtime reported on; null if it left no report. */
  cases: number | null;
}

const RUN_MILLISECONDS = 12 * 60_000;
const runtimesFolder = import.meta.dirname;

/** Asked once each, though several may wait for the answer. */
const nodeAdapter = once(async () => (await chooseAdapter("node")).environment);
const denoAdapter = once(async () => (await chooseAdapter("deno")).environment);
const browserReady = once(async () => {
  await ensureChromium();
  return {};
});

const TARGETS: Target[] = [
  {
    flag: "cpu",
    label: "Node CPU",
    prefix: "cpu",
    host: "node",
    script: "node.ts",
    kind: "cpu",
    prepare: async () => ({}),
  },
  {
    flag: "node",
    label: "Node WebGPU",
    prefix: "node",
    host: "node",
    script: "node.ts",
    kind: "webgpu",
    prepare: nodeAdapter,
  },
  {
    flag: "deno",
    label: "Deno WebGPU",
    prefix: "deno",
    host: "deno",
    script: "deno.ts",
    kind: "webgpu",
    prepare: denoAdapter,
  },
  {
    flag: "chrome",
    label: "Chromium WebGPU",
    prefix: "chrome",
    host: "node",
    script: "browser.ts",
    kind: "webgpu",
    prepare: browserReady,
  },
];

const running = new Set<ChildProcess>();
let interrupted = false;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      runtime: { type: "string", multiple: true, default: [] },
      filter: { type: "string" },
      "no-unit": { type: "boolean", default: false },
    },
  });
  for (const flag of values.runtime) {
    if (!TARGETS.some((target) => target.flag === flag)) {
      throw new Error(`--runtime takes ${TARGETS.map((target) => target.flag).join(", ")}, not "${flag}"`);
    }
  }
  const all = values.runtime.length === 0;
  const targets = TARGETS.filter(({ flag }) => all || values.runtime.includes(flag));
  const folder = mkdtempSync(path.join(os.tmpdir(), "wgrad-test-"));
  try {
    // Unpacking and asking for adapters take seconds that the unit tests can share. Their errors are shown later,
    // as failures of the runtimes that wait for them.
    for (const target of targets) target.prepare().catch(() => {});
    const rows: Row[] = [];
    if (!values["no-unit"]) rows.push(await runUnitTests(folder, values.filter));
    // Two at a time: most of a run waits for its own single thread or for its device.
    const reports = await inParallel(Math.min(2, os.availableParallelism()), targets, (target) =>
      runTarget(target, folder, values.filter),
    );
    rows.push(...reports);
    if (interrupted) return 1;
    const faults = all ? unequalTotals(reports) : [];
    if (values.filter === undefined) {
      for (const { label, cases } of reports) if (cases === 0) faults.push(`${label}: there are no cases`);
    } else if (rows.every(({ passed, failed }) => passed + failed.length === 0)) {
      faults.push(`nothing matches --filter ${values.filter}`);
    }
    return summarise(rows, faults);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs vitest: its own output for people, its JSON for the counts. */
async function runUnitTests(folder: string, filter: string | undefined): Promise<Row> {
  const row: Row = {
    label: "unit tests",
    device: `Node ${process.versions.node}`,
    passed: 0,
    failed: [],
    seconds: 0,
    cases: null,
  };
  const began = performance.now();
  const file = path.join(folder, "unit.json");
  const args = [
    "run",
    "--root",
    projectFolder,
    "--reporter=dot",
    "--reporter=json",
    `--outputFile.json=${file}`,
  ];
  if (filter !== undefined) {
    args.push("--passWithNoTests", "-t", filter.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  }
  try {
    const require = createRequire(import.meta.url);
    const vitest = path.join(path.dirname(require.resolve("vitest/package.json")), "vitest.mjs");
    // Unit tests may open a WebGPU device too; those that don't should not fail for want of one.
    const environment = await nodeAdapter().catch(() => ({}));
    const ended = await runChild(process.execPath, [vitest, ...args], environment, null);
    const result = readJson(file) as {
      numPassedTests: number;
      testResults: {
        name: string;
        status: string;
        message: string;
        assertionResults: { fullName: string; status: string; failureMessages: string[] }[];
      }[];
    } | null;
    row.passed = result?.numPassedTests ?? 0;
    for (const suite of result?.testResults ?? []) {
      const failed = suite.assertionResults.filter(({ status }) => status === "failed");
      for (const { fullName, failureMessages } of failed) {
        row.failed.push({ name: fullName, message: (failureMessages[0] ?? "").split("\n", 1)[0] });
      }
      // A file that does not load has no tests that could fail.
      if (suite.status === "failed" && failed.length === 0) {
        const name = path.relative(projectFolder, suite.name);
        row.failed.push({ name, message: suite.message.split("\n", 1)[0] });
      }
    }
    if (row.failed.length === 0 && ended.problem !== null)
      row.failed.push({ name: "vitest", message: ended.problem });
    else if (result === null) row.failed.push({ name: "vitest", message: "left no report" });
  } catch (error) {
    row.failed.push({ name: "vitest", message: messageOf(error) });
  }
  row.seconds = (performance.now() - began) / 1000;
  return row;
}

/** Runs the device cases in one runtime. */
async function runTarget(target: Target, folder: string, filter: string | undefined): Promise<Row> {
  const row: Row = { label: target.label, device: "none", passed: 0, failed: [], seconds: 0, cases: null };
  const began = performance.now();
  try {
    const environment = await target.prepare();
    const json = path.join(folder, `${target.flag}.json`);
    const { command, args } = runtimeCommand(target.host, path.join(runtimesFolder, target.script));
    const flags = [
      "--kind",
      target.kind,
      "--json",
      json,
      ...(filter === undefined ? [] : ["--filter", filter]),
    ];
    const added = { ...runtimeEnvironment(target.host), ...environment };
    const ended = await runChild(command, [...args, ...flags], added, target.prefix);
    const report = readJson(json) as RuntimeReport | null;
    if (report === null) {
      throw new Error(
        `ended without a report (${ended.problem ?? "code 0"})\n${ended.lastErrors.join("\n")}`.trim(),
      );
    }
    row.label = `${report.runtime} ${target.kind === "cpu" ? "CPU" : "WebGPU"}`;
    row.device = report.device;
    row.passed = report.passed;
    row.failed = report.failed;
    row.cases = report.passed + report.failed.length;
    if (ended.problem !== null && report.failed.length === 0) {
      row.failed.push({
        name: "end of the process",
        message: `${ended.problem}, after a report without failures`,
      });
    }
  } catch (error) {
    row.failed.push({ name: "the whole run", message: messageOf(error) });
  }
  row.seconds = (performance.now() - began) / 1000;
  return row;
}

/**
 * Runs a process to its end. With a prefix its lines are passed on behind it, since two run at the same time;
 * without, it has the terminal to itself.
 */
async function runChild(
  command: string,
  args: string[],
  environment: Record<string, string>,
  prefix: string | null,
): Promise<{ problem: string | null; lastErrors: string[] }> {
  if (interrupted) throw new Error("not started: interrupted");
  const child = spawn(command, args, {
    cwd: projectFolder,
    env: { ...process.env, ...environment },
    stdio: prefix === null ? ["ignore", "inherit", "inherit"] : ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  const lastErrors: string[] = [];
  const begin = prefix === null ? "" : `${prefix.padEnd(6)} | `;
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => process.stdout.write(`${begin}${line}\n`));
  }
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", (line) => {
      process.stderr.write(`${begin}${line}\n`);
      lastErrors.push(line);
      if (lastErrors.length > 10) lastErrors.shift();
    });
  }
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop(child);
  }, RUN_MILLISECONDS);
  try {
    const problem = await new Promise<string | null>((resolve, reject) => {
      child.on("error", (cause) =>
        reject(new Error(`could not start ${command}: ${cause.message}`, { cause })),
      );
      child.on("close", (code, signal) => {
        if (late) resolve(`stopped after ${RUN_MILLISECONDS / 60_000} minutes`);
        else if (signal !== null) resolve(`ended by ${signal}`);
        else resolve(code === 0 ? null : `ended with code ${code}`);
      });
    });
    return { problem, lastErrors };
  } finally {
    clearTimeout(timer);
    running.delete(child);
  }
}

/** Asks a process to end, and makes it end if it does not listen. */
function stop(child: ChildProcess): void {
  child.kill("SIGTERM");
  setTimeout(() => child.kill("SIGKILL"), 5_000).unref();
}

/** Every runtime has the same cases, so another total means that some did not run. */
function unequalTotals(rows: Row[]): string[] {
  const reported = rows.filter(({ cases }) => cases !== null);
  if (new Set(reported.map(({ cases }) => cases)).size <= 1) return [];
  const counts = reported.map(({ label, cases }) => `${label} ${cases}`).join(", ");
  return [`the runtimes ran different numbers of cases: ${counts}`];
}

/** Prints the failures, the table and the last line, and gives the exit code. */
function summarise(rows: Row[], faults: string[]): number {
  const lines = [""];
  for (const { label, failed } of rows) {
    for (const { name, message } of failed) lines.push(`FAILED ${label}: ${name}`, indent(message));
  }
  for (const fault of faults) lines.push(`FAILED ${fault}`);
  if (lines.length > 1) lines.push("");
  const cells = [
    ["runtime", "device", "passed", "failed", "seconds"],
    ...rows.map((row) => [
      row.label,
      shorten(row.device, 56),
      String(row.passed),
      String(row.failed.length),
      row.seconds.toFixed(1),
    ]),
  ];
  const widths = cells[0].map((_, column) => Math.max(...cells.map((row) => row[column].length)));
  const format = (row: string[]) =>
    row.map((cell, at) => (at < 2 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]))).join("  ");
  lines.push(format(cells[0]), widths.map((width) => "-".repeat(width)).join("  "));
  lines.push(...cells.slice(1).map(format), "");
  const passed = rows.reduce((sum, row) => sum + row.passed, 0);
  const failed = rows.reduce((sum, row) => sum + row.failed.length, faults.length);
  lines.push(`${passed} passed, ${failed} failed`);
  process.stdout.write(`${lines.join("\n")}\n`);
  return failed === 0 ? 0 : 1;
}

async function inParallel<T, R>(lanes: number, items: T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const lane = async () => {
    while (next < items.length) {
      const at = next++;
      results[at] = await work(items[at]);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return results;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return null;
  }
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function indent(text: string): string {
  return text.replace(/^/gm, "  ");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    for (const child of running) stop(child);
    interrupted = true;
    process.exitCode = 128 + os.constants.signals[signal];
  });
}

try {
  const code = await main();
  if (!interrupted) process.exitCode = code;
} catch (error) {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 2;
}
