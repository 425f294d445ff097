/** The Transformer course as a command, in Node and Deno on the CPU: what it prints, writes and refuses, and how it is stopped. */
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample, runToEnd } from "./bundle.ts";
import { SECTIONS } from "../../examples/transformer_course/settings.ts";
import { denoExecutable } from "../../scripts/adapters.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = path.join(root, "examples", "transformer_course.ts");

/** The example as one file, which starts in a tenth of the time that tsx takes. */
let bundle = "";
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "wgrad-course-"));
  bundle = path.join(folder, "course.mjs");
  // The code that it prints is read from beside it.
  symlinkSync(path.join(root, "examples", "transformer_course"), path.join(folder, "transformer_course"));
  await bundleExample("transformer_course", bundle);
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

describe("the command", () => {
  it(
    "tells the sections that are asked for, in the course's order, and leaves a report and JSON",
    async () => {
      const args = ["--section", "masques,attention,entrainement,service", "--quick", "--epochs", "2"];
      const { code, out, errors } = await run([...args, "--out", file("out"), "--json", file("out.json")]);
      expect([code, errors]).toEqual([0, ""]);
      const at = ["1. L'attention", "2. Les masques", "3. L'entraînement du cours", "4. Et maintenant"].map(
        (title) => out.replaceAll("\u00a0", " ").indexOf(`\n${title}`),
      );
      expect(at.every((position, i) => position > (at[i - 1] ?? 0))).toBe(true);
      expect(out).toContain("2,2716  3,2716");
      expect(out).toContain("function attend(");
      expect(out).toContain("époque 2/2");
      const json = JSON.parse(readFileSync(file("out.json"), "utf8"));
      expect(Object.keys(json.sections)).toEqual(["attention", "masques", "entrainement", "service"]);
      expect(json.sections.entrainement.losses).toHaveLength(4);
      expect(json.device.kind).toBe("cpu");
      expect(json.settings.epochs).toBe(2);
      const report = readFileSync(path.join(file("out"), "report.html"), "utf8");
      expect(report).toContain("Poids du jouet, divisés par √256");
      expect(report).toContain("--section masques,attention,entrainement,service --quick --epochs 2");
    },
    STARTS_SLOWLY,
  );

  it(
    "runs in Deno as in Node, with the same losses",
    async () => {
      const args = ["--section", "activations,entrainement", "--quick", "--epochs", "2"];
      const [node, deno] = await Promise.all([
        run([...args, "--out", file("node"), "--json", file("node.json")]),
        run([...args, "--out", file("deno"), "--json", file("deno.json")], {
          command: [denoExecutable(), "run", "-A", "--no-lock", script],
        }),
      ]);
      for (const { code, errors } of [node, deno]) expect([code, errors]).toEqual([0, ""]);
      const [a, b] = ["node", "deno"].map((name) => JSON.parse(readFileSync(file(`${name}.json`), "utf8")));
      // One twin, one engine: exponentials may differ in the last bit.
      for (const [i, loss] of a.sections.entrainement.losses.entries())
        expect(b.sections.entrainement.losses[i]).toBeCloseTo(loss, 4);
      expect(deno.out).toContain("function normalised(x: Tensor): Tensor {");
    },
    STARTS_SLOWLY,
  );

  it(
    "takes BERT's pieces from --vocab",
    async () => {
      const pieces = ["[UNK]", "[CLS]", "[SEP]", "you", "hello", ",", "are", "how", "?"];
      writeFileSync(file("vocab.txt"), pieces.join("\r\n"));
      const args = ["--section", "tokens", "--quick", "--vocab", file("vocab.txt")];
      const { code, out, errors } = await run([...args, "--out", file("v"), "--json", file("v.json")]);
      expect([code, errors]).toEqual([0, ""]);
      expect(out).toContain("[1, 4, 5, 7, 6, 3, 8, 2]");
      expect(JSON.parse(readFileSync(file("v.json"), "utf8")).sections.tokens.decoded).toBe(
        "hello, how are you?",
      );
    },
    STARTS_SLOWLY,
  );

  it(
    "stops at Ctrl-C and says how to go on",
    async () => {
      let signalled = false;
      const args = ["--section", "entrainement", "--epochs", "200", "--out", file("cut")];
      const { code, out, errors } = await run(args, {
        watch: (child, text) => {
          if (signalled || !text.includes("époque 1/200")) return;
          signalled = true;
          child.kill("SIGINT");
        },
      });
      expect([code, errors]).toEqual([130, ""]);
      expect(out).toContain("Interrompu.");
      expect(existsSync(path.join(file("cut"), "report.html"))).toBe(false);
    },
    STARTS_SLOWLY,
  );

  it("names its sections", async () => {
    const { code, out } = await run(["--list-sections"]);
    expect([code, out]).toEqual([0, `${SECTIONS.join("\n")}\n`]);
    const help = await run(["--help"]);
    expect(help.code).toBe(0);
    for (const section of SECTIONS) expect(help.out.replace(/\s+/g, " ")).toContain(section);
  });

  const flags: [args: string[], message: string][] = [
    [["--section", "attention,blocks"], 'there is no part "blocks"'],
    [["--full", "--quick"], "--full and --quick exclude each other"],
    [["--vocab", "/nowhere/vocab.txt"], "--vocab: cannot read /nowhere/vocab.txt"],
    [["--vocab", script], "there is no line [UNK]"],
    [["--data", "x"], "unknown flag --data"],
    [["--sction", "x"], "did you mean --section?"],
  ];
  it.each(flags)("refuses %j before anything is computed", async (args, message) => {
    const { code, out, errors } = await run([...args, "--out", file("refused")]);
    expect(errors).toContain(message);
    expect(errors.trim().split("\n")).toHaveLength(1);
    expect([code, out]).toEqual([2, ""]);
  });
});
