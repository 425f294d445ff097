import { Tokenizer } from "@huggingface/tokenizers";
import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { Generator } from "../../src/random.ts";
import { trainWordPiece, WORD_PIECE_SPECIALS } from "../../src/text/word_piece.ts";

/** Hugging Face's tokenizer of BERT's kind over these pieces. */
function bertTokenizer(pieces: readonly string[], lowercase: boolean): Tokenizer {
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return new Tokenizer(
    {
      version: "1.0",
      added_tokens: WORD_PIECE_SPECIALS.map((content, id) => ({ id, content, ...special })),
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: null,
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab,
      },
    },
    {},
  );
}

const repeated = (counts: Record<string, number>): string[] =>
  Object.entries(counts).map(([word, count]) => new Array(count).fill(word).join(" "));

/** The rule by the book: all counts anew for each merge, scores compared as fractions. */
function plainTraining(words: readonly string[], merges: number, least: number): string[] {
  let split = words.map((word) => [...word].map((c, i) => (i ? `##${c}` : c)));
  const made: string[] = [];
  for (let n = 0; n < merges; n++) {
    const single = new Map<string, number>();
    const double = new Map<string, [a: string, b: string, count: number]>();
    for (const pieces of split)
      for (const [i, a] of pieces.entries()) {
        single.set(a, (single.get(a) ?? 0) + 1);
        if (i + 1 === pieces.length) continue;
        const b = pieces[i + 1];
        double.set(`${a} ${b}`, [a, b, (double.get(`${a} ${b}`)?.[2] ?? 0) + 1]);
      }
    const score = ([a, b, count]: [string, string, number]): number =>
      count / single.get(a)! / single.get(b)!;
    const all = [...double.values()].filter(([, , count]) => count >= least).map(score);
    if (all.length === 0) break;
    const top = Math.max(...all);
    // Of equals, any: the test compares what has one best pair only.
    const best = [...double.values()].filter((pair) => pair[2] >= least && score(pair) >= top * (1 - 1e-12));
    if (best.length > 1) break;
    const [a, b] = best[0];
    const merged = a + b.slice(2);
    made.push(merged);
    split = split.map((pieces) => {
      const next: string[] = [];
      for (const piece of pieces)
        if (piece === b && next.at(-1) === a) next[next.length - 1] = merged;
        else next.push(piece);
      return next;
    });
  }
  return made;
}

