/** The parity example as a command, in Node and Deno on the CPU: what it prints, writes, refuses, and how it is resumed. */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample, runToEnd } from "./bundle.ts";
import { generateTokenRows, labelOf } from "../../examples/parite/data.ts";
import { settingsFrom } from "../../examples/parite/flags.ts";
import { LEARNING, NOTEBOOK, NOTEBOOK_SAMPLE } from "../../examples/parite/settings.ts";
import { denoExecutable } from "../../scripts/adapters.ts";
import { Generator } from "../../src/index.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = path.join(root, "examples", "parite.ts");

/** The example as one file, which starts in a tenth of the time that tsx takes; what tsx does is tested once. */
let bundle = "";
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "wgrad-parite-"));
  bundle = path.join(folder, "parite.mjs");
  await bundleExample("parite", bundle);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => path.join(folder, name);

/** Runs the example to its end on the CPU; `watch` sees the output as it grows. */
function run(
  args: readonly string[],
  options: { command?: readonly string[]; watch?: (child: ChildProcess, out: string) => void } = {},
): Promise<{ code: number | null; out: string; errors: string }> {
  const { command = [process.execPath, bundle], watch } = options;
  return runToEnd([...command, "--device", "cpu", ...args], options.command ? root : folder, watch);
}

/** Some 5 s on a machine of its own; several processes start, which takes much longer on a busy one. */
const STARTS_SLOWLY = 60_000;

/** A task that is learnt in some 60 steps. */
const SMALL = [
  ...["--vocab", "4", "--length", "4", "--embedding", "8", "--units", "16", "--batch-size", "20"],
  ...["--lr", "0.02", "--seed", "5", "--quick", "--steps", "150"],
];

interface RunJson {
  settings: { first: Record<string, unknown>; second: Record<string, unknown> };
  device: Record<string, string>;
  sample: { sequence: number[]; label: number };
  parameters: number;
  runs: {
    steps: number;
    sequences: number;
    losses: number[];
    accuracies: number[];
    fresh: { sequences: number; accuracy: number; influence: number[] };
    sample: { answer: number; probabilities: number[] };
  }[];
}
const readJson = (name: string): RunJson => JSON.parse(readFileSync(file(name), "utf8"));

describe("the task", () => {
  it("labels as the notebook does, and both labels are as frequent", () => {
    expect(labelOf(NOTEBOOK_SAMPLE)).toBe(1);
    expect([labelOf([0, 7, 1]), labelOf([3, 0, 5]), labelOf([3, 0])]).toEqual([0, 1, 0]);
    const { ids, labels } = generateTokenRows(new Generator(42, 1), 4000, NOTEBOOK);
    expect([Math.min(...ids), Math.max(...ids)]).toEqual([0, 49]);
    // Four standard deviations of a mean of 4,000 fair coins: a parity that first and last share would show.
    const ones = labels.reduce((sum, label) => sum + label, 0) / labels.length;
    expect(Math.abs(ones - 0.5)).toBeLessThan(4 * (0.5 / Math.sqrt(4000)));
    for (const i of [0, 1, 3999]) expect(labels[i]).toBe(labelOf(ids.subarray(8 * i, 8 * i + 8)));
  });

  it("has the notebook's settings unless flags say otherwise", () => {
    const flags = { forgetBias: 3, vocab: 50, length: 8, batchSize: 50, embedding: 32, units: 64, lr: 0.01 };
    const { first, second, fresh } = settingsFrom({ ...flags, seed: 42, quick: false });
    expect([first, second, fresh]).toEqual([NOTEBOOK, LEARNING, 5000]);
  });
});

