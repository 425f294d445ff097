import { ValueError } from "../errors.ts";
import { similarCharacters, typographicVariants } from "./typography.ts";

/** How a CharacterVocabulary is stored as JSON. */
export interface CharacterVocabularyJson {
  /** The characters, in the order of their ids. */
  readonly characters: readonly string[];
}

/** Characters, as Unicode code points, and their ids 0 … size − 1. */
export class CharacterVocabulary {
  /** The characters, in the order of their ids. */
  readonly characters: readonly string[];
  readonly #ids: ReadonlyMap<string, number>;

  private constructor(characters: readonly string[]) {
    this.characters = Object.freeze([...characters]);
    this.#ids = new Map(characters.map((character, id) => [character, id]));
  }

  /** The distinct characters of a text, sorted by code point as Python's `sorted(set(text))`. */
  static from(text: string): CharacterVocabulary {
    if (text.length === 0) throw new ValueError("the text is empty");
    // Not the default order of sort(), which compares UTF-16 units and puts 😀 before ﬁ.
    const codePoint = (character: string): number => character.codePointAt(0)!;
    return new CharacterVocabulary([...new Set(text)].sort((a, b) => codePoint(a) - codePoint(b)));
  }

  /** What `toJSON` gave. Throws a ValueError when it is not a list of distinct single characters. */
  static fromJSON(json: unknown): CharacterVocabulary {
    const characters = (json as Partial<CharacterVocabularyJson> | null)?.characters;
    if (!Array.isArray(characters) || characters.length === 0)
      throw new ValueError('vocabulary: expected { "characters": ["a", "b", …] }');
    const seen = new Set<unknown>();
    characters.forEach((character: unknown, id) => {
      if (typeof character !== "string" || [...character].length !== 1)
        throw new ValueError(
          `vocabulary: entry ${id} is ${JSON.stringify(character)}, not a single character`,
        );
      if (seen.has(character))
        throw new ValueError(`vocabulary: ${nameOf(character)} is in it twice, at the end as ${id}`);
      seen.add(character);
    });
    return new CharacterVocabulary(characters);
  }

  /** Number of characters. */
  get size(): number {
    return this.characters.length;
  }

  /** True when the vocabulary has this character. */
  has(character: string): boolean {
    return this.#ids.has(character);
  }

  /**
   * The ids of a text's characters, one per code point. Throws a ValueError for a character that the vocabulary
   * lacks, with its place (in code points, from 0) and the nearest that it has.
   */
  encode(text: string): Int32Array<ArrayBuffer> {
    // Code points are at most as many as UTF-16 units.
    const ids = new Int32Array(text.length);
    let length = 0;
    for (const character of text) {
      const id = this.#ids.get(character);
      if (id === undefined) throw this.#unknown(character, length);
      ids[length++] = id;
    }
    return length === ids.length ? ids : ids.slice(0, length);
  }

  /** The text of some ids. Throws a ValueError for an id outside 0 … size − 1. */
  decode(ids: ArrayLike<number>): string {
    const characters = new Array<string>(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const character = this.characters[ids[i]];
      if (character === undefined)
        throw new ValueError(
          `decode: id ${ids[i]} at position ${i} is outside the vocabulary of ${this.size} characters`,
        );
      characters[i] = character;
    }
    return characters.join("");
  }

  /**
   * A prompt in the vocabulary's spelling: ’ or ' for an apostrophe, " or « for a quote, oe for œ, é for e with a
   * separate accent, and so on. Only what the vocabulary lacks is replaced, and only by what it has; nothing that a
   * reader would notice is lost, so that É stays É (and `encode` may refuse it).
   */
  normalize(prompt: string): string {
    let result = "";
    for (const [cluster] of prompt.matchAll(/\P{M}\p{M}*|\p{M}+/gsu)) {
      const composed = cluster.normalize("NFC");
      if (this.#hasAll(cluster)) result += cluster;
      else if (this.#hasAll(composed)) result += composed;
      else for (const character of cluster) result += this.#variantOf(character);
    }
    return result;
  }

  /** For `JSON.stringify` and checkpoints. */
  toJSON(): CharacterVocabularyJson {
    return { characters: this.characters };
  }

  #hasAll(text: string): boolean {
    for (const character of text) if (!this.#ids.has(character)) return false;
    return true;
  }

  #variantOf(character: string): string {
    if (this.#ids.has(character)) return character;
    return typographicVariants(character).find((variant) => this.#hasAll(variant)) ?? character;
  }

  #unknown(character: string, position: number): ValueError {
    const near = similarCharacters(character)
      .filter((candidate) => this.#hasAll(candidate))
      .slice(0, 2)
      .map((candidate) => JSON.stringify(candidate));
    return new ValueError(
      `the vocabulary of ${this.size} characters lacks ${nameOf(character)} at position ${position}; ` +
        (near.length > 0
          ? `the nearest it has: ${near.join(" or ")}`
          : "leave it out, or train on a text that has it"),
    );
  }
}

/** A character for people: itself, quoted, and its code point. */
function nameOf(character: string): string {
  const hex = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return `${JSON.stringify(character)} (U+${hex})`;
}