describe("trainWordPiece", () => {
  it("Hugging Face's course, chapter 6: hug, pug, pun, bun, hugs", () => {
    const texts = repeated({ hug: 10, pug: 5, pun: 12, bun: 4, hugs: 5 });
    const pieces = trainWordPiece(texts, { vocabularySize: 15 });
    expect(pieces.slice(0, 5)).toEqual(WORD_PIECE_SPECIALS);
    // As there: first ##gs with 5/(20·5) = 1/20, then all pairs with ##u have 1/36, and hu came first. The third is
    // hug there, but 10/(15·15) is less than 5/(15·5) for hugs.
    expect(pieces.slice(5)).toEqual(["b", "h", "p", "##g", "##n", "##s", "##u", "##gs", "hu", "hugs"]);
    const all = trainWordPiece(texts, { vocabularySize: 1000 });
    expect(all.slice(0, 15)).toEqual(pieces);
    for (const word of ["hug", "pug", "pun", "bun"]) expect(all).toContain(word);
    expect(all.length).toBeLessThan(30);
  });

  it("merges as counting everything anew does, until two pairs are equal", () => {
    let compared = 0;
    for (let seed = 0; seed < 20; seed++) {
      const random = new Generator(seed);
      const words = Array.from({ length: 60 }, () =>
        Array.from(
          { length: 1 + random.integer(6) },
          () => "abcd"[random.integer(1 + random.integer(4))],
        ).join(""),
      );
      for (const minFrequency of [1, 3]) {
        const expected = plainTraining(words, 25, minFrequency);
        const pieces = trainWordPiece([words.join(" ")], { vocabularySize: 500, minFrequency });
        const letters = new Set(words.flatMap((word) => [...word].map((c, i) => (i ? `##${c}` : c))));
        const made = pieces.slice(5 + letters.size);
        expect(made.slice(0, expected.length)).toEqual(expected);
        compared += expected.length;
      }
    }
    expect(compared).toBeGreaterThan(100);
  });

  const TEXT = [
    "« Où sont les élèves ? — L’élève n'est pas là », dit-elle ; c’est l'été.",
    "Les ÉLÈVES de l’école\u0000 coûtent 1 500 € (soit 10 %)… naïve 你好 \u200bα+β=γ\tΣΣ",
  ];

  it.each([true, false])(
    "its pieces cover the texts, as Hugging Face's tokenizer splits them: lowercase %s",
    (lowercase) => {
      const pieces = trainWordPiece(TEXT, { vocabularySize: 120, lowercase });
      expect(new Set(pieces).size).toBe(pieces.length);
      const tokenizer = bertTokenizer(pieces, lowercase);
      const used = new Set<string>();
      for (const text of TEXT) {
        const { ids, tokens } = tokenizer.encode(text);
        expect(ids).not.toContain(1);
        expect(ids).toEqual(tokens.map((token: string) => pieces.indexOf(token)));
        for (const token of tokens) used.add(token);
      }
      expect([...used].some((token) => token.replace("##", "").length > 1)).toBe(true);
      // No letter is in the vocabulary that the tokenizer would never meet.
      const letters = pieces.slice(5).filter((piece) => [...piece.replace(/^##(?=.)/u, "")].length === 1);
      const met = bertTokenizer([...WORD_PIECE_SPECIALS, ...letters], lowercase);
      const seen = new Set(TEXT.flatMap((text) => met.encode(text).tokens));
      expect(letters.filter((letter) => !seen.has(letter))).toEqual([]);
      expect(pieces.includes("élèves")).toBe(false);
      expect(pieces.some((piece) => /[A-ZÉÈ]/.test(piece.replace(/^\[.*\]$/, "")))).toBe(!lowercase);
    },
  );

  it("stops at the size asked for, or when no pair occurs often enough", () => {
    const texts = ["abcab abcab xyz"];
    expect(trainWordPiece(texts, { vocabularySize: 15 })).toHaveLength(15);
    const all = trainWordPiece(texts, { vocabularySize: 99 });
    expect(all).toContain("abcab");
    expect(all).not.toContain("xyz");
    expect(trainWordPiece(texts, { vocabularySize: 99, minFrequency: 1 })).toContain("xyz");
    expect(trainWordPiece(texts, { vocabularySize: 99, minFrequency: 3 }).every((p) => p.length < 7)).toBe(
      true,
    );
  });

  it("is the same each time, and leaves out what the tokenizer finds too long", () => {
    const texts = ["le chat et le chien", `${"x".repeat(101)} fin`];
    const pieces = trainWordPiece(texts, { vocabularySize: 40 });
    expect(trainWordPiece(texts, { vocabularySize: 40 })).toEqual(pieces);
    expect(pieces).not.toContain("x");
  });

  it.each<[act: () => unknown, message: string]>([
    [() => trainWordPiece(["abc"], { vocabularySize: 7 }), "special pieces and letters are 8 already"],
    [() => trainWordPiece([" \n"], { vocabularySize: 7 }), "trainWordPiece: the texts have no words"],
    [() => trainWordPiece(["a"], {} as never), "vocabularySize is undefined, expected a whole number from 1"],
    [() => trainWordPiece(["a"], { vocabularySize: 9, minFrequency: 0 }), "minFrequency is 0"],
    [() => trainWordPiece("abc", { vocabularySize: 9 }), "expected a list of texts, got one"],
    [() => trainWordPiece(["a"], { vocabulary: 9 } as never), 'unknown option "vocabulary"'],
  ])("refuses: %s", (act, message) => {
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });
});
