/** What there is to see in a text before anything is trained: the notebook's first sections. */
import type { CharacterVocabulary } from "../../src/index.ts";
import type { CueTable } from "../support/plays.ts";
import type { ReportBlock } from "../support/report.ts";
import { cut, formatCount } from "../support/format.ts";
import type { Settings } from "./settings.ts";

/** A text as `loadText` gives it. */
export interface ExploredText {
  readonly text: string;
  /** Titles of the plays, when there are any. */
  readonly plays?: readonly string[];
  /** How many replies a table of them holds. */
  readonly replies?: number;
  /** The columns and first rows of that table. */
  readonly table?: CueTable;
}

/** What is known about a text. */
export interface Exploration {
  characters: number;
  lines: number;
  plays: readonly string[];
  /** Replies in all: exact for a table of replies, else counted by the names in capitals above them. */
  replies: number;
  repliesAreExact: boolean;
  table?: CueTable;
  /** Who speaks most, with the number of replies; empty for a table, whose text has no names. */
  speakers: [name: string, replies: number][];
  /** The first 500 characters. */
  extract: string;
  /** All characters of the text, as the vocabulary sorts them. */
  alphabet: string;
  /** The start of the text as the model gets it. */
  encoded: { text: string; ids: readonly number[] };
  /** The first window and what is to be predicted from it. */
  example: { input: string; target: string };
}

/** A name in capitals on a line of its own, maybe with a stage direction behind it: DON JUAN, à part. */
const SPEAKER = /^[ \t]*([A-ZÀ-ÖØ-ÞŒ][A-ZÀ-ÖØ-ÞŒ'’ .-]*[A-ZÀ-ÖØ-ÞŒ])(?:,[^\n]*)?\.[ \t]*$/gm;
/** Headings that look like names. */
const HEADING =
  /^(ACTE|SC[ÈE]NE|PROLOGUE|[ÉE]PILOGUE|PERSONNAGES|ACTEURS|FIN|INTERM[ÈE]DE|ENTR[ÉE]E|NOTICE|PR[ÉE]FACE)\b/;

/** Looks at a text. */
export function explore(
  { text, plays = [], replies, table }: ExploredText,
  vocabulary: CharacterVocabulary,
  settings: Pick<Settings, "window" | "predict">,
): Exploration {
  const counts = new Map<string, number>();
  for (const [, name] of text.matchAll(SPEAKER))
    if (!HEADING.test(name)) counts.set(name, (counts.get(name) ?? 0) + 1);
  const speakers = [...counts].sort((a, b) => b[1] - a[1]);
  const start = text.slice(0, settings.window);
  const next = text.slice(1, settings.window + 1);
  return {
    characters: [...text].length,
    lines: text.split("\n").length,
    plays,
    replies: replies ?? speakers.reduce((sum, [, count]) => sum + count, 0),
    repliesAreExact: replies !== undefined,
    table,
    speakers: replies === undefined ? speakers.slice(0, 8) : [],
    extract: text.slice(0, 500),
    alphabet: vocabulary.decode(Array.from({ length: vocabulary.size }, (_, i) => i)),
    encoded: { text: text.slice(0, 50), ids: [...vocabulary.encode(text.slice(0, 50))] },
    example: { input: start, target: settings.predict === "every" ? next : next.slice(-1) },
  };
}

/** A text on one line: line breaks as ⏎, so that spaces and breaks are seen. */
export function oneLine(text: string): string {
  return text.replaceAll("\n", "⏎");
}

/** A character that can be seen. */
function visible(character: string): string {
  return character === "\n" ? "⏎" : character === " " ? "␣" : character;
}

function inLines(items: readonly string[], count: number): string {
  const lines: string[] = [];
  for (let i = 0; i < items.length; i += count) lines.push(items.slice(i, i + count).join(" "));
  return lines.join("\n");
}

/** The first of some items in columns of three. */
function columns(items: readonly string[]): string {
  return items
    .slice(0, 24)
    .map((item) => item.padStart(3))
    .join("");
}

/** The exploration in a few lines for the terminal. */
export function explorationLines(exploration: Exploration): string[] {
  const { replies, plays, table, extract, alphabet, encoded, example } = exploration;
  const counted = [
    plays.length > 1 && `${formatCount(plays.length)} pièces`,
    replies > 0 && `${exploration.repliesAreExact ? "" : "environ "}${formatCount(replies)} répliques`,
    `${formatCount(exploration.lines)} lignes`,
  ];
  const [first, ...rest] =
    oneLine(alphabet)
      .replace(" ", "␣")
      .match(/.{1,80}/gu) ?? [];
  const few = 8;
  const codes = encoded.ids.slice(0, few).join(" ");
  return [
    `Contenu  : ${counted.filter(Boolean).join(", ")}${table ? ` ; colonnes : ${table.columns.join(", ")}` : ""}`,
    `Extrait  : ${cut(oneLine(extract), 86)}`,
    `Alphabet : ${first}`,
    ...rest.map((line) => `           ${line}`),
    `Codage   : « ${oneLine([...encoded.text].slice(0, few).join(""))} » → ${codes}`,
    `Exemple  : entrée « ${oneLine(example.input)} »`,
    `           cible  « ${oneLine(example.target)} »${[...example.target].length > 1 ? ", la même décalée d'un caractère" : ", le caractère suivant"}`,
  ];
}

/** The exploration as a chapter of the report. */
export function explorationBlocks(exploration: Exploration): ReportBlock[] {
  const { characters, lines, plays, replies, speakers, extract, alphabet, encoded, example } = exploration;
  const blocks: ReportBlock[] = [
    {
      table: {
        headers: ["", ""],
        rows: [
          ["Pièces", plays.length > 0 ? plays.length : "—"],
          [exploration.repliesAreExact ? "Répliques" : "Répliques (noms en capitales)", replies],
          ["Lignes", lines],
          ["Caractères", characters],
          ["Caractères distincts", [...alphabet].length],
        ],
        align: ["left", "right"],
      },
    },
  ];
  const { table } = exploration;
  if (table)
    blocks.push({
      table: {
        headers: table.columns,
        rows: table.head.map((row) => row.map((cell) => cut(oneLine(cell), 60))),
        caption: "Les premières lignes de la table. Le texte est la colonne cue, une réplique par ligne.",
        rowHeaders: false,
      },
    });
  blocks.push({ sample: extract, title: "Extrait" });
  if (plays.length > 1) blocks.push({ prose: `Pièces : ${plays.join(", ")}.` });
  if (speakers.length > 0)
    blocks.push({
      table: { headers: ["Personnage", "répliques"], rows: speakers, caption: "Qui parle le plus." },
    });
  blocks.push(
    {
      output: inLines([...alphabet].map(visible), 36),
      title: "L'alphabet : le numéro d'un caractère est sa place dans cette liste, à partir de 0",
    },
    {
      output: `${columns([...encoded.text].map(visible))}\n${columns(encoded.ids.map(String))}`,
      title: "Le début du texte, et ce que le modèle en reçoit",
    },
    {
      output: `entrée  ${oneLine(example.input)}\ncible   ${oneLine(example.target)}`,
      title:
        [...example.target].length > 1
          ? "Un exemple d'entraînement : la cible est l'entrée décalée d'un caractère"
          : "Un exemple d'entraînement : la cible est le caractère suivant",
    },
  );
  return blocks;
}
