import {
  concat,
  type Device,
  mul,
  openDevice,
  type Shape,
  sum,
  Tensor,
  tensor,
  unsqueeze,
} from "../../src/index.ts";
import { testNumbers } from "../cases/case.ts";

/** An input of a gradient check: its shape, or a shape with the numbers. */
export type CheckInput = Shape | { shape: Shape; data: ArrayLike<number> };

/**
 * Compares the gradient of `fn` with central differences in double precision, for every element of every input.
 * The output is weighed with fixed numbers first, so that no error can cancel in a plain sum. Throws with the
 * element when |analytic − numeric| > tolerance · max(1, |numeric|).
 */
export async function gradcheck(
  fn: (...inputs: Tensor[]) => Tensor | Tensor[],
  shapes: readonly CheckInput[],
  // A step of 1e-5 leaves h² ≈ 1e-10 of truncation and 1e-16/1e-5 = 1e-11 of rounding.
  { step = 1e-5, tolerance = 1e-7 } = {},
): Promise<void> {
  const device = await openDevice("cpu", { precision: 64 });
  const values = shapes.map((input, i) =>
    "shape" in input
      ? Float64Array.from(input.data)
      : Float64Array.from(
          testNumbers(
            input.reduce((a, b) => a * b, 1),
            i + 3,
          ),
        ),
  );
  const shapeOf = (i: number): Shape => {
    const input = shapes[i];
    return "shape" in input ? input.shape : input;
  };
  const loss = (requiresGrad: boolean): { total: Tensor; inputs: Tensor[] } => {
    const inputs = values.map((v, i) => tensor(v, { device, shape: shapeOf(i), requiresGrad }));
    return { total: weighed(fn(...inputs), device), inputs };
  };
  const { total, inputs } = loss(true);
  total.backward();
  for (let i = 0; i < values.length; i++) {
    const analytic = await inputs[i].grad!.data();
    for (let j = 0; j < values[i].length; j++) {
      const middle = values[i][j];
      values[i][j] = middle + step;
      const above = await loss(false).total.item();
      values[i][j] = middle - step;
      const below = await loss(false).total.item();
      values[i][j] = middle;
      const numeric = (above - below) / (2 * step);
      if (!(Math.abs(analytic[j] - numeric) <= tolerance * Math.max(1, Math.abs(numeric))))
        throw new Error(`input ${i}, element ${j}: gradient ${analytic[j]}, finite difference ${numeric}`);
    }
  }
  device.dispose();
}

function weighed(result: Tensor | Tensor[], device: Device): Tensor {
  const outputs = result instanceof Tensor ? [result] : result;
  const terms = outputs.map((out, i) =>
    sum(mul(out, tensor(testNumbers(out.size, 70 + i), { device, shape: out.shape }))),
  );
  return terms.length === 1 ? terms[0] : sum(concat(terms.map((term) => unsqueeze(term, 0))));
}
