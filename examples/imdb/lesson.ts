/** What a run says, twice: to the terminal as it goes, and as the chapters of its report. No file access. */
import { chartFigure } from "../support/charts.ts";
import type { ReportBlock, ReportChapter } from "../support/report.ts";
import { joinPunctuation, textWidth, wrap } from "../support/format.ts";
import { formatTable } from "../support/tables.ts";
import type { Picture } from "./figures.ts";
import type { ResultTable } from "./tables.ts";

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

  get chapters(): readonly ReportChapter[] {
    return this.#chapters;
  }

  #add(block: ReportBlock): void {
    this.#chapters.at(-1)?.blocks.push(block);
  }

  /** Begins a chapter; the terminal numbers it, the report has a table of contents. */
  chapter(title: string): void {
    this.#chapters.push({ title, blocks: [] });
    const numbered = `${this.#chapters.length}. ${title}`;
    this.#print(`\n${numbered}\n${"─".repeat(textWidth(numbered))}`);
  }

  /** A paragraph. */
  say(text: string): void {
    this.#print(wrap(joinPunctuation(text), Math.min(this.#columns, 110)).join("\n"));
    this.#add({ prose: text });
  }

  /** Text in columns. */
  output(text: string, title?: string): void {
    this.#print(title === undefined ? text : `${title}\n${text}`);
    this.#add({ output: text, title });
  }

  /** For the terminal only: text that the report has a picture or a table for. */
  terminal(text: string): void {
    this.#print(text);
  }

  /** A text to read, such as a review. */
  sample(text: string, title: string): void {
    this.#print(`\n${title}\n  ${text}`);
    this.#add({ sample: text, title });
  }

  table({ caption, header, rows }: ResultTable): void {
    this.#print(`\n${formatTable(rows, { headers: header, title: caption, columns: this.#columns })}`);
    this.#add({ table: { caption, headers: header, rows } });
  }

  /** For the report only. */
  pictures(...pictures: readonly Picture[]): void {
    for (const { title, caption, draw } of pictures)
      this.#add({ chart: chartFigure({ title }, caption, ({ width }) => draw(width)) });
  }

  /** For the report only: a table that the terminal shows in another form. */
  record({ caption, header, rows }: ResultTable): void {
    this.#add({ table: { caption, headers: header, rows } });
  }

  /** What to remember. */
  notes(notes: readonly string[]): void {
    this.#print(`\n${notes.map((note) => `• ${note}`).join("\n")}`);
    this.#add({ notes });
  }
}
