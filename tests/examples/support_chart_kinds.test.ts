import { describe, expect, it } from "vitest";
import { colorAt, isDark } from "../../examples/support/charts/heat_map.ts";
import { placeLabels } from "../../examples/support/charts/labels.ts";
import {
  barChart,
  type ChartFigure,
  type ChartOption,
  chartFigure,
  countInBins,
  errorRateChart,
  errorsByBin,
  heatMap,
  histogram,
  lineChart,
  NARROW_SIZE,
  renderSvg,
  rocCurve,
  scatterChart,
  withColors,
} from "../../examples/support/charts.ts";
import { overlaps, readSvg, textsOf } from "./svg_bounds.ts";

const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, " ");
/** Pseudo-random values in (−1, 1), the same each time. */
const noise = (count: number) =>
  Array.from({ length: count }, (_, i) => (Math.sin(i * 12.9898) * 43758.5453) % 1);

const words =
  "excellent great amazing wonderful best love perfect terrible awful worst bad hate boring waste movie film actor director story plot the and with".split(
    " ",
  );
const groups = ["Positif", "Négatif", "Cinéma", "Neutre"];
const groupOf = (i: number) => groups[i < 7 ? 0 : i < 14 ? 1 : i < 20 ? 2 : 3];
const cloud = words.map((label, i) => ({
  x: noise(words.length)[i] * 0.4 + (i % 3),
  y: noise(2 * words.length)[i + words.length] * 0.2 + (i % 2),
  label,
  group: groupOf(i),
}));
const lengths = noise(3000).map((u, i) => Math.round(230 + 150 * u + (i % 50 === 0 ? 600 : 0)));

const confusion = {
  title: "Matrice de confusion",
  matrix: [
    [10234, 2266],
    [1987, 10513],
  ],
  rowLabels: ["Négatif", "Positif"],
  columnLabels: ["Négatif", "Positif"],
  rowTitle: "Réalité",
  columnTitle: "Prédictions",
};
const experiments = {
  title: "Exactitude de chaque variante du modèle, selon le jeu de données et la longueur des avis",
  categories: ["de base", "bidirectionnel", "deux couches superposées", "avec attention"],
  values: [
    { name: "Validation", values: [0.81, 0.8234, 0.79, 0.845] },
    { name: "Test", values: [0.8, 0.819, Number.NaN, 0.84] },
  ],
  yLabel: "exactitude",
  format: "percent" as const,
  min: 0,
  max: 1,
};
const roc = {
  curves: [
    {
      name: "LSTM",
      falsePositiveRate: [0, 0, 0.1, 0.4, 1],
      truePositiveRate: [0, 0.5, 0.8, 0.95, 1],
      auc: 0.8712,
    },
    { name: "Sac de mots", falsePositiveRate: [0, 0.2, 1], truePositiveRate: [0, 0.6, 1], auc: 0.7 },
  ],
};
const weights = Array.from({ length: 23 }, (_, row) => noise(128 * 23).slice(128 * row, 128 * (row + 1)));

