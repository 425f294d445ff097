/** How weights start, by Keras's names. Numbers are drawn on the host, so they are equal on every device. */
import { type Device, hostGenerator } from "../device.ts";
import { nearestName, ValueError } from "../errors.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { Parameter } from "../tensor.ts";

/** The names that layers take as kernelInitializer and the like. */
export type InitializerName =
  | "glorot_uniform"
  | "glorot_normal"
  | "he_uniform"
  | "he_normal"
  | "orthogonal"
  | "random_uniform"
  | "random_normal"
  | "uniform"
  | "zeros"
  | "ones";

type Draw = (rows: number, columns: number) => ArrayLike<number>;

const uniform =
  (boundOf: (rows: number, columns: number) => number): Draw =>
  (rows, columns) => {
    const generator = hostGenerator();
    const bound = boundOf(rows, columns);
    return Float64Array.from({ length: rows * columns }, () => (2 * generator.uniform() - 1) * bound);
  };

const normal =
  (deviationOf: (rows: number, columns: number) => number): Draw =>
  (rows, columns) => {
    const generator = hostGenerator();
    const deviation = deviationOf(rows, columns);
    return Float64Array.from({ length: rows * columns }, () => generator.normal() * deviation);
  };

/** Rows are outputs and columns inputs, as in PyTorch's weights. */
const INITIALIZERS: Record<InitializerName, Draw> = {
  glorot_uniform: uniform((outputs, inputs) => Math.sqrt(6 / (inputs + outputs))),
  glorot_normal: normal((outputs, inputs) => Math.sqrt(2 / (inputs + outputs))),
  he_uniform: uniform((_, inputs) => Math.sqrt(6 / inputs)),
  he_normal: normal((_, inputs) => Math.sqrt(2 / inputs)),
  orthogonal,
  random_uniform: uniform(() => 0.05),
  random_normal: normal(() => 0.05),
  uniform: uniform(() => 0.05),
  zeros: (rows, columns) => new Float64Array(rows * columns),
  ones: (rows, columns) => new Float64Array(rows * columns).fill(1),
};

/**
 * A matrix with orthonormal columns (rows, when there are fewer of them), uniform among all of these: normal numbers
 * made orthogonal one after the other. Source: Saxe, McClelland & Ganguli 2014; Gram and Schmidt.
 */
function orthogonal(rows: number, columns: number): Float64Array {
  const generator = hostGenerator();
  const [long, short] = rows >= columns ? [rows, columns] : [columns, rows];
  const vectors: Float64Array[] = [];
  for (let i = 0; i < short; i++) {
    const vector = Float64Array.from({ length: long }, () => generator.normal());
    // Twice, because once leaves rounding errors of what was taken away.
    for (let pass = 0; pass < 2; pass++)
      for (const other of vectors) {
        let product = 0;
        for (let k = 0; k < long; k++) product += vector[k] * other[k];
        for (let k = 0; k < long; k++) vector[k] -= product * other[k];
      }
    const norm = Math.hypot(...vector);
    vectors.push(vector.map((v) => v / norm));
  }
  return Float64Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return rows >= columns ? vectors[column][row] : vectors[row][column];
  });
}

/** A parameter [outputs, inputs] (or of any shape, read as its first size by the rest) that starts as `name` says. */
export function initialized(where: string, name: string, device: Device, shape: Shape): Parameter {
  const draw = Object.hasOwn(INITIALIZERS, name) ? INITIALIZERS[name as InitializerName] : undefined;
  if (!draw) {
    const known = Object.keys(INITIALIZERS);
    const near = nearestName(name, known);
    throw new ValueError(
      `${where}: unknown initializer "${name}"${near ? `; did you mean "${near}"?` : `; known: ${known.join(", ")}`}`,
    );
  }
  const rows = shape[0] ?? 1;
  return new Parameter(device, draw(rows, sizeOf(shape) / rows), shape);
}
