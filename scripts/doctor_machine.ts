/** What `npm run doctor` finds on a machine: runtimes, the adapter of Node, the adapter of Deno. */

import { execFile } from "node:child_process";
import os from "node:os";
import { promisify } from "node:util";
import type { AdapterChoice } from "../src/backend/webgpu/adapter.ts";
import { chooseAdapter, denoExecutable, probeAdapter } from "./adapters.ts";
import type { Fact } from "./doctor_driver.ts";
import { describeChromium } from "./swiftshader.ts";

/** WebGPU's default limits, which every adapter must reach. */
const LIMITS = {
  maxStorageBufferBindingSize: 128 * 2 ** 20,
  maxBufferSize: 256 * 2 ** 20,
  maxComputeWorkgroupStorageSize: 16_384,
  maxComputeInvocationsPerWorkgroup: 256,
  maxStorageBuffersPerShaderStage: 8,
  minUniformBufferOffsetAlignment: 256,
} as const;

/** The runtimes that are installed here. */
export async function runtimeFacts(): Promise<Fact[]> {
  let deno = "not found";
  try {
    const executable = denoExecutable();
    const { stdout } = await promisify(execFile)(executable, ["--version"], { timeout: 10_000 });
    deno = `${/^deno (\S+)/.exec(stdout)?.[1] ?? "unknown version"} (${executable})`;
  } catch {
    // Deno is optional.
  }
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return [
    { name: "Node", value: process.versions.node },
    { name: "system", value: `${os.type()} ${os.release()}, ${process.platform}-${process.arch}` },
    {
      name: "processor",
      value: `${cpus.length} × ${cpus[0]?.model.trim() || "unnamed"}, ${memory} GiB memory`,
    },
    { name: "Deno", value: deno },
    { name: "Chromium", value: (await describeChromium()) ?? "not found" },
  ];
}

/** True when the launcher stood SwiftShader in, because no driver of the machine answered. */
function swiftShaderStandsIn(): boolean {
  return /swiftshader-[^/]+\/vk_swiftshader_icd\.json$/.test(process.env.VK_ICD_FILENAMES ?? "");
}

function driverKind({ software, swiftShader }: AdapterChoice): string {
  if (swiftShader)
    return swiftShaderStandsIn()
      ? "software: SwiftShader, unpacked from the npm package @sparticuz/chromium"
      : "software: SwiftShader, found on this machine";
  return software ? "software, found on this machine" : "GPU";
}

/** The adapter's names, driver, features and the limits that matter here. */
export function adapterFacts(choice: AdapterChoice): Fact[] {
  const { adapter } = choice;
  const { vendor, architecture, device, description } = adapter.info;
  const named = Object.entries({ vendor, architecture, device, description });
  return [
    { name: "adapter", value: choice.description },
    ...named.map(([name, value]) => ({ name, value: value || "not told" })),
    { name: "driver", value: driverKind(choice) },
    { name: "features", value: [...adapter.features].sort().join(", ") || "none" },
    ...Object.entries(LIMITS).map(([name, least]) => ({
      name,
      value: `${size(adapter.limits[name as keyof typeof LIMITS])} (WebGPU's default: ${size(least)})`,
    })),
  ];
}

function size(value: number): string {
  for (const [unit, bytes] of Object.entries({ GiB: 2 ** 30, MiB: 2 ** 20 }))
    if (value >= bytes) return `${Number((value / bytes).toFixed(2))} ${unit}`;
  return String(value);
}

/** What Deno would get without what the launcher put into this process's environment. */
export async function denoFacts(): Promise<Fact[]> {
  if (swiftShaderStandsIn()) {
    const folder = process.env.VK_ICD_FILENAMES?.replace(/\/[^/]*$/, "");
    const libraries = process.env.LD_LIBRARY_PATH?.split(":").filter((entry) => entry !== folder) ?? [];
    if (libraries.length > 0) process.env.LD_LIBRARY_PATH = libraries.join(":");
    else delete process.env.LD_LIBRARY_PATH;
    delete process.env.VK_ICD_FILENAMES;
    delete process.env.VK_DRIVER_FILES;
  }
  try {
    const { description, source, environment } = await chooseAdapter("deno");
    if (source === "machine") return [{ name: "adapter", value: `${description}, from this machine` }];
    const answer = await probeAdapter("deno", environment);
    return [
      { name: "adapter", value: "none of this machine's own" },
      {
        name: "with --device webgpu",
        value: answer === null ? "SwiftShader does not answer either" : `${answer}, packaged`,
      },
    ];
  } catch (error) {
    return [{ name: "adapter", value: `none: ${(error as Error).message}` }];
  }
}