/** Each kind of chart, and texts that it has to show. */
const figures: Record<string, { figure: ChartFigure; shows: string[] }> = {
  curves: {
    figure: chartFigure(
      {
        title: "Évolution de la perte",
        xLabel: "époque",
        yLabel: "perte",
        series: ["Entraînement", "Validation", "Entraînement, deux couches", "Validation, deux couches"].map(
          (name, k) => ({ name, y: [3 - k / 4, 2, 1.5] }),
        ),
        references: [{ y: 4.38, label: "hasard : ln 80" }],
      },
      "",
    ),
    shows: [
      "Évolution de la perte",
      "époque",
      "perte",
      "Validation, deux couches",
      "hasard : ln 80",
      "2,5",
      "4,5",
    ],
  },
  histogram: {
    figure: chartFigure(
      {
        title: "Distribution des longueurs d’avis",
        xLabel: "nombre de mots",
        yLabel: "nombre d’avis",
        values: lengths,
        marks: [
          { x: 200, label: "Limite : 200" },
          { x: 242, label: "Moyenne : 242" },
          { x: 230, label: "Médiane : 230" },
        ],
      },
      "",
      histogram,
    ),
    shows: [
      "Limite : 200",
      "Moyenne : 242",
      "Médiane : 230",
      "nombre de mots",
      "nombre d’avis",
      "200",
      "400",
    ],
  },
  bars: {
    figure: chartFigure(
      {
        title: "Sentiments",
        categories: ["Négatif", "Positif"],
        values: [12500, 12480],
        yLabel: "nombre d’avis",
      },
      "",
      barChart,
    ),
    shows: ["Sentiments", "Négatif", "Positif", "12 500", "12 480", "nombre d’avis", "15 000"],
  },
  "grouped bars": {
    figure: chartFigure(experiments, "", barChart),
    shows: [
      "de base",
      "bidirectionnel",
      "Validation",
      "Test",
      "82,3 %",
      "84,0 %",
      "exactitude",
      "0 %",
      "100 %",
    ],
  },
  "error rates": {
    figure: chartFigure(
      {
        title: "Erreurs selon la longueur",
        xLabel: "mots",
        bins: errorsByBin(
          lengths,
          lengths.map((n) => n % 7 === 0),
          [0, 100, 200, 300, 1000],
        ),
      },
      "",
      errorRateChart,
    ),
    shows: ["taux d’erreur", "mots", "100–200", "300–1 000"],
  },
  "confusion matrix": {
    figure: chartFigure(confusion, "", heatMap),
    shows: [
      "Matrice de confusion",
      "Réalité",
      "Prédictions",
      "Négatif",
      "Positif",
      "10 234",
      "2 266",
      "1 987",
      "10 513",
    ],
  },
  "large matrix": {
    figure: chartFigure(
      { title: "Vecteurs", matrix: weights, rowLabels: words, columnTitle: "dimension" },
      "",
      heatMap,
    ),
    shows: ["Vecteurs", "dimension", "100", "excellent", "the"],
  },
  scatter: {
    figure: chartFigure(
      { title: "t-SNE", xLabel: "dimension 1", yLabel: "dimension 2", points: cloud },
      "",
      scatterChart,
    ),
    shows: [...words, ...groups, "dimension 1", "dimension 2"],
  },
  roc: {
    figure: chartFigure(roc, "", rocCurve),
    shows: [
      "Courbe ROC",
      "LSTM (AUC = 0,871)",
      "Sac de mots (AUC = 0,700)",
      "hasard (AUC = 0,5)",
      "0,2",
      "taux de faux positifs",
    ],
  },
};

describe.each(Object.entries(figures))("%s", (_, { figure, shows }) => {
  it.each(["svg", "narrowSvg"] as const)(
    "in the %s: every text, no NaN, nothing outside, nothing over another",
    (which) => {
      const svg = figure[which];
      const texts = textsOf(svg).map(plain);
      for (const text of shows) expect(texts).toContain(text);
      expect(svg).not.toMatch(/NaN|undefined|Infinity|null/);
      const { width, height, paths, texts: boxes } = readSvg(svg);
      expect(width).toBe(which === "svg" ? 860 : NARROW_SIZE.width);
      expect(paths.length + boxes.length).toBeGreaterThan(12);
      const outside = [...paths, ...boxes].filter(
        ({ left, top, right, bottom }) => left < -1 || top < -1 || right > width + 1 || bottom > height + 1,
      );
      expect(outside).toEqual([]);
      // Names tilted by 45° have boxes that overlap where they do not.
      const level = boxes.filter(({ top, bottom }) => bottom - top < 24 && bottom - top > 5);
      expect(overlaps(level, 2)).toEqual([]);
    },
  );
});

