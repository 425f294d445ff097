/** Chapter 4: from a text to pieces, from pieces to ids, from ids to vectors. */
import {
  type Device,
  Embedding,
  manualSeed,
  noGrad,
  randomIntegers,
  tensor,
  trainWordPiece,
} from "../../src/index.ts";
import { formatCount, formatNumber } from "../support/format.ts";
import { shapeText } from "./figures.ts";
import { showCode } from "./listing.ts";
import { ENGLISH_SENTENCES } from "./sample_text.ts";
import type { Chapter, CourseOptions } from "./settings.ts";
import { bertTokenizer } from "./word_piece.ts";

/** What the chapter takes besides: the pieces of a vocab.txt, and what the file is called. */
export interface TokenOptions extends CourseOptions {
  readonly vocabulary?: { readonly pieces: readonly string[]; readonly name: string };
}

/** The course's sentence, and the ids that it feeds its embedding: BERT's, with [CLS] and [SEP] but without the « ? ». */
export const SENTENCE = "Hello, how are you?";
export const COURSE_IDS = [101, 7592, 1010, 2129, 2024, 2017, 102] as const;
/** BERT's vocabulary (bert-base-uncased) has this many pieces. */
export const BERT_PIECES = 30_522;
const WIDTH = 256;

export interface TokenFacts {
  readonly pieces: number;
  /** The sentence with [CLS] and [SEP]. */
  readonly tokens: readonly string[];
  readonly ids: readonly number[];
  readonly decoded: string;
  readonly splits: readonly { readonly word: string; readonly tokens: readonly string[] }[];
  readonly embedding: {
    readonly parameters: number;
    readonly shape: readonly number[];
    readonly batchShape: readonly number[];
    /** The row of « are », by the layer and from the table. */
    readonly row: readonly number[];
    readonly tableRow: readonly number[];
  };
}

/** A small vocabulary of pieces, trained on thirty sentences. */
export function smallVocabulary(): string[] {
  return trainWordPiece(ENGLISH_SENTENCES.split("\n"), { vocabularySize: 250 });
}

/** A row of the table for each id. */
export function embed(table: Embedding, ids: readonly number[], device: Device) {
  return table.forward(tensor(ids, { device, dtype: "i32" })); // [longueur] → [longueur, 256]
}

export const tokensChapter: Chapter<TokenFacts, TokenOptions> = async (lesson, device, options) => {
  const { vocabulary } = options;
  const pieces = vocabulary?.pieces ?? smallVocabulary();
  lesson.chapter("Des morceaux de mots, puis des vecteurs");
  lesson.say(
    "Un vocabulaire de mots entiers ne connaît jamais tous les mots ; des lettres font de longues suites. Entre les deux, " +
      "WordPiece (BERT) coupe un mot en morceaux connus, le plus long d'abord ; ## dit qu'un morceau continue un mot. " +
      (vocabulary === undefined
        ? `Ici un petit vocabulaire de ${formatCount(pieces.length)} morceaux, appris à l'instant sur trente phrases anglaises. ` +
          `Avec --vocab vocab.txt (celui de bert-base-uncased), ce chapitre prend les ${formatCount(BERT_PIECES)} morceaux de BERT.`
        : `Ici les ${formatCount(pieces.length)} morceaux de ${vocabulary.name}.`),
  );
  if (vocabulary === undefined) showCode(lesson, options, "tokens.ts", "smallVocabulary");
  const tokenizer = bertTokenizer(pieces);
  const encoded = tokenizer.encode(SENTENCE);
  const decoded = tokenizer.decode(encoded.ids, { skip_special_tokens: true });
  lesson.table({
    caption: `« ${SENTENCE} » en morceaux`,
    header: ["morceau", "numéro"],
    rows: encoded.tokens.map((token, i) => [token, String(encoded.ids[i])]),
  });
  lesson.output(`[${encoded.ids.join(", ")}]\n→ ${decoded}`, "Les numéros, et le chemin inverse");
  lesson.say(
    "[CLS] ouvre le texte et [SEP] le ferme. Les numéros du cours, 101 7592 1010 2129 2024 2017 102, sont ceux de BERT pour " +
      "« [CLS] hello , how are you [SEP] » : le point d'interrogation (1029) que son exemple vient de produire n'y est plus, " +
      "et [CLS] et [SEP], que tokenize() n'ajoute pas, y sont.",
  );
  lesson.say(
    "BERT a aussi un morceau de remplissage, [PAD] (0), qui donne la même longueur aux textes d'un lot. GPT-2 n'en a pas : " +
      "la cellule du cours qui l'entraîne sur des textes complétés (padding) échoue pour cette raison ; on y prend d'ordinaire sa fin de texte.",
  );
  const splits = ["playing", "smallest", "unreadable", "hellos", "zèbre"].map((word) => ({
    word,
    tokens: tokenizer.tokenize(word),
  }));
  lesson.table({
    caption: "D'autres mots",
    header: ["mot", "morceaux"],
    rows: splits.map(({ word, tokens }) => [word, tokens.join(" ")]),
  });

  lesson.say(
    `Un Embedding est un tableau : une ligne par numéro. Celui du cours a ${formatCount(BERT_PIECES)} lignes de ${WIDTH} nombres, ` +
      "au hasard au départ ; le modèle n'en voit que les lignes des mots lus.",
  );
  showCode(lesson, options, "tokens.ts", "embed");
  manualSeed(options.seed);
  const table = new Embedding(BERT_PIECES, WIDTH, { device });
  const batchIds = randomIntegers(0, BERT_PIECES, [32, 10], { device });
  const [vectors, batch] = noGrad(() => [embed(table, COURSE_IDS, device), table.forward(batchIds)]);
  const [values, weights] = await Promise.all([vectors.data(), table.weight.data()]);
  const at = COURSE_IDS.indexOf(2024);
  const row = Array.from(values.subarray(at * WIDTH, at * WIDTH + 4));
  const tableRow = Array.from(weights.subarray(2024 * WIDTH, 2024 * WIDTH + 4));
  const embedding = {
    parameters: table.countParameters(),
    shape: vectors.shape,
    batchShape: batch.shape,
    row,
    tableRow,
  };
  lesson.output(
    `Tableau : ${formatCount(BERT_PIECES)} × ${WIDTH} = ${formatCount(embedding.parameters)} nombres\n` +
      `[${COURSE_IDS.join(", ")}] → ${shapeText(embedding.shape)}\n` +
      `un lot de 32 × 10 numéros au hasard → ${shapeText(embedding.batchShape)}\n` +
      `« are » (2024) → ${row.map((value) => formatNumber(value, 4)).join("  ")} …, la ligne 2024 du tableau`,
  );
  for (const part of [vectors, batch, table.weight]) part.dispose();
  return { pieces: pieces.length, tokens: encoded.tokens, ids: encoded.ids, decoded, splits, embedding };
};
