/** The translation example as a command, in Node on the CPU: what it prints, writes and refuses; and its place in the lab. */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample } from "./bundle.ts";
import { settingsFrom } from "../../examples/translation/flags.ts";
import { notebook } from "../../examples/translation/lab.ts";
import { LEARNING, QUICK } from "../../examples/translation/settings.ts";
import { readSource, UnreadableError } from "../../examples/translation/translate.ts";
import { openDevice } from "../../src/index.ts";

let bundle = "";
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "wgrad-translation-"));
  bundle = path.join(folder, "translation.mjs");
  await bundleExample("translation", bundle);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string): string => path.join(folder, name);

/** Runs the example to its end on the CPU, with `input` on its standard input. */
function run(
  args: readonly string[],
  input = "",
): Promise<{ code: number | null; out: string; errors: string }> {
  const child = spawn(process.execPath, [bundle, "--device", "cpu", ...args], { cwd: folder });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (errors += chunk));
  child.stdin.on("error", () => undefined); // a run that refuses its flags does not read
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, errors }));
  });
}

/** Some 5 s on a machine of its own; much longer on a busy one. */
const STARTS_SLOWLY = 60_000;

describe("a run", () => {
  const saved = (): string => file("model.safetensors");

  it(
    "quick: tables, report and numbers",
    async () => {
      const { code, out, errors } = await run([
        ...["--quick", "--out", file("quick"), "--json", file("quick.json"), "--save", saved()],
        ...["--text", "1984", "--beams", "2"],
      ]);
      expect([code, errors]).toEqual([0, ""]);
      expect(out).toContain("mille neuf cent quatre-vingt-quatre");
      expect(out).toMatch(/pas {4}30 · validation : perte \d,\d{4}/);
      expect(out).toContain("faisceau de 2");
      expect(out).toMatch(/«\sone million\s»\s: le modèle n'a jamais vu million/);

      const json = JSON.parse(readFileSync(file("quick.json"), "utf8"));
      expect(json.settings).toEqual(QUICK);
      expect(json.losses).toHaveLength(QUICK.steps);
      expect(json.losses.at(-1)).toBeLessThan(json.losses[0] - 0.3);
      expect(json.validations.map(({ step }: { step: number }) => step)).toEqual([15, 30]);
      expect(json.heldOut.test).toHaveLength(710);
      for (const { all, byForm, bleu } of json.evaluations) {
        // Every twentieth number in three forms, those with a year reading in a fourth.
        expect(all.count).toBe(3 * 36 + byForm.year.count);
        expect(bleu).toBeGreaterThanOrEqual(0);
      }
      expect(json.attention.source).toEqual(["1", "9", "8", "4"]);
      const html = readFileSync(path.join(file("quick"), "report.html"), "utf8");
      // Two curves, and a map for each of four heads.
      expect(html.match(/<figure>/g)).toHaveLength(6);
      expect(readdirSync(path.join(file("quick"), "figures"))).toContain("attention-couche-1-tete-4.svg");
      expect(html).not.toMatch(/(?:src|href)="?https?:/); // it stands alone
    },
    STARTS_SLOWLY,
  );

  it(
    "goes on from its file, and is asked by hand",
    async () => {
      const again = await run(
        ["--load", saved(), "--quick", "--out", file("again"), "--interactive", "--beams", "2"],
        "ninety-nine\n\ntwo dozen\n99 99 99 99 99 99\nquit\n",
      );
      expect([again.code, again.errors]).toEqual([0, ""]);
      expect(again.out).toContain("a ses 30 pas");
      expect(again.out).toMatch(/\(\d+,\d\d\s%, (juste|faux : quatre-vingt-dix-neuf)\)/);
      expect(again.out).toContain("le modèle n'a jamais vu dozen");
      expect(again.out).toContain("12 mots, c'est trop : le modèle en lit au plus 11");
    },
    STARTS_SLOWLY,
  );

  const refused: [args: string[], message: string][] = [
    [["--data", "x"], "unknown flag --data"],
    [["--heads", "5"], "--heads 5 does not divide --width 64"],
    [["--beams", "1"], "--beams expects a whole number from 2 to 32"],
    [["--text", "two dozen"], '--text "two dozen": the model has never seen dozen'],
    [["--text", ","], "there is nothing to translate"],
    [["--load", "/nowhere/t.safetensors"], "--load: cannot read /nowhere/t.safetensors"],
    [["--load", "x", "--width", "32"], "--width cannot change a loaded model"],
  ];
  it.each(refused)("%j is refused before the training starts", async (args, message) => {
    const { code, out, errors } = await run([...args, "--out", file("refused")]);
    expect(errors).toContain(message);
    expect(errors.trim().split("\n")).toHaveLength(1);
    expect(out).not.toContain("perte");
    expect(code).toBe(2);
  });
});

describe("settings and texts", () => {
  it("are those that learn unless flags say otherwise", () => {
    expect(settingsFrom({ seed: 42, quick: false })).toEqual(LEARNING);
    expect(settingsFrom({ seed: 1, quick: true, steps: 3, lr: 0.1 })).toEqual({
      ...QUICK,
      ...{ seed: 1, steps: 3, learningRate: 0.1 },
    });
  });

  it("are read whatever their case; what cannot be read says why in two languages", () => {
    expect(readSource("Eighty-Four")).toEqual(readSource("eighty four"));
    expect(readSource("380,080")).toEqual(readSource("380080"));
    const error = ((): UnreadableError => {
      try {
        readSource("a million");
      } catch (caught) {
        return caught as UnreadableError;
      }
      throw new Error("nothing was thrown");
    })();
    expect(error).toBeInstanceOf(UnreadableError);
    expect(error.message).toContain("has never seen a, million");
    expect(error.reason).toContain("n'a jamais vu a, million");
  });
});

describe("in the lab", () => {
  it("has a field for every setting, and its presets are the command's", () => {
    const fields = notebook.fields.map(({ id }) => id).sort();
    expect(fields).toEqual(Object.keys(LEARNING).sort());
    expect(notebook.presets.map(({ id }) => id)).toEqual(["apprendre", "petit", "rapide"]);
    expect(notebook.presets[0].settings).toEqual(LEARNING);
    expect(notebook.presets[2].settings).toEqual(QUICK);
  });

  it("trains, samples, answers with a table and maps, and goes on from its file", async () => {
    const device = await openDevice("cpu");
    try {
      const session = await notebook.open(
        { ...QUICK, width: 16, batchSize: 4, steps: 4, validateEvery: 4 },
        device,
      );
      const steps: number[] = [];
      const done = await session.run(
        ({ step }) => steps.push(step),
        async () => true,
      );
      expect([done, steps]).toEqual([true, [1, 2, 3, 4]]);
      const voice = { question: "nombre", input: "dozen", options: { beams: 2 } };
      const sample = await session.sample!(voice, async () => false);
      expect(sample).toMatchObject({ given: "nineteen eighty-four  →  " });
      const asked = ["nombre", "84", { beams: 2 }, () => undefined, async () => false] as const;
      const { text, tables, figures } = await session.ask(...asked);
      expect(text).toMatch(/\(\d+,\d\d\s%\) : (juste|faux, c'est quatre-vingt-quatre)\.$/);
      expect(tables![0].rows).toHaveLength(2);
      expect(figures).toHaveLength(QUICK.heads);
      await expect(
        session.ask(
          "nombre",
          "dozen",
          { beams: 2 },
          () => undefined,
          async () => false,
        ),
      ).rejects.toThrow("Impossible : le modèle n'a jamais vu dozen");

      const loaded = await notebook.load(await session.save(), device, undefined, { steps: 6 });
      expect([loaded.step, loaded.steps, loaded.complete]).toEqual([4, 6, false]);
      expect(loaded.history!.steps!.loss).toHaveLength(4);
      await expect(notebook.open({ ...QUICK, heads: 5 }, device)).rejects.toThrow(
        "5 têtes ne se partagent pas",
      );
    } finally {
      device.dispose();
    }
  });
});
