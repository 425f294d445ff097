/** WordPiece as BERT has it, over a list of pieces, by the tokenizers library of Hugging Face. */
import { Tokenizer } from "@huggingface/tokenizers";
import { ValueError, WORD_PIECE_SPECIALS } from "../../src/index.ts";

/** What the chapter uses of the library, whose own types do not say what a text becomes. */
export interface BertTokenizer {
  /** With [CLS] and [SEP]. */
  encode(text: string): { ids: number[]; tokens: string[] };
  decode(ids: readonly number[], options?: { skip_special_tokens?: boolean }): string;
  /** Without [CLS] and [SEP]. */
  tokenize(text: string): string[];
}

/** The pieces of a vocab.txt, one a line; a piece's line is its id. Throws a ValueError where it cannot be BERT's. */
export function readPieces(text: string, where = "vocab.txt"): string[] {
  const pieces = text.replace(/^\ufeff/, "").split(/\r?\n/);
  if (pieces.at(-1) === "") pieces.pop();
  for (const special of ["[UNK]", "[CLS]", "[SEP]"])
    if (!pieces.includes(special))
      throw new ValueError(
        `${where}: there is no line ${special} among ${pieces.length}; expected BERT's vocab.txt, one piece a line`,
      );
  return pieces;
}

/** BERT's tokenizer over these pieces: lower case unless they have capitals, [CLS] before a text and [SEP] behind it. */
export function bertTokenizer(pieces: readonly string[]): BertTokenizer {
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const cased = pieces.some((piece) => /^[A-Z][a-z]/.test(piece));
  const special = (content: string) => ({ id: content, ids: [vocab[content]], tokens: [content] });
  const { length } = pieces;
  return new Tokenizer(
    {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: WORD_PIECE_SPECIALS.filter(
        (content) => vocab[content] !== undefined && vocab[content] < length,
      ).map((content) => ({
        id: vocab[content],
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: true,
      })),
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: !cased,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: {
        type: "TemplateProcessing",
        single: [
          { SpecialToken: { id: "[CLS]", type_id: 0 } },
          { Sequence: { id: "A", type_id: 0 } },
          { SpecialToken: { id: "[SEP]", type_id: 0 } },
        ],
        pair: [],
        special_tokens: { "[CLS]": special("[CLS]"), "[SEP]": special("[SEP]") },
      },
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab,
      },
    },
    { tokenizer_class: "BertTokenizer" },
  );
}
