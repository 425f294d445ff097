import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  categoricalCrossEntropy,
  crossEntropy,
  logSoftmax,
  softmax,
  type Tensor,
  tensor,
} from "../../src/index.ts";
import { assert, type DeviceCase } from "./case.ts";

const OPS: Record<string, (x: Tensor) => Tensor> = {
  softmax: (x) => softmax(x),
  logSoftmax: (x) => logSoftmax(x),
  crossEntropy: (x) => crossEntropy(x, idsFor(x), { reduction: "none" }),
  "crossEntropy, mean": (x) => crossEntropy(x, idsFor(x)),
  binaryCrossEntropy: (x) => binaryCrossEntropy(x, idsFor(x)),
  binaryCrossEntropyWithLogits: (x) => binaryCrossEntropyWithLogits(x, idsFor(x)),
  categoricalCrossEntropy: (x) => categoricalCrossEntropy(x, idsFor(x)),
};

function idsFor(x: Tensor): Tensor {
  return tensor(Int32Array.of(1, 1), { device: x.device });
}

/** Rows that are shared by one thread and by many; silent numbers in place of NaN hide where training broke. */
export const nanCases: DeviceCase[] = Object.entries(OPS).flatMap(([name, op]) =>
  [3, 100].map(
    (columns): DeviceCase => ({
      name: `${name}: a NaN among ${columns} columns shows in the result`,
      async run(device) {
        const values = new Float32Array(2 * columns).fill(0.25);
        values[1] = Number.NaN;
        const result = await op(tensor(values, { device, shape: [2, columns] })).data();
        assert(
          Number.isNaN(result[0]) || Number.isNaN(result[1]),
          `the first results are ${result[0]}, ${result[1]}`,
        );
      },
    }),
  ),
);
