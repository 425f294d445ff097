/** Tables of results and answers. */
import { alignments, cellTexts } from "../support/tables.ts";
import { french, make } from "./dom.ts";
import type { Table } from "./notebook.ts";

/** Letters of a cell that had better not be broken into a narrow column. */
const WORDY = 20;

/** A table with its caption, which scrolls sideways where it is too wide. */
export function tableOf({ caption, header, rows }: Table): HTMLElement {
  const cells = cellTexts(rows, header.length);
  const align = alignments(cells, header.length);
  const table = make("table", "", "");
  table.append(make("caption", "", french(`${caption.charAt(0).toUpperCase()}${caption.slice(1)}`)));
  const row = (texts: readonly string[], tag: "th" | "td"): HTMLElement => {
    const line = document.createElement("tr");
    texts.forEach((text, i) => {
      const looks = [align[i] === "right" && "number", text.length > WORDY && "wordy"];
      const cell = make(tag, looks.filter(Boolean).join(" "), french(text));
      if (tag === "th") cell.setAttribute("scope", "col");
      line.append(cell);
    });
    return line;
  };
  const head = document.createElement("thead");
  head.append(row(header, "th"));
  const body = document.createElement("tbody");
  body.append(...cells.map((texts) => row(texts, "td")));
  table.append(head, body);
  const box = make("div", "table", "");
  // What scrolls can be reached by keyboard.
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  box.ariaLabel = french(caption);
  box.append(table);
  return box;
}
