/** The Molière example as a command, in Node on the CPU: what it prints, writes, refuses, and how it is resumed. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample } from "./bundle.ts";
import { COMEDIE } from "../../examples/data/comedie.ts";
import { SAMPLE } from "../../examples/moliere/settings.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = path.join(root, "examples", "moliere_lstm.ts");

/** The example as one file, which starts in a tenth of the time that tsx takes; what tsx does is tested once. */
let bundle = "";
let folder = "";

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "wgrad-moliere-"));
  bundle = path.join(folder, "moliere.mjs");
  await bundleExample("moliere_lstm", bundle);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  errors: string;
  /** From the start to the end, in seconds. */
  seconds: number;
}

/** Runs the example to its end; `watch` sees the output as it grows. */
function run(
  args: readonly string[],
  options: { node?: readonly string[]; watch?: (child: ChildProcess, out: string) => void } = {},
): Promise<Ended> {
  const began = performance.now();
  const child = spawn(process.execPath, [...(options.node ?? [bundle]), ...args], {
    cwd: options.node ? root : folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    out += chunk;
    options.watch?.(child, out);
  });
  child.stderr.on("data", (chunk) => (errors += chunk));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, errors, seconds: (performance.now() - began) / 1000 }));
  });
}

/** A path in this run's folder, and what to write there. */
function file(name: string, contents?: string | Uint8Array): string {
  const full = path.join(folder, name);
  if (contents !== undefined) writeFileSync(full, contents);
  return full;
}

/** Flags of a run that takes a fraction of a second. */
const tiny = (out: string, ...more: string[]): string[] => [
  ...["--device", "cpu", "--quick", "--length", "2", "--out", file(out)],
  ...["--window", "12", "--stride", "12", "--batch-size", "8", "--embedding", "4", "--units", "8"],
  ...more,
];

interface RunJson {
  settings: Record<string, unknown>;
  device: Record<string, string>;
  text: string;
  vocabulary: number;
  parameters: number;
  losses: number[];
  accuracies: number[];
  metrics: Record<string, number>;
  samples: { temperature: number; text: string }[];
  seconds: number;
}

function readJson(name: string): RunJson {
  return JSON.parse(readFileSync(file(name), "utf8"));
}

