import { describe, expect, it } from "vitest";
import { manualSeed } from "../../src/device.ts";
import { ValueError } from "../../src/errors.ts";
import { Generator } from "../../src/random.ts";
import { generate } from "../../src/text/generation/generate.ts";
import type {
  GeneratedSequence,
  GenerateOptions,
  GenerationStep,
} from "../../src/text/generation/options.ts";

/** A model whose logits are random, but depend on all ids so far. */
function hashed(vocabulary: number, seed: number, scale = 1.5): (ids: ArrayLike<number>) => number[] {
  return (ids) => {
    const key = Array.from(ids).reduce(
      (hash, id) => Math.imul(hash ^ (id + 1), 0x01000193) >>> 0,
      0x811c9dc5,
    );
    const random = new Generator(seed, key);
    return Array.from({ length: vocabulary }, () => scale * random.normal());
  };
}

function stepOf(model: (ids: Int32Array) => number[]): GenerationStep {
  return (rows) => Float32Array.from(rows.flatMap(model));
}

/** A chain in which only the last id counts; rows of probabilities. */
function chain(table: readonly (readonly number[])[]): GenerationStep {
  return (rows) => Float64Array.from(rows.flatMap((ids) => table[ids[ids.length - 1]].map(Math.log)));
}

const idsOf = (found: GeneratedSequence[][]): number[][][] =>
  found.map((list) => list.map(({ ids }) => [...ids]));

interface Path {
  ids: number[];
  sum: number;
}

/** Every sequence that ends with `eos` or at `end` ids, with its Σ log p: written on its own, by recursion. */
function everyPath(model: (ids: number[]) => number[], start: number[], end: number, eos: number): Path[] {
  const paths: Path[] = [];
  const visit = (ids: number[], sum: number): void => {
    const exps = model(ids).map((x) => Math.exp(Math.fround(x)));
    const total = exps.reduce((a, b) => a + b, 0);
    for (const [token, e] of exps.entries()) {
      const path = { ids: [...ids, token], sum: sum + Math.log(e / total) };
      if (token === eos || path.ids.length === end) paths.push(path);
      else visit(path.ids, path.sum);
    }
  };
  visit(start, 0);
  return paths;
}

