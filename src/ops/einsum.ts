import { ShapeError, ValueError } from "../errors.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { expectDtype } from "./launch.ts";
import { matmul } from "./matmul.ts";
import { sum } from "./reduce.ts";
import { permute, reshape } from "./view.ts";

interface Equation {
  inputs: string[][];
  output: string[];
}

/** Reads "bhqd,bhkd->bhqk"; without "->", the output has every label that occurs once, in alphabetical order. */
function parse(equation: string, operands: number): Equation {
  const fail = (why: string): never => {
    throw new ValueError(`einsum: "${equation}" ${why}`);
  };
  const [left, right, ...rest] = equation.replaceAll(" ", "").split("->");
  if (rest.length > 0) fail("has more than one ->");
  if (equation.includes(".")) fail("has an ellipsis; name every axis");
  const inputs = left.split(",").map((labels) => [...labels]);
  const all = inputs.flat();
  const strange = [...all, ...(right ?? "")].find((label) => !/[a-zA-Z]/.test(label));
  if (strange) fail(`has the label "${strange}"; labels are single letters`);
  if (inputs.length !== operands) fail(`names ${inputs.length} operands, got ${operands}`);
  if (operands > 2) fail("has more than two operands; contract two at a time");
  for (const labels of inputs)
    if (new Set(labels).size < labels.length)
      fail(`repeats a label within "${labels.join("")}"; diagonals are not supported`);
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
  const output = right === undefined ? once : [...right];
  if (new Set(output).size < output.length) fail(`repeats a label in the output "${right}"`);
  const unknown = output.find((label) => !all.includes(label));
  if (unknown) fail(`asks for "${unknown}", which no operand has`);
  return { inputs, output };
}

/** The size behind each label; throws when an operand's rank or sizes do not fit. */
function labelSizes({ inputs }: Equation, operands: readonly Tensor[]): Map<string, number> {
  const sizes = new Map<string, number>();
  for (const [i, { shape }] of operands.entries()) {
    const labels = inputs[i];
    if (labels.length !== shape.length)
      throw new ShapeError(
        `einsum: "${labels.join("")}" names ${labels.length} axes, operand ${i + 1} is ${formatShape(shape)}`,
      );
    for (const [axis, label] of labels.entries()) {
      const size = sizes.get(label);
      if (size !== undefined && size !== shape[axis])
        throw new ShapeError(
          `einsum: "${label}" is ${size} in operand 1 ${formatShape(operands[0].shape)} and ${shape[axis]} in operand 2 ${formatShape(shape)}`,
        );
      sizes.set(label, shape[axis]);
    }
  }
  return sizes;
}

/** The axes of x, whose labels are `from`, in the order of the labels `to`. */
function arranged(x: Tensor, from: readonly string[], to: readonly string[]): Tensor {
  return to.every((label, axis) => from[axis] === label)
    ? x
    : permute(
        x,
        to.map((label) => from.indexOf(label)),
      );
}

/** Sums over the labels that `keep` does not hold; returns the result and its labels. */
function summed(x: Tensor, labels: readonly string[], keep: ReadonlySet<string>): [Tensor, string[]] {
  const axes = [...labels.keys()].filter((axis) => !keep.has(labels[axis]));
  return [axes.length > 0 ? sum(x, { axis: axes }) : x, labels.filter((label) => keep.has(label))];
}

/**
 * Einstein's summation over one or two f32 tensors: axes with one label are multiplied with each other, and labels
 * missing behind the arrow are summed over: einsum("bhqd,bhkd->bhqk", q, k) gives the scores of attention,
 * einsum("bij->bji", x) a transpose, einsum("ij->i", x) row sums. It is permute, one matmul and permute.
 * Throws a ValueError for an equation it cannot read (ellipses, repeated labels in an operand, more operands), a
 * ShapeError when ranks or sizes do not fit.
 */
export function einsum(equation: string, ...operands: readonly Tensor[]): Tensor {
  const parsed = parse(equation, operands.length);
  for (const [i, operand] of operands.entries()) expectDtype("einsum", `operand ${i + 1}`, operand, "f32");
  const sizes = labelSizes(parsed, operands);
  const { inputs, output } = parsed;
  const wanted = new Set(output);
  if (operands.length === 1) {
    const [x, labels] = summed(operands[0], inputs[0], wanted);
    return arranged(x, labels, output);
  }
  // Labels of one operand alone that the output lacks are summed away before the product.
  const [a, aLabels] = summed(operands[0], inputs[0], new Set([...wanted, ...inputs[1]]));
  const [b, bLabels] = summed(operands[1], inputs[1], new Set([...wanted, ...inputs[0]]));
  const shared = aLabels.filter((label) => bLabels.includes(label));
  const batch = shared.filter((label) => wanted.has(label));
  const contracted = shared.filter((label) => !wanted.has(label));
  const rows = aLabels.filter((label) => !shared.includes(label));
  const columns = bLabels.filter((label) => !shared.includes(label));
  const sizesOf = (labels: readonly string[]): number[] => labels.map((label) => sizes.get(label)!);
  const sizeOfAll = (labels: readonly string[]): number => sizesOf(labels).reduce((n, size) => n * size, 1);
  const matrices = (x: Tensor, labels: string[], first: string[], second: string[]): Tensor =>
    reshape(arranged(x, labels, [...batch, ...first, ...second]), [
      ...sizesOf(batch),
      sizeOfAll(first),
      sizeOfAll(second),
    ]);
  const product = matmul(matrices(a, aLabels, rows, contracted), matrices(b, bLabels, contracted, columns));
  const labels = [...batch, ...rows, ...columns];
  return arranged(reshape(product, sizesOf(labels)), labels, output);
}
