// What a run says, twice: to the terminal as it goes, and as the chapters of its report. No file access.

import { type ChartOption, chartFigure } from "./charts.ts";
import { joinPunctuation, textWidth, wrap } from "./format.ts";
import type { ReportBlock, ReportChapter } from "./report.ts";
import { formatTable } from "./tables.ts";

/** A picture that is not drawn yet: the report draws it for a page and for a phone, the lab for its window. */
export interface Picture {
  readonly title: string;
  readonly caption: string;
  draw(width?: number): ChartOption;
}

/** A picture from a chart's function and settings. */
export function picture<S extends { title: string }>(
  chart: (settings: S & { width?: number }) => ChartOption,
  settings: S,
  caption: string,
): Picture {
  return { title: settings.title, caption, draw: (width) => chart({ ...settings, width }) };
}

/** A table for both; numbers are written the French way. */
export interface LessonTable {
  readonly caption: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** Prints and records. */
export class Lesson {
  readonly #chapters: { title: string; blocks: ReportBlock[] }[] = [];
  readonly #print: (text: string) => void;
  readonly #columns: number;

  /** `print` takes lines for the terminal, which is `columns` wide. */
  constructor(print: (text: string) => void, columns = 120) {
    this.#print = print;
    this.#columns = Math.max(60, columns);
  }

  /** For a report. */
  get chapters(): readonly ReportChapter[] {
    return this.#chapters;
  }

  /** Begins a chapter; the terminal numbers it, the report has a table of contents. */
  chapter(title: string): void {
    this.#chapters.push({ title, blocks: [] });
    const numbered = `${this.#chapters.length}. ${title}`;
    this.#print(`\n${numbered}\n${"─".repeat(textWidth(numbered))}`);
  }

  /** A paragraph; an empty line goes before it, but not at a chapter's start. */
  say(text: string): void {
    const gap = this.#chapters.at(-1)?.blocks.length === 0 ? "" : "\n";
    this.#print(gap + wrap(joinPunctuation(text), Math.min(this.#columns, 100)).join("\n"));
    this.#add({ prose: text });
  }

  /** For the terminal only: what a report shows better. */
  terminal(text: string): void {
    this.#print(`\n${text}`);
  }

  /** Text in columns. */
  output(text: string, title?: string): void {
    this.#print(`\n${title === undefined ? text : `${title}\n${text}`}`);
    this.#add({ output: text, title });
  }

  /** A text to read, such as a review. */
  sample(text: string, title: string): void {
    this.#print(`\n${title}\n  ${text}`);
    this.#add({ sample: text, title });
  }

  /** A table for both. */
  table({ caption, header, rows }: LessonTable): void {
    this.#print(`\n${formatTable(rows, { headers: header, title: caption, columns: this.#columns })}`);
    this.#add({ table: { caption, headers: header, rows } });
  }

  /** For the report only: a table that the terminal shows in another form. */
  record({ caption, header, rows }: LessonTable): void {
    this.#add({ table: { caption, headers: header, rows } });
  }

  /** For the report only. */
  pictures(...pictures: readonly Picture[]): void {
    for (const { title, caption, draw } of pictures)
      this.#add({ chart: chartFigure({ title }, caption, ({ width }) => draw(width)) });
  }

  /** What to remember. */
  notes(notes: readonly string[]): void {
    const width = Math.min(this.#columns, 100) - 2;
    this.#print(`\n${notes.map((note) => `• ${wrap(note, width).join("\n  ")}`).join("\n")}`);
    this.#add({ notes });
  }

  #add(block: ReportBlock): void {
    this.#chapters.at(-1)?.blocks.push(block);
  }
}
