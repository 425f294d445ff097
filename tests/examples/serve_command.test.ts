/** `npm run serve` as a command, in Node and in Deno: what it says, answers, refuses, and how it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample } from "./bundle.ts";
import { QUICK } from "../../examples/moliere/settings.ts";
import { MoliereTraining } from "../../examples/moliere/training.ts";
import { NOTEBOOK } from "../../examples/parite/settings.ts";
import { ParityTraining } from "../../examples/parite/training.ts";
import { runtimeCommand } from "../../scripts/adapters.ts";
import { openDevice } from "../../src/index.ts";

let folder = "";
const file = (name: string): string => path.join(folder, name);
/** The example as one file, which starts in a tenth of the time that tsx takes. */
const bundle = (): string => file("serve.mjs");

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "wgrad-serve-"));
  const device = await openDevice("cpu");
  const writer = new MoliereTraining("Le chat noir dort.\nLe chien court.\n".repeat(4), QUICK, device);
  writeFileSync(file("writer.safetensors"), await writer.checkpoint());
  const parity = await ParityTraining.start({ ...NOTEBOOK, units: 8, embedding: 8 }, device);
  writeFileSync(file("parity.safetensors"), await parity.checkpoint());
  writeFileSync(file("letter.safetensors"), "Bonjour");
  device.dispose();
  await bundleExample("serve", bundle());
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const RUNTIMES: Record<string, () => string[]> = {
  node: () => [process.execPath, bundle()],
  deno: () => {
    const { command, args } = runtimeCommand("deno", bundle());
    return [command, ...args];
  },
};

interface Run {
  readonly child: ChildProcess;
  out(): string;
  readonly ended: Promise<{ code: number | null; out: string; errors: string }>;
}

function start(command: readonly string[], args: readonly string[]): Run {
  const child = spawn(command[0], [...command.slice(1), "--device", "cpu", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
  });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (errors += chunk));
  const ended = new Promise<{ code: number | null; out: string; errors: string }>((resolve) => {
    child.on("close", (code) => resolve({ code, out, errors }));
  });
  return { child, out: () => out, ended };
}

/** Starts the server on a free port and waits until it listens. */
async function serve(
  command: readonly string[],
  args: readonly string[],
): Promise<Run & { address: string }> {
  const run = start(command, ["--port", "0", ...args]);
  const listens = expect.poll(() => run.out(), { timeout: 15_000 }).toMatch(/Ctrl-C pour arrêter\.\n/);
  const early = run.ended.then(({ errors }) => {
    throw new Error(`it ended before it listened: ${errors}`);
  });
  early.catch(() => undefined);
  await Promise.race([listens, early]);
  return { ...run, address: /Le serveur : (\S+)/.exec(run.out())![1] };
}

