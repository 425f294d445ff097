/** Keras 3's summary: a table of layers, output shapes and parameter counts. */
import type { Layer } from "./layer.ts";
import { pythonShape } from "./shapes.ts";

const WIDTHS = [33, 24, 15];
const HEADINGS = ["Layer (type)", "Output Shape", "Param #"];

/** `2.63 MB`, as Keras prints sizes. */
export function readableSize(bytes: number): string {
  let size = bytes;
  for (const unit of ["B", "KB", "MB"]) {
    if (size < 1024) return `${size.toFixed(2)} ${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(2)} GB`;
}

/** `689,473` */
function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

function counted(title: string, numbers: number): string {
  return ` ${title} params: ${grouped(numbers)} (${readableSize(numbers * 4)})`;
}

/** Text cut into lines of a cell's width, at spaces where there are some. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line ? `${line} ${word}` : word;
    if (longer.length <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = word;
    while (line.length > width) {
      lines.push(line.slice(0, width));
      line = line.slice(width);
    }
  }
  return [...lines, line];
}

function row(cells: readonly string[], bar: string, right: boolean): string[] {
  const wrapped = cells.map((cell, i) => wrap(cell, WIDTHS[i] - 2));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, k) => {
    const parts = wrapped.map((lines, i) => {
      const text = lines[k] ?? "";
      const width = WIDTHS[i] - 2;
      return i === 2 && right ? text.padStart(width) : text.padEnd(width);
    });
    return `${bar} ${parts.join(` ${bar} `)} ${bar}`;
  });
}

function rule([left, middle, right]: readonly string[], line: string): string {
  return left + WIDTHS.map((width) => line.repeat(width)).join(middle) + right;
}

/** The summary as one text. `optimizerParams` is null while no optimizer is built. */
export function summaryText(name: string, layers: readonly Layer[], optimizerParams: number | null): string {
  const lines = [`Model: "${name}"`, rule(["┏", "┳", "┓"], "━"), ...row(HEADINGS, "┃", true)];
  lines.push(rule(["┡", "╇", "┩"], "━"));
  for (const [i, layer] of layers.entries()) {
    const params = layer.built ? grouped(layer.countParams()) : "0 (unbuilt)";
    const shape = layer.outputShape ? pythonShape(layer.outputShape) : "?";
    lines.push(...row([`${layer.name} (${layer.className})`, shape, params], "│", true));
    lines.push(i < layers.length - 1 ? rule(["├", "┼", "┤"], "─") : rule(["└", "┴", "┘"], "─"));
  }
  const weights = [...new Set(layers.flatMap((layer) => layer.weights))];
  const sum = (trainable: boolean): number =>
    weights.filter((weight) => weight.trainable === trainable).reduce((total, { size }) => total + size, 0);
  const [trained, fixed] = [sum(true), sum(false)];
  lines.push(counted("Total", trained + fixed + (optimizerParams ?? 0)));
  lines.push(counted("Trainable", trained), counted("Non-trainable", fixed));
  if (optimizerParams !== null) lines.push(counted("Optimizer", optimizerParams));
  return lines.join("\n");
}
