import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";

const project = path.resolve(import.meta.dirname, "..");

function node(args: string[], added: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", ...args], {
      cwd: project,
      env: { ...process.env, ...added },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, text }));
  });
}

describe("doctor", { timeout: 30_000 }, () => {
  it("checks this machine, with a software driver where there is no other", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "wgrad-doctor-"));
    try {
      const file = path.join(folder, "facts.json");
      const { code, text } = await node(["scripts/launch.ts", "doctor", "--json", file]);
      expect(text).not.toContain("✗");
      expect(text.match(/^✓/gm)).toHaveLength(6);
      expect(text).toMatch(/^ {2}adapter +\S/m);
      expect(text).toMatch(/^ {2}device auto +(cpu|webgpu): /m);
      expect(code, text).toBe(0);
      const facts = JSON.parse(await readFile(file, "utf8")) as { checks: { ok: boolean }[] };
      expect(facts.checks.map(({ ok }) => ok)).toEqual(new Array(6).fill(true));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it("works without any adapter and says what to do", async () => {
    const nowhere = { VK_ICD_FILENAMES: "/nonexistent", VK_DRIVER_FILES: "/nonexistent" };
    const { code, text } = await node(["scripts/doctor.ts"], nowhere);
    expect(code, text).toBe(0);
    expect(text).not.toContain("✗");
    // Vulkan's variables hide no driver of other systems.
    if (process.platform === "linux") expect(text).toContain("- No WebGPU adapter: the CPU is used.");
  });

  it("refuses an unknown flag", async () => {
    const { code, text } = await node(["scripts/doctor.ts", "--jsn", "x"]);
    expect(code).toBe(2);
    expect(text).toContain("--jsn");
  });
});