describe("a run", () => {
  it("through tsx: first progress line within 3 s, five texts, the report and the numbers", async () => {
    let firstProgress = Number.POSITIVE_INFINITY;
    const began = performance.now();
    const { code, out, errors } = await run(
      ["--device", "cpu", "--quick", "--length", "30", "--out", file("quick"), "--json", file("quick.json")],
      {
        node: ["--import", "tsx", script],
        watch: (_, text) => {
          if (text.includes("perte"))
            firstProgress = Math.min(firstProgress, (performance.now() - began) / 1000);
        },
      },
    );
    expect(errors).toBe("");
    expect(code).toBe(0);
    // 3 s are promised on two free cores; here other tests may run beside it.
    expect(firstProgress).toBeLessThan(6);
    expect(out).toMatch(/^Appareil : CPU \(TypeScript twins, 32-bit\)\n/);
    expect(out).toContain("La Marmite, comédie écrite pour ce projet");
    // What the notebook shows of its text before it trains.
    expect(out).toContain("Contenu  : environ 394 répliques, 1 438 lignes".replace("1 438", "1\u202f438"));
    expect(out).toContain("Alphabet : ⏎␣!',-.:;?ABCDEG");
    expect(out).toMatch(/^Codage {3}: « LA MARMI » → 19 10 1 20/m);
    const [, input, target] = /entrée « (.*) »\n +cible {2}« (.*) », la même décalée/.exec(out)!;
    expect([...input]).toHaveLength(24);
    expect(target.slice(0, -1)).toBe(input.slice(1));
    expect(out).toMatch(/pas par époque, 12 pas à faire, environ/);
    const titles = [...out.matchAll(/^--- Température (\S+) /gm)].map(([, temperature]) => temperature);
    expect(titles).toEqual(["0,2", "0,5", "0,8", "1,0", "1,3"]);

    const report = /Rapport : (.*)/.exec(out)![1];
    expect(report).toBe(path.join(file("quick"), "report.html"));
    const html = readFileSync(report, "utf8");
    expect(html).toContain("Écrire comme Molière");
    expect(html).toContain("<svg");
    expect(html).toContain("CASCARET");
    expect(readdirSync(path.join(file("quick"), "figures"))).toEqual(["exactitude.svg", "perte.svg"]);
    expect(html).not.toMatch(/(?:src|href)="?https?:/); // it stands alone

    const json = readJson("quick.json");
    expect(json.settings).toMatchObject({ window: 24, units: 32, steps: 12, seed: 42 });
    expect(json.device).toMatchObject({ kind: "cpu", description: "CPU (TypeScript twins, 32-bit)" });
    expect(json.text).toContain("La Marmite");
    expect(json.losses).toHaveLength(12);
    expect(json.accuracies).toHaveLength(12);
    expect(json.metrics.firstLoss).toBe(json.losses[0]);
    // It begins where guessing does, and every run gets better.
    expect(json.losses[0]).toBeCloseTo(Math.log(json.vocabulary), 0);
    expect(json.losses[11]).toBeLessThan(json.losses[0] - 0.5);
    expect(json.parameters).toBeGreaterThan(5000);
    expect(json.seconds).toBeGreaterThan(0);
    expect(json.samples.map(({ temperature }) => temperature)).toEqual([0.2, 0.5, 0.8, 1, 1.3]);
    for (const { text } of json.samples) {
      expect(text.startsWith("Quand l'Amour")).toBe(true);
      expect([...text]).toHaveLength("Quand l'Amour".length + 30);
      expect(out).toContain(text);
    }
  });

  it("repeats to the last digit with the same seed, and differs with another", async () => {
    const runs = [7, 7, 8].map((seed, i) =>
      run(tiny(`seed${i}`, "--steps", "3", "--seed", String(seed), "--json", file(`seed${i}.json`))),
    );
    for (const { code, errors } of await Promise.all(runs)) expect([code, errors]).toEqual([0, ""]);
    const [first, same, other] = [0, 1, 2].map((i) => readJson(`seed${i}.json`));
    expect(same.losses).toEqual(first.losses);
    expect(same.samples).toEqual(first.samples);
    expect(other.losses).not.toEqual(first.losses);
  });

  it("--help shows every flag, within 100 columns, and ends with 0", async () => {
    const { code, out, errors } = await run(["--help"]);
    expect([code, errors]).toEqual([0, ""]);
    const promised =
      "device data seed epochs steps out json quick verify save load help play download window stride";
    const own =
      "batch-size model embedding units layers heads dropout predict lr clip prompt length temperatures sampling experiments compare";
    for (const flag of `${promised} ${own}`.split(" "))
      expect(out).toMatch(new RegExp(`^ +--${flag}\\b`, "m"));
    for (const line of out.split("\n")) expect([...line].length).toBeLessThanOrEqual(100);
    expect(out).toContain("the window forgets what it slid past");
  });
});

describe("texts", () => {
  const csv = [
    "play_name,character,cue",
    `Tartuffe,ORGON,"${COMEDIE.slice(0, 300).replaceAll('"', '""')}"`,
    `Dom Juan,SGANARELLE,"${COMEDIE.slice(300, 900).replaceAll('"', '""')}"`,
  ].join("\n");

  it("a CSV with play_name and cue, all of it or one play", async () => {
    const data = file("cues.csv", csv);
    const [all, one, none] = await Promise.all([
      run(tiny("csv", "--data", data, "--steps", "1", "--prompt", "e")),
      run(tiny("csv1", "--data", data, "--steps", "1", "--prompt", "e", "--play", "tartufe")),
      run(tiny("csv2", "--data", data, "--steps", "1", "--prompt", "e", "--play", "le cid")),
    ]);
    expect([all.code, all.errors]).toEqual([0, ""]);
    expect(all.out).toMatch(/Texte {4}: cues.csv : 2 pièces, 2 répliques/);
    expect(all.out).toContain("Contenu  : 2 pièces, 2 répliques, ");
    expect(none.code).toBe(1);
    expect(none.errors).toContain("Tartuffe");
    // A title that is nearly right is either taken or offered.
    expect(one.out + one.errors).toContain("Tartuffe");
  });

  it("UTF-8 with a byte-order mark, which is no character of the text", async () => {
    const data = file("bom.txt", `\ufeff${"Le roi rit. ".repeat(20)}`);
    const json = file("bom.json");
    const { code, errors } = await run(
      tiny("bom", "--data", data, "--steps", "1", "--prompt", "Le", "--json", json),
    );
    expect([code, errors]).toEqual([0, ""]);
    expect(readJson("bom.json").vocabulary).toBe(new Set("Le roi rit. ").size);
  });

  const refused: [what: string, contents: string | Uint8Array, message: string][] = [
    ["an empty text", "", "erreur : the text is empty"],
    ["a text of spaces", " \n\n ", "erreur : the text is empty"],
    [
      "a text shorter than one window",
      "Le roi rit.",
      "the text has 11 characters, fewer than one window of 12",
    ],
    [
      "Windows-1252",
      Buffer.concat([Buffer.from("Le roi rit. "), Buffer.of(0xe9, 0x74, 0xe9)]),
      "is not UTF-8: byte 0xE9 at offset 12; convert it first: iconv",
    ],
    ["UTF-16", Buffer.from("\ufeffLe roi rit.", "utf16le"), "iconv -f UTF-16"],
  ];
  for (const [what, contents, message] of refused)
    it(`${what} is refused`, async () => {
      const name = `${what.replaceAll(" ", "_")}.txt`;
      const { code, errors } = await run(tiny("refused", "--data", file(name, contents)));
      expect(errors).toContain(message);
      expect(errors.trim().split("\n")).toHaveLength(1);
      expect(code).toBe(1);
    });

  it("a file that is not there is refused", async () => {
    const { code, errors } = await run(tiny("missing", "--data", file("none.txt")));
    expect(errors).toContain("none.txt: no such file");
    expect(code).toBe(1);
  });
});

describe("what is refused before the training starts", () => {
  const flags: [args: string[], message: string][] = [
    [["--devise", "cpu"], "unknown flag --devise; did you mean --device?"],
    [["--device", "gpu"], 'got "gpu"; did you mean webgpu?'],
    [["--steps", "0"], "--steps expects a whole number ≥ 1"],
    [["--lr", "0,01"], "write 0.01"],
    [["--temperatures", "0.5,zero"], "--temperatures expects numbers above 0"],
    [["--load", "/nowhere/a.safetensors"], "--load: cannot read /nowhere/a.safetensors"],
    [["--prompt", "Quand Ж"], 'lacks "Ж" (U+0416) at position 6'],
    [["--prompt", "Çà"], 'lacks "Ç" (U+00C7) at position 0; the nearest it has: "ç" or "C"'],
    [["--prompt="], "--prompt expects"],
    [["--model", "rnn"], "--model expects lstm, gru or transformer"],
    [
      ["--experiments", "--save", "a.safetensors"],
      "--experiments trains models of its own; leave --save out",
    ],
    [["--compare", "/nowhere/b.safetensors"], "--compare: cannot read /nowhere/b.safetensors"],
  ];
  it.each(flags)("%j", async (args, message) => {
    const { code, out, errors } = await run([...tiny("flags"), ...args]);
    expect(errors).toContain(message);
    expect(errors.trim().split("\n")).toHaveLength(1);
    expect(out).not.toContain("époque 1");
    expect(code).toBe(2);
  });

  it("an --out, --json or --save that cannot be written", async () => {
    const taken = file("taken", "a file");
    mkdirSync(file("closed"));
    chmodSync(file("closed"), 0o500);
    const wrong = [
      ["--out", path.join(taken, "below")],
      ["--json", path.join(taken, "run.json")],
      ["--json", file("closed")],
      ["--save", path.join(taken, "model.safetensors")],
      ["--save", "/proc/none/model.safetensors"],
    ];
    // The superuser may write anywhere.
    if (process.getuid?.() !== 0) wrong.push(["--out", path.join(file("closed"), "out")]);
    for (const ended of await Promise.all(wrong.map((args) => run([...tiny("unwritable"), ...args])))) {
      expect(ended.errors).toMatch(/^erreur : cannot write .*; (choose|free)/);
      expect(ended.out).not.toContain("époque 1");
      expect(ended.code).toBe(1);
    }
    expect(readFileSync(taken, "utf8")).toBe("a file");
  });

  it("a checkpoint that is damaged, of another model, or of another text", async () => {
    const saved = file("whole.safetensors");
    const first = await run(tiny("saved", "--steps", "2", "--save", saved));
    expect([first.code, first.errors]).toEqual([0, ""]);
    const bytes = readFileSync(saved);
    const cut = file("cut.safetensors", bytes.subarray(0, bytes.length - 40));
    const text = file("other.txt", "Le roi rit. ".repeat(40));
    const base = ["--device", "cpu", "--out", file("loaded")];
    const wrong: [args: string[], message: string][] = [
      [["--load", cut], "cut.safetensors"],
      [["--load", saved, "--units", "9"], "whole.safetensors is of another model: "],
      [["--load", saved, "--model", "gru"], "whole.safetensors is of another model: "],
      [["--compare", cut], "cut.safetensors"],
      [
        [
          "--compare",
          saved,
          "--data",
          file("greek.txt", "Ωmega ".repeat(40)),
          "--prompt",
          "Ω",
          ...tiny("greek"),
        ],
        'lacks "Ω"',
      ],
      [["--load", saved, "--data", text, "--prompt", "Le"], "was trained on another text"],
      [["--load", file("text.safetensors", "no checkpoint")], "text.safetensors"],
    ];
    const ended = await Promise.all(wrong.map(([args]) => run([...base, ...args])));
    ended.forEach(({ code, out, errors }, i) => {
      expect(errors).toContain(wrong[i][1]);
      expect(errors.trim().split("\n")).toHaveLength(1);
      expect(out).not.toContain("époque 1");
      expect(code).toBe(1);
    });
    expect(readFileSync(saved).equals(bytes)).toBe(true);
  });
});

describe("Ctrl-C and what follows", () => {
  it("leaves a checkpoint, prints the command that resumes, and the losses come out the same", async () => {
    // Enough work for a signal to arrive in the middle on any machine.
    const steps = ["--steps", "60", "--prompt", "Quand l'Amour", "--units", "40", "--batch-size", "16"];
    const whole = await run(tiny("whole", ...steps, "--json", file("whole.json")));
    expect([whole.code, whole.errors]).toEqual([0, ""]);

    let signalled = false;
    const args = tiny("cut", ...steps, "--json", file("cut.json"));
    const stopped = await run(args, {
      watch: (child, out) => {
        if (signalled || !out.includes("perte")) return;
        signalled = true;
        // A terminal and tsx pass on the same Ctrl-C.
        child.kill("SIGINT");
        setTimeout(() => child.kill("SIGINT"), 10);
      },
    });
    expect(stopped.errors).toBe("");
    expect(stopped.code).toBe(130);
    expect(existsSync(file("cut.json"))).toBe(false);
    const checkpoint = path.join(file("cut"), "moliere.safetensors");
    expect(stopped.out).toContain(`Point de reprise : ${checkpoint}\n`);
    expect(existsSync(checkpoint)).toBe(true);
    const command = /Pour continuer {3}: npm start -- (.*)/.exec(stopped.out)![1];

    // As a shell reads it, quotes and all.
    const resumed = await new Promise<{ code: number | null; out: string }>((resolve) => {
      const child = spawn("sh", ["-c", `"${process.execPath}" "${bundle}" ${command}`], { cwd: folder });
      let out = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (out += chunk));
      child.on("close", (code) => resolve({ code, out }));
    });
    expect(resumed.code).toBe(0);
    const left = Number(/, (\d+) pas à faire/.exec(resumed.out)![1]);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(60);
    const [expected, got] = [readJson("whole.json"), readJson("cut.json")];
    expect(got.losses).toEqual(expected.losses);
    expect(got.accuracies).toEqual(expected.accuracies);
    expect(got.samples).toEqual(expected.samples);
    expect(got.settings).toEqual(expected.settings);
  });

  it("goes on for more steps than the first run was given", async () => {
    const saved = file("short.safetensors");
    const base = ["--device", "cpu", "--length", "2", "--out", file("longer")];
    const first = await run(tiny("short", "--steps", "3", "--save", saved, "--json", file("short.json")));
    expect(first.code).toBe(0);
    const second = await run([...base, "--load", saved, "--steps", "5", "--json", file("longer.json")]);
    expect([second.code, second.errors]).toEqual([0, ""]);
    const [short, longer] = [readJson("short.json"), readJson("longer.json")];
    expect(longer.losses).toHaveLength(5);
    expect(longer.losses.slice(0, 3)).toEqual(short.losses);
    expect(longer.settings).toEqual({ ...short.settings, steps: 5 });
  });
});

