/** Reductions: PyTorch's numbers, ties, empty axes, errors. */
import {
  argmax,
  argmin,
  type Device,
  expand,
  max,
  mean,
  min,
  mul,
  permute,
  sum,
  tensor,
  transpose,
  type Tensor,
  zeros,
} from "../../src/index.ts";
import fixture from "../fixtures/reduce.json" with { type: "json" };
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";

const FUNCTIONS: Record<string, typeof sum> = { sum, mean, amax: max, max };

const fixtureCases = fixture.cases.map((c): DeviceCase => {
  const dims = c.dims === null ? "all" : c.dims.join(" and ");
  return {
    name: `${c.op}: as PyTorch, over ${dims}${c.keepdim ? ", kept" : ""}`,
    async run(device) {
      const x = tensor(fixture.x.data, { device, shape: fixture.x.shape, requiresGrad: true });
      if (c.op === "argmax") {
        const y = argmax(x, c.dims?.[0], c.keepdim);
        assertShape(y, c.y.shape);
        assert(y.dtype === "i32", `argmax gives ${y.dtype}`);
        await assertEqual(y, c.y.data, "y");
        return;
      }
      const y = FUNCTIONS[c.op](x, { axis: c.dims ?? undefined, keepDims: c.keepdim });
      assertShape(y, c.y.shape);
      // Sums of at most 24 numbers around 3 in f32.
      await assertClose(y, c.y.data, 1e-6, "y");
      sum(mul(y, tensor(c.w!.data, { device, shape: c.w!.shape }))).backward();
      await assertClose(x.grad!, c.grads!.x.data, 1e-6, "dx");
    },
  };
});

/** The gradient of sum(weights · f(x)). */
async function gradientOf(x: Tensor, y: Tensor): Promise<ArrayLike<number>> {
  sum(y).backward();
  return x.grad!.data();
}

export const reductionCases: DeviceCase[] = [
  ...fixtureCases,
  {
    name: "max and min: ties, one axis against all",
    async run(device) {
      const make = (): Tensor =>
        tensor(
          [
            [3, 1, 3],
            [2, 2, 0],
          ],
          { device, requiresGrad: true },
        );
      let x = make();
      await assertEqual(await gradientOf(x, max(x, { axis: 1 })), [1, 0, 0, 1, 0, 0], "the first of an axis");
      x = make();
      await assertEqual(await gradientOf(x, max(x)), [0.5, 0, 0.5, 0, 0, 0], "evenly among all");
      x = make();
      await assertEqual(await gradientOf(x, max(x, { axis: [0, 1] })), [0.5, 0, 0.5, 0, 0, 0], "both axes");
      x = make();
      const low = min(x, { axis: 0, keepDims: true });
      assertShape(low, [1, 3]);
      await assertEqual(low, [2, 1, 0]);
      await assertEqual(await gradientOf(x, low), [0, 1, 0, 1, 0, 1], "min");
      await assertEqual(argmax(x, 1), [0, 0]);
      await assertEqual(argmin(x, 1), [1, 2]);
      await assertEqual(argmin(x), [5]);
      await assertEqual(argmax(transpose(x)), [0]);
      await assertEqual(argmax(transpose(x), 0), [0, 0]);
    },
  },
  {
    name: "sum: views, axes that are not neighbours, broadcast inputs",
    async run(device) {
      const numbers = testNumbers(2 * 3 * 4 * 5);
      const x = permute(tensor(numbers, { device, shape: [2, 3, 4, 5] }), [3, 1, 0, 2]);
      const expected = new Float64Array(3 * 4);
      for (let i = 0; i < numbers.length; i++)
        expected[(Math.floor(i / 20) % 3) * 4 + (Math.floor(i / 5) % 4)] += numbers[i];
      // Sums of ten numbers below 2.
      await assertClose(sum(x, { axis: [0, 2] }), expected, 2e-6);
      const row = expand(tensor([[1], [2]], { device }), [2, 3]);
      await assertEqual(sum(row), [9]);
      await assertEqual(sum(row, { axis: 1 }), [3, 6]);
      await assertEqual(mean(row, { axis: 0 }), [1.5, 1.5, 1.5]);
      await assertEqual(sum(tensor(3, { device })), [3]);
    },
  },
  {
    name: "sum: more elements than one workgroup should walk",
    async run(device) {
      const length = 256 * 300;
      const x = tensor(new Float32Array(length).fill(0.5), { device, requiresGrad: true });
      const y = mean(x);
      await assertEqual(y, [0.5]);
      y.backward();
      const gradient = await x.grad!.data();
      await assertClose(gradient.subarray(length - 3), [1 / length, 1 / length, 1 / length], 1e-9);
    },
  },
  {
    name: "reductions: nothing to reduce, and axes that do not exist",
    async run(device: Device) {
      const empty = zeros([2, 0, 3], { device });
      await assertEqual(sum(empty, { axis: 1 }), new Float32Array(6));
      assertShape(sum(empty, { axis: 0 }), [0, 3]);
      await assertEqual(sum(empty), [0]);
      await assertThrows(() => max(empty, { axis: 1 }), "max: x is [2, 0, 3]: there is nothing to compare");
      await assertThrows(() => argmax(empty), "argmax: x is [0]: there is nothing to compare");
      await assertThrows(() => sum(empty, { axis: 3 }), "sum: axis 3 is outside a tensor of rank 3");
      await assertThrows(() => sum(empty, { axis: [0, -3] }), "sum: an axis is named twice");
      await assertThrows(() => sum(empty, { dim: 0 } as object), 'sum: unknown option "dim"');
      await assertThrows(
        () => mean(tensor(Int32Array.of(1), { device })),
        "mean: x [1] is i32, expected f32",
      );
    },
  },
];
