/** BLEU, ROUGE and accuracy of tokens: published examples, and arithmetic of another program. */
import { describe, expect, it } from "vitest";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { type BleuOptions, bleu, tokens13a } from "../../src/metrics/bleu.ts";
import { rouge } from "../../src/metrics/rouge.ts";
import { tokenAccuracy } from "../../src/metrics/token_accuracy.ts";
import fixture from "../fixtures/text_metrics.json" with { type: "json" };

/** Rounding of a few doubles. */
const CLOSE = 12;

describe("tokens13a", () => {
  it.each(fixture.tokens13a)("$text", ({ text, tokens }) => {
    expect(tokens13a(text)).toEqual(tokens);
  });
});

describe("bleu", () => {
  const spaces = (text: string): string[] => text.split(" ");

  it.each(fixture.cases)("as exact fractions: $name", ({ hypotheses, references, bleu: all }) => {
    for (const { options, expected } of all) {
      const given = { ...options, tokenize: spaces } as BleuOptions;
      const got = bleu(hypotheses, references, given);
      for (const name of ["score", "brevityPenalty", "hypothesisLength", "referenceLength"] as const)
        expect(got[name], `${name} ${JSON.stringify(options)}`).toBeCloseTo(expected[name], CLOSE);
      expect(got.matches).toEqual(expected.matches);
      expect(got.totals).toEqual(expected.totals);
      for (const [i, precision] of got.precisions.entries())
        expect(precision, JSON.stringify(options)).toBeCloseTo(expected.precisions[i], CLOSE);
    }
  });

  it("sacrebleu's README: 48.53", () => {
    // The example of its Python interface, with the details that the metric card of Hugging Face prints for it.
    const { score, matches, totals, precisions, brevityPenalty, hypothesisLength, referenceLength } = bleu(
      ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."],
      [
        ["The dog bit the man.", "The dog had bit the man."],
        ["It was not unexpected.", "No one was surprised."],
        ["The man bit him first.", "The man had bitten the dog."],
      ],
    );
    expect(score).toBeCloseTo(48.530827009929865, CLOSE);
    expect(matches).toEqual([14, 7, 5, 3]);
    expect(totals).toEqual([17, 14, 11, 8]);
    expect(precisions[0]).toBeCloseTo(82.3529411764706, CLOSE);
    expect(brevityPenalty).toBeCloseTo(0.9428731438548749, CLOSE);
    expect([hypothesisLength, referenceLength]).toEqual([17, 18]);
  });

  describe("Papineni et al. 2002, section 2", () => {
    const fraction = (text: string, references: string[], n: number): string => {
      const plain = (words: string): string => words.replace(/\.$/, "");
      const { matches, totals } = bleu([plain(text)], [references.map(plain)], { lowercase: true });
      return `${matches[n - 1]}/${totals[n - 1]}`;
    };
    const PARTY = [
      "It is a guide to action that ensures that the military will forever heed Party commands.",
      "It is the guiding principle which guarantees the military forces always being under the command of the Party.",
      "It is the practical guide for the army always to heed the directions of the party.",
    ];
    const CAT = ["The cat is on the mat.", "There is a cat on the mat."];

    it.each<[text: string, references: string[], n: number, expected: string]>([
      ["the the the the the the the.", CAT, 1, "2/7"],
      ["the the the the the the the.", CAT, 2, "0/6"],
      [
        "It is a guide to action which ensures that the military always obeys the commands of the party.",
        PARTY,
        1,
        "17/18",
      ],
      [
        "It is a guide to action which ensures that the military always obeys the commands of the party.",
        PARTY,
        2,
        "10/17",
      ],
      [
        "It is to insure the troops forever hearing the activity guidebook that party direct.",
        PARTY,
        1,
        "8/14",
      ],
      [
        "It is to insure the troops forever hearing the activity guidebook that party direct.",
        PARTY,
        2,
        "1/13",
      ],
      ["of the", PARTY, 1, "2/2"],
      ["of the", PARTY, 2, "1/1"],
    ])("%s (%#)", (text, references, n, expected) => {
      expect(fraction(text, references, n)).toBe(expected);
    });

    it("punishes what is too short: the references have 12, 15 and 17 words, the nearest counts", () => {
      const references = [12, 15, 17].map((n) => Array.from({ length: n }, (_, i) => `w${i}`).join(" "));
      const penalty = (n: number): number =>
        bleu([references[2].split(" ").slice(0, n).join(" ")], [references]).brevityPenalty;
      expect(penalty(12)).toBe(1);
      expect(penalty(15)).toBe(1);
      expect(penalty(11)).toBeCloseTo(Math.exp(1 - 12 / 11), CLOSE);
      expect(penalty(14)).toBeCloseTo(Math.exp(1 - 15 / 14), CLOSE);
    });
  });

  it("is 100 for the reference itself, 0 for nothing, and never a mean of sentences", () => {
    const text = "the cat is on the mat";
    expect(bleu([text], [text]).score).toBeCloseTo(100, CLOSE);
    expect(bleu([""], [text]).score).toBe(0);
    expect(bleu(["", text], [text, text]).score).toBeCloseTo(100 * Math.exp(1 - 2), CLOSE);
    expect(bleu(["The Cat Is On The Mat"], [text]).score).toBe(0);
    expect(bleu(["The Cat Is On The Mat"], [text], { lowercase: true }).score).toBeCloseTo(100, CLOSE);
  });

  it.each<[act: () => unknown, message: string]>([
    [() => bleu([], []), "bleu: there is no hypothesis"],
    [() => bleu(["a"], ["a", "b"]), "bleu: 1 hypotheses and 2 references, expected one reference, or a list"],
    [() => bleu(["a"], [[]]), "bleu: hypothesis 0 has no reference"],
    [() => bleu("a b" as never, ["a"]), "bleu: expected a list of hypotheses and a list of references"],
    [() => bleu([3 as never], ["a"]), "bleu: hypothesis 0 and its references must be texts"],
    [() => bleu(["a"], ["a"], { maxOrder: 0 }), "bleu: maxOrder is 0, expected a whole number from 1"],
    [
      () => bleu(["a"], ["a"], { smoothing: "exponential" as never }),
      'bleu: smoothing is "exponential", expected',
    ],
    [() => bleu(["a"], ["a"], { smoothValue: -1 }), "bleu: smoothValue is -1, expected 0 or more"],
    [() => bleu(["a"], ["a"], { smoothng: "none" } as never), 'did you mean "smoothing"?'],
  ])("refuses: %s", (act, message) => {
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });
});

