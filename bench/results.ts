/**
 * Writes bench/RESULTS.md and its charts from the figures of one or more runs:
 * `node --import tsx bench/results.ts FILE.json …`, each written by `npm run bench -- … --json FILE.json`.
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { lineChart, renderSvg } from "../examples/support/charts.ts";
import { writeFileSafely } from "../examples/support/files.ts";
import { type Figures, show, showBytes } from "./question.ts";

/** A run as main.ts and browser.ts write it. */
export interface Run {
  device: string;
  runtime: string;
  machine: string;
  load: string;
  command: string;
  results: Record<string, Figures>;
  [more: string]: unknown;
}

interface Engine {
  name: string;
  firstMs: number;
  ms: { median: number; min: number; max: number };
  ofWgrad: { median: number; min: number; max: number };
  gflopPerSecond?: number;
  perRun?: { dispatches: number; submits: number; bytesWritten: number };
}

interface Contest {
  heading: string;
  engines: Engine[];
  leftOut: string[];
}

const TITLES: Record<string, string> = {
  time: "length",
  batch: "batch",
  hidden: "width of the state",
  vocabulary: "vocabulary",
};
const MEANING: Record<string, string> = {
  time: "Every time step needs the one before it, so the time grows with the length as soon as launches count.",
  batch:
    "Rows are independent: until the adapter is full a larger batch costs little, then the time grows with it.",
  hidden: "The products grow with the square of the width, what is moved with the width.",
  vocabulary: "Embedding, last layer and Adam's update grow with it; the recurrent part does not.",
};

/** Everything in the figures that lists engines with their times, in order. */
export function contestsOf(name: string, figures: Figures): Contest[] {
  const found: Contest[] = [];
  const walk = (part: Figures, heading: string): void => {
    const engines = part.engines as unknown as Engine[] | undefined;
    if (Array.isArray(engines) && engines.every(({ ms }) => ms))
      found.push({
        heading: [heading, part.shape].filter((text) => typeof text === "string" && text).join(", "),
        engines,
        leftOut: (Array.isArray(part.leftOut) ? part.leftOut : []).map(
          ({ name, reason }) => `${name}: ${reason}`,
        ),
      });
    for (const value of Object.values(part))
      if (Array.isArray(value) && value !== part.engines && value !== part.leftOut)
        for (const each of value) walk(each, `${name}: ${each.name ?? ""}`);
  };
  walk(figures, typeof figures.heading === "string" ? `${name}: ${figures.heading}` : name);
  return found;
}

function table(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(headers), line(headers.map((_, i) => (i === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );
}

function contestText({ heading, engines, leftOut }: Contest): string {
  const rows = engines.map(({ name, firstMs, ms, ofWgrad, gflopPerSecond, perRun }) => [
    name,
    show(firstMs),
    `${show(ms.median)} (${show(ms.min)} to ${show(ms.max)})`,
    `${show(ofWgrad.median)} (${show(ofWgrad.min)} to ${show(ofWgrad.max)})`,
    gflopPerSecond === undefined ? "" : show(gflopPerSecond),
    perRun ? String(perRun.dispatches) : "",
    perRun ? String(perRun.submits) : "",
    perRun ? showBytes(perRun.bytesWritten) : "",
  ]);
  const headers = [
    "engine",
    "first ms",
    "ms",
    "of wgrad's time",
    "GFLOP/s",
    "dispatches",
    "submits",
    "written",
  ];
  const left = leftOut.length > 0 ? `\n\nLeft out: ${leftOut.join("; ")}` : "";
  return `### ${heading}\n\n${table(headers, rows)}${left}`;
}

interface Point {
  value: number;
  ms: number;
  min: number;
  max: number;
  roofMs: number;
}

function growthText(figures: Figures, prefix: string, charts: Map<string, string>): string {
  const adapter = figures.adapter as Figures;
  const parts = (figures.axes as Figures[]).map(({ name, points }) => {
    const axis = String(name);
    const list = points as unknown as Point[];
    const file = `results/${prefix}_${axis}.svg`;
    const x = list.map(({ value }) => value);
    const option = lineChart({
      title: `A training step against the ${TITLES[axis]}`,
      xLabel: TITLES[axis],
      yLabel: "ms",
      series: [
        { name: "measured", x, y: list.map(({ ms }) => ms) },
        { name: "least, by the adapter's speed", x, y: list.map(({ roofMs }) => roofMs) },
      ],
      yMin: 0,
    });
    charts.set(file, renderSvg(option));
    const rows = list.map(({ value, ms, min, max, roofMs }) => [
      String(value),
      `${show(ms)} (${show(min)} to ${show(max)})`,
      show(roofMs),
      show(ms / roofMs),
    ]);
    return `![${TITLES[axis]}](${file})\n\n${MEANING[axis]}\n\n${table([TITLES[axis], "step ms", "least ms", "times that"], rows)}`;
  });
  return (
    `### How the time of an LSTM's training step grows\n\nThe adapter reaches ${show(adapter.gflopPerSecond as number)} GFLOP/s ` +
    `in a large product and ${show(adapter.gigabytesPerSecond as number)} GB/s in a long sum.\n\n${parts.join("\n\n")}`
  );
}

function memoryText(figures: Figures): string {
  const rows = (figures.engines as Figures[]).map(({ name, peak, early, late }) => [
    String(name),
    ...[peak, early, late].map((bytes) => showBytes(bytes as number)),
  ]);
  return `### Memory of the adapter in ${figures.steps} training steps\n\n${table(["engine", "peak", "after 3", "at the end"], rows)}`;
}

/** The text of RESULTS.md, and its charts by file name. */
export function resultsText(runs: readonly Run[]): { text: string; charts: Map<string, string> } {
  const charts = new Map<string, string>();
  const sections = runs.map((run, index) => {
    const { device, runtime, machine, load, command, results } = run;
    const versions = Object.entries(run)
      .filter(([name, text]) => name.startsWith("peer ") && typeof text === "string")
      .map(([name, text]) => `${name.slice(5)} ${text}`);
    const parts = Object.entries(results).flatMap(([name, figures]) =>
      name === "growth" && figures.axes
        ? [growthText(figures, `run${index + 1}`, charts)]
        : name === "memory" && figures.engines
          ? [memoryText(figures)]
          : contestsOf(name, figures).map(contestText),
    );
    const about = [
      `- ${runtime}; ${machine}; load ${load}`,
      `- \`${command.replace(/(--json )\S*\//, "$1")}\``, // the file's name will do
      ...versions.map((text) => `- ${text}`),
    ];
    return [`## ${device}`, about.join("\n"), ...parts].join("\n\n");
  });
  const head =
    "# Measured\n\nWritten by bench/results.ts from figures of the benchmark; bench/README.md says how they come about. " +
    "*of wgrad's time* is an engine's time over wgrad's in the same round: above 1, wgrad is faster.";
  return { text: `${[head, ...sections].join("\n\n")}\n`, charts };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const files = process.argv.slice(2);
  if (files.length === 0) {
    console.error("usage: node --import tsx bench/results.ts FILE.json …");
    process.exitCode = 2;
  } else {
    const runs = files.map((file) => JSON.parse(readFileSync(file, "utf8")) as Run);
    const { text, charts } = resultsText(runs);
    const folder = new URL("./", import.meta.url);
    for (const [file, svg] of charts) writeFileSafely(fileURLToPath(new URL(file, folder)), svg);
    writeFileSafely(fileURLToPath(new URL("RESULTS.md", folder)), text);
    console.log(`bench/RESULTS.md and ${charts.size} charts`);
  }
}
