// The report of a run as one HTML file: no script, no link to anything outside, readable on a phone, on
// paper and in a dark room.

import { joinPunctuation } from "./format.ts";

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
  /** Charts by `chartFigure`, or any other `<svg>` elements; `narrowSvg` takes its place on a phone. */
  readonly charts?: readonly {
    readonly svg: string;
    readonly narrowSvg?: string;
    readonly caption: string;
  }[];
  /** Texts that the model wrote; spaces and line breaks are kept. */
  readonly samples?: readonly { readonly title: string; readonly text: string }[];
  /** The command line that made the report. */
  readonly command?: string;
}

/** A report as one self-contained HTML document. Every text is escaped; only charts are taken as markup. */
export function reportHtml(report: Report): string {
  const { title, subtitle, lang = "fr", sections = [], charts = [], samples = [], command } = report;
  const words = WORDS[lang] ?? WORDS.fr;
  const prose = (text: string) => escapeHtml(lang === "fr" ? joinPunctuation(text) : text);
  const factGroups = sections.map(
    (section) => `
    <section>
      <h2>${prose(section.title)}</h2>
      <dl>${section.facts
        .map(([label, value]) => `<div><dt>${prose(label)}</dt><dd>${prose(value)}</dd></div>`)
        .join("")}</dl>
    </section>`,
  );
  const figures = charts.map(({ svg, narrowSvg, caption }) => {
    const drawing = (kind: string, element: string) =>
      `\n    <div class="${kind}" role="img" aria-label="${prose(caption)}">${checkSvg(element, caption)}</div>`;
    const drawings =
      narrowSvg === undefined
        ? drawing("chart", svg)
        : drawing("chart wide", svg) + drawing("chart narrow", narrowSvg);
    return `\n  <figure>${drawings}\n    <figcaption>${prose(caption)}</figcaption>\n  </figure>`;
  });
  // A newline right after <pre> is dropped by HTML, so one is put there for it to drop.
  const texts = samples.map(
    (sample) => `
  <article>
    <h3>${prose(sample.title)}</h3>
    <pre class="sample">\n${escapeHtml(sample.text)}</pre>
  </article>`,
  );
  const parts = [
    factGroups.length > 0 && `<div class="facts">${factGroups.join("")}\n</div>`,
    figures.length > 0 && `<section>\n  <h2>${words.charts}</h2>${figures.join("")}\n</section>`,
    texts.length > 0 && `<section>\n  <h2>${words.samples}</h2>${texts.join("")}\n</section>`,
    command !== undefined &&
      `<section>\n  <h2>${words.command}</h2>\n  <pre class="command">\n${escapeHtml(command)}</pre>\n</section>`,
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

const WORDS: Readonly<Record<string, { charts: string; samples: string; command: string }>> = {
  fr: { charts: "Courbes", samples: "Textes générés", command: "Commande" },
  en: { charts: "Charts", samples: "Generated texts", command: "Command" },
};

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

const STYLE = `
:root { color-scheme: light dark; --ink: #1f2933; --muted: #52606d; --line: #d9dee4; --page: #f6f7f9; --card: #ffffff;
  --accent: #0072b2; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --muted: #a6b0bb; --line: #3a444f; --page: #14181d; --card: #1d232a; --accent: #6fb7e0; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 58rem; padding: 2.5rem 1.5rem 4rem; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
header { border-bottom: 3px solid var(--accent); padding-bottom: 1rem; margin-bottom: 2rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; text-wrap: balance; }
header p { margin: .5rem 0 0; color: var(--muted); font-size: 1.05rem; }
h2 { margin: 0 0 .75rem; font-size: 1.2rem; line-height: 1.3; }
h3 { margin: 0 0 .35rem; font-size: 1rem; color: var(--muted); font-weight: 600; }
main > * { margin-bottom: 2.5rem; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 16.5rem), 1fr)); gap: 1rem; }
.facts section { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.15rem; }
.facts h2 { font-size: 1.05rem; }
dl { margin: 0; }
dl div { display: flex; flex-wrap: wrap; justify-content: space-between; column-gap: 1rem; padding: .3rem 0;
  border-top: 1px solid var(--line); }
dt { color: var(--muted); }
dd { margin: 0 0 0 auto; text-align: right; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
figure { margin: 0 0 1.75rem; break-inside: avoid; }
.chart { overflow: hidden; background: #ffffff; border: 1px solid var(--line); border-radius: .5rem; }
.chart svg { display: block; width: 100%; height: auto; }
.narrow { display: none; }
figcaption { margin-top: .5rem; color: var(--muted); font-size: .92rem; }
article { margin-bottom: 1.25rem; break-inside: avoid; }
pre { margin: 0; padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  white-space: pre-wrap; overflow-wrap: anywhere; }
.sample { border-left: 4px solid var(--accent); font: 1rem/1.6 Georgia, "Times New Roman", serif; }
.command { font: .9rem/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, monospace; }
@media (max-width: 36rem) {
  body { padding: 1.25rem .9rem 2.5rem; }
  h1 { font-size: 1.5rem; }
  .wide { display: none; }
  .narrow { display: block; }
}
@page { margin: 1.6cm; }
@media print {
  :root { --page: #ffffff; }
  body { max-width: none; padding: 0; font-size: 10.5pt; }
  .facts section, h2, h3 { break-inside: avoid; break-after: avoid; }
  .facts section { break-after: auto; }
  .wide { display: block; }
  .narrow { display: none; }
}
`;