describe("a loss that is not a number", () => {
  const diverging = ["--steps", "8", "--lr", "1e38", "--clip", "0"];

  it("stops the run with the way out, and what was written before stays", async () => {
    const saved = file("kept.safetensors", "from before");
    const json = file("kept.json", "from before");
    const { code, errors } = await run(tiny("nan", ...diverging, "--save", saved, "--json", json));
    expect(errors).toMatch(
      /^erreur : the loss is NaN at step \d: training diverged; use a smaller --lr or --clip 1/,
    );
    expect(code).toBe(1);
    for (const path of [saved, json]) expect(readFileSync(path, "utf8")).toBe("from before");
  });

  it("is traced to the first kernel with --verify", async () => {
    const { code, errors } = await run(tiny("nan", ...diverging, "--verify"));
    expect(errors).toMatch(
      /^erreur : verify: launch \d+, kernel \w+: \w+\[\d+\] is NaN while its inputs have none/,
    );
    expect(code).toBe(1);
  });
});

describe("settings", () => {
  it("the sample's are those of the report, unless flags say otherwise", async () => {
    const json = file("settings.json");
    const args = ["--device", "cpu", "--length", "1", "--out", file("settings"), "--json", json];
    const { code } = await run([...args, "--steps", "1", "--window", "20", "--batch-size", "2"]);
    expect(code).toBe(0);
    expect(readJson("settings.json").settings).toEqual({
      ...SAMPLE,
      steps: 1,
      window: 20,
      batchSize: 2,
    });
  });
});

