/** What a run leaves behind: figures, tables and texts, at its end or when asked for. */
import { block, button, french, make } from "./dom.ts";
import type { Pictures } from "./pictures.ts";
import type { Command, Report } from "./protocol.ts";
import { tableOf } from "./tables.ts";

export class ResultsView {
  readonly #section = block("results");
  readonly #content = block("results-content");
  readonly #pictures: Pictures;

  constructor(pictures: Pictures, post: (command: Command) => void) {
    this.#pictures = pictures;
    button("conclude").addEventListener("click", () => post({ type: "conclude" }));
  }

  /** A new run or another model: what was found before is not of it. */
  clear(): void {
    this.#content.replaceChildren();
  }

  show({ figures, tables, texts }: Extract<Report, { type: "results" }>): void {
    this.clear();
    this.#section.hidden = false;
    const board = make("div", "pictures", "");
    this.#content.append(board);
    this.#pictures.show(board, figures);
    const beside = make("div", "tables", "");
    beside.append(...tables.map(tableOf));
    this.#content.append(beside);
    const written = make("div", "pictures", "");
    this.#content.append(written);
    for (const { title, text } of texts) {
      const article = make("article", "", "");
      article.append(make("h3", "", french(title)), make("div", "text", text));
      written.append(article);
    }
  }

  /** What can be asked for now. */
  offer(how: "nothing" | "work" | "button"): void {
    const filled = this.#content.childElementCount > 0;
    this.#section.hidden = how === "nothing" && !filled;
    button("conclude").hidden = how !== "button";
    button("conclude").textContent = filled ? "Refaire le bilan" : "Faire le bilan";
    block("results-work").hidden = how !== "work";
  }
}