describe("greedy", () => {
  // 0 ends; from 1 the likeliest is 2, from 2 it is 3, from 3 it is 0.
  const TABLE = [
    [1, 0, 0, 0],
    [0.1, 0.2, 0.6, 0.1],
    [0.2, 0.1, 0.2, 0.5],
    [0.7, 0.1, 0.1, 0.1],
  ];

  it("follows the likeliest id to the end token, and scores by the mean log-probability", async () => {
    const [[found]] = await generate(chain(TABLE), [[1]], { eosToken: 0 });
    expect([...found.ids]).toEqual([1, 2, 3, 0]);
    expect(found.score).toBeCloseTo(Math.log(0.6 * 0.5 * 0.7) / 3, 12);
  });

  it("ends at maxLength, or after maxNewTokens, each prompt at its own", async () => {
    const prompts = [[1], [3, 3, 2]];
    const step = chain(TABLE);
    expect(idsOf(await generate(step, prompts, { maxLength: 4 }))).toEqual([[[1, 2, 3, 0]], [[3, 3, 2, 3]]]);
    expect(idsOf(await generate(step, prompts, { maxNewTokens: 2 }))).toEqual([
      [[1, 2, 3]],
      [[3, 3, 2, 3, 0]],
    ]);
    const twenty = await generate(step, [[1]], {});
    expect(twenty[0][0].ids).toHaveLength(20);
  });

  it("fills with padToken to the longest, when one is given", async () => {
    const found = await generate(chain(TABLE), [[1], [3]], { eosToken: 0, padToken: 9 });
    expect(idsOf(found)).toEqual([[[1, 2, 3, 0]], [[3, 0, 9, 9]]]);
  });

  it("asks only for sequences that are still open, and says which row each continues", async () => {
    const calls: { rows: number[][]; parents: number[] | null }[] = [];
    const step: GenerationStep = (rows, parents) => {
      calls.push({ rows: rows.map((ids) => [...ids]), parents: parents && [...parents] });
      return chain(TABLE)(rows, parents);
    };
    await generate(step, [[1], [3], [2]], { eosToken: 0 });
    expect(calls).toEqual([
      { rows: [[1], [3], [2]], parents: null },
      {
        rows: [
          [1, 2],
          [2, 3],
        ],
        parents: [0, 2],
      },
      { rows: [[1, 2, 3]], parents: [0] },
    ]);
  });

  it("holds the end back until minLength", async () => {
    const [[found]] = await generate(chain(TABLE), [[3]], { eosToken: 0, minLength: 3, maxLength: 5 });
    // At 3 the ids 1, 2 and 3 are equal: the first is taken. With 3 ids, the end is allowed again.
    expect([...found.ids]).toEqual([3, 1, 2, 3, 0]);
  });

  it.each([1, 2, 3])("repeats no group of %i ids, those of the prompt included", async (size) => {
    const model = hashed(7, 3, 0.2);
    // Nearly the same logits at every place: without the rule, it repeats at once.
    const step = stepOf((ids) => model([]).map((x, i) => x + 0.1 * model(ids)[i]));
    const groups = (ids: Int32Array): string[] =>
      Array.from({ length: ids.length - size + 1 }, (_, i) => ids.slice(i, i + size).join());
    const options = { maxLength: size === 1 ? 7 : 12, numBeams: 1 };
    const repeats = ({ ids }: GeneratedSequence): boolean => new Set(groups(ids)).size < groups(ids).length;
    expect(repeats((await generate(step, [[1, 2]], options))[0][0])).toBe(true);
    for (const numBeams of [1, 3]) {
      const [[found]] = await generate(step, [[1, 2]], { ...options, numBeams, noRepeatNgramSize: size });
      expect(repeats(found)).toBe(false);
      expect(found.ids).toHaveLength(options.maxLength);
    }
  });

  it("streams each new id, and waits for who takes it", async () => {
    const seen: string[] = [];
    const onToken = async (token: number, prompt: number, sequence: number): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      seen.push(`${prompt}.${sequence}: ${token}`);
    };
    await generate(chain(TABLE), [[2], [3]], { eosToken: 0, onToken });
    expect(seen).toEqual(["0.0: 3", "1.0: 0", "0.0: 0"]);
  });

  it("ends when shouldStop says so, with what there is", async () => {
    for (const numBeams of [1, 2]) {
      let asked = 0;
      const options = { numBeams, shouldStop: () => ++asked > 2 };
      const [[found]] = await generate(chain(TABLE), [[1]], options);
      expect(asked).toBe(3);
      expect(found.ids).toHaveLength(3);
      const nothing = await generate(chain(TABLE), [[1]], { numBeams, shouldStop: () => true });
      expect(nothing).toEqual([[{ ids: Int32Array.of(1), score: 0 }]]);
    }
  });
});