describe("histogram", () => {
  it("counts every finite value once, the greatest too", () => {
    const { edges, counts } = countInBins([0, 0.5, 1, Number.NaN, 2, Number.POSITIVE_INFINITY], 4);
    expect(edges).toEqual([0, 0.5, 1, 1.5, 2]);
    expect(counts).toEqual([1, 1, 1, 1]);
    expect(countInBins([], 5).counts).toEqual([0]);
    expect(countInBins([0.3, 0.3], 3).counts.reduce((a, b) => a + b)).toBe(2);
  });

  it("gives each bar as many whole numbers", () => {
    // 0 to 99 in at most 30 bars: 4 numbers each.
    const hundred = Array.from({ length: 100 }, (_, i) => i);
    expect(countInBins(hundred, 30).counts).toEqual(new Array(25).fill(4));
    // Where each number has its bar, it stands in the middle.
    expect(countInBins([3, 4, 4, 6], 30)).toEqual({ edges: [2.5, 3.5, 4.5, 5.5, 6.5], counts: [1, 2, 0, 1] });
  });

  it("draws bars as high as their counts, and marks where they are", () => {
    const svg = renderSvg(
      histogram({
        title: "x",
        xLabel: "x",
        values: [...new Array(10).fill(1), ...new Array(20).fill(2), ...new Array(5).fill(3)],
        marks: [{ x: 2, label: "ici" }],
      }),
    );
    const bars = [...svg.matchAll(/<path d="([^"]+)"[^>]*fill="#85b8dc"/g)].map(([, d]) => d);
    const heights = bars.map((d) => Math.abs(Number(/v(-?[\d.]+)/.exec(d)![1])));
    expect(heights).toHaveLength(3);
    expect(heights[0] / heights[1]).toBeCloseTo(0.5, 1);
    expect(heights[2] / heights[1]).toBeCloseTo(0.25, 1);
    const { texts, paths } = readSvg(svg);
    const label = texts.find(({ what }) => what === "ici")!;
    const middle = paths.find(({ what }) => what === bars[1].slice(0, 60))!;
    expect((label.left + label.right) / 2).toBeCloseTo((middle.left + middle.right) / 2, -1);
  });
});

describe("barChart", () => {
  it("turns its bars where names do not fit side by side, and breaks long names", () => {
    const categories = Array.from({ length: 8 }, (_, i) => `LSTM 512, fenêtre de ${i} caractères`);
    const narrow = barChart({ title: "x", categories, values: categories.map((_, i) => i), width: 380 });
    expect((narrow.yAxis as { type: string }).type).toBe("category");
    const few = barChart({ title: "x", categories: ["a", "b"], values: [1, 2], width: 380 });
    expect((few.xAxis as { type: string }).type).toBe("category");
    const { texts } = readSvg(renderSvg(narrow, { width: 380 }));
    expect(texts.filter(({ what }) => what.startsWith("LSTM"))).toHaveLength(8);
  });

  it("counts errors by bins", () => {
    expect(errorsByBin([0, 5, 10, 15, 20, 99], [1, 0, true, false, 1, 1], [0, 10, 20])).toEqual([
      { label: "0–10", errors: 1, count: 2 },
      { label: "10–20", errors: 2, count: 3 },
    ]);
  });
});

describe("heatMap", () => {
  it("writes in white on dark cells and in ink on pale ones", () => {
    const svg = figures["confusion matrix"].figure.svg;
    const color = (text: string) => new RegExp(`fill="(#\\w+)"[^>]*>${text}<`).exec(svg)?.[1];
    expect(color("10\u202f513")).toBe("#ffffff");
    expect(color("2\u202f266")).toBe("#1f2933");
    expect(isDark(colorAt(["#000000", "#ffffff"], 0.1))).toBe(true);
    expect(isDark(colorAt(["#000000", "#ffffff"], 0.9))).toBe(false);
  });

  it("leaves numbers out of cells that are too small, and shows a scale of both signs instead", () => {
    const { svg } = figures["large matrix"].figure;
    expect(textsOf(svg).length).toBeLessThan(60);
    const most = Math.max(...weights.flat().map(Math.abs))
      .toFixed(2)
      .replace(".", ",");
    expect(textsOf(svg)).toEqual(expect.arrayContaining([most, `−${most}`]));
    expect(svg.length).toBeLessThan(200_000);
  });

  it("leaves cells without a number empty", () => {
    const filled = (matrix: number[][]) =>
      (heatMap({ title: "", matrix }).series as { data: { label?: unknown }[] }).data.filter(
        (cell) => cell.label,
      );
    expect(
      filled([
        [1, Number.NaN],
        [0, 2],
      ]),
    ).toHaveLength(3);
    expect(renderSvg(heatMap({ title: "", matrix: [[Number.NaN]] }))).not.toContain("NaN");
    expect(renderSvg(heatMap({ title: "", matrix: [] }))).toContain("</svg>");
  });
});

