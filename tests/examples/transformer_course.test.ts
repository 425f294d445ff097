/** The Transformer course: every part on the CPU with its numbers. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Lesson } from "../../examples/support/lesson.ts";
import { reportHtml } from "../../examples/support/report.ts";
import { activationsChapter } from "../../examples/transformer_course/activations.ts";
import { attentionChapter } from "../../examples/transformer_course/attention.ts";
import { blocksChapter } from "../../examples/transformer_course/blocks_chapter.ts";
import { sectionsFrom, settingsFrom } from "../../examples/transformer_course/flags.ts";
import { declaration } from "../../examples/transformer_course/listing.ts";
import { masksChapter } from "../../examples/transformer_course/masks.ts";
import { modelChapter } from "../../examples/transformer_course/model_chapter.ts";
import { courseTable, positionsChapter, positionTable } from "../../examples/transformer_course/positions.ts";
import { ENGLISH_SENTENCES } from "../../examples/transformer_course/sample_text.ts";
import {
  type Chapter,
  COURSE,
  type CourseOptions,
  QUICK,
  REDUCED,
  SECTIONS,
} from "../../examples/transformer_course/settings.ts";
import { COURSE_IDS, type TokenOptions, tokensChapter } from "../../examples/transformer_course/tokens.ts";
import { evaluate, randomPairs } from "../../examples/transformer_course/training.ts";
import { Interrupted, trainingChapter } from "../../examples/transformer_course/training_chapter.ts";
import { bertTokenizer, readPieces } from "../../examples/transformer_course/word_piece.ts";
import { add, cast, equal, Module, mul, oneHot, type Tensor, useDevice, where } from "../../src/index.ts";

const folder = fileURLToPath(new URL("../../examples/transformer_course/", import.meta.url));
const OPTIONS: CourseOptions = {
  seed: 42,
  quick: true,
  source: (file) => readFileSync(path.join(folder, file), "utf8"),
};

/** A part's numbers, what it printed, and its report. */
interface Told<Facts> {
  facts: Facts;
  text: string;
  /** The text without line breaks. */
  prose: string;
  report: string;
}

function tell<Facts, Options extends CourseOptions = CourseOptions>(
  chapter: Chapter<Facts, Options>,
  more?: Omit<Options, keyof CourseOptions>,
): Promise<Told<Facts>> {
  if (more !== undefined) return tellAnew(chapter, more);
  const told = once.get(chapter) ?? tellAnew(chapter);
  once.set(chapter, told);
  return told as Promise<Told<Facts>>;
}

/** What was told with the usual options. */
const once = new Map<unknown, Promise<Told<unknown>>>();

async function tellAnew<Facts, Options extends CourseOptions = CourseOptions>(
  chapter: Chapter<Facts, Options>,
  more?: Omit<Options, keyof CourseOptions>,
): Promise<Told<Facts>> {
  const lines: string[] = [];
  const lesson = new Lesson((line) => lines.push(line), 100);
  const facts = await chapter(lesson, await useDevice("cpu"), { ...OPTIONS, ...more } as Options);
  const text = lines.join("\n").replaceAll("\u00a0", " ");
  return {
    facts,
    text,
    prose: text.replace(/\s+/g, " "),
    report: reportHtml({ title: "", chapters: lesson.chapters }),
  };
}

/** Equal to four decimals, which is what the course prints. */
function expectRows(got: readonly ArrayLike<number>[], expected: readonly (readonly number[])[]): void {
  expect(got.map((row) => row.length)).toEqual(expected.map((row) => row.length));
  for (const [r, row] of expected.entries())
    for (const [c, value] of row.entries()) expect(got[r][c], `row ${r}, column ${c}`).toBeCloseTo(value, 4);
}

