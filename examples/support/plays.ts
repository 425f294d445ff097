// Finding the plays in a text or a table of replies. No file access: a page uses this too.

import { fold, nearest, orList } from "./nearest.ts";

/** A text that cannot be used. The message is one line: what, where, expected and got, and the way out. */
export class TextError extends Error {
  override name = "TextError";
}

/** One play: its title, its text and, where the source is a table, how many replies that joins. */
export interface Play {
  readonly title: string;
  readonly text: string;
  readonly replies?: number;
}

/** Fields by rows and columns (RFC 4180: commas, `"` around a field, `""` for a quote inside); `name` is for errors. */
export function parseCsv(text: string, name: string, separator: "," | ";" | "\t" = ","): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  const end = new RegExp(`[${separator}\\n]|\\r\\n|$`, "g");
  while (at < text.length) {
    let field = "";
    if (text[at] === '"') {
      const start = at++;
      for (;;) {
        const quote = text.indexOf('"', at);
        if (quote < 0) {
          const line = text.slice(0, start).split("\n").length;
          throw new TextError(
            `${name}: the quote opened in line ${line} is never closed; a quote inside is written ""`,
          );
        }
        field += text.slice(at, quote);
        at = quote + 1;
        if (text[at] !== '"') break;
        field += '"';
        at++;
      }
    }
    // What is left of the field: all of an unquoted one, nothing of a quoted one in a well-made file.
    end.lastIndex = at;
    const found = end.exec(text)!;
    row.push(field + text.slice(at, found.index));
    at = found.index + found[0].length;
    if (found[0] === separator) {
      if (at === text.length) row.push("");
      else continue;
    }
    if (row.length > 1 || row[0] !== "") rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

const PLAY_COLUMN = "play_name";
const CUE_COLUMN = "cue";

/** Whether a text is a table of replies, by its first line. */
export function isCueTable(text: string): boolean {
  const columns = text
    .slice(0, Math.max(0, text.indexOf("\n")))
    .split(",")
    .map((c) => c.trim().replaceAll('"', ""));
  return columns.includes(PLAY_COLUMN) && columns.includes(CUE_COLUMN);
}

/** Fields that `pandas.read_csv` reads as missing, so that `dropna` drops them. */
const MISSING = new Set(
  "|#N/A|#N/A N/A|#NA|-1.#IND|-1.#QNAN|-NaN|-nan|1.#IND|1.#QNAN|<NA>|N/A|NA|NULL|NaN|None|n/a|nan|null".split(
    "|",
  ),
);

/** What a table of replies looks like: its columns and its first ten rows. */
export interface CueTable {
  readonly columns: readonly string[];
  readonly head: readonly (readonly string[])[];
}

/**
 * The plays of a table with the columns `play_name` and `cue`, in the order of their first reply, and all of it
 * as one text: the replies joined by line breaks, as `"\n".join(df["cue"].dropna())` does.
 */
export function readCueTable(text: string, name: string): { all: Play; plays: Play[]; table: CueTable } {
  const [header = [], ...rows] = parseCsv(text, name);
  const columns = header.map((column) => column.trim());
  const [playAt, cueAt] = [columns.indexOf(PLAY_COLUMN), columns.indexOf(CUE_COLUMN)];
  if (playAt < 0 || cueAt < 0) {
    const missing = [PLAY_COLUMN, CUE_COLUMN].filter((column) => !columns.includes(column));
    throw new TextError(
      `${name}: column ${missing.join(" and ")} not found among ${columns.join(", ") || "none"}; ` +
        `expected a table with ${PLAY_COLUMN} and ${CUE_COLUMN}, or plain text in a file not named .csv`,
    );
  }
  const all: string[] = [];
  const byPlay = new Map<string, string[]>();
  for (const row of rows) {
    const [title, cue] = [row[playAt] ?? "", row[cueAt] ?? ""];
    if (MISSING.has(cue)) continue;
    all.push(cue);
    if (MISSING.has(title)) continue;
    const cues = byPlay.get(title);
    if (cues === undefined) byPlay.set(title, [cue]);
    else cues.push(cue);
  }
  const join = (title: string, cues: string[]): Play => ({
    title,
    text: cues.join("\n"),
    replies: cues.length,
  });
  return {
    all: join(name, all),
    plays: [...byPlay].map(([title, cues]) => join(title, cues)),
    table: { columns, head: rows.slice(0, 10) },
  };
}

// The shapes of headings, matched after `fold`.
const GENRE = /^(tragi comedie|comedie|tragedie|farce|drame|ballet|pastorale|divertissement|opera|piece)s?\b/;
const FIRST_NIGHT = /^represente(e|s|es)?\b/;
const CAST = /^(les |noms des )?(personnages|acteurs|personnes)\b/;
const NO_TITLE =
  /^(acte|scene|prologue|epilogue|intermede|entree|preface|avertissement|au lecteur|notice|note|placet|fin|table)\b/;

/**
 * The plays of a plain text with line breaks as `\n`; each runs from its title to the next one, prefaces
 * included. A title is a block of 1 to 4 lines of at most 60 characters that
 *
 * - opens the text or has at least two blank lines above it,
 * - is followed by a line that names a genre (COMÉDIE, BALLETS …), the first night (REPRÉSENTÉE …) or the cast
 *   (PERSONNAGES, ACTEURS),
 * - is neither such a line itself, nor a heading inside a play (ACTE, SCÈNE, PRÉFACE, FIN …), nor a sentence
 *   (lower case and an end mark), nor directly below another title or a cast heading.
 *
 * Footnote marks (`[94]`) are taken off, and a title over several lines is joined by spaces.
 */
export function findPlays(text: string): Play[] {
  const blocks = splitBlocks(text);
  const starts: { title: string; start: number }[] = [];
  let noTitleBefore = -1;
  for (let i = 0; i + 1 < blocks.length; i++) {
    const { lines, start, blankLines } = blocks[i];
    const [here, next] = [fold(lines.join(" ")), fold(blocks[i + 1].lines[0])];
    const isCast = CAST.test(here);
    const confirmed = GENRE.test(next) || FIRST_NIGHT.test(next) || CAST.test(next);
    if (isCast || (confirmed && i > noTitleBefore && (i === 0 || blankLines >= 2) && isTitle(lines, here))) {
      noTitleBefore = i + 1;
      if (!isCast) starts.push({ title: tidyTitle(lines), start });
    }
  }
  return starts.map(({ title, start }, i) => ({
    title,
    text: text.slice(start, starts[i + 1]?.start).trimEnd(),
  }));
}

function isTitle(lines: readonly string[], folded: string): boolean {
  const title = tidyTitle(lines);
  const isSentence = title !== title.toUpperCase() && /[.,;:!?…]$/.test(lines[lines.length - 1].trim());
  const short = lines.length <= 4 && lines.every((line) => line.trim().length <= 60);
  return short && /\p{L}/u.test(title) && !isSentence && !FIRST_NIGHT.test(folded) && !NO_TITLE.test(folded);
}

function tidyTitle(lines: readonly string[]): string {
  return lines
    .join(" ")
    .replace(/\[\d+\]/g, "")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\.$/, "");
}