describe("a run", () => {
  it(
    "through npm start's launcher: the notebook's lines, both verdicts, report and numbers",
    async () => {
      const command = [process.execPath, "--import", "tsx", "scripts/launch.ts", "start", "parite"];
      const { code, out, errors } = await run(
        ["--quick", "--out", file("quick"), "--json", file("quick.json")],
        { command },
      );
      expect([code, errors]).toEqual([0, ""]);
      const epochs = [...out.matchAll(/^Epoch (\d\d) - Loss: (\d\.\d{4}) - Accuracy: (\d+\.00)%$/gm)];
      expect(epochs.map(([, epoch]) => Number(epoch))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(out).toContain("26 818 paramètres".replace(" ", "\u202f"));
      expect(out.match(/Séquence d'entrée : \[21, 6, 37, 33, 18, 48, 1, 25\]/g)).toHaveLength(2);
      expect(out).toContain("La règle n'est pas apprise en 40 pas");
      const json = readJson("quick.json");
      expect(json.device).toMatchObject({ kind: "cpu" });
      expect(json.sample).toEqual({ sequence: NOTEBOOK_SAMPLE, label: 1 });
      expect(json.parameters).toBe(50 * 32 + 4 * 64 * (32 + 64 + 2) + 2 * 65);
      expect(json.runs.map(({ steps, sequences }) => [steps, sequences])).toEqual([
        [10, 500],
        [40, 2000],
      ]);
      expect(json.runs[0].losses.map((loss) => loss.toFixed(4))).toEqual(epochs.map(([, , loss]) => loss));
      for (const { fresh, sample } of json.runs) {
        expect(fresh.sequences).toBe(500);
        expect(fresh.influence).toHaveLength(8);
        expect(sample.probabilities[0] + sample.probabilities[1]).toBeCloseTo(1, 6);
      }
      const report = /Rapport : (.*)/.exec(out)![1];
      const html = readFileSync(report, "utf8");
      expect(html.match(/<figure>/g)).toHaveLength(3);
      expect(readdirSync(path.join(file("quick"), "figures"))).toEqual([
        "ce-que-le-modele-regarde.svg",
        "exactitude.svg",
        "perte.svg",
      ]);
      expect(html).not.toMatch(/(?:src|href)="?https?:/); // it stands alone
    },
    STARTS_SLOWLY,
  );

  it(
    "learns a small rule, in Deno as in Node with the same losses",
    async () => {
      const args = [...SMALL, "--epochs", "5"];
      const [node, deno] = await Promise.all([
        run([...args, "--out", file("node"), "--json", file("node.json")]),
        run([...args, "--out", file("deno"), "--json", file("deno.json")], {
          command: [denoExecutable(), "run", "-A", "--no-lock", script],
        }),
      ]);
      for (const { code, errors } of [node, deno]) expect([code, errors]).toEqual([0, ""]);
      const [a, b] = [readJson("node.json"), readJson("deno.json")];
      expect(a.runs[1].fresh.accuracy).toBeGreaterThan(0.95);
      expect(a.runs[1].fresh.influence).toEqual([1, 0, 0, 1]);
      expect(a.runs[1].sample.answer).toBe(a.sample.label);
      // One twin, one engine: exponentials may differ in the last bit.
      expect(b.runs[1].losses).toHaveLength(a.runs[1].losses.length);
      b.runs[1].losses.forEach((loss, i) => {
        expect(loss).toBeCloseTo(a.runs[1].losses[i], 4);
      });
      expect(node.out).toContain("La réponse dépend maintenant des deux bouts");
    },
    STARTS_SLOWLY,
  );
});

describe("what is refused before the training starts", () => {
  const flags: [args: string[], message: string][] = [
    [["--data", "x"], "unknown flag --data"],
    [["--vocab", "1"], "--vocab expects a whole number from 2 to 10000"],
    [["--lenght", "4"], "unknown flag --lenght; did you mean --length?"],
    [["--load", "/nowhere/p.safetensors"], "--load: cannot read /nowhere/p.safetensors"],
  ];
  it.each(flags)("%j", async (args, message) => {
    const { code, out, errors } = await run([...args, "--out", file("refused")]);
    expect(errors).toContain(message);
    expect(errors.trim().split("\n")).toHaveLength(1);
    expect(out).not.toContain("Epoch");
    expect(code).toBe(2);
  });
});

describe("Ctrl-C and what follows", () => {
  it(
    "leaves a checkpoint, prints the command that resumes, and the losses come out the same",
    async () => {
      const args = (out: string): string[] => [
        ...[...SMALL, "--epochs", "2", "--length", "10", "--steps", "60"],
        ...["--out", file(out), "--json", file(`${out}.json`)],
      ];
      const whole = await run(args("whole"));
      expect([whole.code, whole.errors]).toEqual([0, ""]);
      let signalled = false;
      const stopped = await run(args("cut"), {
        watch: (child, out) => {
          if (signalled || !out.includes("pas   25")) return;
          signalled = true;
          child.kill("SIGINT");
        },
      });
      expect([stopped.code, stopped.errors]).toEqual([130, ""]);
      expect(existsSync(file("cut.json"))).toBe(false);
      const checkpoint = path.join(file("cut"), "parite.safetensors");
      expect(stopped.out).toContain(`Point de reprise : ${checkpoint}\n`);
      const command = /Pour continuer {3}: npm start -- parite (.*)/.exec(stopped.out)![1];
      const resumed = await run(command.split(" "));
      expect([resumed.code, resumed.errors]).toEqual([0, ""]);
      expect(resumed.out).toMatch(/Repris de .*, après \d+ pas\./);
      const [expected, got] = [readJson("whole.json"), readJson("cut.json")];
      expect(got.runs[1].losses).toEqual(expected.runs[1].losses);
      expect(got.runs[1].fresh).toEqual(expected.runs[1].fresh);
    },
    STARTS_SLOWLY,
  );
});
