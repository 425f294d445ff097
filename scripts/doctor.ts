/** `npm run doctor`: what this machine offers, whether its drivers calculate rightly, and what to do about it. */

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { textWidth, wrap } from "../examples/support/format.ts";
import { type AdapterChoice, requestAdapter } from "../src/backend/webgpu/adapter.ts";
import { SOFTWARE_VARIANT } from "../src/backend/webgpu/dispatch.ts";
import { WebGpuBackend } from "../src/backend/webgpu/webgpu_backend.ts";
import { type Device, openDevice } from "../src/index.ts";
import { type Check, runChecks } from "./doctor_checks.ts";
import { driverFacts, type Fact, opsThatHideNaN, roundTrip, timestamps } from "./doctor_driver.ts";
import { adapterFacts, denoFacts, runtimeFacts } from "./doctor_machine.ts";

const USAGE = `usage: npm run doctor [-- --json FILE]
  Says what this machine offers: runtimes, the WebGPU adapter and its limits, numeric self-checks, and a
  remedy for each problem. Ends with 1 if a self-check fails, else with 0, also without any adapter.

  --json FILE  write the facts to FILE as well
  --help       show this`;

const COLUMNS = 100;
const NAME_COLUMNS = 38;

interface Section {
  readonly title: string;
  readonly facts: readonly Fact[];
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A name and what is to be said of it, broken into lines under each other. */
function printFact({ name, value }: Fact, mark = " "): void {
  const width = Math.max(NAME_COLUMNS, textWidth(name) + 2);
  const [first, ...rest] = wrap(value, COLUMNS - width - 2);
  print(`${mark} ${name}${" ".repeat(width - textWidth(name))}${first}`);
  for (const line of rest) print(" ".repeat(width + 2) + line);
}

function printSection({ title, facts }: Section): Section {
  print(`\n${title}`);
  for (const fact of facts) printFact(fact);
  return { title, facts };
}

async function main(): Promise<number> {
  let flags: { json?: string; help?: boolean };
  try {
    const options = { json: { type: "string" }, help: { type: "boolean", short: "h" } } as const;
    flags = parseArgs({ options }).values;
  } catch (error) {
    process.stderr.write(`doctor: ${(error as Error).message}\n${USAGE}\n`);
    return 2;
  }
  if (flags.help) {
    print(USAGE);
    return 0;
  }

  const problems: string[] = [];
  print("wgrad doctor");
  const sections = [printSection({ title: "Runtime", facts: await runtimeFacts() })];

  // The adapter that answers may still give no device: then the CPU is checked, and the reason is a problem.
  let choice: AdapterChoice | undefined;
  let gpu: Device | undefined;
  const facts: Fact[] = [];
  try {
    choice = await requestAdapter();
    facts.push(...adapterFacts(choice));
    gpu = await openDevice("webgpu");
  } catch (error) {
    const { message } = error as Error;
    facts.push({ name: choice ? "device" : "adapter", value: `none: ${message.split(";")[0]}` });
    problems.push(
      choice
        ? `The adapter gives no device (${message}): update its driver, or use --device cpu.`
        : "No WebGPU adapter: the CPU is used. Install a Vulkan driver, or pass --device webgpu to npm start, " +
            "which stands in SwiftShader.",
    );
  }
  let auto: { kind: string; choice: string; reason: string } | undefined;
  try {
    const device = await openDevice("auto");
    auto = { kind: device.kind, choice: device.choice, reason: device.reason };
    facts.push({ name: "device auto", value: `${device.kind}: ${device.reason}` });
    device.dispose();
  } catch (error) {
    facts.push({ name: "device auto", value: `fails: ${(error as Error).message}` });
  }
  sections.push(printSection({ title: "WebGPU in Node", facts }));
  if (choice?.swiftShader)
    problems.push(
      "SwiftShader is the only adapter, and slower than the CPU twins: auto uses the CPU. For speed, install a " +
        "Vulkan driver; --device webgpu still runs the WGSL kernels.",
    );

  const device = gpu ?? (await openDevice("cpu"));
  const reference = await openDevice("cpu", gpu ? {} : { precision: 64 });
  print(
    `\nSelf-checks: ${gpu ? "the WGSL kernels against the CPU twins" : "the CPU twins, in f32 against f64"}`,
  );
  const checks: Check[] = await runChecks(device, reference);
  for (const { name, ok, detail } of checks) printFact({ name, value: detail }, ok ? "✓" : "✗");
  for (const { name, kernels } of checks.filter((check) => !check.ok)) {
    const files = kernels.map((kernel) => (gpu ? `kernels/${kernel}.wgsl` : `src/backend/cpu/${kernel}.ts`));
    problems.push(
      `Failed: ${name}. Look at ${files.join(", ")}${gpu ? "; until then, use --device cpu." : "."}`,
    );
  }

  const measured: Fact[] = [];
  try {
    const milliseconds = await roundTrip(device);
    measured.push({
      name: "launch and read back",
      value: `${milliseconds.toFixed(milliseconds < 1 ? 3 : 1)} ms, median of 10`,
    });
    const timed = await timestamps(device);
    measured.push({ name: gpu ? "timestamp queries" : "profile", value: timed.text });
    if (!timed.works)
      problems.push("No timestamp queries: profile() is refused; the profile of --device cpu works.");
    const variants: Record<string, string | undefined> = choice?.software && gpu ? SOFTWARE_VARIANT : {};
    const hiding = (await opsThatHideNaN(device)).map((kernel) => variants[kernel] ?? kernel);
    measured.push({
      name: "NaN in a row of softmax",
      value: hiding.length === 0 ? "shows in the result" : `hidden by ${hiding.join(", ")}`,
    });
    if (hiding.length > 0)
      problems.push(
        `${hiding.join(", ")} can hide a NaN, since this driver's exp does: look at what goes into them ` +
          `(${hiding.map((kernel) => `kernels/${kernel}.wgsl`).join(", ")}), or use --device cpu.`,
      );
    if (gpu?.backend instanceof WebGpuBackend) measured.push(...(await driverFacts(gpu.backend.device)));
  } catch (error) {
    const { message } = error as Error;
    measured.push({ name: "failed", value: message });
    problems.push(`Measuring failed (${message}): update the driver, or use --device cpu.`);
  }
  sections.push(
    printSection({ title: gpu ? "How this driver works" : "How the CPU works", facts: measured }),
  );
  sections.push(printSection({ title: "WebGPU in Deno", facts: await denoFacts() }));

  print(problems.length === 0 ? "\nNo problems found." : "\nWhat to do");
  for (const problem of problems) {
    const [first, ...rest] = wrap(problem, COLUMNS - 4);
    print(`  - ${first}`);
    for (const line of rest) print(`    ${line}`);
  }
  for (const open of new Set([device, reference])) open.dispose();
  if (flags.json !== undefined) {
    const all = { sections, auto: auto ?? null, checks, problems };
    try {
      writeFileSync(flags.json, `${JSON.stringify(all, null, 2)}\n`);
    } catch (error) {
      process.stderr.write(`doctor: --json: ${(error as Error).message}\n`);
      return 2;
    }
    print(`\nWritten: ${flags.json}`);
  }
  return checks.every((check) => check.ok) ? 0 : 1;
}

process.exitCode = await main();
// A driver that still owes an answer would keep the process.
setTimeout(() => process.exit(), 2000).unref();
