import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chartFigure, heatMap } from "../../examples/support/charts.ts";
import {
  ensureDirectory,
  OutputError,
  writeFigures,
  writeFileSafely,
  writeReport,
} from "../../examples/support/files.ts";
import { escapeHtml, type Report, type ReportBlock, reportHtml } from "../../examples/support/report.ts";

// Lets a test make one call of node:fs fail as a full disk does.
const failing = vi.hoisted(() => ({ call: "", code: "" }));
vi.mock("node:fs", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:fs")>();
  const fail = () => {
    throw Object.assign(new Error(`${failing.code}: refused`), { code: failing.code });
  };
  return {
    ...real,
    fsyncSync: (fd: number) => (failing.call === "fsync" ? fail() : real.fsyncSync(fd)),
    mkdirSync: (...args: Parameters<typeof real.mkdirSync>) =>
      failing.call === "mkdir" ? fail() : real.mkdirSync(...args),
  };
});

let folder = "";
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), "wgrad-"));
});
afterEach(() => {
  failing.call = "";
  fs.rmSync(folder, { recursive: true, force: true });
});

const report = {
  title: "Écrire comme Molière : <LSTM>",
  subtitle: "« Le Tartuffe »",
  sections: [{ title: "Réglages", facts: [["lot & fenêtre", '64 × "60"']] }],
  charts: [
    chartFigure(
      { title: "Perte", xLabel: "pas", yLabel: "perte", series: [{ name: "a", y: [2, 1] }] },
      "La perte",
    ),
  ],
  samples: [{ title: "Température 0,5", text: "\n  SGANARELLE.\n\n<b>Ah !</b>" }],
  command: "npm run moliere -- --play 'tartuffe'",
} as const;

