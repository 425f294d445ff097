/**
 * Reviews from a table: CSV, TSV or semicolons, plain or compressed with gzip.
 *
 *   readReviewsCsv(bytes, "imdb_reviews.csv.gz") -> { reviews, empty }
 *   readReviewsCsv(bytes, "products.csv", { textColumn: "comment", labelColumn: "stars", positive: ["4", "5"] })
 *
 * The columns are found by their names: `review`, `text` or `comment`; `sentiment` or `label`; `id` if there is one.
 * Labels are 1 and 0, or positive and negative in words. Rows whose review is empty are left aside and reported, not
 * an error: tables of reviews have them. No file access: a page uses this too.
 */
import { gunzipSync } from "fflate";
import { FileFormatError } from "../../src/index.ts";
import { nearest } from "../support/nearest.ts";
import { parseCsv } from "../support/plays.ts";
import { decodeUtf8 } from "../support/utf8.ts";
import { isEmptyReview, type Review, type ReviewTable } from "./reviews.ts";

/** Where a table keeps what we need; by default the usual names are looked for. */
export interface CsvOptions {
  /** The column with the reviews. */
  textColumn?: string;
  /** The column with the labels. */
  labelColumn?: string;
  /** The labels that mean positive, for a table with others than the usual ones; with it goes `negative`. */
  positive?: readonly string[];
  /** The labels that mean negative. Rows with a label in neither list are then left out (three stars of five). */
  negative?: readonly string[];
}

const TEXT_COLUMNS = ["review", "text", "comment", "content", "sentence"];
const LABEL_COLUMNS = ["sentiment", "label", "class", "polarity"];
const ID_COLUMNS = ["id"];
const POSITIVE = ["1", "positive", "pos"];
const NEGATIVE = ["0", "negative", "neg"];

/** Deflate makes nothing smaller than this share. */
const MAX_RATIO = 1032;

/** The bytes behind gzip, or the same bytes when they are not compressed. Throws a FileFormatError when damaged. */
export function unpackGzip(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const damaged = (why: string): FileFormatError =>
    new FileFormatError(`${name} cannot be unpacked (${why}); it is truncated or damaged, get it again`);
  if (bytes.length < 18) throw damaged(`${bytes.length} bytes`);
  // The last four bytes give the size, which decides how much memory is asked for.
  const size = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - 4, 4).getUint32(0, true);
  if (size > bytes.length * MAX_RATIO) throw damaged("the sizes in it disagree");
  let unpacked: Uint8Array;
  try {
    unpacked = gunzipSync(bytes);
  } catch (error) {
    throw damaged((error as Error).message);
  }
  if (unpacked.length !== size) throw damaged(`${unpacked.length} bytes, expected ${size}`);
  return unpacked;
}

/** The reviews of a table. Throws a FileFormatError naming the missing column, or the row with a wrong label. */
export function readReviewsCsv(
  bytes: Uint8Array | string,
  name: string,
  options: CsvOptions = {},
): ReviewTable {
  const text = typeof bytes === "string" ? bytes : decodeUtf8(unpackGzip(bytes, name), name);
  const [header, ...body] = parseCsv(text, name, separatorOf(text));
  if (header === undefined) throw new FileFormatError(`${name} is empty; expected a table of reviews`);
  const columns = header.map((column) => column.trim());
  const textAt = findColumn(columns, options.textColumn, TEXT_COLUMNS, "textColumn", name);
  const labelAt = findColumn(columns, options.labelColumn, LABEL_COLUMNS, "labelColumn", name);
  const idAt = columns.findIndex((column) => ID_COLUMNS.includes(column.toLowerCase()));
  const labelOf = labeller(options);

  const reviews: Review[] = [];
  const empty: string[] = [];
  body.forEach((row, i) => {
    const where = `row ${i + 1}`;
    const [review = "", label = ""] = [row[textAt], row[labelAt]];
    if (row.length <= Math.max(textAt, labelAt))
      throw new FileFormatError(
        `${name}, ${where} has ${row.length} column${row.length > 1 ? "s" : ""}, the header has ${columns.length}; ` +
          'put a text with commas or line breaks between ""',
      );
    const value = labelOf(label.trim());
    if (value === undefined)
      throw new FileFormatError(
        `${name}, ${where}: the label is ${JSON.stringify(label)}, expected ${expected(options)} in column "${columns[labelAt]}"`,
      );
    if (value === "neither") return;
    if (isEmptyReview(review)) empty.push(`ligne ${i + 1}`);
    else reviews.push({ text: review, label: value, ...(idAt < 0 ? {} : { id: row[idAt] }) });
  });
  if (reviews.length === 0)
    throw new FileFormatError(
      `${name} has no reviews: ${body.length} row${body.length === 1 ? "" : "s"} below the header` +
        (empty.length > 0 ? `, ${empty.length} of them empty` : ""),
    );
  return { reviews, empty };
}

/** The separator that the header has most of. */
function separatorOf(text: string): "," | ";" | "\t" {
  const [header] = text.split("\n", 1);
  const count = (separator: string): number => header.split(separator).length;
  return ([",", "\t", ";"] as const).reduce((best, other) => (count(other) > count(best) ? other : best));
}

function findColumn(
  columns: readonly string[],
  asked: string | undefined,
  usual: readonly string[],
  option: string,
  name: string,
): number {
  const wanted = asked === undefined ? usual : [asked];
  const lower = columns.map((column) => column.toLowerCase());
  for (const column of wanted) {
    const at = asked === undefined ? lower.indexOf(column) : columns.indexOf(column);
    if (at >= 0) return at;
  }
  const meant = asked === undefined ? undefined : nearest(asked, columns);
  throw new FileFormatError(
    `${name}: no column ${wanted.map((column) => `"${column}"`).join(" or ")} among ${columns.join(", ")}; ` +
      (meant === undefined ? `name it with ${option}` : `did you mean "${meant}"?`),
  );
}

type Label = 0 | 1 | "neither" | undefined;

function labeller({ positive, negative }: CsvOptions): (label: string) => Label {
  const known = new Map<string, 0 | 1>();
  for (const label of negative ?? NEGATIVE) known.set(label.toLowerCase(), 0);
  for (const label of positive ?? POSITIVE) known.set(label.toLowerCase(), 1);
  const others = positive === undefined && negative === undefined ? undefined : "neither";
  return (label) => known.get(label.toLowerCase()) ?? (label === "" ? undefined : others);
}

function expected({ positive = POSITIVE, negative = NEGATIVE }: CsvOptions): string {
  return `${positive.join(", ")} or ${negative.join(", ")}`;
}