describe("rouge", () => {
  it.each(fixture.cases)("as exact fractions: $name", ({ hypotheses, references, rouge: expected }) => {
    const got = rouge(hypotheses, references);
    for (const kind of ["rouge1", "rouge2", "rougeL"] as const)
      for (const name of ["precision", "recall", "f1Score"] as const)
        expect(got[kind][name], `${kind} ${name}`).toBeCloseTo(expected[kind][name], CLOSE);
  });

  it("Lin 2004, section 3.1: police killed the gunman", () => {
    const f1 = (text: string) => {
      const { rouge2, rougeL } = rouge([text], ["police killed the gunman"]);
      return [rouge2.f1Score, rougeL.f1Score];
    };
    // ROUGE-2 holds these two equal ("the gunman"), ROUGE-L sees that the second is another story.
    expect(f1("police kill the gunman")).toEqual([1 / 3, 3 / 4]);
    expect(f1("the gunman kill police")).toEqual([1 / 3, 2 / 4]);
    // ROUGE-L takes this one for as bad as the last, for it counts one order only; ROUGE-2 does not.
    expect(f1("the gunman police killed")).toEqual([2 / 3, 2 / 4]);
  });

  it("splits at all but letters and digits, of any script, without regard to case", () => {
    const same = rouge(["L'ÉTÉ, c'est 2 fois mieux !"], ["l été c est 2 fois mieux"]);
    expect(same.rougeL.f1Score).toBe(1);
    expect(rouge(["été"], ["t"]).rouge1.f1Score).toBe(0);
  });

  it("takes the best of several references, and words of one's own", () => {
    const { rouge1 } = rouge(["a b c"], [["x y z", "a b d", "a"]]);
    expect(rouge1).toEqual({ precision: 2 / 3, recall: 2 / 3, f1Score: 2 / 3 });
    const letters = rouge(["abc"], ["abd"], { tokenize: (text) => [...text] });
    expect(letters.rouge1.f1Score).toBeCloseTo(2 / 3, CLOSE);
  });

  it("has nothing to divide by 0", () => {
    const nothing = { precision: 0, recall: 0, f1Score: 0 };
    expect(rouge(["", "a"], ["a", ""])).toEqual({ rouge1: nothing, rouge2: nothing, rougeL: nothing });
  });

  it("refuses lists that do not fit", () => {
    expect(() => rouge(["a", "b"], ["a"])).toThrow("rouge: 2 hypotheses and 1 references");
    expect(() => rouge(["a"], ["a"], { stem: true } as never)).toThrow('rouge: unknown option "stem"');
  });
});

describe("tokenAccuracy", () => {
  it("counts all targets, or all but the padding", () => {
    const targets = { data: Int32Array.of(5, 6, 2, 0, 7, 2, 0, 0), shape: [2, 4] };
    const predictions = { data: Int32Array.of(5, 9, 2, 0, 7, 3, 4, 0), shape: [2, 4] };
    expect(tokenAccuracy(predictions, targets)).toBe(5 / 8);
    expect(tokenAccuracy(predictions, targets, { ignore: 0 })).toBe(3 / 5);
    expect(tokenAccuracy([...predictions.data], targets, { ignore: 0 })).toBe(3 / 5);
  });

  it("does not look at what is said where the target is padding", () => {
    expect(tokenAccuracy([1, 0, 0], [1, 2, 0], { ignore: 0 })).toBe(1 / 2);
    expect(tokenAccuracy([1, 2, 9], [1, 2, 0], { ignore: 0 })).toBe(1);
  });

  it("refuses other sizes, and targets that are all padding", () => {
    const ids = { data: Int32Array.of(1, 2), shape: [1, 2] };
    expect(() => tokenAccuracy([1], [1, 2])).toThrow(ShapeError);
    expect(() => tokenAccuracy({ data: Float32Array.of(1, 2), shape: [2, 1] }, ids)).toThrow(
      "tokenAccuracy: predictions are [2, 1] and targets [1, 2], expected an id for each target",
    );
    expect(() => tokenAccuracy([1], [0], { ignore: 0 })).toThrow(ValueError);
    expect(() => tokenAccuracy([], [])).toThrow("tokenAccuracy: there is no target that counts");
    expect(() => tokenAccuracy([1], [1], { ignored: 0 } as never)).toThrow('unknown option "ignored"');
  });
});