describe("attention", () => {
  it("has the toy's rows without scaling, and other ones with √3 and with √256", async () => {
    const { facts, text, report } = await tell(attentionChapter);
    expect(facts.scores).toEqual([
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ]);
    const [plain, scaled, course] = facts.scaled;
    const e = Math.E;
    expectRows(plain.output, [
      [2.2716, 3.2716],
      [3, 4],
      [3.7284, 4.7284],
    ]);
    expect(plain.weights[0][0]).toBeCloseTo(e / (e + 2), 6);
    // From the formula: own weight w, others (1 − w) / 2; the first row is w + 8(1 − w)/2 = 4 − 3w.
    for (const [got, divisor] of [
      [scaled, Math.sqrt(3)],
      [course, 16],
    ] as const) {
      const own = Math.exp(1 / divisor) / (Math.exp(1 / divisor) + 2);
      expectRows(got.output, [
        [4 - 3 * own, 5 - 3 * own],
        [3, 4],
        [2 + 3 * own, 3 + 3 * own],
      ]);
    }
    expect(text).toContain("2,2716  3,2716\n3,0000  4,0000\n3,7284  4,7284");
    expect(text).toContain("√256 (le cours)");
    expect(report.match(/<figure>/g)).toHaveLength(3);
  });

  it("shows what dividing does to scores of heads of 32, and that the library's line is the same", async () => {
    const { facts } = await tell(attentionChapter);
    const [plain, right, course] = facts.spread;
    // 5,000 scores: their deviation is known to some 3 %.
    expect(Math.abs(plain.deviation / Math.sqrt(32) - 1)).toBeLessThan(0.06);
    expect(Math.abs(right.deviation - 1)).toBeLessThan(0.06);
    expect(course.deviation).toBeCloseTo(plain.deviation / 16, 5);
    expect(plain.largest).toBeGreaterThan(0.7);
    expect(course.largest).toBeLessThan(0.2);
    // The order of sums differs.
    expect(facts.difference.toy).toBeLessThan(1e-6);
    expect(facts.difference.heads).toBeLessThan(1e-5);
    expect(facts.difference.heads).toBeGreaterThan(0);
  });
});

describe("activations", () => {
  it("have the course's numbers", async () => {
    const { facts, text } = await tell(activationsChapter);
    expect(facts.relu).toEqual([0, 0, 1, 2]);
    expectRows([facts.gelu], [[-0.1587, 0, 0.8413, 1.9545]]);
    expectRows([facts.geluTanh], [[-0.1588, 0, 0.8412, 1.9546]]);
    expectRows(facts.layerNorm, [
      [-1.2247, 0, 1.2247],
      [-1.2247, 0, 1.2247],
    ]);
    expect(facts.normDifference).toBeLessThan(1e-6);
    expect(text).toContain("−0,1587 │ 0,0000 │ 0,8413 │ 1,9545");
    expect(text).toContain("−1,2247   0,0000   1,2247");
  });
});

describe("masks", () => {
  it("hide padding and the future; the course's OR hides what it should show", async () => {
    const { facts, text, report } = await tell(masksChapter);
    const hidden = (i: number, q: number, k: number): number => Number(k > q || k >= [3, 4][i]);
    for (const i of [0, 1])
      for (let q = 0; q < 5; q++)
        for (let k = 0; k < 5; k++) {
          expect(facts.padding[i][q][k]).toBe(Number(k >= [3, 4][i]));
          expect(facts.lookAhead[q][k]).toBe(Number(k > q));
          expect(facts.combined[i][q][k]).toBe(hidden(i, q, k));
          expect(facts.course[i][q][k]).toBe(Number(k > q || k < [3, 4][i]));
        }
    expect([facts.wrongIfHide, facts.wrongIfKeep, facts.blindRows]).toEqual([30, 20, 7]);
    expect(facts.shapes).toEqual({ padding: [2, 1, 1, 5], lookAhead: [5, 5], combined: [2, 1, 5, 5] });
    for (const [q, row] of facts.weights.entries()) {
      expect(row.reduce((sum, w) => sum + w, 0)).toBeCloseTo(1, 6);
      for (const [k, weight] of row.entries()) expect(weight === 0).toBe(hidden(0, q, k) === 1);
    }
    // A row that sees nothing has no weights at all.
    expect(facts.blindWeights).toEqual([0, 0, 0, 0, 0]);
    expect(text).toContain("· · ■ ■ ■");
    expect(text).toMatch(
      /le bon\s+cours, 1 = cacher\s+cours, 1 = garder\n· ■ ■ ■ ■\s+■ ■ ■ ■ ■\s+· · · · ·\n/,
    );
    expect(report.match(/<figure>/g)).toHaveLength(5);
  });
});