const post = (address: string, where: string, body: object): Promise<Response> =>
  fetch(`${address}${where}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

for (const runtime of ["node", "deno"])
  describe(runtime, () => {
    it("serves a saved model, and on Ctrl-C lets a text be written to its end", async () => {
      const args = ["--model", file("writer.safetensors")];
      const { child, ended, address } = await serve(RUNTIMES[runtime](), args);
      const answer = await (await post(address, "/predict", { text: "Le ch" })).json();
      expect(answer.predicted_class).toBeTypeOf("number");
      expect((await post(address, "/predict", { txt: "Le" })).status).toBe(422);
      expect((await fetch(`${address}/predict`)).status).toBe(405);
      const tooLarge = await post(address, "/predict", { text: "a".repeat(500_000) });
      expect(tooLarge.status).toBe(413);
      expect((await fetch(address)).headers.get("content-type")).toMatch(/html/);

      const streamed = await post(address, "/generate", { text: "Le ch", max_tokens: 150, stream: true });
      const reader = streamed.body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = (await reader.read()).value!;
      expect(text).not.toContain("done");
      child.kill("SIGINT");
      for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
      expect(text.match(/"token"/g)).toHaveLength(150);
      expect(text).toContain('"done":true');
      await expect(fetch(`${address}/health`)).rejects.toThrow();
      const { code, out, errors } = await ended;
      expect(errors).toBe("");
      expect(code).toBe(0);
      expect(out).toContain("Arrêt demandé : 1 réponse(s) en cours");
      expect(out).toContain("Toutes les réponses sont parties.");
      expect(out).toMatch(/POST \/predict +200/);
    });

    it("a client that leaves: its text is given up", async () => {
      const args = ["--model", file("writer.safetensors"), "--linger", "10"];
      const { child, ended, address, out } = await serve(RUNTIMES[runtime](), args);
      const controller = new AbortController();
      const response = await fetch(`${address}/generate`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: '{"text":"Le","max_tokens":1000,"stream":true}',
        signal: controller.signal,
      });
      await response.body!.getReader().read();
      controller.abort();
      await expect.poll(out, { timeout: 8000 }).toMatch(/POST \/generate +499/);
      child.kill("SIGTERM");
      expect((await ended).code).toBe(0);
    });

    it("50 clients of its own load test, each with the own answer", async () => {
      const args = ["--model", file("parity.safetensors"), "--quiet"];
      const { child, ended, address } = await serve(RUNTIMES[runtime](), args);
      const json = file(`${runtime}.json`);
      const clients = ["--load-test", address, "--clients", "50", "--seconds", "0.5", "--json", json];
      const { code, out, errors } = await start(RUNTIMES[runtime](), clients).ended;
      expect(errors).toBe("");
      expect(code).toBe(0);
      expect(out).toMatch(/Réponses d'un autre {2}0\n/);
      const result = JSON.parse(readFileSync(json, "utf8"));
      expect(result).toMatchObject({ clients: 50, failures: [], mixed: 0 });
      expect(result.answered).toBeGreaterThanOrEqual(50);
      expect(result.rowsPerBatch).toBeGreaterThan(2);
      child.kill("SIGINT");
      const { out: told } = await ended;
      const { rows } = /(?<rows>[\d\s]+) ligne\(s\)/.exec(told)!.groups!;
      // Each text was asked alone once before.
      expect(Number(rows.replace(/\s/g, ""))).toBeGreaterThan(result.answered);
    });
  });

describe("what it refuses", () => {
  const refused: [string, string[], RegExp, number][] = [
    ["a file that is not there", ["--model", "nowhere"], /--model: cannot read nowhere/, 2],
    ["a file that is no model", ["--model", "letter.safetensors"], /letter\.safetensors/, 1],
    ["a writer that does not write", ["--writer", "parity.safetensors"], /does not write/, 2],
    ["a port that is none", ["--port", "70000"], /--port expects a whole number from 0 to 65535/, 2],
    ["a flag of the other examples", ["--load", "a"], /unknown flag --load/, 2],
    ["a server that is none", ["--load-test", "http://127.0.0.1:9"], /nothing that speaks/, 2],
  ];
  for (const [what, args, reason, expected] of refused)
    it(what, async () => {
      const { code, errors } = await start(RUNTIMES.node(), args).ended;
      expect(errors.trimEnd()).toMatch(reason);
      expect(errors.trimEnd()).not.toContain("\n");
      expect(code).toBe(expected);
    });

  for (const runtime of ["node", "deno"])
    it(`a port that is taken, in ${runtime}`, async () => {
      const first = await serve(RUNTIMES.node(), ["--model", file("parity.safetensors")]);
      const { port } = new URL(first.address);
      const args = ["--model", file("parity.safetensors"), "--port", port];
      const { code, errors } = await start(RUNTIMES[runtime](), args).ended;
      expect(errors).toMatch(new RegExp(`^erreur : le port ${port} de 127\\.0\\.0\\.1 est déjà pris`));
      expect(code).toBe(1);
      first.child.kill("SIGINT");
      await first.ended;
    });
});

it("without a file it trains something to serve; a second Ctrl-C does not wait", {
  timeout: 60_000,
}, async () => {
  const run = start(RUNTIMES.node(), ["--port", "0"]);
  await expect.poll(run.out, { timeout: 50_000 }).toMatch(/Ctrl-C pour arrêter\.\n/);
  const address = /Le serveur : (\S+)/.exec(run.out())![1];
  const happy = await (await post(address, "/predict", { text: "I love this product!" })).json();
  expect(happy).toMatchObject({ predicted_class: 1, label: "positif" });
  const sad = await (await post(address, "/predict", { text: "A terrible waste of money" })).json();
  expect(sad).toMatchObject({ predicted_class: 0, label: "négatif" });
  const writing = post(address, "/generate", { text: "Le", max_tokens: 1000 });
  await expect
    .poll(async () => (await (await fetch(`${address}/health`)).json()).in_flight, { timeout: 5000 })
    .toBe(2);
  run.child.kill("SIGINT");
  await expect.poll(run.out).toContain("Un second Ctrl-C n'attend pas");
  await new Promise((resolve) => setTimeout(resolve, 600));
  run.child.kill("SIGINT");
  await expect(writing.then((response) => response.text())).rejects.toThrow();
  const { code, out } = await run.ended;
  expect(code).toBe(0);
  expect(out).toContain("1 réponse(s) interrompue(s)");
});
