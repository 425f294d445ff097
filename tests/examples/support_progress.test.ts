import { describe, expect, it } from "vitest";
import {
  cut,
  formatCount,
  formatDuration,
  formatNumber,
  formatPercent,
  sparkline,
  table,
  textWidth,
  wrap,
} from "../../examples/support/format.ts";
import { formatProgress, ProgressLine } from "../../examples/support/progress.ts";

/** Spaces of all widths as plain ones. */
const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, " ");

/** A line without what moves the cursor. */
const bare = (text: string) => text.replaceAll("\r", "").replaceAll("\x1b[K", "");

const state = {
  step: 8123,
  steps: 136500,
  epoch: 3,
  epochs: 15,
  loss: 1.2345,
  accuracy: 0.563,
  charactersPerSecond: 12345,
};

describe("numbers the French way", () => {
  it("groups by narrow no-break spaces, with a decimal comma and a true minus", () => {
    expect(formatCount(136500)).toBe("136\u202f500");
    expect(formatCount(0.05)).toBe("0,05");
    expect(formatNumber(1234.5, 2)).toBe("1\u202f234,50");
    expect(formatNumber(-2.5, 1)).toBe("−2,5");
    expect(formatNumber(-0.001, 2)).toBe("0,00");
    expect(formatPercent(0.5634)).toBe("56,3\u202f%");
    expect([formatNumber(Number.NaN, 3), formatCount(1 / 0), formatCount(-1 / 0)]).toEqual([
      "NaN",
      "∞",
      "−∞",
    ]);
  });

  it.each([
    [0, "0 ms"],
    [0.85, "850 ms"],
    [0.9999, "1,0 s"],
    [4.21, "4,2 s"],
    [9.97, "10 s"],
    [59.7, "1 min 00 s"],
    [192, "3 min 12 s"],
    [3599.6, "1 h 00 min"],
    [3900, "1 h 05 min"],
    [86399, "1 j 00 h"],
    [183600, "2 j 03 h"],
    [Number.NaN, "?"],
    [Number.POSITIVE_INFINITY, "?"],
  ])("formatDuration(%d)", (seconds, text) => {
    expect(plain(formatDuration(seconds))).toBe(text);
  });
});

describe("texts in columns", () => {
  it("aligns a table, numbers to the right", () => {
    const text = table(
      [
        ["Tartuffe", 123456, 0.25],
        ["Le Médecin\nmalgré lui", 5],
      ],
      ["Pièce", "caractères", "perte"],
    );
    expect(plain(text).split("\n")).toEqual([
      "Pièce                  caractères  perte",
      "────────────────────────────────────────",
      "Tartuffe                  123 456  0,25",
      "Le Médecin⏎malgré lui           5",
    ]);
    expect(table([], ["a"])).toBe("a\n─");
  });

  it("cuts and wraps by what is seen, not by code units", () => {
    expect(textWidth("e\u0301te")).toBe(3);
    expect(cut("abcdef", 4)).toBe("abc…");
    expect(cut("été", 3)).toBe("été");
    expect(wrap("un deux trois", 7)).toEqual(["un deux", "trois"]);
  });

  it("draws a sparkline", () => {
    expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
    expect(
      sparkline(
        new Float32Array(1000).map((_, i) => 1 - i / 1000),
        4,
      ),
    ).toBe("█▆▃▁");
    expect(sparkline([1, Number.NaN, 1])).toBe("▄ ▄");
    expect(sparkline([])).toBe("");
  });
});

describe("formatProgress", () => {
  it("shows where the run stands", () => {
    expect(plain(formatProgress(state, { secondsLeft: 192 }))).toBe(
      "époque 3/15 ╸─────────────   5 % · perte 1,235 · exactitude 56,3 % · 12 345 car/s · reste 3 min 12 s",
    );
    expect(plain(formatProgress({ step: 50, steps: 100, loss: 2 }))).toBe(
      "pas 50/100 ━━━━━━━━━━━━────────────  50 % · perte 2,000",
    );
    expect(plain(formatProgress({ ...state, step: 136500 }, { secondsTaken: 61 }))).toMatch(
      /━ 100 % .* · durée 1 min 01 s$/,
    );
  });

  it("never says 100 % before the end", () => {
    expect(plain(formatProgress({ step: 9999, steps: 10000, loss: 1 }))).toContain(" 99 %");
  });

  it("fits in its columns, whatever the numbers and however few", () => {
    const large = { ...state, epoch: 1000, epochs: 1000, loss: 12345.678, charactersPerSecond: 123456789 };
    for (const shown of [state, large, { ...large, epoch: undefined }, { ...state, loss: Number.NaN }]) {
      for (const columns of [10, 20, 40, 60, 80, 100, 120]) {
        const line = formatProgress(shown, { columns, secondsLeft: 200000 });
        expect(textWidth(line), `${columns}: ${line}`).toBeLessThanOrEqual(columns);
        if (columns >= 60) expect(line).toContain("perte");
      }
    }
    expect(formatProgress(large, { secondsLeft: 200000 })).toContain("reste");
  });

  it("survives a run of no steps", () => {
    expect(plain(formatProgress({ step: 0, steps: 0, loss: Number.NaN }))).toContain("perte NaN");
  });
});

describe("ProgressLine", () => {
  const run = (isTTY: boolean, columns?: number) => {
    const written: string[] = [];
    const clock = { ms: 0 };
    const output = { write: (text: string) => written.push(plain(text)), isTTY, columns };
    return { written, clock, line: new ProgressLine(output, () => clock.ms) };
  };

  it("in a log: the first state at once, then a line every 2 s, and the end", () => {
    const { written, clock, line } = run(false);
    for (let step = 1; step <= 50; step++, clock.ms += 100) line.update({ step, steps: 50, loss: 1 / step });
    line.finish();
    expect(written).toHaveLength(4);
    expect(
      written.every((text) => text.endsWith("\n") && !text.includes("\r") && !text.includes("\x1b")),
    ).toBe(true);
    expect(written[0]).toMatch(/^pas 1\/50 .*perte 1,000\n$/);
    expect(written[1]).toMatch(/^pas 21\/50 .*reste 2,9 s\n$/);
    expect(written[3]).toMatch(/^pas 50\/50 .*durée 5,0 s\n$/);
  });

  it("on a terminal: one line, redrawn at most ten times a second, then left", () => {
    const { written, clock, line } = run(true, 80);
    for (let step = 1; step <= 100; step++, clock.ms += 10) line.update({ ...state, step, steps: 100 });
    line.finish();
    expect(written.length).toBe(12);
    expect(written.slice(0, 11).every((text) => text.startsWith("\r") && text.endsWith("\x1b[K"))).toBe(true);
    expect(Math.max(...written.map((text) => bare(text).length))).toBeLessThan(80);
    expect(written[11]).toBe("\n");
  });

  it("prints notes above the line, and nothing when nothing was done", () => {
    const { written, line } = run(true);
    line.update({ step: 1, steps: 2, loss: 1 });
    line.note("époque 1 : perte 1,0");
    expect(written[1]).toBe(`\r\x1b[Képoque 1 : perte 1,0\n${bare(written[0])}`);
    const idle = run(true);
    idle.line.finish();
    expect(idle.written).toEqual([]);
  });
});