describe("positions", () => {
  it("have one frequency in each pair of columns; the course's cosines have another", async () => {
    const { facts } = await tell(positionsChapter);
    expect([facts.shape, facts.batchShape]).toEqual([
      [10, 256],
      [32, 10, 256],
    ]);
    expectRows(facts.corner.slice(0, 2), [
      [0, 1, 0, 1, 0, 1],
      [0.8415, 0.5403, 0.802, 0.5974, 0.7617, 0.6479],
    ]);
    // Σ cos(5 · frequency), whatever the position; the course's depends on it.
    const expected = Array.from({ length: 128 }, (_, i) => Math.cos(5 / 10_000 ** (i / 128)));
    const { formula, course } = facts.products;
    let greatest = 0;
    for (let p = 0; p < 10; p++)
      for (let i = 0; i < 256; i += 2) {
        const [right, wrong] = [i, i + 1].map((k) => Math.cos(p / 10_000 ** (k / 256)));
        greatest = Math.max(greatest, Math.abs(right - wrong));
      }
    expect(formula.least).toBeCloseTo(
      expected.reduce((sum, value) => sum + value, 0),
      3,
    );
    expect(formula.greatest - formula.least).toBeLessThan(1e-3);
    expect(course.greatest - course.least).toBeGreaterThan(1);
    expect(facts.courseDifference).toBeCloseTo(greatest, 5);
    expect(facts.difference).toBeLessThan(1e-6);
    const [ours, theirs] = [positionTable(3, 4), courseTable(3, 4)];
    expect(ours[4 + 3]).toBeCloseTo(Math.cos(1 / 100), 6);
    expect(theirs[4 + 3]).toBeCloseTo(Math.cos(1 / 10_000 ** 0.75), 6);
    expect(theirs[4 + 2]).toBe(ours[4 + 2]);
  });
});

/** A vocab.txt of BERT's size that has the course's pieces at their ids. */
function bertLikeVocabulary(): string {
  const pieces = Array.from({ length: 30_522 }, (_, id) => `[unused${id}]`);
  const known: Record<string, number> = {
    "[PAD]": 0,
    "[UNK]": 100,
    "[CLS]": 101,
    "[SEP]": 102,
    "[MASK]": 103,
  };
  Object.assign(known, { ",": 1010, "?": 1029, hello: 7592, how: 2129, are: 2024, you: 2017, "##s": 2015 });
  for (const [piece, id] of Object.entries(known)) pieces[id] = piece;
  return `${pieces.join("\n")}\n`;
}

describe("tokens", () => {
  it("are BERT's ids with its vocab.txt; the course's lack the question mark", async () => {
    const pieces = readPieces(bertLikeVocabulary());
    const { facts, prose } = await tell<Awaited<ReturnType<typeof tokensChapter>>, TokenOptions>(
      tokensChapter,
      {
        vocabulary: { pieces, name: "vocab.txt" },
      },
    );
    expect(facts.pieces).toBe(30_522);
    expect(facts.ids).toEqual([101, 7592, 1010, 2129, 2024, 2017, 1029, 102]);
    expect(facts.ids.filter((id) => id !== 1029)).toEqual([...COURSE_IDS]);
    expect(facts.tokens).toEqual(["[CLS]", "hello", ",", "how", "are", "you", "?", "[SEP]"]);
    expect(facts.decoded).toBe("hello, how are you?");
    expect(facts.splits.find(({ word }) => word === "hellos")?.tokens).toEqual(["hello", "##s"]);
    expect(facts.splits.find(({ word }) => word === "zèbre")?.tokens).toEqual(["[UNK]"]);
    expect(prose).toContain("30 522 morceaux de vocab.txt");
  });

  it("become vectors: (7, 256) and (32, 10, 256) from a table of 7,813,632 numbers", async () => {
    const { facts } = await tell<Awaited<ReturnType<typeof tokensChapter>>, TokenOptions>(tokensChapter);
    const { parameters, shape, batchShape, row, tableRow } = facts.embedding;
    expect([parameters, shape, batchShape]).toEqual([30_522 * 256, [7, 256], [32, 10, 256]]);
    expect(row).toEqual(tableRow);
    expect(new Set(row).size).toBe(4);
  });

  it("come from a small vocabulary that is trained on the sample, and lose nothing", async () => {
    const { facts } = await tell<Awaited<ReturnType<typeof tokensChapter>>, TokenOptions>(tokensChapter);
    expect(facts.pieces).toBeLessThanOrEqual(250);
    expect(facts.decoded).toBe("hello, how are you?");
    expect(facts.tokens).not.toContain("[UNK]");
    expect(ENGLISH_SENTENCES.split("\n")).toHaveLength(30);
  });

  it("refuse a file that is no vocabulary", () => {
    expect(() => readPieces("a\nb\n", "x.txt")).toThrow("x.txt: there is no line [UNK] among 2");
    const cased = bertTokenizer(["[UNK]", "[CLS]", "[SEP]", "Hello", "hello"]);
    expect(cased.tokenize("Hello hello HELLO")).toEqual(["Hello", "hello", "[UNK]"]);
  });
});

