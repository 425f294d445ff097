// The parts of a report's chapters as HTML.

import { joinPunctuation } from "./format.ts";
import { type Alignment, alignments, cellTexts } from "./tables.ts";

/** A chart by `chartFigure`, or any other `<svg>` element. */
export interface ReportFigure {
  readonly svg: string;
  /** Takes its place on a phone. */
  readonly narrowSvg?: string;
  readonly caption: string;
  /** What its file is named after; the caption when left out. */
  readonly title?: string;
}

/** A table; numbers are written the French way. */
export interface ReportTable {
  readonly headers: readonly string[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
  readonly caption?: string;
  /** For each column; to the right where every cell is a number, or reads like one, unless told. */
  readonly align?: readonly (Alignment | undefined)[];
  /** Whether the first cell of a row names it; true unless told. */
  readonly rowHeaders?: boolean;
}

/** One part of a chapter. */
export type ReportBlock =
  /** Paragraphs, with an empty line between them. */
  | { readonly prose: string }
  | { readonly chart: ReportFigure }
  | { readonly table: ReportTable }
  /** Text in columns, such as what a terminal shows; it is scrolled sideways rather than broken. */
  | { readonly output: string; readonly title?: string }
  /** A text to read, such as what a model wrote; spaces and line breaks are kept. */
  | { readonly sample: string; readonly title?: string }
  /** What to remember; `À retenir` is above it unless told. */
  | { readonly notes: readonly string[]; readonly title?: string };

/** Escapes a text and keeps French punctuation with its word. */
export type Prose = (text: string) => string;

/** Prose for a language. */
export function proseIn(lang: string): Prose {
  return (text) => escapeHtml(lang === "fr" ? joinPunctuation(text) : text);
}

/** A block as HTML; every text is escaped, only charts are taken as markup. */
export function blockHtml(block: ReportBlock, prose: Prose, notesTitle: string): string {
  if ("chart" in block) return figureHtml(block.chart, prose);
  if ("table" in block) return tableHtml(block.table, prose);
  if ("output" in block) return headed(block.title, prose) + preHtml("output", block.output);
  if ("sample" in block) return headed(block.title, prose) + preHtml("sample", block.sample);
  if ("notes" in block) {
    const items = block.notes.map((note) => `<li>${prose(note)}</li>`).join("");
    return `\n  <aside class="notes"><h3>${prose(block.title ?? notesTitle)}</h3><ul>${items}</ul></aside>`;
  }
  if ("prose" in block) {
    const paragraphs = block.prose.split(/\n\s*\n/).filter((text) => text.trim() !== "");
    return paragraphs.map((text) => `\n  <p>${prose(text.trim())}</p>`).join("");
  }
  throw new TypeError(
    `report: a block has the keys ${Object.keys(block).join(", ")}; expected prose, chart, table, output, sample or notes`,
  );
}

function headed(title: string | undefined, prose: Prose): string {
  return title === undefined ? "" : `\n  <h3>${prose(title)}</h3>`;
}

/** Preformatted text. A newline right after <pre> is dropped by HTML, so one is put there for it to drop. */
export function preHtml(kind: string, text: string): string {
  return `\n  <pre class="${kind}">\n${escapeHtml(text)}</pre>`;
}

/** A chart with its caption. */
export function figureHtml({ svg, narrowSvg, caption }: ReportFigure, prose: Prose): string {
  const drawing = (kind: string, element: string) =>
    `\n    <div class="${kind}" role="img" aria-label="${prose(caption)}">${checkSvg(element, caption)}</div>`;
  const drawings =
    narrowSvg === undefined
      ? drawing("chart", svg)
      : drawing("chart wide", svg) + drawing("chart narrow", narrowSvg);
  return `\n  <figure>${drawings}\n    <figcaption>${prose(caption)}</figcaption>\n  </figure>`;
}

/** A table that is scrolled sideways where it is wider than the page. */
export function tableHtml(table: ReportTable, prose: Prose): string {
  const { headers, caption, rowHeaders = true } = table;
  const rows = cellTexts(table.rows, headers.length);
  const align = alignments(rows, headers.length, table.align);
  const cell = (tag: string, text: string, column: number, more = "") => {
    const kind = align[column] === "left" ? "" : ` class="${align[column]}"`;
    return `<${tag}${more}${kind}>${prose(text)}</${tag}>`;
  };
  const head = headers.map((text, i) => cell("th", text, i, ' scope="col"')).join("");
  const body = rows.map((row) => {
    const cells = row.map((text, i) =>
      i === 0 && rowHeaders ? cell("th", text, i, ' scope="row"') : cell("td", text, i),
    );
    return `\n    <tr>${cells.join("")}</tr>`;
  });
  const named = caption === undefined ? "" : `<caption>${prose(caption)}</caption>`;
  return `\n  <div class="table" tabindex="0"><table>${named}\n    <thead><tr>${head}</tr></thead>\n    <tbody>${body.join("")}</tbody></table></div>`;
}

/** A text as part of a file's name or an address: `distribution-des-longueurs-d-avis`. */
export function slug(text: string): string {
  const plain = text
    .toLowerCase()
    .replaceAll("œ", "oe")
    .replaceAll("æ", "ae")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-");
  return plain.slice(0, 60).replace(/^-|-$/g, "") || "figure";
}

/** Names made different by a number where they are the same: a, b, a-2. */
export function distinct(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let k = 2; taken.has(free); k++) free = `${name}-${k}`;
    taken.add(free);
    return free;
  });
}

/** A text for HTML, between tags or inside a quoted attribute. */
export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  // Control characters other than tab and line breaks have no place in HTML, escaped or not.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[&<>"']/g, (c) => names[c]).replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, "\ufffd");
}

/** An `<svg>` element, refused when it could run code or load something. */
function checkSvg(svg: string, caption: string): string {
  const element = svg.trim();
  const bad = /<script|<foreignObject|\son\w+\s*=|(?:href|src)\s*=\s*["'](?!#)|url\(\s*["']?(?!["']?#)/i.exec(
    element,
  );
  if (/^<svg[\s>]/.test(element) && element.endsWith("</svg>") && bad === null) return element;
  const got = bad === null ? element.slice(0, 40) : bad[0];
  throw new TypeError(
    `report: chart "${caption}" is no plain <svg> element, got ${JSON.stringify(got)}; use renderSvg`,
  );
}