describe("the notebook's exercises", () => {
  it("a GRU, and a larger model beside it", async () => {
    const larger = file("larger.safetensors");
    const saved = await run(tiny("larger", "--units", "12", "--steps", "2", "--save", larger));
    expect([saved.code, saved.errors]).toEqual([0, ""]);
    const json = file("gru.json");
    const { code, out, errors } = await run(
      tiny("gru", "--model", "gru", "--steps", "2", "--compare", larger, "--json", json),
    );
    expect([code, errors]).toEqual([0, ""]);
    const { settings, comparison } = JSON.parse(readFileSync(json, "utf8"));
    expect(settings.model).toBe("gru");
    expect(comparison.map(({ name }: { name: string }) => name)).toEqual([
      "le nôtre (GRU 8)",
      "larger.safetensors (LSTM 12)",
    ]);
    for (const { name, text } of comparison) {
      expect([...text]).toHaveLength("Quand l'Amour".length + 150);
      expect(out).toContain(`${name}\n\n${text}`);
    }
    expect(out).toMatch(/Ce qui manque à cette comparaison :\n {2}GPT-2 small/);
    expect(readFileSync(/Rapport : (.*)/.exec(out)![1], "utf8")).toContain(
      "À côté d&#39;un plus grand modèle",
    );
  });

  it("a Transformer, and an LSTM of its size beside it", async () => {
    const json = file("transformer.json");
    const { code, out, errors } = await run(
      tiny("transformer", "--model", "transformer", "--heads", "2", "--steps", "2", "--json", json),
    );
    expect([code, errors]).toEqual([0, ""]);
    const { settings, parameters, losses, beside } = JSON.parse(readFileSync(json, "utf8"));
    expect(settings).toMatchObject({ model: "transformer", heads: 2, layers: 2 });
    const [transformer, lstm] = beside;
    expect(transformer).toMatchObject({ parameters, losses });
    expect(lstm.settings).toMatchObject({ model: "lstm", layers: 1, window: settings.window, steps: 2 });
    expect(lstm.losses).toHaveLength(2);
    for (const { name, sample } of beside) {
      expect(out).toContain(`│ ${name} `);
      expect(out).toContain(`${name}\n\n${sample}`);
    }
    expect(readFileSync(/Rapport : (.*)/.exec(out)![1], "utf8")).toContain("À côté d&#39;un LSTM");
  });

  it("--experiments: a table, a report with a chart for each group, and the numbers", async () => {
    const json = file("experiments.json");
    const { code, out, errors } = await run(
      tiny("experiments", "--experiments", "--steps", "2", "--json", json),
    );
    expect([code, errors]).toEqual([0, ""]);
    const { experiments } = JSON.parse(readFileSync(json, "utf8"));
    expect(experiments.map(({ name }: { name: string }) => name)).toEqual([
      "référence",
      ...["fenêtre 8", "fenêtre 20", "fenêtre 30", "embedding 2", "embedding 8", "4 unités", "16 unités"],
      ...["2 couches", "GRU", "dernier caractère seul"],
    ]);
    for (const { name, losses, sample } of experiments) {
      expect(losses).toHaveLength(2);
      expect(sample.startsWith("Quand l'Amour")).toBe(true);
      expect(out).toContain(`│ ${name} `);
    }
    expect(out).toContain("• La perte la plus basse : ");
    expect(readdirSync(path.join(file("experiments"), "figures"))).toHaveLength(5);
  });

  it("Ctrl-C in the middle of the experiments leaves those that are done", async () => {
    let signalled = false;
    const { code, out } = await run(
      tiny("some", "--experiments", "--steps", "40", "--json", file("some.json")),
      {
        watch: (child, text) => {
          if (signalled || !text.includes("\n3. ")) return;
          signalled = true;
          child.kill("SIGINT");
        },
      },
    );
    expect(code).toBe(130);
    expect(out).toContain("│ fenêtre 8 ");
    const { experiments } = JSON.parse(readFileSync(file("some.json"), "utf8"));
    expect(experiments.length).toBeGreaterThanOrEqual(2);
    expect(experiments.length).toBeLessThan(11);
  });
});
