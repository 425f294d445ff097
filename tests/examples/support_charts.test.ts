import { describe, expect, it } from "vitest";
import { chartFigure, lineChart, NARROW_SIZE, renderSvg } from "../../examples/support/charts.ts";
import { decimate, rawAndSmoothed, smooth } from "../../examples/support/curves.ts";

const labels = { title: "Perte", xLabel: "pas", yLabel: "entropie croisée" };
const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map((match) => match[1]);

describe("renderSvg", () => {
  it("writes titles, axis names, legend, references and French numbers", () => {
    const svg = renderSvg(
      lineChart({
        ...labels,
        series: [
          { name: "apprentissage", x: [0, 5000, 10000], y: [4, 2.5, 2] },
          { name: "validation", x: [0, 5000, 10000], y: [4.1, 3, 2.8] },
        ],
        references: [{ y: 3.5, label: "au hasard" }],
      }),
    );
    const all = texts(svg);
    for (const text of ["Perte", "pas", "entropie croisée", "apprentissage", "validation", "au hasard"]) {
      expect(all).toContain(text);
    }
    expect(all).toContain("10\u202f000");
    expect(all).toContain("2,5");
    expect(svg).toMatch(/^<svg width="860" height="420"/);
    expect(svg).not.toMatch(/<script|<image|NaN|undefined/);
  });

  it("writes percentages, or what a function says", () => {
    const series = [{ name: "exactitude", y: [0.2, 0.4, 0.6] }];
    expect(texts(renderSvg(lineChart({ ...labels, series, yFormat: "percent" })))).toContain("40\u202f%");
    const yFormat = (y: number) => `<${y.toFixed(1)}>`;
    expect(texts(renderSvg(lineChart({ ...labels, series, yFormat })))).toContain("&lt;0.4&gt;");
  });

  it("is well-formed whatever the names hold", () => {
    const name = `</text><script>alert("1")</script>&'`;
    const svg = renderSvg(
      lineChart({
        title: name,
        xLabel: name,
        yLabel: name,
        series: [
          { name, y: [1, 2] },
          { name: "b", y: [1] },
        ],
      }),
    );
    expect(svg).not.toContain("<script");
    // No quote may end an attribute early: between two tags' quotes there is only name=.
    for (const [tag] of svg.matchAll(/<\w[^>]*>/g)) expect(tag).toMatch(/^<\w+(\s+[\w:-]+="[^"]*")*\s*\/?>$/);
  });

  it("is the same text each time, and shares no id with another chart", () => {
    const draw = (y: number[]) => renderSvg(lineChart({ ...labels, series: [{ name: "a", y }] }));
    const ids = (svg: string) => [...svg.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]);
    expect(draw([1, 2])).toBe(draw([1, 2]));
    expect(ids(draw([1, 2]))).toHaveLength(1);
    expect(ids(draw([1, 2]))).not.toEqual(ids(draw([1, 3])));
    expect(draw([1, 2])).toContain(`url(#${ids(draw([1, 2]))[0]})`);
  });

  it("counts epochs in whole numbers", () => {
    expect(texts(renderSvg(lineChart({ ...labels, series: [{ name: "a", y: [2, 1] }] })))).not.toContain(
      "1,5",
    );
  });

  it("stays under 100 KB with 140,000 points in each of 8 curves", () => {
    const y = Float32Array.from(
      { length: 140_000 },
      (_, i) => 4 * Math.exp(-i / 2e4) + ((i * 7919) % 101) / 200,
    );
    y[777] = Number.NaN;
    const one = chartFigure({ ...labels, series: rawAndSmoothed({ name: "perte", y }) }, "Perte");
    const eight = renderSvg(
      lineChart({ ...labels, series: Array.from({ length: 8 }, (_, k) => ({ name: `essai ${k}`, y })) }),
    );
    for (const svg of [one.svg, one.narrowSvg, eight]) {
      expect(svg.length).toBeLessThan(100_000);
      expect(svg).not.toContain("NaN");
    }
    expect(one.narrowSvg).toContain(`<svg width="${NARROW_SIZE.width}"`);
  });

  it.each([[[]], [[Number.NaN]], [[3]], [[2, 2, 2]]])("draws the y values %j", (y) => {
    expect(renderSvg(lineChart({ ...labels, series: [{ name: "perte", y }] }))).toContain("</svg>");
  });
});

describe("lineChart", () => {
  it("gives a faint curve the colour of the curve that follows it", () => {
    const series = [...rawAndSmoothed({ name: "a", y: [1, 2] }), ...rawAndSmoothed({ name: "b", y: [1, 2] })];
    const colors = (lineChart({ ...labels, series }).series as { color: string }[]).map(
      (curve) => curve.color,
    );
    expect(colors[0]).toBe(colors[1]);
    expect(colors[2]).toBe(colors[3]);
    expect(colors[0]).not.toBe(colors[2]);
  });
});

describe("curves", () => {
  it("smooths without a false start: the weights always sum to 1", () => {
    expect([...smooth([3, 3, 3, 3], 10)].every((value) => Math.abs(value - 3) < 1e-12)).toBe(true);
    expect([...smooth([1, 2, 3], 1)]).toEqual([1, 2, 3]);
    // span 3 keeps half: (0.5·4 + 0.25·2) / 0.75
    expect(smooth([2, 4], 3)[1]).toBeCloseTo(10 / 3, 12);
    expect([...smooth([Number.NaN, 2, Number.POSITIVE_INFINITY], 3)]).toEqual([Number.NaN, 2, 2]);
  });

  it("thins a curve but keeps its ends and its peaks", () => {
    const y = new Float64Array(10_000).fill(1);
    y[4321] = 50;
    const kept = decimate(undefined, y, 100);
    expect(kept).toHaveLength(100);
    expect(kept[0]).toEqual([1, 1]);
    expect(kept.at(-1)).toEqual([10_000, 1]);
    expect(kept).toContainEqual([4322, 50]);
    expect(kept.every(([x], i) => i === 0 || x > kept[i - 1][0])).toBe(true);
  });

  it("leaves short curves alone, without what is not finite", () => {
    expect(decimate([5, 6, 7], [1, Number.NaN, 3], 100)).toEqual([
      [5, 1],
      [7, 3],
    ]);
    expect(decimate(undefined, [], 100)).toEqual([]);
  });
});
