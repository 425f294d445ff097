import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "wgrad-bench-"));

afterAll(() => rmSync(folder, { recursive: true }));

function bench(...args: string[]) {
  return spawnSync(process.execPath, ["--import", "tsx", "bench/main.ts", ...args], {
    cwd: root,
    encoding: "utf8",
    timeout: 55_000,
  });
}

const OWN = ["lstm_step", "matmul", "overhead", "generation"];

it("the quick benchmark answers its own questions on the CPU and writes JSON", () => {
  const file = join(folder, "figures.json");
  const { status, stdout, stderr } = bench(
    ...OWN,
    ...["--quick", "--device", "cpu", "--peers", "none", "--json", file],
  );
  expect(stderr).toBe("");
  expect(status, stdout).toBe(0);
  const { device, runtime, command, results } = JSON.parse(readFileSync(file, "utf8"));
  expect(device).toContain("CPU");
  expect(runtime).toContain("Node");
  expect(command).toContain("--quick --device cpu --peers none");
  for (const text of [device, runtime, command, "lstm_sequence", "GFLOP/s"]) expect(stdout).toContain(text);

  const step = results.lstm_step;
  const { stepMs, kernels } = step;
  expect(stepMs.steps).toBeGreaterThanOrEqual(5);
  const positive: Record<string, number> = {
    ...stepMs,
    ...Object.fromEntries(
      ["firstStepMs", "stepsInARowMs", "gflopPerSecond", "dispatchesPerStep", "peakLiveBytes"].map((name) => [
        name,
        step[name],
      ]),
    ),
  };
  for (const { name, shape, engines } of results.matmul.products) {
    expect(engines.map((engine: { name: string }) => engine.name)).toEqual(["wgrad"]);
    positive[`${name} ${shape}`] = engines[0].gflopPerSecond;
  }
  for (const run of results.generation.runs)
    positive[`${run.sampling} ${run.texts}`] = run.charactersPerSecond;
  expect(Object.keys(positive)).toHaveLength(4 + 5 + 5 + 4);
  for (const [name, value] of Object.entries(positive)) expect(value, name).toBeGreaterThan(0);
  expect(step.peakLiveBytes).toBeLessThanOrEqual(step.boundBytes);
  expect(kernels.map(({ kernel }: { kernel: string }) => kernel)).toContain("matmul");
  expect(results.overhead).not.toHaveProperty("error");
}, 60_000);

it("names a peer that it does not know, with the nearest", () => {
  const { status, stderr } = bench("matmul", "--peers", "tfjs-web", "--device", "cpu");
  expect(status).toBe(2);
  expect(stderr).toContain('unknown peer "tfjs-web"; did you mean tfjs-webgpu?');
}, 60_000);

it("refuses an unknown question with the nearest one", () => {
  const { status, stderr } = bench("matmull", "--device", "cpu");
  expect(status).toBe(2);
  expect(stderr).toContain('unknown question "matmull"; did you mean matmul?');
}, 60_000);