/** Runs of lines that are not blank, with their offset and the blank lines above them. */
function splitBlocks(text: string): { lines: string[]; start: number; blankLines: number }[] {
  const blocks: { lines: string[]; start: number; blankLines: number }[] = [];
  let at = 0;
  let blankLines = 0;
  let open = false;
  for (const line of text.split("\n")) {
    if (line.trim() === "") {
      blankLines = open ? 1 : blankLines + 1;
      open = false;
    } else if (open) {
      blocks[blocks.length - 1].lines.push(line);
    } else {
      blocks.push({ lines: [line], start: at, blankLines });
      open = true;
    }
    at += line.length + 1;
  }
  return blocks;
}

/**
 * The play called `wanted`, whatever its case, accents and leading article, or by a part of its title that no
 * other shares. `name` says where the plays come from.
 */
export function pickPlay(plays: readonly Play[], wanted: string, name: string): Play {
  if (plays.length === 0) {
    throw new TextError(`${name}: --play ${wanted}: no titles of plays were found in it; leave --play out`);
  }
  const bare = (title: string) => fold(title).replace(/^(le|la|les|l) (?=.)/, "");
  const key = bare(wanted);
  const exact = plays.filter((play) => bare(play.title) === key);
  if (exact.length > 0) return exact.find((play) => fold(play.title) === fold(wanted)) ?? exact[0];
  const partial = key === "" ? [] : plays.filter((play) => ` ${fold(play.title)} `.includes(` ${key} `));
  if (partial.length === 1) return partial[0];
  const available = `available: ${plays.map((play) => play.title).join(", ")}`;
  if (partial.length > 1) {
    const titles = orList(partial.map((play) => play.title));
    throw new TextError(
      `${name}: --play ${wanted} could be ${titles}; write more of the title; ${available}`,
    );
  }
  const words = new Map(
    plays.flatMap((p) => [p.title, ...fold(p.title).split(" ")].map((w) => [w, p.title])),
  );
  const meant = nearest(
    wanted,
    [...words.keys()].filter((word) => word.length > 3),
  );
  const hint = meant === undefined ? "" : `did you mean ${words.get(meant)}? `;
  throw new TextError(`${name}: no play is called ${JSON.stringify(wanted)}; ${hint}${available}`);
}
