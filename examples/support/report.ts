// The report of a run as one HTML file: no script, no link to anything outside, readable on a phone, on
// paper and in a dark room.

import {
  blockHtml,
  distinct,
  escapeHtml,
  figureHtml,
  preHtml,
  proseIn,
  type ReportBlock,
  type ReportFigure,
  slug,
} from "./report_blocks.ts";
import { STYLE } from "./report_style.ts";

export { escapeHtml, type ReportBlock, type ReportFigure, type ReportTable } from "./report_blocks.ts";

/** A chapter of a report: a heading, and its parts in order. */
export interface ReportChapter {
  readonly title: string;
  readonly blocks: readonly ReportBlock[];
}

/** What a report shows, in this order; empty parts are left out. */
export interface Report {
  readonly title: string;
  readonly subtitle?: string;
  /** The language of the texts, `fr` unless told. */
  readonly lang?: string;
  /** Groups of labels and values, such as Réglages, Appareil, Résultats. */
  readonly sections?: readonly {
    readonly title: string;
    readonly facts: readonly (readonly [label: string, value: string])[];
  }[];
  /** Charts, tables, texts and prose under headings of their own; four chapters or more get a table of contents. */
  readonly chapters?: readonly ReportChapter[];
  /** Charts that need no chapter. */
  readonly charts?: readonly ReportFigure[];
  /** Texts that the model wrote; spaces and line breaks are kept. */
  readonly samples?: readonly { readonly title: string; readonly text: string }[];
  /** The command line that made the report. */
  readonly command?: string;
}

/** All charts of a report, in the order that they are seen. */
export function figuresOf(report: Report): ReportFigure[] {
  const { chapters = [], charts = [] } = report;
  const within = chapters.flatMap(({ blocks }) =>
    blocks.flatMap((block) => ("chart" in block ? [block.chart] : [])),
  );
  return [...within, ...charts];
}

/** A report as one self-contained HTML document. Every text is escaped; only charts are taken as markup. */
export function reportHtml(report: Report): string {
  const {
    title,
    subtitle,
    lang = "fr",
    sections = [],
    chapters = [],
    charts = [],
    samples = [],
    command,
  } = report;
  const words = WORDS[lang] ?? WORDS.fr;
  const prose = proseIn(lang);
  const factGroups = sections.map(
    (section) => `
    <section>
      <h2>${prose(section.title)}</h2>
      <dl>${section.facts
        .map(([label, value]) => `<div><dt>${prose(label)}</dt><dd>${prose(value)}</dd></div>`)
        .join("")}</dl>
    </section>`,
  );
  const ids = distinct(chapters.map((chapter) => slug(chapter.title)));
  const contents = chapters.map(
    (chapter, i) => `\n    <li><a href="#${ids[i]}">${prose(chapter.title)}</a></li>`,
  );
  const told = chapters.map(({ title, blocks }, i) => {
    const parts = blocks.map((block) => blockHtml(block, prose, words.notes));
    return `<section class="chapter" id="${ids[i]}">\n  <h2>${prose(title)}</h2>${parts.join("")}\n</section>`;
  });
  const figures = charts.map((figure) => figureHtml(figure, prose));
  const texts = samples.map(
    (sample) => `
  <article>
    <h3>${prose(sample.title)}</h3>${preHtml("sample", sample.text)}
  </article>`,
  );
  const parts = [
    factGroups.length > 0 && `<div class="facts">${factGroups.join("")}\n</div>`,
    contents.length >= 4 &&
      `<nav>\n  <h2>${words.contents}</h2>\n  <ol>${contents.join("")}\n  </ol>\n</nav>`,
    ...told,
    figures.length > 0 && `<section>\n  <h2>${words.charts}</h2>${figures.join("")}\n</section>`,
    texts.length > 0 && `<section>\n  <h2>${words.samples}</h2>${texts.join("")}\n</section>`,
    command !== undefined &&
      `<section>\n  <h2>${words.command}</h2>${preHtml("command", command)}\n</section>`,
  ];
  return `<!doctype html>
<html lang="${escapeHtml(lang)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
  <h1>${prose(title)}</h1>${subtitle === undefined ? "" : `\n  <p>${prose(subtitle)}</p>`}
</header>
<main>
${parts.filter(Boolean).join("\n")}
</main>
</body>
</html>
`;
}

const WORDS: Readonly<
  Record<string, Readonly<Record<"contents" | "charts" | "samples" | "command" | "notes", string>>>
> = {
  fr: {
    contents: "Sommaire",
    charts: "Courbes",
    samples: "Textes générés",
    command: "Commande",
    notes: "À retenir",
  },
  en: {
    contents: "Contents",
    charts: "Charts",
    samples: "Generated texts",
    command: "Command",
    notes: "To remember",
  },
};
