import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

it("the quick benchmark of Transformers answers on the CPU", () => {
  const folder = mkdtempSync(join(tmpdir(), "wgrad-bench-"));
  try {
    const file = join(folder, "figures.json");
    const names = ["transformer", "decoding"];
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [
        ...["--import", "tsx", "bench/main.ts", ...names],
        ...["--quick", "--steps", "2", "--device", "cpu", "--peers", "none", "--json", file],
      ],
      { cwd: fileURLToPath(new URL("../", import.meta.url)), encoding: "utf8", timeout: 55_000 },
    );
    expect(stderr).toBe("");
    expect(status, stdout).toBe(0);
    const { transformer, decoding } = JSON.parse(readFileSync(file, "utf8")).results;
    for (const run of transformer.runs) {
      expect(run.stepMs.steps).toBe(2);
      expect(run.gflopPerSecond).toBeGreaterThan(0);
      expect(run.dispatchesPerStep).toBeLessThanOrEqual(32 * run.layers + 24);
      expect(run.kernels.map(({ kernel }: { kernel: string }) => kernel)).toContain(
        "attention_backward_keys",
      );
    }
    expect(
      decoding.runs.map(({ cached, rows }: { cached: string; rows: number }) => `${cached} ${rows}`),
    ).toEqual(["false 1", "true 1", "false 8", "true 8"]);
    for (const { idsPerSecond, written } of decoding.runs) {
      expect(idsPerSecond).toBeGreaterThan(0);
      expect(written).toBe(7);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
