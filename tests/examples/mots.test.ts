/** The word example: corpus, targets and settings, and the example as a command in Node on the CPU. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample } from "./bundle.ts";
import { PHRASES } from "../../examples/data/phrases.ts";
import { inputRow, joinWords, readCorpus, sentencesOf, tokenize } from "../../examples/mots/corpus.ts";
import { loadSentences } from "../../examples/mots/files.ts";
import { sectionsFrom, SECTIONS, settingsFrom } from "../../examples/mots/flags.ts";
import { notebook } from "../../examples/mots/lab.ts";
import { promptsFor } from "../../examples/mots/prompts.ts";
import { NOTEBOOK, QUICK, REDUCED } from "../../examples/mots/settings.ts";
import { SimpleLLM } from "../../examples/mots/simple_llm.ts";
import {
  cutAtRandom,
  cutEverywhere,
  cutLastWord,
  oneAnswer,
  shiftedAnswers,
} from "../../examples/mots/targets.ts";
import { accuraciesOf, likeliest, PADDING, WordTraining } from "../../examples/mots/training.ts";
import { frequentWords, sentenceVector, similarSentences } from "../../examples/mots/vectors.ts";
import { Generator, packCheckpoint, useDevice } from "../../src/index.ts";

const SENTENCES = ["L’eau est froide", "Viens-tu demain", "Le chat dort sur le lit"];
const corpus = readCorpus(SENTENCES.join("\n"));

describe("the corpus", () => {
  it("has sorted words from id 1, elisions and inversions split", () => {
    expect(corpus.words[0]).toEqual(["l’", "eau", "est", "froide"]);
    expect(corpus.words[1]).toEqual(["viens", "-", "tu", "demain"]);
    const { words } = corpus.vocabulary;
    expect(words).toEqual([...words].sort((a, b) => (a < b ? -1 : 1)));
    expect([words[0], corpus.vocabulary.id("-"), corpus.vocabulary.size]).toEqual(["-", 1, words.length + 1]);
    expect(corpus.longest).toBe(6);
  });

  it("puts spaces in order, leaves out lines without two words, refuses a text without any", () => {
    expect(sentencesOf(" Un  deux  \r\n\r\nseul\nTrois quatre")).toEqual(["un deux", "trois quatre"]);
    expect(() => readCorpus("mot\n\nmot")).toThrow("no line of two words or more");
  });

  it("reads beginnings in any case and with either apostrophe, and names words that it lacks", () => {
    expect(Array.from(tokenize(corpus.vocabulary, "L'EAU est"))).toEqual(
      Array.from(corpus.ids[0].subarray(0, 3)),
    );
    expect(() => tokenize(corpus.vocabulary, "le chien")).toThrow('"chien"');
    expect(() => tokenize(corpus.vocabulary, "  ")).toThrow("the beginning is empty");
    expect(Array.from(inputRow([1, 2, 3, 4], 3).data)).toEqual([2, 3, 4]);
    expect(Array.from(inputRow([1, 2], 4).data)).toEqual([1, 2, 0, 0]);
    expect(joinWords(["l’", "eau", "a", "-t", "-elle"])).toBe("l’eau a-t-elle");
  });

  it("of the project: 154 different sentences, whose prompts it knows", () => {
    const sample = readCorpus(PHRASES);
    expect([sample.sentences.length, new Set(sample.sentences).size]).toEqual([154, 154]);
    expect([sample.vocabulary.size, sample.longest]).toEqual([448, 11]);
    const prompts = promptsFor(sample);
    expect(prompts.lastWord[1]).toBe("Nous marcherons sur la plage jusqu’au coucher du");
    for (const text of [
      ...prompts.lastWord,
      prompts.row,
      prompts.short.text,
      ...prompts.llm.map((p) => p.text),
    ])
      expect(() => tokenize(sample.vocabulary, text)).not.toThrow();
    // Another corpus gets beginnings of its own sentences, and the user's first.
    expect(promptsFor(corpus, "le chat").lastWord).toEqual(["le chat", "l’eau est", "viens-tu"]);
  });
});

describe("targets", () => {
  const ids = [Int32Array.of(5, 6, 7, 8), Int32Array.of(1, 2)];

  it("of the last word, and of every word with the answer behind the padding", () => {
    const one = oneAnswer(cutLastWord(ids), 4);
    expect([Array.from(one.x.data), one.x.shape]).toEqual([
      [5, 6, 7, 0, 1, 0, 0, 0],
      [2, 4],
    ]);
    expect([Array.from(one.targets.data), one.targets.shape]).toEqual([[8, 2], [2]]);
    const every = shiftedAnswers(cutLastWord(ids), 4);
    expect(Array.from(every.targets.data)).toEqual([6, 7, 0, 8, 0, 0, 0, 2]);
    expect(every.targets.shape).toEqual([2, 4]);
  });

  it("at random places: every sentence as often as asked, every cut possible, no empty beginning", () => {
    const { beginnings, answers } = cutAtRandom(ids, 100, new Generator(1));
    expect([beginnings.length, answers.length]).toEqual([200, 200]);
    const seen = new Set(beginnings.map((ids, i) => `${Array.from(ids)} → ${answers[i]}`));
    expect([...seen].sort()).toEqual(["1 → 2", "5 → 6", "5,6 → 7", "5,6,7 → 8"]);
    const all = cutEverywhere(ids);
    expect(all.beginnings.map((ids, i) => `${Array.from(ids)} → ${all.answers[i]}`).sort()).toEqual(
      [...seen].sort(),
    );
  });
});

describe("settings", () => {
  const flags = { full: false, quick: false, seed: 42, embedding: 128, units: 64 };

  it("are reduced, the notebook's or quick, with single flags on top", () => {
    expect(settingsFrom(flags)).toEqual(REDUCED);
    expect(settingsFrom({ ...flags, full: true })).toEqual(NOTEBOOK);
    expect(settingsFrom({ ...flags, quick: true })).toEqual(QUICK);
    const own = settingsFrom({ ...flags, epochs: 3, repeats: 7, lr: 0.1, batchSize: 5, sentences: 9 });
    expect(own.tasks.llm).toEqual({ epochs: 3, repeats: 7, learningRate: 0.1, batchSize: 5, sentences: 9 });
    expect(own.tasks["dernier-mot"].repeats).toBe(1);
    expect(() => settingsFrom({ ...flags, full: true, quick: true })).toThrow("--full and --quick exclude");
  });

  it("name the sections", () => {
    expect([...sectionsFrom("tout")]).toEqual([...SECTIONS]);
    expect([...sectionsFrom("lstm, llm")]).toEqual(["lstm", "llm"]);
    expect(() => sectionsFrom("lstm,gru")).toThrow('no part "gru"; they are tout, tokens');
  });
});

describe("models", () => {
  const small = { ...QUICK, embedding: 6, units: 5, seed: 3 };

  it("have the notebook's layers: 220,792 parameters at 1,080 ids, an output of (15, 1080)", async () => {
    const device = await useDevice("cpu");
    const vocabulary = { ...corpus.vocabulary, size: 1080 } as typeof corpus.vocabulary;
    const wide = { ...corpus, vocabulary, longest: 16 };
    const one = new WordTraining("dernier-mot", wide, NOTEBOOK, device);
    // 1,080·128 + (128 + 64 + 1)·64 + 65·1,080
    expect(one.model.countParams()).toBe(138_240 + 12_352 + 70_200);
    expect(new WordTraining("sequence", wide, NOTEBOOK, device).model.outputShape).toEqual([null, 15, 1080]);
    const three = new WordTraining(
      "coupe",
      wide,
      { ...NOTEBOOK, tasks: { ...NOTEBOOK.tasks, coupe: { ...NOTEBOOK.tasks.coupe, repeats: 1 } } },
      device,
    );
    expect(three.model.layers).toHaveLength(5);
    expect(three.model.countParams()).toBe(138_240 + 12_352 + 2 * 8_256 + 70_200);
  });

  it("count right answers three ways, as a loop over probabilities does", async () => {
    const device = await useDevice("cpu");
    const training = new WordTraining("sequence", corpus, small, device);
    await training.fit({ epochs: 30 });
    const { x, targets } = training.examples;
    const { data } = await training.model.predict(x, { verbose: 0 });
    const classes = corpus.vocabulary.size;
    const right = Array.from(targets.data, (target, i) => {
      const row = Array.from(data.subarray(i * classes, (i + 1) * classes));
      return row.indexOf(Math.max(...row)) === target ? 1 : 0;
    });
    const share = (which: (target: number, i: number) => boolean): number => {
      const kept = right.filter((_, i) => which(targets.data[i], i));
      return kept.reduce<number>((sum, hit) => sum + hit, 0) / kept.length;
    };
    const found = await accuraciesOf(training.model, training.examples, device, 2);
    expect(found.keras).toBeCloseTo(
      share(() => true),
      12,
    );
    expect(found.words).toBeCloseTo(
      share((target) => target !== 0),
      12,
    );
    expect(found.last).toBeCloseTo(
      share((_, i) => i % 5 === 4),
      12,
    );
    expect(found.words).not.toBe(found.keras);
  });

  it("stop when the gate says so, and keep whole epochs only", async () => {
    const training = new WordTraining("lstm", corpus, small, await useDevice("cpu"));
    let asked = 0;
    const gate = async (): Promise<boolean> => ++asked < 3;
    expect(await training.fit({ epochs: 9, gate })).toBe(false);
    expect(asked).toBe(3);
    expect(training.history.loss).toHaveLength(2);
    expect(await training.fit({ epochs: 1 })).toBe(true);
    expect(training.history.loss).toHaveLength(3);
  });

  it("guess words by probability; perplexity is near the vocabulary's size before training", async () => {
    const training = new WordTraining("lstm", corpus, small, await useDevice("cpu"));
    const guesses = await training.guess("le chat", 3);
    expect(guesses).toHaveLength(3);
    expect(guesses[0].probability).toBeGreaterThanOrEqual(guesses[1].probability);
    const perplexity = await training.perplexity(corpus.ids);
    expect(Math.abs(perplexity / corpus.vocabulary.size - 1)).toBeLessThan(0.1);
    expect(likeliest([0.1, 0.2, 0.7], corpus.vocabulary, 2).map(({ word }) => word)).toEqual([
      corpus.vocabulary.words[1],
      corpus.vocabulary.words[0],
    ]);
    expect(likeliest([1, 0], corpus.vocabulary, 1)).toEqual([{ word: PADDING, probability: 1 }]);
  });
});

describe("vectors", () => {
  it("of sentences are means, and find the sentence most alike", () => {
    const size = corpus.vocabulary.size;
    const table = {
      data: Float32Array.from({ length: 2 * size }, (_, i) => (i % 2 === 0 ? i / 2 : 1)),
      shape: [size, 2],
    };
    const vectors = { table, vocabulary: corpus.vocabulary };
    const [a, b] = [corpus.vocabulary.id("le")!, corpus.vocabulary.id("lit")!];
    expect(Array.from(sentenceVector(vectors, ["le", "lit", "absent"])!)).toEqual([(a + b) / 2, 1]);
    expect(sentenceVector(vectors, ["absent"])).toBeUndefined();
    expect(similarSentences(vectors, corpus, 0, 1).rows).toHaveLength(1);
    expect(frequentWords(corpus, corpus.vocabulary, 1)).toEqual(["le"]);
  });
});

describe("SimpleLLM", () => {
  it("says what to call first, and refuses other files", async () => {
    const llm = new SimpleLLM();
    expect(llm.padLength).toBe(12);
    expect(() => llm.tokenize("le")).toThrow("call fitTokenizer(corpus) first");
    llm.fitTokenizer(SENTENCES.join("\n"));
    expect([llm.vocabulary.size, llm.padLength]).toEqual([11, 5]);
    expect(llm.decode([0, llm.tokenize("L’eau")[0]])).toEqual(["<end>", "l’eau"]);
    await expect(llm.predict("le chat")).rejects.toThrow("call buildModel() and fit() first");
    const other = packCheckpoint({ model: new Map(), optimizer: new Map(), state: {} });
    expect(() => SimpleLLM.load(other, { where: "x.safetensors" })).toThrow(
      "x.safetensors: a checkpoint, but not one",
    );
  });

  it("asks for <end> behind the last word only where it shall stop", () => {
    const answers = (endToken: boolean): number[] => {
      const llm = new SimpleLLM({ endToken, seed: 5 }).fitTokenizer(SENTENCES.join("\n"));
      const { targets } = llm.examples(40);
      return Array.from(targets.data).filter((_, i) => i % llm.padLength === llm.padLength - 1);
    };
    expect(answers(false)).not.toContain(0);
    expect(answers(true)).toContain(0);
  });
});

describe("the lab", () => {
  const never = async (): Promise<boolean> => false;
  const go = async (): Promise<boolean> => true;
  const data = new TextEncoder().encode(PHRASES.split("\n").slice(0, 20).join("\n"));
  const small = { ...notebook.presets.at(-1)!.settings, embedding: 8, units: 8, epochs: 2, batchSize: 8 };

  it("has presets with a value for every field, and no others", () => {
    const ids = notebook.fields.map(({ id }) => id).sort();
    for (const { settings } of notebook.presets) expect(Object.keys(settings).sort()).toEqual(ids);
    expect(notebook.presets.map(({ id }) => id)).toEqual(expect.arrayContaining(["carnet", "rapide"]));
    for (const { id, defaults = {}, options = [] } of notebook.questions)
      expect(Object.keys(defaults), id).toEqual(options.map((option) => option.id));
  });

  it("trains each model, answers, draws, and goes on after a stop, saving and loading", async () => {
    const device = await useDevice("cpu");
    for (const task of ["dernier-mot", "lstm", "llm"]) {
      const session = await notebook.open({ ...small, task }, device, data);
      const seen: string[] = [];
      let gates = 0;
      const stopped = await session.run(
        ({ step, epoch, epochValues }) => seen.push(`${epoch}.${step}${epochValues ? "!" : ""}`),
        async () => ++gates <= 4,
      );
      // 20 rows in lots of 8, so three steps an epoch; the gate's fifth answer ends the run after that step.
      expect([stopped, session.step, session.steps, session.complete]).toEqual([false, 3, 6, false]);
      expect(seen).toEqual(["1.1", "1.2", "1.3", "1.3!", "2.4", "2.5"]);
      const loaded = await notebook.load(await session.save(), device, undefined, { epochs: 3 });
      expect([loaded.step, loaded.steps, loaded.parameters]).toEqual([3, 9, session.parameters]);
      expect(await loaded.run(() => undefined, go)).toBe(true);
      expect([loaded.complete, loaded.history!.epochs!.loss.length]).toEqual([true, 3]);

      const pieces: string[] = [];
      const answer = await loaded.ask(
        "continuer",
        "le train",
        { words: 3 },
        (piece) => pieces.push(piece),
        never,
      );
      expect(pieces[0]).toBe("le train");
      expect(pieces.length).toBeLessThanOrEqual(4);
      expect(answer.tables![0].rows).toHaveLength(5);
      await expect(
        loaded.ask("continuer", "le dragon", { words: 3 }, () => undefined, never),
      ).rejects.toThrow("Le modèle ne connaît pas « dragon ».");
      const near = await loaded.ask("voisins", "train", {}, () => undefined, never);
      expect(near.tables![0].rows).toHaveLength(8);
      expect(
        (await loaded.sample!({ question: "voisins", input: "x", options: {} }, never)) as object,
      ).toHaveProperty("text");
      const { figures, tables, texts } = await loaded.results();
      for (const { draw } of figures) expect(draw(400).series).toBeDefined();
      expect(tables.some(({ caption }) => caption.startsWith("Entraînement"))).toBe(true);
      expect(texts.length).toBeGreaterThan(0);
      loaded.dispose();
    }
  });

  it("explains data that it cannot use", async () => {
    const device = await useDevice("cpu");
    const open = (bytes: Uint8Array) => async () => notebook.open(small, device, bytes);
    await expect(open(Uint8Array.of(0xff, 0xfe, 0x41))()).rejects.toThrow("pas du texte UTF-8");
    await expect(open(new TextEncoder().encode("un\ndeux"))()).rejects.toThrow("aucune ligne de deux mots");
  });
});

describe("sentences", () => {
  let server: Server;
  let folder = "";
  let reply = "";
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "wgrad-mots-text-"));
    server = createServer((_, response) => response.end(reply));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const request = (port: number, cache: string) => ({
    sample: { name: "trois phrases", text: SENTENCES.join("\n") },
    cacheDirectory: path.join(folder, cache),
    address: `http://127.0.0.1:${port}/corpus.txt`,
    fetch: true,
  });

  it("come from the network once, then from the cache", async () => {
    reply = Array.from({ length: 30 }, (_, i) => `phrase numéro ${i}  `).join("\n");
    const { port } = server.address() as AddressInfo;
    expect((await loadSentences(request(port, "a"))).source).toContain("corpus.txt : 30 phrases");
    reply = "autre chose";
    expect((await loadSentences(request(port, "a"))).text).toContain("phrase numéro 29");
  });

  it("fall back on the sample, in French, for a dead server and for a page that is no corpus", async () => {
    reply = `<!doctype html>${"\nbonjour".repeat(40)}`;
    const { port } = server.address() as AddressInfo;
    expect((await loadSentences(request(port, "b"))).source).toBe(
      "l'échantillon du projet, trois phrases (téléchargement impossible : la réponse n'est pas le fichier attendu) : 3 phrases",
    );
    const dead = await loadSentences(request(1, "c"));
    expect(dead.source).toMatch(/téléchargement impossible : .*127\.0\.0\.1/);
    expect(dead.text).toBe(SENTENCES.join("\n"));
  });
});

describe("the command", () => {
  let folder = "";
  let bundle = "";
  const file = (name: string): string => path.join(folder, name);
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "wgrad-mots-"));
    bundle = file("mots.mjs");
    await bundleExample("mots", bundle);
    writeFileSync(file("phrases.txt"), PHRASES.split("\n").slice(0, 20).join("\n"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run(...args: string[]): Promise<{ code: number | null; out: string; errors: string }> {
    const child = spawn(
      process.execPath,
      [bundle, "--device", "cpu", "--data", file("phrases.txt"), ...args],
      {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (errors += chunk));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, out, errors }));
    });
  }
  const SMALL = ["--quick", "--embedding", "8", "--units", "8"];

  it("runs every section, and leaves a report, figures, numbers and a model", async () => {
    const { code, out, errors } = await run(
      ...SMALL,
      "--json",
      file("run.json"),
      "--save",
      file("llm.safetensors"),
    );
    expect([code, errors]).toEqual([0, ""]);
    for (let chapter = 1; chapter <= 7; chapter++) expect(out).toMatch(new RegExp(`^${chapter}\\. `, "m"));
    expect(out).toContain('Model: "sequential"');
    expect(out).toContain("Perplexité");
    expect(out.replace(/\s+/g, " ")).toContain("Relu, il écrit la même phrase.");
    const json = JSON.parse(readFileSync(file("run.json"), "utf8"));
    expect(json.tasks.map(({ task }: { task: string }) => task)).toEqual([
      ...["dernier-mot", "sequence", "coupe", "lstm", "llm", "llm-fin"],
    ]);
    for (const { history } of json.tasks) expect(history.loss.every(Number.isFinite)).toBe(true);
    expect(json.tasks[1].accuracies.last).toBeGreaterThanOrEqual(0);
    const report = readFileSync(file("out/report.html"), "utf8");
    expect(report.match(/<figure>/g)!.length).toBe(readdirSync(file("out/mots")).length);
    expect(report).toContain("Les vecteurs appris, dans le plan");
  });

  it("continues sentences with a saved SimpleLLM, without training", async () => {
    const loaded = await run(
      ...SMALL,
      "--section",
      "llm",
      "--load",
      file("llm.safetensors"),
      "--out",
      file("again"),
    );
    expect([loaded.code, loaded.errors]).toEqual([0, ""]);
    expect(loaded.out).toContain("Avec un mot de fin");
    expect(loaded.out).not.toContain("époque 1/");
  });

  it("compares vectors of a .vec file", async () => {
    const vectors = readCorpus(PHRASES.split("\n").slice(0, 20).join("\n")).vocabulary.words.slice(1, 60);
    writeFileSync(
      file("few.vec"),
      `${vectors.length} 3\n${vectors.map((word, i) => `${word} ${i % 7} ${i % 5} 1`).join("\n")}\n`,
    );
    const args = [...SMALL, "--section", "vecteurs", "--vectors", file("few.vec"), "--out", file("vec")];
    const { code, out, errors } = await run(...args);
    expect([code, errors]).toEqual([0, ""]);
    expect(out).toContain("des vecteurs de 3 nombres pour 59 mots du corpus");
    expect(existsSync(file("vec/mots/les-vecteurs-du-fichier-dans-le-plan.svg"))).toBe(true);
  });

  it("refuses in one line what cannot be used, before any training", async () => {
    const refusals: [string[], RegExp][] = [
      [["--section", "mot"], /^erreur : --section: there is no part "mot"; they are tout, tokens, .*\n$/],
      [["--prompt", "le dragon"], /^erreur : --prompt "le dragon": .*"dragon".*\n$/],
      [["--full", "--quick"], /^erreur : --full and --quick exclude each other; give one of them\n$/],
    ];
    for (const [args, message] of refusals) {
      const { code, errors } = await run(...args);
      expect([code, errors]).toEqual([2, expect.stringMatching(message)]);
    }
  });
});
