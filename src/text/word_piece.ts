/** Trains the vocabulary of a WordPiece tokenizer. */
import { checkOptions, ValueError } from "../errors.ts";

/** The pieces that a BERT vocabulary begins with. */
export const WORD_PIECE_SPECIALS: readonly string[] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** What trainWordPiece takes. */
export interface WordPieceOptions {
  /** Pieces at most, the five special ones and the letters included. */
  vocabularySize: number;
  /** Without upper case and accents, as BERT's uncased models; default true. */
  lowercase?: boolean;
  /**
   * A piece is made only when it occurs so often; default 2. The rule likes what is rare and always together, such as
   * the parts of a name, so that large texts want more: 50 for a book.
   */
  minFrequency?: number;
}

/** Longer words are unknown to BERT's tokenizer. */
const LONGEST_WORD = 100;

/**
 * The pieces of a vocabulary in the order of their ids: the special ones, the letters of the texts (by code point; a
 * letter within a word is another piece than at its start, with ## before it), and what is merged from them. Each time
 * the neighbours a, b with the largest count(ab) / (count(a) · count(b)) become one piece: those that occur together
 * more often than their own counts suggest (Schuster & Nakajima 2012; as Hugging Face's course tells of BERT, whose
 * own trainer was never published). Of equals, those that came first in the texts. Pieces may be fewer than asked for
 * when nothing is left to merge. The lines of a vocab.txt, for any tokenizer of BERT's kind.
 * Throws a ValueError when the letters alone are more than vocabularySize, or the texts have no words.
 */
export function trainWordPiece(texts: Iterable<string>, options: WordPieceOptions): string[] {
  checkOptions("trainWordPiece", options, ["vocabularySize", "lowercase", "minFrequency"]);
  const { vocabularySize, lowercase = true, minFrequency = 2 } = options;
  for (const [name, value] of Object.entries({ vocabularySize, minFrequency }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ValueError(`trainWordPiece: ${name} is ${value}, expected a whole number from 1`);
  if (typeof texts === "string") throw new ValueError("trainWordPiece: expected a list of texts, got one");
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const word of bertWords(text, lowercase)) counts.set(word, (counts.get(word) ?? 0) + 1);
  if (counts.size === 0) throw new ValueError("trainWordPiece: the texts have no words");

  const words = Array.from(counts, ([word, count]) => ({ letters: lettersOf(word), count }));
  const alphabet = [...new Set(words.flatMap(({ letters }) => letters))].sort(byLetter);
  const pieces = [...WORD_PIECE_SPECIALS, ...alphabet];
  if (pieces.length > vocabularySize)
    throw new ValueError(
      `trainWordPiece: vocabularySize is ${vocabularySize}, but special pieces and letters are ${pieces.length} already`,
    );
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const merger = new Merger(
    words.map(({ letters, count }) => ({ ids: letters.map((letter) => ids.get(letter)!), count })),
    pieces.length,
  );
  while (pieces.length < vocabularySize) {
    const pair = merger.best(minFrequency);
    if (!pair) break;
    merger.merge(pair, pieces.length);
    pieces.push(pieces[pair.a] + pieces[pair.b].slice(2));
  }
  return pieces;
}

/** Letters as pieces: all but the first with ##. */
function lettersOf(word: string): string[] {
  return Array.from(word, (letter, i) => (i === 0 ? letter : `##${letter}`));
}

/** First letters before those within words, each by code point. */
function byLetter(a: string, b: string): number {
  const inside = (piece: string): boolean => piece.length > 2 && piece.startsWith("##");
  if (inside(a) !== inside(b)) return inside(a) ? 1 : -1;
  return a < b ? -1 : 1;
}

/** Words as BERT's tokenizer splits them: at spaces, and around each punctuation mark and Chinese character. */
function bertWords(text: string, lowercase: boolean): string[] {
  let plain = text.replace(/\s/gu, " ").replace(/[\p{C}\ufffd]/gu, "");
  if (lowercase)
    plain = plain
      .normalize("NFD")
      .replace(/\p{Mn}/gu, "")
      .toLowerCase();
  return plain
    .replace(/[\p{P}$+<=>^`|~]|\p{Unified_Ideograph}/gu, " $& ")
    .split(" ")
    .filter((word) => word !== "" && Array.from(word).length <= LONGEST_WORD);
}

interface Word {
  ids: number[];
  readonly count: number;
}

/** Two neighbours. */
interface Pair {
  readonly a: number;
  readonly b: number;
  count: number;
  /** Words that have it, or had it. */
  readonly words: Set<Word>;
}

/** The words as pieces, with counts that follow each merge. */
class Merger {
  /** How often each piece occurs, by id. */
  readonly #counts: number[];
  /** In the order in which they first came. */
  readonly #pairs = new Map<string, Pair>();

  constructor(words: readonly Word[], pieces: number) {
    this.#counts = new Array<number>(pieces).fill(0);
    for (const word of words) this.#add(word, 1);
  }

  /** The pair to merge next, if one occurs often enough. */
  best(minFrequency: number): Pair | null {
    let best: Pair | null = null;
    const weight = ({ a, b }: Pair): number => this.#counts[a] * this.#counts[b];
    // count / weight against best.count / weight, in whole numbers.
    for (const pair of this.#pairs.values())
      if (pair.count >= minFrequency && (!best || pair.count * weight(best) > best.count * weight(pair)))
        best = pair;
    return best;
  }

  /** Makes one piece, with the next id, of each a before b. */
  merge({ a, b, words }: Pair, id: number): void {
    this.#counts[id] = 0;
    for (const word of [...words]) {
      this.#add(word, -1);
      const merged: number[] = [];
      for (let i = 0; i < word.ids.length; i++)
        if (word.ids[i] === a && word.ids[i + 1] === b) {
          merged.push(id);
          i++;
        } else merged.push(word.ids[i]);
      word.ids = merged;
      this.#add(word, 1);
    }
  }

  /** Counts a word in, or out with sign −1. */
  #add(word: Word, sign: 1 | -1): void {
    const { ids, count } = word;
    for (const [i, a] of ids.entries()) {
      this.#counts[a] += sign * count;
      if (i + 1 === ids.length) break;
      const b = ids[i + 1];
      const key = `${a} ${b}`;
      let pair = this.#pairs.get(key);
      if (!pair) {
        pair = { a, b, count: 0, words: new Set() };
        this.#pairs.set(key, pair);
      }
      pair.count += sign * count;
      if (sign > 0) pair.words.add(word);
      else pair.words.delete(word);
      if (pair.count === 0) this.#pairs.delete(key);
    }
  }
}
