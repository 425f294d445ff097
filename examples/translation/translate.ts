/** Translations from a trained model, greedy or by beam search. */
import { DecoderCache, generate, type GenerationStep, indexSelect, noGrad, tensor } from "../../src/index.ts";
import type { Encoded, NumberTranslator } from "./model.ts";
import { END, englishTokens, frenchText, MAX_SOURCE, MAX_TARGET, rowsOf, SOURCE, START } from "./tokens.ts";

/** How to search for the likeliest words. */
export interface TranslateOptions {
  /** 1 takes the likeliest word each time, more follow so many beginnings at once. */
  numBeams?: number;
  /** Translations of each text, best first; no more than `numBeams`. */
  count?: number;
}

/** A translation that the model proposes. */
export interface Translation {
  readonly text: string;
  /** Target ids, the end mark included. */
  readonly ids: readonly number[];
  /** The model's probability for the whole text. */
  readonly probability: number;
}

/** Texts in one batch. */
const ROWS = 128;

/** What a person typed, and cannot be translated. */
export class UnreadableError extends Error {
  override name = "UnreadableError";
  /** The reason in French. */
  readonly reason: string;

  constructor(message: string, reason: string) {
    super(message);
    this.reason = reason;
  }
}

/** The source ids of a text. Throws an UnreadableError for an empty or too long one, or unknown words. */
export function readSource(text: string): Int32Array {
  const tokens = englishTokens(text);
  if (tokens.length === 0)
    throw new UnreadableError("there is nothing to translate", "il n'y a rien à traduire");
  const unknown = SOURCE.unknownWords(tokens).join(", ");
  if (unknown !== "")
    throw new UnreadableError(
      `the model has never seen ${unknown}; it reads numbers in English words or digits`,
      `le modèle n'a jamais vu ${unknown} ; il lit des nombres anglais, en lettres ou en chiffres`,
    );
  if (tokens.length > MAX_SOURCE)
    throw new UnreadableError(
      `${tokens.length} words are too many: the model reads ${MAX_SOURCE} at most`,
      `${tokens.length} mots, c'est trop : le modèle en lit au plus ${MAX_SOURCE}`,
    );
  return SOURCE.encode(tokens);
}

/** Translates sources, each a list of ids: for each the best translations, the best first. */
export async function translate(
  model: NumberTranslator,
  sources: readonly ArrayLike<number>[],
  options: TranslateOptions = {},
): Promise<Translation[][]> {
  const { numBeams = 1 } = options;
  const count = Math.min(options.count ?? 1, numBeams);
  const found: Translation[][] = [];
  const wasTraining = model.training;
  model.eval();
  try {
    for (let start = 0; start < sources.length; start += ROWS) {
      const part = sources.slice(start, start + ROWS);
      const session = new Session(model, part);
      try {
        const sequences = await generate(
          session.step,
          part.map(() => [START]),
          {
            ...{ maxLength: MAX_TARGET + 1, eosToken: END, numBeams, numReturnSequences: count },
            // The likeliest text as a whole, whatever its length.
            ...(numBeams > 1 && { lengthPenalty: 0 }),
          },
        );
        for (const list of sequences)
          found.push(
            list.map(({ ids, score }) => ({
              text: frenchText(ids.subarray(1)),
              ids: [...ids.subarray(1)],
              // The sum of its words' logarithms; of a greedy search their mean.
              probability: Math.exp(numBeams > 1 ? score : score * (ids.length - 1)),
            })),
          );
      } finally {
        session.dispose();
      }
    }
  } finally {
    model.train(wasTraining);
  }
  return found;
}

/** What decoding a batch of texts remembers: the encoder's output, and keys and values of the words so far. */
class Session {
  readonly #model: NumberTranslator;
  readonly #cache = new DecoderCache({ capacity: MAX_TARGET });
  #encoded: Encoded;

  constructor(model: NumberTranslator, sources: readonly ArrayLike<number>[]) {
    this.#model = model;
    const { data, shape } = rowsOf(sources, "pre");
    this.#encoded = noGrad(() => model.encode(tensor(data, { device: model.output.weight.device, shape })));
  }

  /** Logits of the next word for each row, from the newest word of each: the cache knows the others. */
  readonly step: GenerationStep = async (rows, parents) => {
    const { device } = this.#model.output.weight;
    if (parents) this.#follow(parents);
    const newest = rows.map((ids) => [ids[ids.length - 1]]);
    const logits = noGrad(() =>
      this.#model.decode(tensor(newest, { device, dtype: "i32" }), this.#encoded, this.#cache),
    );
    const values = await logits.data(); // [rows, 1, words]
    logits.dispose();
    return values;
  };

  /** Row i continues what row `parents[i]` was. */
  #follow(parents: Int32Array): void {
    this.#cache.reorder(parents);
    const { memory, padding } = this.#encoded;
    this.#encoded = noGrad(() => {
      const rows = tensor(parents, { device: memory.device });
      return { memory: indexSelect(memory, 0, rows), padding: indexSelect(padding, 0, rows) };
    });
    memory.dispose();
    padding.dispose();
  }

  dispose(): void {
    this.#cache.dispose();
    this.#encoded.memory.dispose();
    this.#encoded.padding.dispose();
  }
}