describe("scatterChart", () => {
  it("places labels inside the plot, off each other and off the points, also where the points crowd", () => {
    const points = words
      .slice(0, 12)
      .map((text, i) => ({ x: 200 + 9 * (i % 4), y: 150 + 9 * Math.floor(i / 4), text }));
    const plot = { left: 0, top: 0, right: 400, bottom: 300 };
    const places = placeLabels(points, plot, { fontSize: 12 });
    const boxes = places.map(({ x, y }, i) => {
      const half = points[i].text.length * 3;
      return { what: points[i].text, left: x - half, right: x + half, top: y - 6, bottom: y + 6 };
    });
    expect(overlaps(boxes)).toEqual([]);
    for (const { left, right, top, bottom } of boxes) {
      expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(400);
      expect(bottom).toBeLessThanOrEqual(300);
    }
    for (const { x, y } of points)
      for (const box of boxes)
        expect(x > box.left && x < box.right && y > box.top && y < box.bottom, box.what).toBe(false);
    // Such a crowd cannot be labelled without lines, a lone point can.
    expect(places.some(({ leader }) => leader !== undefined)).toBe(true);
    expect(placeLabels([{ x: 50, y: 50, text: "seul" }], plot)[0].leader).toBeUndefined();
  });

  it("writes labels beside their points", () => {
    const point = { x: 1, y: 1, label: "soleil", group: "a" };
    const svg = renderSvg(
      scatterChart({ title: "", points: [point, { x: 0, y: 0 }, { x: Number.NaN, y: 0 }] }),
    );
    const { texts, paths } = readSvg(svg);
    const label = texts.find(({ what }) => what === "soleil")!;
    const dot = paths.find(
      ({ left, right, top, bottom }) =>
        right - left < 12 && bottom - top < 12 && Math.abs(right - label.left) < 12,
    )!;
    expect((dot.top + dot.bottom) / 2).toBeCloseTo((label.top + label.bottom) / 2, -1);
  });
});

describe("options", () => {
  const options: Record<string, ChartOption> = {
    line: lineChart({ title: "a", xLabel: "b", yLabel: "c", series: [{ name: "d", y: [1, 2] }] }),
    bars: barChart(experiments),
    heat: heatMap(confusion),
    scatter: scatterChart({ title: "t", points: cloud }),
    roc: rocCurve(roc),
    histogram: histogram({ title: "h", xLabel: "x", values: lengths }),
  };

  it.each(Object.keys(options))("%s takes a page's colours", (kind) => {
    const dark = {
      ink: "#fafafa",
      muted: "#abcabc",
      grid: "#333333",
      line: "#444455",
      ground: "transparent",
    };
    const before = JSON.stringify(options[kind]);
    const svg = renderSvg(withColors(options[kind], dark));
    expect(JSON.stringify(options[kind])).toBe(before);
    expect(svg).toContain("#abcabc");
    expect(svg).not.toMatch(/#52606d|#e4e7eb|#9aa5b1/);
    // The text of pale cells stays dark.
    if (kind !== "heat") expect(svg).not.toContain("#1f2933");
    else expect(svg).toMatch(/fill="#1f2933"[^>]*>2\u202f266</);
  });
});
