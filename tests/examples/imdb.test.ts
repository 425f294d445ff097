/** The sentiment example: settings, numbers and tables by hand; and the command, in Node on the CPU. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleExample } from "./bundle.ts";
import { CRITIQUES } from "../../examples/data/critiques.ts";
import {
  approachOfRules,
  compareVerdicts,
  paddingTrials,
  runPaddingTrial,
} from "../../examples/imdb/comparisons.ts";
import { EncodedReviews } from "../../examples/imdb/encoded_reviews.ts";
import {
  confidentErrors,
  errorRates,
  evaluateAnswers,
  randomExamples,
} from "../../examples/imdb/evaluation.ts";
import { explore } from "../../examples/imdb/exploration.ts";
import {
  ABOUT,
  csvOptionsFrom,
  dataSettingsFrom,
  FLAGS,
  refuseModelFlags,
  settingsFrom,
} from "../../examples/imdb/flags.ts";
import { notebook } from "../../examples/imdb/lab.ts";
import { Lesson } from "../../examples/support/lesson.ts";
import { describeModel } from "../../examples/imdb/model.ts";
import { prepareReviews } from "../../examples/imdb/prepare.ts";
import { FEW, NOTEBOOK, QUICK, recipeFor } from "../../examples/imdb/settings.ts";
import { binLabels, firstWords, judgedTable, sentencesTable } from "../../examples/imdb/tables.ts";
import { parseFlags } from "../../examples/support/flags.ts";
import { renderSvg } from "../../examples/support/charts.ts";
import { trainingPictures } from "../../examples/imdb/figures.ts";
import type { Sample, Step } from "../../examples/web/notebook.ts";
import { openDevice } from "../../src/index.ts";

const flagsOf = (...argv: string[]) => parseFlags(FLAGS, argv, ABOUT);

describe("settings", () => {
  it("begin with a recipe, and the flags change them", () => {
    expect(settingsFrom(flagsOf(), "notebook")).toEqual(NOTEBOOK);
    expect(settingsFrom(flagsOf("--quick"), "notebook")).toEqual(QUICK);
    expect(
      settingsFrom(
        flagsOf(
          "--bidirectional",
          "--layers",
          "2",
          "--mask",
          "--lr",
          "0.01",
          "--max-len",
          "50",
          "--seed",
          "7",
        ),
        "notebook",
      ),
    ).toEqual({
      ...NOTEBOOK,
      bidirectional: true,
      layers: 2,
      mask: true,
      learningRate: 0.01,
      maxLen: 50,
      seed: 7,
    });
    expect(settingsFrom(flagsOf("--no-mask", "--pooling", "last"), "few")).toEqual({
      ...FEW,
      mask: false,
      pooling: "last",
    });
    expect(() => settingsFrom(flagsOf("--mask", "--no-mask"), "few")).toThrow("exclude each other");
  });

  it("take the notebook's recipe where there are enough reviews for it", () => {
    expect([
      recipeFor("sample", 128),
      recipeFor("file", 4000),
      recipeFor("file", 25000),
      recipeFor("download", 25000),
    ]).toEqual(["sample", "few", "notebook", "notebook"]);
  });

  it("of a loaded model stay", () => {
    expect(() => refuseModelFlags(flagsOf("--load", "m", "--mask"))).toThrow(
      "--mask cannot change a loaded model",
    );
    expect(() => refuseModelFlags(flagsOf("--load", "m", "--recurrent-dropout", "0"))).toThrow(
      "--recurrent-dropout",
    );
    refuseModelFlags(
      flagsOf("--load", "m", "--epochs", "9", "--batch-size", "8", "--data", "d.csv", "--seed", "3"),
    );
  });

  it("read how reviews become words, and where a table has them", () => {
    expect(
      dataSettingsFrom(
        flagsOf(
          "--preprocess",
          "keep-punctuation, drop-stop-words,min-frequency=3",
          "--augment",
          "drop,crop",
        ),
      ),
    ).toEqual({ punctuation: "keep", stopWords: "drop", minFrequency: 3, augment: ["drop", "crop"] });
    expect(dataSettingsFrom(flagsOf("--train-size", "9"))).toEqual({ trainSize: 9 });
    expect(() => dataSettingsFrom(flagsOf("--preprocess", "min-frequency=0"))).toThrow('"min-frequency=0"');
    expect(() => dataSettingsFrom(flagsOf("--augment", "spin"))).toThrow('"spin"');
    expect(
      csvOptionsFrom(flagsOf("--label-column", "stars", "--positive", "4,5", "--negative", "1, 2")),
    ).toEqual({
      labelColumn: "stars",
      positive: ["4", "5"],
      negative: ["1", "2"],
    });
    expect(() => csvOptionsFrom(flagsOf("--positive", "5"))).toThrow("go together");
  });

  it("describe the model in a line", () => {
    expect(describeModel(NOTEBOOK)).toBe("Embedding 128 → LSTM 64 → Dropout → Dense 1 sigmoïde");
    expect(
      describeModel({
        ...NOTEBOOK,
        cell: "gru",
        layers: 2,
        bidirectional: true,
        attention: true,
        outputDropout: 0,
      }),
    ).toBe(
      "Embedding 128 → GRU 64 bidirectionnel → GRU 64 bidirectionnel → Attention → moyenne → Dense 1 sigmoïde",
    );
  });
});

describe("evaluation", () => {
  // Reviews 1 and 4 are missed as positive (4 surer), 2 as negative; one half counts as negative.
  const labels = [1, 0, 1, 0, 0, 0];
  const evaluation = evaluateAnswers(labels, Float32Array.of(0.75, 0.625, 0.25, 0.125, 0.875, 0.5));

  it("counts, and takes Keras's loss", () => {
    expect(evaluation.answers).toEqual([1, 1, 0, 0, 1, 0]);
    expect(evaluation.right).toBe(3);
    expect(evaluation.accuracy).toBe(0.5);
    expect(evaluation.confusion).toEqual([
      [2, 2],
      [1, 1],
    ]);
    const loss = [0.75, 0.375, 0.25, 0.875, 0.125, 0.5].reduce((sum, p) => sum - Math.log(p), 0) / 6;
    expect(evaluation.loss).toBeCloseTo(loss, 12);
    // Of 8 pairs the positive review is above in 4: 0.75 above three, 0.25 above one.
    expect(evaluation.auc).toBe(0.5);
    // Keras keeps 1e-7 from the ends, so that one wrong certainty is not an infinite loss.
    expect(evaluateAnswers([0], Float32Array.of(1)).loss).toBeCloseTo(-Math.log(1e-7), 5);
    expect(evaluateAnswers([0], Float32Array.of(1)).auc).toBeUndefined();
    expect(() => evaluateAnswers([0, 1], Float32Array.of(1))).toThrow("2 labels and 1 answers");
  });

  it("finds the surest errors of both kinds, and draws examples by its seed", () => {
    const { falsePositives, falseNegatives } = confidentErrors(evaluation, 3);
    expect(falsePositives.map(({ index, confidence }) => [index, confidence])).toEqual([
      [4, 0.875],
      [1, 0.625],
    ]);
    expect(falseNegatives).toEqual([{ index: 2, label: 1, answer: 0, confidence: 0.75 }]);
    const drawn = randomExamples(evaluation, 4, 1).map(({ index }) => index);
    expect(new Set(drawn).size).toBe(4);
    expect(randomExamples(evaluation, 4, 1).map(({ index }) => index)).toEqual(drawn);
    expect(randomExamples(evaluation, 6, 2).map(({ index }) => index)).not.toEqual(
      randomExamples(evaluation, 6, 1).map(({ index }) => index),
    );
  });

  it("says where errors are, by length and by unknown words", () => {
    const ids = [
      [1, 4],
      [1, 4, 4],
      [1, 2],
      [1, 4, 4, 4],
      [1, 2, 4, 4, 4],
      [1, 2, 2, 2, 4, 4],
    ];
    const rates = errorRates(evaluation, new EncodedReviews(ids, labels, 5), 2);
    expect(rates.byLength).toEqual([
      { from: 2, to: 4, count: 3, errors: 2, rate: 2 / 3 },
      { from: 4, to: 6, count: 3, errors: 1, rate: 1 / 3 },
    ]);
    expect(binLabels(rates.byLength, "words")).toEqual(["2–3", "4–6"]);
    expect(binLabels(rates.byUnknown, "share").at(-1)).toMatch(/–100,0\u202f%$/);
    expect(rates.byUnknown.reduce((sum, { count }) => sum + count, 0)).toBe(6);
    const alike = new EncodedReviews(
      labels.map(() => [1, 4]),
      labels,
      5,
    );
    expect(errorRates(evaluation, alike)).toEqual({ byLength: [], byUnknown: [] });
  });

  it("explores lengths as the notebook does", () => {
    const reviews = new EncodedReviews([[1], [1, 4], [1, 4, 4, 4], [1, 4, 4]], [1, 0, 1, 1], 5);
    expect(explore(reviews, 2)).toMatchObject({ count: 4, positive: 3, mean: 2.5, median: 2.5, longer: 2 });
    expect(explore(reviews.take([0, 1, 2]), 2).median).toBe(2);
  });

  it("shows judged reviews and sentences", () => {
    expect(firstWords("<start> a b <pad> c d", 3)).toBe("a b c …");
    const table = judgedTable(
      "T",
      confidentErrors(evaluation, 1).falseNegatives,
      (i) => `<start> review ${i}`,
    );
    expect(table.rows).toEqual([["✗", "POSITIF", "NÉGATIF", "75,0\u202f%", "review 2"]]);
    const said = {
      text: "x",
      probability: 0.25,
      positive: false,
      confidence: 0.75,
      words: 1,
      unknown: ["x"],
    };
    expect(sentencesTable([said]).rows).toEqual([["x", "NÉGATIF", "75,0\u202f%", "0,250", "x"]]);
  });
});

describe("comparisons", () => {
  it("count the word lists' neutral answers as missed, and as no answer of either class", () => {
    // Right, neutral, wrong, right.
    const texts = ["a good one", "nothing to say", "good grief", "boring"];
    const row = approachOfRules(texts, [1, 1, 0, 0]);
    expect(row).toMatchObject({ accuracy: 0.5, decided: 0.75, recall: 0.5 });
    // Positive: 1 of 2 that were called so; negative: 1 of 1.
    expect(row.precision).toBe(0.75);
    expect(row.f1).toBeCloseTo((0.5 + 2 / 3) / 2, 12);
    expect(approachOfRules(["nothing"], [1])).toMatchObject({ accuracy: 0, precision: 0, f1: 0, decided: 0 });
  });

  it("agree only on an opinion", () => {
    const said = (positive: boolean) => ({
      text: "x",
      probability: positive ? 1 : 0,
      positive,
      confidence: 1,
      words: 1,
      unknown: [],
    });
    const verdicts = (["positive", "negative", "neutral"] as const).map((sentiment) => ({
      sentiment,
      confidence: 1,
    }));
    expect(compareVerdicts([said(true), said(true), said(true)], verdicts).map(({ agree }) => agree)).toEqual(
      [true, false, false],
    );
    expect(compareVerdicts([said(false)], [verdicts[1]])[0].agree).toBe(true);
  });

  it("train the same model for each way of padding, the last state deciding", async () => {
    const trials = paddingTrials({ ...FEW, attention: true });
    expect(trials.map(({ settings: { padding, mask } }) => [padding, mask])).toEqual([
      ["post", false],
      ["post", true],
      ["pre", false],
    ]);
    expect(new Set(trials.map(({ settings }) => `${settings.pooling} ${settings.attention}`))).toEqual(
      new Set(["last false"]),
    );
    const { encoder, train, test } = prepareReviews(
      { form: "texts", train: CRITIQUES },
      { trainLimit: 20, testSize: 8 },
    );
    const [trial] = paddingTrials({
      ...QUICK,
      words: encoder.size,
      embedding: 4,
      units: 3,
      maxLen: 12,
      epochs: 1,
    });
    const device = await openDevice("cpu");
    const result = await runPaddingTrial(trial, encoder, train, test, device, { verbose: 0 });
    expect(result.history.val_accuracy).toHaveLength(1);
    expect(Math.abs(result.loss - Math.log(2))).toBeLessThan(0.1); // Hardly trained: near chance.
    expect([0, 1, 2, 3, 4, 5, 6, 7, 8]).toContain(result.accuracy * 8);
  });
});

describe("the lesson", () => {
  it("goes to the terminal and into chapters", () => {
    const lines: string[] = [];
    const lesson = new Lesson((text) => lines.push(text), 80);
    lesson.chapter("Essai");
    lesson.say("mot ".repeat(40).trim());
    lesson.table({ caption: "T", header: ["a"], rows: [["b"]] });
    const history = {
      loss: [0.7, 0.5],
      accuracy: [0.5, 0.75],
      val_loss: [0.7, 0.6],
      val_accuracy: [0.5, 0.5],
    };
    lesson.pictures(...trainingPictures(history));
    lesson.notes(["n"]);
    expect(lines[0]).toBe("\n1. Essai\n────────");
    expect(lines[1].split("\n").every((line) => line.length <= 80)).toBe(true);
    expect(lines[2]).toContain("│ b │");
    const [chapter] = lesson.chapters;
    expect(chapter.title).toBe("Essai");
    expect(chapter.blocks.map((block) => Object.keys(block)[0])).toEqual([
      "prose",
      "table",
      "chart",
      "chart",
      "notes",
    ]);
    expect(trainingPictures({})).toEqual([]);
    expect(renderSvg(trainingPictures(history)[1].draw(380), { width: 380 })).toContain("validation");
  });
});

describe("the lab", () => {
  const settings = { ...QUICK, words: 500, embedding: 4, units: 4, maxLen: 12 };
  const silent = async (): Promise<boolean> => false;

  it("offers every setting, and the notebook's own", () => {
    const [{ settings: first }] = notebook.presets;
    expect(Object.keys(first).sort()).toEqual(notebook.fields.map(({ id }) => id).sort());
    expect(notebook.presets.find(({ id }) => id === "carnet")?.settings).toEqual(NOTEBOOK);
    expect(notebook.presets.map(({ id }) => id)).toContain("rapide");
  });

  it("trains step by step, is stopped and goes on, answers, concludes, saves and loads", async () => {
    const device = await openDevice("cpu");
    const session = await notebook.open(settings, device);
    // 128 reviews to learn from, 102 without validation: 7 steps of 16 in each of two epochs.
    expect([session.steps, session.step, session.complete]).toEqual([14, 0, false]);
    const steps: Step[] = [];
    let left = 9;
    expect(
      await session.run(
        (step) => steps.push(step),
        async () => left-- > 0,
      ),
    ).toBe(false);
    // The second epoch was cut short, so it does not count.
    expect([session.step, session.complete]).toEqual([7, false]);
    expect(steps.filter(({ epochValues }) => epochValues)).toHaveLength(1);
    expect(
      await session.run(
        (step) => steps.push(step),
        async () => true,
      ),
    ).toBe(true);
    expect([session.step, session.complete]).toEqual([14, true]);
    const last = steps.at(-1)!;
    expect(last).toMatchObject({ step: 14, steps: 14, epoch: 2, epochs: 2 });
    expect(Object.keys(last.epochValues!).sort()).toEqual(["accuracy", "loss", "val_accuracy", "val_loss"]);
    // The steps of an epoch, weighted by their reviews, make its mean; the last one of each has 6 of 16.
    for (const id of ["loss", "accuracy"]) {
      const second = steps.slice(-8, -1).map(({ values }) => values[id]);
      const sum = second.reduce((total, value, i) => total + value * (i < 6 ? 16 : 6), 0);
      expect(sum / 102).toBeCloseTo(last.epochValues![id], 5);
    }
    // Of 16 reviews, and of 6, a whole number was right.
    const rights = steps.slice(-8, -1).map(({ values }, i) => values.accuracy * (i < 6 ? 16 : 6));
    for (const right of rights) expect(Math.abs(right - Math.round(right))).toBeLessThan(1e-4);

    const answer = await session.ask("phrases", "A zorglub film\nBad", {}, () => {}, silent);
    expect(answer.tables?.[0].rows.map((row) => row[0])).toEqual(["A zorglub film", "Bad"]);
    expect(answer.tables?.[0].rows[0][4]).toBe("zorglub");
    await expect(session.ask("phrases", " \n", {}, () => {}, silent)).rejects.toThrow("rien à lire");
    const sample = (await session.sample!(
      { question: "phrases", input: "Good", options: {} },
      silent,
    )) as Sample;
    expect(`${sample.given}${sample.text}`).toMatch(/^Good {2}→ {2}(POSITIF|NÉGATIF) \(score 0,\d{3}\)$/);
    const results = await session.results();
    expect(results.figures.map(({ title }) => title)).toContain("Matrice de confusion");
    for (const { draw } of results.figures) expect(renderSvg(draw(380), { width: 380 })).toContain("<svg");
    expect(results.tables.map(({ caption }) => caption)).toContain("Cas difficiles");

    const bytes = await session.save();
    const loaded = await notebook.load(bytes, device);
    expect(loaded.complete).toBe(true);
    expect(await loaded.ask("phrases", "Bad", {}, () => {}, silent)).toEqual(
      await session.ask("phrases", "Bad", {}, () => {}, silent),
    );
    expect((await notebook.load(bytes, device, undefined, { epochs: 3 })).complete).toBe(false);
  });

  it("takes a table, and explains one that it cannot use", async () => {
    const device = await openDevice("cpu");
    const bytes = (text: string) => new TextEncoder().encode(text);
    const rows = CRITIQUES.slice(0, 24).map(({ text, label }) => `"${text}",${label}`);
    const table = bytes(`review,sentiment\n${rows.join("\n")}\n`);
    expect(await notebook.readData!(table, "a.csv")).toEqual({ whole: table });
    const session = await notebook.open(settings, device, table);
    expect(session.description).toContain("19 avis pour apprendre, 5 pour tester");
    await expect(notebook.open(settings, device, bytes("review,sentiment\ngood,1\n"))).rejects.toThrow(
      "n'a que 1 avis",
    );
    const error = await Promise.resolve()
      .then(() => notebook.readData!(bytes("a,b\n1,2\n"), "a.csv"))
      .catch((reason: Error) => reason);
    expect(notebook.explain!(error as Error)?.advice).toContain("Il faut un tableau d'avis");
    expect(notebook.explain!(new Error("x"))).toBeUndefined();
  });
});

describe("the command", () => {
  /** The example as one file, which starts in a tenth of the time that tsx takes. */
  let bundle = "";
  let folder = "";
  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "wgrad-imdb-"));
    bundle = path.join(folder, "imdb.mjs");
    await bundleExample("imdb", bundle);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  interface Ended {
    code: number | null;
    out: string;
    errors: string;
  }

  function run(
    args: readonly string[],
    options: {
      input?: string;
      env?: Record<string, string>;
      watch?: (child: ChildProcess, out: string) => void;
    } = {},
  ): Promise<Ended> {
    const { MISTRAL_API_KEY: _, ...env } = process.env;
    const child = spawn(process.execPath, [bundle, ...args], {
      cwd: folder,
      env: { ...env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    child.stdin.end(options.input ?? "");
    let out = "";
    let errors = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
      options.watch?.(child, out);
    });
    child.stderr.on("data", (chunk) => (errors += chunk));
    return new Promise((resolve, reject) => {
      child.on("error", reject);
      // Paragraphs are broken to the terminal's width, and French punctuation is held by no-break spaces.
      child.on("close", (code) =>
        resolve({
          code,
          out: out.replaceAll("\u00a0", " ").replace(/(?<=\S)\n(?=[^\n│├└┌─•\s])/g, " "),
          errors,
        }),
      );
    });
  }

  /** Flags of a run that takes a second. */
  /** A run takes 4 s on two free cores, most of it for pictures; on a crowded machine several times that. */
  const CROWDED = 90_000;
  const tiny = (...more: string[]): string[] => [
    ...[
      "--device",
      "cpu",
      "--quick",
      "--train-size",
      "30",
      "--embedding",
      "4",
      "--units",
      "4",
      "--max-len",
      "12",
    ],
    ...["--epochs", "1", ...more],
  ];

  it(
    "tells the whole lesson, and leaves a report, pictures, numbers and a model",
    async () => {
      const { code, out, errors } = await run(
        tiny(
          "--out",
          "a",
          "--json",
          "a/a.json",
          "--save",
          "a/m.safetensors",
          "--baselines",
          "--compare-padding",
        ),
      );
      expect(errors).toBe("");
      expect(code).toBe(0);
      for (const part of [
        "160 avis : 80 positifs, 80 négatifs",
        "Longueur moyenne",
        "12 positions",
        "│ lstm (LSTM)",
        "Epoch 1/1",
        "val_loss",
        "Exemples de prédictions",
        "Matrice de confusion",
        "weighted avg",
        " mots choisis, projetés dans le plan par t-SNE",
        "This movie is absolutely fantastic and amazing",
        "So bad it's good",
        "faux positifs",
        "Taux d'erreur selon la longueur",
        "listes de mots",
        "MISTRAL_API_KEY",
        "Régression logistique",
        "derrière, sans masque (carnet)",
        "À retenir",
      ])
        expect(out).toContain(part);
      expect(out).not.toContain("NaN");
      const report = readFileSync(path.join(folder, "a", "report.html"), "utf8");
      for (const part of ["Les erreurs", "Remplissage et masque", "<svg"]) expect(report).toContain(part);
      for (const name of [
        "longueur-des-avis",
        "repartition-des-sentiments",
        "exactitude-au-fil-des-epoques",
        "perte-au-fil-des-epoques",
        "matrice-de-confusion",
        "courbe-roc",
        "les-vecteurs-de-mots-projetes-par-t-sne",
        "taux-d-erreur-selon-la-longueur",
      ])
        expect(existsSync(path.join(folder, "a", "figures", `${name}.svg`)), name).toBe(true);
      const json = JSON.parse(readFileSync(path.join(folder, "a", "a.json"), "utf8"));
      expect(json.approaches).toHaveLength(3);
      expect(json.padding).toHaveLength(3);
      expect(json.data).toMatchObject({ trainSize: 30, trainingReviews: 30, testReviews: 32 });
      expect(json.history.val_accuracy).toHaveLength(1);

      // The saved model answers at once, and names the words that it does not know.
      const again = await run(
        ["--device", "cpu", "--load", "a/m.safetensors", "--out", "b", "--interactive", "--json", "b.json"],
        { input: "What a zorglub film\n\nquit\nnever read\n" },
      );
      expect(again.errors).toBe("");
      expect(again.out).toContain("a ses 1 époques");
      expect(again.out).not.toContain("Epoch");
      expect(again.out).toMatch(/(POSITIF|NÉGATIF) \(confiance \d\d,\d\s%\), 4 mots lus/);
      expect(again.out).toMatch(/Mots inconnus du modèle : (.*, )?zorglub/);
      const loaded = JSON.parse(readFileSync(path.join(folder, "b.json"), "utf8"));
      expect(loaded.test).toEqual(json.test);
      expect(loaded.sentences).toEqual(json.sentences);
    },
    CROWDED,
  );

  it(
    "reads a table with columns and labels of its own, and trains on",
    async () => {
      const rows = CRITIQUES.slice(0, 40).map(
        ({ text, label }, i) => `"${text}",${label === 1 ? 4 + (i % 2) : 1}`,
      );
      writeFileSync(path.join(folder, "p.csv"), `comment,stars\n${rows.join("\n")}\n"so so",3\n`);
      const table = ["--data", "p.csv", "--text-column", "comment", "--label-column", "stars"];
      const labels = ["--positive", "4,5", "--negative", "1"];
      const more = [
        "--augment",
        "drop",
        "--preprocess",
        "drop-stop-words",
        "--bidirectional",
        "--save",
        "p.safetensors",
      ];
      const first = await run(tiny(...table, ...labels, ...more, "--out", "c"));
      expect(first.errors).toBe("");
      expect(first.out).toContain("40 avis");
      expect(first.out).toContain("une copie changée de chaque autre (drop)");
      expect(first.out).toContain("bidirectionnel");
      const second = await run([
        ...["--device", "cpu", ...table, ...labels, "--load", "p.safetensors", "--epochs", "2", "--out", "c"],
      ]);
      expect(second.errors).toBe("");
      expect(second.out).toContain("Repris de p.safetensors après 1 époques");
      expect(second.out.match(/Epoch \d/g)).toEqual(["Epoch 1"]);
    },
    CROWDED,
  );

  it(
    "asks Mistral when there is a key, and goes on when it refuses",
    async () => {
      let asked = 0;
      const server = createServer((_, response) => {
        asked++;
        response.writeHead(401, { "content-type": "application/json" });
        response.end('{"message":"Unauthorized"}');
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const { code, out } = await run(tiny("--mistral-url", `http://127.0.0.1:${port}/v1`, "--out", "d"), {
        env: { MISTRAL_API_KEY: "secret-key" },
      });
      server.close();
      expect(code).toBe(0);
      expect(asked).toBe(1);
      expect(out).toContain("Pas de jugement de Mistral : mistral: HTTP 401");
      expect(out).not.toContain("secret-key");
    },
    CROWDED,
  );

  it(
    "stops at Ctrl-C, and says how to go on",
    async () => {
      // Once: a signal that comes while the process ends would end it in another way.
      let asked = false;
      const { code, out } = await run([...tiny("--out", "e"), "--epochs", "50"], {
        watch: (child, text) => {
          if (!asked && text.includes("Epoch 2/50")) asked = child.kill("SIGINT");
        },
      });
      expect(code).toBe(130);
      expect(out).toContain("Pour continuer : npm start -- imdb");
      expect(out).toContain("--load e/imdb.safetensors");
      expect(existsSync(path.join(folder, "e", "imdb.safetensors"))).toBe(true);
    },
    CROWDED,
  );

  it.each([
    [["--mask", "--no-mask"], "exclude each other"],
    [["--recipe", "fwe"], "did you mean few?"],
    [["--preprocess", "loud"], "--preprocess knows"],
    [["--positive", "5"], "go together"],
    [["--load", "m.safetensors"], "--embedding cannot change a loaded model"],
  ])("refuses %s in one line", async (args, message) => {
    const { code, errors } = await run([...tiny("--out", "f"), ...args]);
    expect(code).toBe(2);
    expect(errors).toContain(message);
    expect(errors.trim().split("\n")).toHaveLength(1);
  });

  it("explains itself", async () => {
    const { code, out } = await run(["--help"]);
    expect(code).toBe(0);
    for (const name of ["--compare-padding", "--text-column", "--interactive", "--mistral-url", "--no-mask"])
      expect(out).toContain(name);
  });
});