describe("sampling", () => {
  const P = [0.5, 0.25, 0.15, 0.1];
  const step: GenerationStep = (rows) => rows.flatMap(() => P.map((p) => Math.log(p)));
  const draws = 4000;

  async function shares(options: GenerateOptions): Promise<number[]> {
    const options_ = { doSample: true, maxNewTokens: 1, numReturnSequences: draws, seed: 5, ...options };
    const [found] = await generate(step, [[0]], options_);
    const counts = [0, 0, 0, 0];
    for (const { ids } of found) counts[ids[1]]++;
    return counts.map((count) => count / draws);
  }

  it.each<[options: GenerateOptions, expected: number[]]>([
    [{}, P],
    [{ temperature: 0.5 }, [0.25, 0.0625, 0.0225, 0.01].map((p) => p / 0.345)],
    [{ topK: 2 }, [2 / 3, 1 / 3, 0, 0]],
    [{ topK: 9 }, P],
    [{ topP: 0.5 }, [1, 0, 0, 0]],
    [{ topP: 0.51 }, [2 / 3, 1 / 3, 0, 0]],
    [{ topP: 0.9 }, [5 / 9, 2.5 / 9, 1.5 / 9, 0]],
    // Of the three that top-k leaves, 0.75 / 0.9 = 0.83 is enough.
    [{ topK: 3, topP: 0.8 }, [2 / 3, 1 / 3, 0, 0]],
  ])("draws with the probabilities of %o", async (options, expected) => {
    const found = await shares(options);
    // 4,000 draws: four standard deviations of a share are 0.032 at most.
    for (const [i, p] of expected.entries())
      expect(Math.abs(found[i] - p)).toBeLessThanOrEqual(p * (1 - p) && 0.032);
  });

  it("keeps equals at the edge: all for top-k, as many as needed for top-p", async () => {
    const equal: GenerationStep = (rows) => new Float32Array(rows.length * 4);
    const seen = async (options: GenerateOptions): Promise<number[]> => {
      const more = { doSample: true, maxNewTokens: 1, numReturnSequences: 100, seed: 1 };
      const [found] = await generate(equal, [[0]], { ...more, ...options });
      return [...new Set(found.map(({ ids }) => ids[1]))].sort();
    };
    expect(await seen({ topK: 2 })).toEqual([0, 1, 2, 3]);
    expect(await seen({ topP: 0.5 })).toEqual([0, 1]);
  });

  it("gives the same for a seed, whatever else is in the batch; other sequences and seeds differ", async () => {
    const model = stepOf(hashed(20, 1, 0.5));
    const options = { doSample: true, maxLength: 12, topK: 15, seed: 7 };
    const alone = await generate(model, [[1]], { ...options, eosToken: 4 });
    const batch = await generate(model, [[1], [2], [1]], { ...options, eosToken: 4 });
    expect(batch[0]).toEqual(alone[0]);
    expect(batch[2]).not.toEqual(alone[0]);
    expect(await generate(model, [[1], [2], [1]], { ...options, eosToken: 4 })).toEqual(batch);
    expect(await generate(model, [[1]], { ...options, seed: 8 })).not.toEqual(alone);
  });

  it("is seeded by manualSeed when no seed is given", async () => {
    const run = async (): Promise<number[][][]> =>
      idsOf(await generate(step, [[0]], { doSample: true, maxLength: 30 }));
    manualSeed(3);
    const [first, second] = [await run(), await run()];
    manualSeed(3);
    expect(await run()).toEqual(first);
    expect(second).not.toEqual(first);
  });

  it("scores by the model's own probabilities, not by those drawn from", async () => {
    const [[found]] = await generate(step, [[0]], { doSample: true, topK: 1, maxNewTokens: 3, seed: 0 });
    expect([...found.ids]).toEqual([0, 0, 0, 0]);
    expect(found.score).toBeCloseTo(Math.log(0.5), 12);
  });

  it("has a row for each prompt at first, then one for each sequence", async () => {
    const calls: (number[] | null)[] = [];
    const spy: GenerationStep = (rows, parents) => {
      calls.push(parents && [...parents]);
      return step(rows, parents);
    };
    const options = { doSample: true, numReturnSequences: 2, maxNewTokens: 3, seed: 1 };
    await generate(spy, [[0], [1]], options);
    expect(calls).toEqual([null, [0, 0, 1, 1], [0, 1, 2, 3]]);
  });
});

