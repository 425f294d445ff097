/** What bench/results.ts makes of figures. */
import { expect, it } from "vitest";
import { contestsOf, type Run, resultsText } from "../bench/results.ts";

const spread = (median: number) => ({ median, min: median / 2, max: 2 * median });
const engine = (name: string, ms: number) => ({
  name,
  firstMs: 10 * ms,
  ms: spread(ms),
  ofWgrad: spread(ms / 4),
});
const contest = (more: object) => ({
  ...more,
  engines: [engine("wgrad", 4), engine("other", 20)],
  leftOut: [{ name: "third", reason: "it is absent" }],
});
const point = (value: number) => ({ value, ms: value, min: value, max: value, roofMs: value / 2 });

const RUN: Run = {
  device: "an adapter",
  runtime: "Node",
  machine: "a machine",
  load: "0.1",
  command: "npm run bench -- lstm",
  "peer other": "1.2",
  results: {
    adam: contest({ heading: "Adam on 5 parameters" }),
    lstm: { runs: [contest({ name: "short" }), contest({ name: "long" })] },
    lstm_step: { stepMs: spread(3) },
    memory: { steps: 9, engines: [{ name: "wgrad", peak: 3 * 2 ** 20, early: 2 ** 20, late: 2 ** 20 }] },
    growth: {
      adapter: { gflopPerSecond: 20, gigabytesPerSecond: 3 },
      axes: [{ name: "time", points: [point(20), point(50)] }],
    },
  } as never,
};

it("finds what lists engines with times, wherever it lies", () => {
  const found = Object.entries(RUN.results).flatMap(([name, figures]) => contestsOf(name, figures));
  expect(found.map(({ heading }) => heading)).toEqual([
    "adam: Adam on 5 parameters",
    "lstm: short",
    "lstm: long",
  ]);
  expect(found[0].leftOut).toEqual(["third: it is absent"]);
});

it("writes a section per run with its command, tables and a chart per axis", () => {
  const { text, charts } = resultsText([RUN]);
  for (const part of [
    "## an adapter",
    "`npm run bench -- lstm`",
    "- other 1.2",
    "| other | 200 | 20.0 (10.0 to 40.0) | 5.00 (2.50 to 10.0) |",
    "Left out: third: it is absent",
    "| wgrad | 3.00 MiB | 1.00 MiB | 1.00 MiB |",
    "| 50 | 50.0 (50.0 to 50.0) | 25.0 | 2.00 |",
  ])
    expect(text).toContain(part);
  expect([...charts.keys()]).toEqual(["results/run1_time.svg"]);
  expect(charts.get("results/run1_time.svg")).toContain("<svg");
  expect(text).toContain("(results/run1_time.svg)");
});
