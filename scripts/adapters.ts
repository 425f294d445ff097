/** Finds out which WebGPU adapter Node or Deno would get, and what their processes need to get one at all. */

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { ensureSwiftShader, projectFolder } from "./swiftshader.ts";

export type NativeRuntime = "node" | "deno";

export interface AdapterChoice {
  /** The adapter as the runtime describes it, for people. */
  description: string;
  source: "machine" | "swiftshader";
  /** What to add to the environment of the runtime's processes. */
  environment: Record<string, string>;
}

/** A driver that does not answer within this time is taken for absent. */
const PROBE_MILLISECONDS = 20_000;

/** An adapter counts only if it also gives a device: a broken driver often answers the first and not the second. */
const PROBE_BODY = `
const adapter = await gpu?.requestAdapter();
const device = await adapter?.requestDevice();
if (device) {
  const { vendor, architecture, description } = adapter.info;
  console.log("adapter:" + (description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed"));
  device.destroy();
}
gpu = undefined;
`;

/** The description of the adapter that a runtime finds in the environment `added` to this one, or null. */
export async function probeAdapter(
  runtime: NativeRuntime,
  added: Record<string, string> = {},
): Promise<string | null> {
  const [command, args] =
    runtime === "node"
      ? [
          process.execPath,
          [
            "--input-type=module",
            "--eval",
            `import { create } from "webgpu"; let gpu = create([]); ${PROBE_BODY}`,
          ],
        ]
      : [denoExecutable(), ["eval", "--no-lock", `let gpu = navigator.gpu; ${PROBE_BODY}`]];
  return await new Promise((resolve) => {
    // The project's folder, so that "webgpu" is found. What drivers print on the error stream is not of interest.
    const child = spawn(command, args, {
      cwd: projectFolder,
      env: { ...process.env, ...runtimeEnvironment(runtime), ...added },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), PROBE_MILLISECONDS);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    // An end by a signal or a bad code after the answer is a driver that falls over on the way out: it still works.
    const answer = () => {
      clearTimeout(timer);
      resolve(/^adapter:(.*)$/m.exec(output)?.[1] ?? null);
    };
    child.on("error", answer);
    child.on("close", answer);
  });
}

/** The machine's own adapter where one answers, else SwiftShader. */
export async function chooseAdapter(runtime: NativeRuntime): Promise<AdapterChoice> {
  const found = await probeAdapter(runtime);
  if (found !== null) return { description: found, source: "machine", environment: {} };
  let swiftShader: Awaited<ReturnType<typeof ensureSwiftShader>>;
  try {
    swiftShader = await ensureSwiftShader();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`No WebGPU adapter answers in ${runtime}, and SwiftShader can't stand in: ${reason}`, {
      cause,
    });
  }
  return { description: "SwiftShader", source: "swiftshader", environment: swiftShader.environment };
}

/** What a runtime's processes always get, whichever the adapter. Values that the user has set stay. */
export function runtimeEnvironment(runtime: NativeRuntime): Record<string, string> {
  if (runtime === "node") return {};
  const wanted: Record<string, string> = { DENO_NO_UPDATE_CHECK: "1", DENO_NO_PROMPT: "1" };
  // Without a Vulkan driver Deno falls back on OpenGL, often Mesa's software one, whose compute shaders are
  // incomplete. Better no adapter than that one.
  if (process.platform === "linux") wanted.DENO_WEBGPU_BACKEND = "vulkan";
  return Object.fromEntries(Object.entries(wanted).filter(([name]) => process.env[name] === undefined));
}

/** The command and arguments that run a TypeScript file in a runtime, up to and including the file. */
export function runtimeCommand(
  runtime: NativeRuntime,
  file: string,
  preload: string[] = [],
): { command: string; args: string[] } {
  if (runtime === "node") {
    // By address, so that it works from any working directory.
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
    const imports = [tsx, ...preload.map((script) => pathToFileURL(script).href)];
    return {
      command: process.execPath,
      args: [...imports.flatMap((address) => ["--import", address]), file],
    };
  }
  // No lock file: it would be written into the project, and npm's is the one that counts. The signal of a served
  // request should tell that the client left, not that it got its answer, as later versions have it anyway.
  const options = [
    "run",
    "-A",
    "--no-lock",
    "--unstable-no-legacy-abort",
    ...preload.flatMap((script) => ["--preload", script]),
  ];
  return { command: denoExecutable(), args: [...options, file] };
}

/** The deno executable itself: the npm package's own bin may be a script that swallows signals. */
export function denoExecutable(): string {
  const name = process.platform === "win32" ? "deno.exe" : "deno";
  const platform = `${process.platform}-${process.arch}${process.platform === "linux" ? "-glibc" : ""}`;
  const candidates = [
    path.join(projectFolder, "node_modules", "deno", name),
    path.join(projectFolder, "node_modules", "@deno", platform, name),
    ...(process.env.PATH ?? "").split(path.delimiter).map((folder) => path.join(folder, name)),
  ];
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new Error(
      "Deno not found: neither the npm package deno in node_modules nor deno on PATH. Run npm install.",
    );
  }
  return found;
}