describe("beam search", () => {
  // A greedy step into 1 meets four equal ways; 2 is less likely, but sure of what follows.
  const TRAP = [
    [0, 0.5, 0.4, 0.1, 0],
    [0.25, 0.25, 0.25, 0.25, 0],
    [0.04, 0.02, 0.02, 0.02, 0.9],
    [0.25, 0.25, 0.25, 0.25, 0],
    [1, 0, 0, 0, 0],
  ];

  it("finds what greedy misses", async () => {
    const greedy = await generate(chain(TRAP), [[0]], { maxLength: 3 });
    expect(idsOf(greedy)).toEqual([[[0, 1, 0]]]);
    expect(greedy[0][0].score).toBeCloseTo(Math.log(0.5 * 0.25) / 2, 12);
    const beams = await generate(chain(TRAP), [[0]], { maxLength: 3, numBeams: 2 });
    expect(idsOf(beams)).toEqual([[[0, 2, 4]]]);
    expect(beams[0][0].score).toBeCloseTo(Math.log(0.4 * 0.9) / 2, 12);
  });

  it.each([
    [0, "never"],
    [1, "never"],
    [2, "never"],
    [-1, "never"],
    [1, false],
    [0, false],
  ] as const)(
    "wide enough, it finds the best of all sequences: lengthPenalty %d, earlyStopping %s",
    async (lengthPenalty, earlyStopping) => {
      for (const seed of [1, 2, 3]) {
        const model = hashed(4, seed);
        const [eosToken, maxLength] = [3, 5];
        const expected = everyPath(model, [1], maxLength, eosToken)
          .map(({ ids, sum }) => ({ ids, score: sum / (ids.length - 1) ** lengthPenalty }))
          .sort((a, b) => b.score - a.score);
        const options = { numBeams: 256, numReturnSequences: 20, lengthPenalty, earlyStopping };
        const [found] = await generate(stepOf(model), [[1]], { ...options, eosToken, maxLength });
        expect(found).toHaveLength(20);
        for (const [i, { ids, score }] of found.entries()) {
          expect([...ids]).toEqual(expected[i].ids);
          expect(score).toBeCloseTo(expected[i].score, 12);
        }
      }
    },
  );

  it("batches prompts of different lengths as if each were alone", async () => {
    const step = stepOf(hashed(6, 9));
    const prompts = [[1], [2, 3, 4], [5, 1]];
    for (const earlyStopping of [true, false, "never"] as const) {
      const options = { numBeams: 3, numReturnSequences: 2, eosToken: 0, maxNewTokens: 6, earlyStopping };
      const together = await generate(step, prompts, options);
      const alone = await Promise.all(prompts.map(async (p) => (await generate(step, [p], options))[0]));
      expect(together).toEqual(alone);
    }
  });

  it("says which row each beam continues", async () => {
    const model = hashed(5, 4);
    let last: string[] = [];
    let branched = false;
    const step: GenerationStep = (rows, parents) => {
      for (const [i, ids] of rows.entries())
        if (parents) expect(ids.slice(0, -1).join()).toBe(last[parents[i]]);
      branched ||= parents !== null && rows.length === 6 && new Set(parents).size < rows.length;
      last = rows.map((ids) => ids.join());
      return stepOf(model)(rows, parents);
    };
    await generate(step, [[1], [2, 2]], { numBeams: 3, maxNewTokens: 6, eosToken: 0 });
    expect(branched).toBe(true);
  });

  // 0 ends. Short and bad at once, long and good later: 1 → 1 → … is sure.
  const LATE = [
    [1, 0, 0],
    [0.3, 0.65, 0.05],
    [0.5, 0.25, 0.25],
  ];

  it("earlyStopping true stops at numBeams ended sequences; false looks at what ends now; never at what may", async () => {
    const lengths = async (options: GenerateOptions): Promise<number> => {
      let calls = 0;
      const step: GenerationStep = (rows, parents) => {
        calls++;
        return chain(LATE)(rows, parents);
      };
      const all = { numBeams: 2, eosToken: 0, maxLength: 12, ...options };
      const [[best]] = await generate(step, [[1]], all);
      return 100 * calls + best.ids.length;
    };
    // After two calls [1 0] and [1 1 0] have ended.
    expect(await lengths({ earlyStopping: true })).toBe(203);
    // Mean log p of [1 1 …] is log 0.65, better than any that has ended: neither stops before the end.
    expect(await lengths({ earlyStopping: false })).toBe(1112);
    expect(await lengths({ earlyStopping: "never" })).toBe(1112);
    // The sum only falls: [1 0] with log 0.3 is beaten by [1 1] (log 0.42), by [1 1 1] no more (log 0.27 < log 0.195…).
    expect(await lengths({ earlyStopping: false, lengthPenalty: 0 })).toBe(402);
    expect(await lengths({ earlyStopping: "never", lengthPenalty: 0 })).toBe(402);
  });

  it("lengthPenalty favours longer sequences the larger it is", async () => {
    const best = async (lengthPenalty: number): Promise<number> => {
      const options = {
        numBeams: 4,
        eosToken: 0,
        maxLength: 8,
        earlyStopping: "never" as const,
        lengthPenalty,
      };
      return (await generate(chain(LATE), [[1]], options))[0][0].ids.length;
    };
    expect(await best(-1)).toBe(2);
    expect(await best(0)).toBe(2);
    expect(await best(2)).toBe(8);
  });

  it("goes on when most of the best continuations are ends", async () => {
    const [found] = await generate(
      chain([
        [0.8, 0.2],
        [0.9, 0.1],
      ]),
      [[1]],
      {
        numBeams: 2,
        eosToken: 0,
        numReturnSequences: 2,
        maxLength: 4,
      },
    );
    expect(found.map(({ ids }) => [...ids])).toEqual([
      [1, 0],
      [1, 1, 0],
    ]);
    expect(found[1].score).toBeCloseTo(Math.log(0.1 * 0.9) / 2, 12);
  });
});

