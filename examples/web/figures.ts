/** The worker's pictures: they stay here as what can be drawn, and go to the page as SVG in its width and colours. */
import { renderSvg, withColors } from "../support/charts.ts";
import type { Figure, Table } from "./notebook.ts";
import type { Drawing, Report, ShownParts } from "./protocol.ts";

/** Answers come and go: so many of the newest figures can still be drawn. */
const KEPT = 64;

const figures = new Map<number, Figure>();
let count = 0;

/** Keeps the figures, and says how they are asked for. */
export function keepFigures(parts: {
  readonly figures?: readonly Figure[];
  readonly tables?: readonly Table[];
}): ShownParts {
  const kept = (parts.figures ?? []).map((figure) => {
    figures.set(++count, figure);
    return { figure: count, title: figure.title, caption: figure.caption };
  });
  for (const number of figures.keys()) {
    if (figures.size <= KEPT) break;
    figures.delete(number);
  }
  return { figures: kept, tables: parts.tables ?? [] };
}

/** Draws a figure; nothing when it is gone. */
export function drawFigure({ figure: number, width, colors, file = false }: Drawing): Report | undefined {
  const figure = figures.get(number);
  if (figure === undefined) return undefined;
  const option = figure.draw(width);
  const svg = renderSvg(colors ? withColors(option, colors) : option, { width });
  return { type: "drawn", figure: number, file, title: figure.title, svg };
}