describe("blocks", () => {
  it("have the course's shapes with the batch first, and its own code cannot run", async () => {
    const { facts, text } = await tell(blocksChapter);
    expect(facts.shapes).toEqual({
      heads: [32, 8, 10, 32],
      attention: [32, 10, 256],
      encoder: [32, 10, 256],
      decoder: [32, 10, 256],
      timeFirst: [10, 32, 256],
    });
    // 3·256² + 256² + 256; two norms, 256 → 1024 → 256; and another attention and norm.
    const [attention, inner] = [4 * 256 ** 2 + 256, 256 * 1024 + 1024 + 1024 * 256 + 256];
    expect(facts.parameters).toEqual({
      attention,
      narrow: 3 * 32 ** 2 + 256 ** 2 + 256,
      encoder: attention + 2 * 512 + inner,
      decoder: 2 * attention + 3 * 512 + inner,
      sharedDecoder: attention + 3 * 512 + inner,
    });
    expect(facts.compared.map(({ block }) => block)).toEqual([
      "multi-têtes",
      "couche d'encodeur",
      "couche de décodeur",
    ]);
    for (const { difference, launches } of facts.compared) {
      // Sums of 256 and 1,024 products in another order, on numbers of size 1.
      expect(difference).toBeLessThan(1e-5);
      expect(launches[1]).toBeLessThan(launches[0] / 2);
    }
    expect(facts.error).toContain("[32, 10, 8, 256] has 655360 elements, which do not fill [32, 10, 256]");
    expect(text).toContain(facts.error);
  });

  it("mix the sentences of a batch when batch and time are exchanged", async () => {
    const { facts } = await tell(blocksChapter);
    expect(facts.changed).toEqual({ batchFirst: 1, exchanged: 6 });
  });
});

describe("the full model", () => {
  it("gives (8, 10, 10000) for 8 sentences, has 18.8 million parameters, or 15.3, and starts at chance", async () => {
    const { facts, prose } = await tell(modelChapter);
    expect(facts.shapes).toEqual({ memory: [8, 10, 256], output: [8, 10, 10_000] });
    const { total, ...parts } = facts.parts;
    expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(total);
    expect([total, facts.narrowTotal]).toEqual([18_786_576, 15_302_928]);
    expect(facts.attentions).toBe(18);
    expect(facts.compared.difference).toBeLessThan(1e-5);
    expect(facts.compared.launches[1]).toBeLessThan(facts.compared.launches[0] / 2);
    expect(facts.chance).toBeCloseTo(9.2103, 4);
    // Scores of a fresh Linear vary a little, which costs some tenths.
    expect(facts.startLoss).toBeGreaterThan(9);
    expect(facts.startLoss).toBeLessThan(9.7);
    expect(prose).toContain("18,8 millions de paramètres");
    expect(prose).toContain("15,3 millions");
  }, 60_000);
});

/** Says that each id is followed by the next one, and never by padding. */
class Counting extends Module {
  readonly vocabulary: number;

  constructor(vocabulary: number) {
    super();
    this.vocabulary = vocabulary;
  }

  forward(_source: Tensor, target: Tensor): Tensor {
    const next = where(equal(target, this.vocabulary - 1), cast(equal(target, -1), "i32"), add(target, 1));
    return mul(oneHot(next, this.vocabulary), 3);
  }
}

