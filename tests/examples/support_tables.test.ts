import { describe, expect, it } from "vitest";
import { cut, textWidth } from "../../examples/support/format.ts";
import { formatTable, isNumeric, terminalHistogram, textHeatMap } from "../../examples/support/tables.ts";

const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, " ");
const lines = (text: string) => plain(text).split("\n");

describe("formatTable", () => {
  it("frames rows, aligns numbers to the right and counts emoji as two columns", () => {
    const text = formatTable(
      [
        ["😊 POSITIF", 0.98, "✅"],
        ["😞 NÉGATIF", 0.5125, "❌"],
        ["e\u0301té", 12500],
      ],
      {
        headers: ["Sentiment", "Confiance", "Juste"],
        title: "Prédictions",
        align: [undefined, undefined, "center"],
      },
    );
    expect(lines(text)).toEqual([
      "Prédictions",
      "┌────────────┬───────────┬───────┐",
      "│ Sentiment  │ Confiance │ Juste │",
      "├────────────┼───────────┼───────┤",
      "│ 😊 POSITIF │    0,9800 │  ✅   │",
      "│ 😞 NÉGATIF │    0,5125 │  ❌   │",
      "│ e\u0301té        │    12 500 │       │",
      "└────────────┴───────────┴───────┘",
    ]);
    const [, ...framed] = text.split("\n");
    expect(new Set(framed.map(textWidth))).toEqual(new Set([34]));
  });

  it("keeps within its columns by cutting the longest texts", () => {
    const sentence = "This movie was absolutely wonderful and I loved every minute of it";
    for (const columns of [30, 50, 70]) {
      const text = formatTable([[sentence, 0.5, "négatif"]], { headers: ["Avis", "p", "classe"], columns });
      expect(Math.max(...text.split("\n").map(textWidth))).toBe(columns);
      expect(text).toContain("…");
      expect(text).toContain("0,5");
    }
  });

  it("needs no headers, no rows, no line breaks in cells", () => {
    expect(lines(formatTable([["a\nb", 1]]))[1]).toBe("│ a⏎b │ 1 │");
    expect(lines(formatTable([], { headers: ["mot"] }))).toHaveLength(4);
  });

  it("knows numbers from words", () => {
    for (const text of ["12\u202f500", "−0,5", "83,4\u202f%", "3 min 12 s", "850 ms", "1.5", "—", "", "∞"])
      expect(isNumeric(text), text).toBe(true);
    for (const text of ["soleil", "LSTM 256", "3 époques", "v1", "a", "12 ans et demi", "1/2"])
      expect(isNumeric(text), text).toBe(false);
  });
});

describe("textWidth and cut", () => {
  it("count what a terminal shows", () => {
    expect(["é", "e\u0301", "😊", "👍🏽", "👩‍🔬", "❤️", "漢", "—", "\u200b"].map(textWidth)).toEqual([
      1, 1, 2, 2, 2, 2, 2, 1, 0,
    ]);
    expect(cut("😊😊😊", 4)).toBe("😊…");
    expect(cut("😊😊", 4)).toBe("😊😊");
  });
});

describe("terminalHistogram", () => {
  it("draws counts in eighths of a line", () => {
    // 16 ones, 8 twos, no three, 1 four; two lines of eighths.
    const values = [...new Array(16).fill(1), ...new Array(8).fill(2), 4];
    expect(lines(terminalHistogram(values, { rows: 2, mark: { x: 2, label: "Limite : 2" } }))).toEqual([
      "16 ┤█",
      "   ┤██ ▁",
      " 0 └────",
      "    1  4",
      "     ▲ Limite : 2",
    ]);
  });

  it("fits its bins, whatever the values", () => {
    const values = Array.from({ length: 500 }, (_, i) => Math.abs(Math.sin(i)) * 1000);
    const drawn = lines(terminalHistogram(values, { bins: 30 }));
    expect(drawn).toHaveLength(8);
    expect(drawn[6]).toMatch(/─{30}$/);
    expect(Math.max(...drawn.map((line) => line.length))).toBeLessThan(45);
    expect(terminalHistogram([])).toContain("└─");
  });
});

describe("textHeatMap", () => {
  it("shows counts under their names, with a shade that grows", () => {
    const text = textHeatMap(
      [
        [10234, 2266],
        [0, 4000],
      ],
      {
        rowLabels: ["Négatif", "Positif"],
        columnLabels: ["Négatif", "Positif"],
        rowTitle: "Réalité",
        columnTitle: "Prédictions",
      },
    );
    expect(lines(text)).toEqual([
      "              Prédictions",
      "Réalité     Négatif    Positif",
      "Négatif   ██ 10 234   ░░ 2 266",
      "Positif           0   ▒▒ 4 000",
    ]);
  });

  it("takes its own format, and values of both signs", () => {
    const text = textHeatMap([[-1, 0, 1]], { format: (value) => value.toFixed(1) });
    expect(lines(text)[1]).toBe("1      -1.0   ▒▒ 0.0   ██ 1.0");
  });
});