describe("reportHtml", () => {
  it("escapes every text and keeps the spaces of samples", () => {
    const html = reportHtml(report);
    expect(html).toContain('<html lang="fr">');
    expect(html).toContain("<h1>Écrire comme Molière\u00a0: &lt;LSTM&gt;</h1>");
    expect(html).toContain("<p>«\u00a0Le Tartuffe\u00a0»</p>");
    expect(html).toContain("<dt>lot &amp; fenêtre</dt><dd>64 × &quot;60&quot;</dd>");
    expect(html).toContain('<pre class="sample">\n\n  SGANARELLE.\n\n&lt;b&gt;Ah !&lt;/b&gt;</pre>');
    expect(html).toContain("--play &#39;tartuffe&#39;");
    expect(escapeHtml("a\u0000\u001b\tb\n")).toBe("a\ufffd\ufffd\tb\n");
  });

  it("is self-contained: no script, no link, no resource", () => {
    const html = reportHtml(report);
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\ssrc=|href=/i);
    expect(html.match(/https?:\/\/[^"\s]+/g)!.every((link) => link.startsWith("http://www.w3.org/"))).toBe(
      true,
    );
    expect(html.match(/<svg/g)).toHaveLength(2);
  });

  it("leaves out what is not given", () => {
    const html = reportHtml({ title: "Vide", lang: "en" });
    expect(html).not.toMatch(/<section|<figure|<pre|<p>/);
  });

  it.each([
    "<svg><script>1</script></svg>",
    '<svg onload="1"></svg>',
    '<svg><image href="http://a/b"/></svg>',
    "<p>1</p>",
  ])("refuses %s as a chart", (svg) => {
    expect(() => reportHtml({ title: "x", charts: [{ svg, caption: "c" }] })).toThrow(
      /chart "c" is no plain <svg>/,
    );
  });
});

const confusion = chartFigure(
  {
    title: "Matrice de confusion : œuvre n° 1",
    matrix: [
      [3, 1],
      [0, 4],
    ],
  },
  "Qui est pris pour qui",
  heatMap,
);
const told: Report = {
  title: "Avis",
  chapters: [
    {
      title: "Les <données>",
      blocks: [
        { prose: "Un paragraphe : court.\n\nUn <autre>." },
        {
          table: {
            headers: ["Classe", "précision", "effectif"],
            rows: [
              ["Négatif", 0.8374, 12500],
              ["<Positif>", 0.82, 12500],
              ["exactitude", undefined, 25000],
            ],
            caption: "Rapport",
          },
        },
      ],
    },
    {
      title: "Les erreurs",
      blocks: [
        { chart: confusion },
        { output: "  ┌──┐\n  │<│", title: "Au terminal" },
        { sample: "\n  SGANARELLE." },
        { notes: ["Le modèle hésite", "<rien>"] },
      ],
    },
    { title: "Les erreurs", blocks: [{ chart: confusion }] },
    { title: "Fin", blocks: [] },
  ],
  charts: [confusion],
};

describe("chapters", () => {
  const html = reportHtml(told);

  it("come in order, under headings that the contents link to", () => {
    const headings = [...html.matchAll(/<h2>([^<]*)<\/h2>/g)].map(([, text]) => text);
    expect(headings).toEqual([
      "Sommaire",
      "Les &lt;données&gt;",
      "Les erreurs",
      "Les erreurs",
      "Fin",
      "Courbes",
    ]);
    const links = [...html.matchAll(/<a href="#([^"]*)"/g)].map(([, id]) => id);
    expect(links).toEqual(["les-donnees", "les-erreurs", "les-erreurs-2", "fin"]);
    for (const id of links) expect(html.split(`id="${id}"`)).toHaveLength(2);
    expect(reportHtml({ ...told, chapters: told.chapters!.slice(0, 3) })).not.toContain("<nav>");
  });

  it("hold prose, tables, charts, texts and notes, all escaped", () => {
    expect(html).toContain("<p>Un paragraphe\u00a0: court.</p>");
    expect(html).toContain("<p>Un &lt;autre&gt;.</p>");
    expect(html).toContain('<pre class="output">\n  ┌──┐\n  │&lt;│</pre>');
    expect(html).toContain('<pre class="sample">\n\n  SGANARELLE.</pre>');
    expect(html).toContain("<h3>À retenir</h3><ul><li>Le modèle hésite</li><li>&lt;rien&gt;</li></ul>");
    expect(html.match(/<figure>/g)).toHaveLength(3);
    expect(html).not.toMatch(/<script|<link|<img|\ssrc=|href="(?!#)/i);
  });

  it("write tables with French numbers, to the right", () => {
    expect(html).toContain('<th scope="col">Classe</th><th scope="col" class="right">précision</th>');
    expect(html).toContain(
      '<th scope="row">Négatif</th><td class="right">0,8374</td><td class="right">12\u202f500</td>',
    );
    // To as many decimals as the column's other numbers; nothing for what is not known.
    expect(html).toContain('<th scope="row">&lt;Positif&gt;</th><td class="right">0,8200</td>');
    expect(html).toContain('<th scope="row">exactitude</th><td class="right"></td>');
    expect(html).toContain("<caption>Rapport</caption>");
  });

  it("refuse what is no block", () => {
    const block = { image: "x" } as unknown as ReportBlock;
    expect(() => reportHtml({ title: "x", chapters: [{ title: "y", blocks: [block] }] })).toThrow(
      /a block has the keys image; expected prose, chart/,
    );
  });
});

describe("writeFigures", () => {
  it("writes each chart under a name that says what it shows", () => {
    const out = join(folder, "figures");
    const paths = writeFigures(out, told);
    const name = "matrice-de-confusion-oeuvre-n-1";
    expect(paths).toEqual([`${name}.svg`, `${name}-2.svg`, `${name}-3.svg`].map((file) => join(out, file)));
    const text = fs.readFileSync(paths[0], "utf8");
    expect(text).toBe(`<?xml version="1.0" encoding="UTF-8"?>\n${confusion.svg}\n`);
    expect(text).toContain('xmlns="http://www.w3.org/2000/svg"');
  });

  it("takes the caption where a chart has no title", () => {
    const { svg } = confusion;
    expect(
      writeFigures(folder, { title: "x", charts: [{ svg, caption: "La perte, à chaque pas !" }] }),
    ).toEqual([join(folder, "la-perte-a-chaque-pas.svg")]);
  });
});

describe("writeFileSafely", () => {
  it("creates folders, replaces files, leaves no .part", () => {
    const path = join(folder, "a", "b", "c.txt");
    writeFileSafely(path, "un");
    writeFileSafely(path, new Uint8Array([0xc3, 0xa9]));
    expect(fs.readFileSync(path, "utf8")).toBe("é");
    expect(fs.readdirSync(join(folder, "a", "b"))).toEqual(["c.txt"]);
  });

  it("on a full disk keeps the older file and leaves nothing partial", () => {
    const path = join(folder, "model.bin");
    writeFileSafely(path, "old");
    Object.assign(failing, { call: "fsync", code: "ENOSPC" });
    expect(() => writeFileSafely(path, "new")).toThrow(
      new OutputError(
        `cannot write ${path}: the disk is full; free some space or choose another folder (ENOSPC)`,
      ),
    );
    expect(fs.readFileSync(path, "utf8")).toBe("old");
    expect(fs.readdirSync(folder)).toEqual(["model.bin"]);
  });

  it.each([
    ["EACCES", "permission denied; choose a folder that you may write to (EACCES)"],
    ["EROFS", "the disk is read-only; choose another folder (EROFS)"],
    ["EWEIRD", "EWEIRD: refused"],
  ])("explains %s in one line", (code, why) => {
    Object.assign(failing, { call: "mkdir", code });
    const path = join(folder, "new", "x.json");
    expect(() => writeFileSafely(path, "{}")).toThrow(new OutputError(`cannot write ${path}: ${why}`));
    expect(() => ensureDirectory(join(folder, "new"))).toThrow(OutputError);
  });

  it("refuses a folder's name and a path through a file", () => {
    fs.writeFileSync(join(folder, "file"), "x");
    expect(() => writeFileSafely(folder, "x")).toThrow(/a folder has that name/);
    expect(() => writeFileSafely(join(folder, "file", "x"), "x")).toThrow(/a part of the path is a file/);
    expect(() => ensureDirectory(join(folder, "file"))).toThrow(/a part of the path is a file/);
    expect(fs.readdirSync(folder)).toEqual(["file"]);
  });

  it("writes through links and into pipes, without replacing them", () => {
    fs.writeFileSync(join(folder, "real"), "old");
    fs.symlinkSync(join(folder, "real"), join(folder, "link"));
    writeFileSafely(join(folder, "link"), "new");
    expect(fs.lstatSync(join(folder, "link")).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(join(folder, "real"), "utf8")).toBe("new");
    writeFileSafely("/dev/null", "x");
    expect(fs.statSync("/dev/null").isCharacterDevice()).toBe(true);
  });
});

describe("writeReport", () => {
  it("writes into a folder that is created when missing", () => {
    const out = join(folder, "out", "tartuffe");
    ensureDirectory(out);
    expect(fs.readdirSync(out)).toEqual([]);
    expect(writeReport(out, report)).toBe(join(out, "report.html"));
    expect(fs.readFileSync(join(out, "report.html"), "utf8")).toBe(reportHtml(report));
  });
});