describe("refusals", () => {
  const ok = stepOf(hashed(5, 1));
  const bad: [
    name: string,
    step: GenerationStep,
    prompts: ArrayLike<number>[],
    options: object,
    text: string,
  ][] = [
    ["no prompts", ok, [], {}, "generate: there is no prompt"],
    ["one prompt", ok, [1, 2] as unknown as number[][], {}, "put it in brackets: generate(step, [prompt])"],
    ["empty", ok, [[1], []], {}, "prompt 1 is empty; give at least the id that starts a sequence"],
    ["no id", ok, [[1, -2]], {}, "prompt 0 has -2 at 1, expected an id: a whole number from 0"],
    ["id too large", ok, [[1], [0, 5]], {}, "prompt 1 has 5 at 1, outside the 5 ids"],
    ["end too large", ok, [[1]], { eosToken: 5 }, "eosToken is 5, outside the 5 ids"],
    [
      "no room",
      ok,
      [[1, 2]],
      { maxLength: 2 },
      "prompt 0 has 2 ids, maxLength is 2; raise it, or say maxNewTokens",
    ],
    ["beams 0", ok, [[1]], { numBeams: 0 }, "numBeams is 0, expected a whole number from 1"],
    ["beams 1.5", ok, [[1]], { numBeams: 1.5 }, "numBeams is 1.5, expected a whole number from 1"],
    [
      "topP 1.1",
      ok,
      [[1]],
      { doSample: true, topP: 1.1 },
      "topP is 1.1, expected a number above 0, at most 1",
    ],
    ["topP NaN", ok, [[1]], { doSample: true, topP: Number.NaN }, "topP is NaN"],
    ["topK -1", ok, [[1]], { doSample: true, topK: -1 }, "topK is -1, expected a whole number from 0"],
    ["cold", ok, [[1]], { doSample: true, temperature: 0 }, "for the likeliest ids set doSample: false"],
    [
      "two lengths",
      ok,
      [[1]],
      { maxLength: 5, maxNewTokens: 5 },
      "maxLength and maxNewTokens both say where to end",
    ],
    [
      "min over max",
      ok,
      [[1]],
      { eosToken: 0, minLength: 9, maxLength: 5 },
      "minLength is 9, but prompt 0 leads to 5",
    ],
    ["min without end", ok, [[1]], { minLength: 9 }, "minLength is 9, but without eosToken nothing ends"],
    ["sampled beams", ok, [[1]], { numBeams: 2, doSample: true }, "doSample draws and numBeams 2 searches"],
    ["temperature alone", ok, [[1]], { temperature: 2 }, "temperature is for sampling; set doSample: true"],
    ["penalty alone", ok, [[1]], { lengthPenalty: 2 }, "lengthPenalty is for beam search; set numBeams"],
    [
      "penalty NaN",
      ok,
      [[1]],
      { numBeams: 2, lengthPenalty: Number.NaN },
      "lengthPenalty is NaN, expected a number",
    ],
    [
      "early",
      ok,
      [[1]],
      { numBeams: 2, earlyStopping: "always" },
      'earlyStopping is "always", expected true, false',
    ],
    ["greedy twice", ok, [[1]], { numReturnSequences: 2 }, "there is only one greedy sequence"],
    ["more than beams", ok, [[1]], { numBeams: 2, numReturnSequences: 3 }, "3, more than the 2 beams"],
    ["stream", ok, [[1]], { numBeams: 2, onToken: () => {} }, "onToken cannot stream from beam search"],
    ["unknown", ok, [[1]], { topk: 3 }, 'unknown option "topk"; did you mean "topK"?'],
    ["NaN", () => [0, Number.NaN], [[1]], {}, "logit 1 of row 0 is NaN; has training diverged?"],
    ["infinite", () => [0, 1, 2, 1 / 0], [[0], [1]], { numBeams: 2 }, "logit 1 of row 1 is Infinity"],
    ["impossible", () => [-1 / 0, -1 / 0], [[1]], {}, "every logit of row 0 is -Infinity"],
    ["no logits", () => [], [[1]], {}, "the step gave 0 logits for 1 rows"],
    ["ragged", () => [1, 2, 3], [[1], [1]], {}, "the step gave 3 logits for 2 rows, expected as many"],
    [
      "vocabulary changes",
      (rows) => new Float32Array(rows[0].length + 2),
      [[1]],
      {},
      "the step gave 4 logits for 1 rows, expected 3 for each",
    ],
    [
      "dead end",
      ok,
      [[1, 2]],
      { noRepeatNgramSize: 1 },
      "nothing may follow the 5 ids so far (noRepeatNgramSize 1)",
    ],
    [
      "beams' dead end",
      ok,
      [[1, 2]],
      { noRepeatNgramSize: 1, numBeams: 2 },
      "nothing may follow the 5 ids so far",
    ],
  ];
  it.each(bad)("%s", async (_, step, prompts, options, text) => {
    const act = generate(step, prompts, options);
    await expect(act).rejects.toThrow(ValueError);
    await expect(act).rejects.toThrow(text);
  });
});
