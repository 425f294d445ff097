/** What every question of the benchmark is asked with, and what it answers. */
import type { Device } from "../src/index.ts";
import type { Peers } from "./peers/peers.ts";

export interface Setting {
  /** Small sizes that end in a second or two. */
  quick: boolean;
  /** Timed training steps, or rounds of engines in turn; as many as fit some seconds when left out. */
  steps?: number;
  /** Told each part of a long answer as soon as it is known. */
  progress?: (line: string) => void;
  /** The engines to run beside wgrad, where a question has something to compare. */
  peers: Peers;
}

/** Numbers and texts by name, as the JSON file holds them. */
export type Figures = { [name: string]: number | string | null | Figures | Figures[] };

export interface Answer {
  /** Lines and tables for people. */
  text: string;
  figures: Figures;
  /** Engines whose results differ from wgrad's: they are named and not timed. */
  wrong?: string[];
}

/** Asks a question of a device that it has to itself. */
export type Question = (device: Device, setting: Setting) => Promise<Answer>;

export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Median, smallest and largest of some times. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { median, min: sorted[0], max: sorted[sorted.length - 1] };
}

/** Milliseconds that `fn` takes. */
export async function timed(fn: () => unknown): Promise<number> {
  const start = performance.now();
  await fn();
  return performance.now() - start;
}

/** A number with three significant digits, or whole with groups of three digits when it is larger. */
export function show(value: number): string {
  if (!Number.isFinite(value)) return "n/a";
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : Math.min(4, Math.max(0, 2 - Math.floor(Math.log10(size))));
  return value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Bytes as MiB. */
export function showBytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${show(bytes / 1024)} KiB` : `${show(bytes / 2 ** 20)} MiB`;
}

/** Rows under headers, two spaces apart; columns are aligned to the right, except the first. */
export function columns(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headers.map((header, i) => Math.max(header.length, ...rows.map((row) => row[i].length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
      .join("  ")
      .trimEnd();
  return [line(headers), widths.map((width) => "-".repeat(width)).join("  "), ...rows.map(line)].join("\n");
}

/** Names and values in two columns. */
export function pairs(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join("\n");
}