describe("the training", () => {
  it("draws pairs from all ids, others for the validation, and the same again", () => {
    const settings = { vocabulary: 5, length: 10, seed: 3 };
    const [a, b, c] = [
      randomPairs(settings, 40),
      randomPairs(settings, 40),
      randomPairs(settings, 40, true),
    ].map((pairs) => pairs.batch([...Array(40).keys()]));
    expect(a).toEqual(b);
    expect(a[1].data).not.toEqual(c[1].data);
    expect(a[0].data).not.toEqual(a[1].data);
    expect([...new Set(a[1].data)].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  it("counts right tokens with and without padding as a loop does", async () => {
    const [vocabulary, length] = [4, 6];
    const pairs = randomPairs({ vocabulary, length, seed: 1 }, 70);
    const scores = await evaluate(new Counting(vocabulary), pairs, 32, await useDevice("cpu"));
    const [, targets] = pairs.batch([...Array(70).keys()]);
    const right = { all: 0, words: 0 };
    let [padding, tokens] = [0, 0];
    const batches = [0, 0, 0].map(() => ({ loss: 0, count: 0 }));
    for (let row = 0; row < 70; row++)
      for (let i = 1; i < length; i++) {
        const [before, expected] = [targets.data[row * length + i - 1], targets.data[row * length + i]];
        const said = (before + 1) % vocabulary;
        tokens++;
        if (said === expected) right.all++;
        if (expected === 0) {
          padding++;
          continue;
        }
        if (said === expected) right.words++;
        const batch = batches[Math.floor(row / 32)];
        batch.loss += Math.log(Math.exp(3) + vocabulary - 1) - (said === expected ? 3 : 0);
        batch.count++;
      }
    expect([scores.tokens, scores.padding]).toEqual([tokens, padding]);
    expect(scores.accuracyAll).toBeCloseTo(right.all / tokens, 12);
    expect(scores.accuracy).toBeCloseTo(right.words / (tokens - padding), 12);
    // The mean of three batches, the last of which is smaller.
    expect(scores.loss).toBeCloseTo(batches.reduce((sum, { loss, count }) => sum + loss / count, 0) / 3, 5);
    expect(padding).toBeGreaterThan(50);
  });

  it("learns its pairs by heart, and never gets below chance on others", async () => {
    const states: { step: number; steps: number }[] = [];
    const { facts, prose, report } = await tell(trainingChapter, {
      settings: QUICK,
      onStep: (state) => {
        states.push(state);
        return true;
      },
    });
    expect(facts.chance).toBeCloseTo(Math.log(QUICK.vocabulary), 10);
    expect([facts.epochs.length, facts.losses.length, states.length]).toEqual([12, 24, 24]);
    expect(states.at(-1)).toMatchObject({ step: 24, steps: 24 });
    expect(facts.epochs.at(-1)!.loss).toBeLessThan(facts.chance - 1);
    for (const { validation } of facts.epochs) expect(validation.loss).toBeGreaterThan(facts.chance);
    expect(facts.training.accuracy).toBeGreaterThan(0.3);
    expect(facts.validation.accuracy).toBeLessThan(0.05);
    const [known, unknown] = facts.written;
    expect(known.right).toBeGreaterThan(unknown.right);
    expect(known.bleu).toBeGreaterThan(unknown.bleu);
    expect(known.rows.every((row, i) => row.length === 10 && row[0] === known.targets[i][0])).toBe(true);
    expect(prose).toContain("ln 100 = 4,61 (9,21 pour les 10 000 numéros du cours)");
    expect(report).toContain("le hasard");
  });

  it("ends when it is told to", async () => {
    const stopped = tell(trainingChapter, { settings: QUICK, onStep: ({ step }) => step < 3 });
    await expect(stopped).rejects.toThrow(Interrupted);
  });
});

describe("settings", () => {
  it("are the course's with --full, reduced without, quick with --quick", () => {
    expect(settingsFrom({ full: true, quick: false })).toEqual(COURSE);
    expect(settingsFrom({ full: false, quick: false })).toEqual(REDUCED);
    expect(settingsFrom({ full: false, quick: true, epochs: 3 })).toEqual({ ...QUICK, epochs: 3 });
    expect(() => settingsFrom({ full: true, quick: true })).toThrow("--full and --quick exclude");
    expect(COURSE).toMatchObject({
      vocabulary: 10_000,
      length: 10,
      width: 256,
      heads: 8,
      layers: 6,
      expansion: 4,
    });
    expect(COURSE).toMatchObject({
      pairs: 1000,
      validationPairs: 200,
      batchSize: 32,
      epochs: 10,
      dropout: 0,
    });
    expect([COURSE.maxLength, COURSE.learningRate]).toEqual([100, 3e-4]);
  });

  it("name the sections", () => {
    expect([...sectionsFrom("tout")]).toEqual([...SECTIONS]);
    expect([...sectionsFrom("masques, blocs")]).toEqual(["masques", "blocs"]);
    expect(() => sectionsFrom("blocks")).toThrow('no part "blocks"; they are tout, attention');
  });
});

describe("the code that is printed", () => {
  it("is a function, a class or a method as the file has it", () => {
    const source =
      "// x\nexport function a(b: number) {\n  return b;\n}\n\nclass C {\n  m(): void {\n    a(1);\n  }\n}\n";
    expect(declaration(source, "a")).toBe("function a(b: number) {\n  return b;\n}");
    expect(declaration(source, "C.m")).toBe("// C\nm(): void {\n  a(1);\n}");
    expect(() => declaration(source, "C.n")).toThrow("there is no C.n");
    expect(() => declaration(source, "z")).toThrow("there is no z");
  });
});
