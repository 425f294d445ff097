import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chartFigure } from "../../examples/support/charts.ts";
import { ensureDirectory, OutputError, writeFileSafely, writeReport } from "../../examples/support/files.ts";
import { escapeHtml, reportHtml } from "../../examples/support/report.ts";

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
