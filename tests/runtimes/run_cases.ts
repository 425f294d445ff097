/** Runs the device cases in whatever runtime loads this file: nothing here belongs to Node, Deno or the browser. */

import { type Device, openDevice } from "../../src/index.ts";
import { cases } from "../cases/index.ts";

export type DeviceKind = "cpu" | "webgpu";

export interface RuntimeReport {
  runtime: string;
  device: string;
  passed: number;
  failed: { name: string; message: string }[];
  milliseconds: number;
  slowest: { name: string; milliseconds: number }[];
}

export interface RunOptions {
  kind: DeviceKind;
  /** What the report calls the runtime, with its version. */
  runtime: string;
  /** Takes whole lines. */
  log(line: string): void;
  /** Only cases whose name holds this text. */
  filter?: string;
  /** Subscribes to errors that no case is waiting for, which count against the case that is running. */
  onStrayError?(listener: (error: unknown) => void): void;
}

/** No case should come near this, on a software device on two cores either. */
const CASE_MILLISECONDS = 20_000;
/** A device that hangs would otherwise cost the limit once for each of the cases that are left. */
const CONSECUTIVE_TIMEOUTS = 3;
const PROGRESS_MILLISECONDS = 5_000;

class CaseTimeout extends Error {}

/** Opens one device, runs the cases on it one after the other and gives a report that JSON can hold. */
export async function runCases(options: RunOptions): Promise<RuntimeReport> {
  const { kind, runtime, log, filter } = options;
  const began = performance.now();
  const report: RuntimeReport = {
    runtime,
    device: "none",
    passed: 0,
    failed: [],
    milliseconds: 0,
    slowest: [],
  };
  const fail = (name: string, error: unknown) => {
    const message = describeError(error);
    report.failed.push({ name, message });
    log(`FAILED ${name}: ${message}`);
  };
  let stray: { error: unknown } | null = null;
  options.onStrayError?.((error) => {
    stray ??= { error };
  });
  const takeStray = () => {
    const taken = stray;
    stray = null;
    return taken;
  };

  const wanted = cases.filter(({ name }) => name.toLowerCase().includes((filter ?? "").toLowerCase()));
  let device: Device | null = null;
  try {
    device = await withinTime(openDevice(kind));
    report.device = device.description;
  } catch (error) {
    fail(`open a ${kind} device`, error);
  }

  const times: { name: string; milliseconds: number }[] = [];
  if (device !== null) {
    log(`${runtime}, ${kind}: ${wanted.length} cases on ${report.device}`);
    let timeouts = 0;
    let spoke = performance.now();
    for (const [at, testCase] of wanted.entries()) {
      if (timeouts === CONSECUTIVE_TIMEOUTS) {
        fail(testCase.name, new Error(`not run: the ${timeouts} cases before it did not end in time`));
        continue;
      }
      const start = performance.now();
      let problem: { error: unknown } | null = null;
      try {
        await withinTime(testCase.run(device));
        const elapsed = performance.now() - start;
        // A case that never gives way can't be interrupted, but it is found out afterwards.
        if (elapsed > CASE_MILLISECONDS) throw new CaseTimeout(`took ${seconds(elapsed)}`);
      } catch (error) {
        problem = { error };
      }
      problem ??= takeStray();
      if (problem === null) report.passed++;
      else fail(testCase.name, problem.error);
      timeouts = problem?.error instanceof CaseTimeout ? timeouts + 1 : 0;
      times.push({ name: testCase.name, milliseconds: Math.round(performance.now() - start) });
      if (performance.now() - spoke > PROGRESS_MILLISECONDS) {
        spoke = performance.now();
        log(`${at + 1} of ${wanted.length} after ${seconds(spoke - began)}`);
      }
    }
    try {
      device.dispose();
    } catch (error) {
      fail("dispose of the device", error);
    }
  }
  const late = takeStray();
  if (late !== null) fail("after the last case", late.error);

  report.slowest = times.sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 5);
  report.milliseconds = Math.round(performance.now() - began);
  log(`${report.passed} passed, ${report.failed.length} failed in ${seconds(report.milliseconds)}`);
  return report;
}

/** Waits for `work`, but no longer than one case may take. */
async function withinTime<T>(work: T | Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    const late = () => reject(new CaseTimeout(`not finished after ${seconds(CASE_MILLISECONDS)}`));
    timer = setTimeout(late, CASE_MILLISECONDS);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** The message, and the first places in the stack: enough to find the line without drowning the others. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const places = (error.stack ?? "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line) && !/node:internal|node_modules|ext:|tests\/runtimes/.test(line))
    .slice(0, 3);
  const title = error.name === "Error" ? error.message : `${error.name}: ${error.message}`;
  return [title, ...(error instanceof CaseTimeout ? [] : places)].join("\n");
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
