/** Elementwise operations: PyTorch's numbers, broadcasting, dtypes, errors. */
import {
  abs,
  add,
  cast,
  clamp,
  cos,
  type Device,
  div,
  equal,
  exp,
  gelu,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  maskedFill,
  maximum,
  minimum,
  mul,
  neg,
  notEqual,
  pow,
  reciprocal,
  relu,
  remainder,
  sigmoid,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
  tril,
  triu,
  where,
} from "../../src/index.ts";
import fixture from "../fixtures/unary.json" with { type: "json" };
import selections from "../fixtures/where_triangle.json" with { type: "json" };
import { assert, assertClose, assertEqual, assertShape, assertThrows, type DeviceCase } from "./case.ts";

interface Stored {
  shape: number[];
  data: number[];
}

function stored(device: Device, { shape, data }: Stored, dtype: "f32" | "i32" = "f32"): Tensor {
  return tensor(data, { device, shape, dtype, requiresGrad: dtype === "f32" });
}

/**
 * Allowed differences of y and dx, for numbers above 1 relative. WGSL lets exp err by 3 + 2|x| units in the last place
 * (43 at 20), log by 2^−21, tanh by 1e-5; division by 2.5 units, square roots by a little more.
 */
const TOLERANCES: Record<keyof typeof fixture.functions, [y: number, dx: number]> = {
  neg: [0, 0],
  exp: [5e-6, 5e-6],
  log: [1e-6, 5e-7],
  sqrt: [5e-7, 1e-6],
  square: [1e-7, 1e-7],
  abs: [0, 0],
  relu: [0, 0],
  sigmoid: [2e-6, 2e-6],
  tanh: [1e-5, 2e-5],
  gelu: [1e-6, 2e-6], // erf by a formula good to 1.5e-7
  geluTanh: [1e-5, 1e-4], // the slope multiplies tanh's error by up to five
  silu: [2e-6, 5e-6],
  softplus: [2e-6, 2e-6],
  reciprocal: [5e-7, 1e-6],
  sin: [5e-4, 5e-4], // WGSL promises 2^−11 within [−π, π] and nothing beyond; drivers keep it to 90
  cos: [5e-4, 5e-4],
};

const FUNCTIONS: Record<keyof typeof fixture.functions, (x: Tensor) => Tensor> = {
  neg,
  exp,
  log,
  sqrt,
  square,
  abs,
  relu,
  sigmoid,
  tanh,
  gelu,
  geluTanh: (x) => gelu(x, "tanh"),
  silu,
  softplus,
  reciprocal,
  sin,
  cos,
};

const unaryCases = Object.entries(fixture.functions).map(
  ([name, f]): DeviceCase => ({
    name: `${name}: as PyTorch`,
    async run(device) {
      const [yTolerance, dxTolerance] = TOLERANCES[name as keyof typeof TOLERANCES];
      const x = stored(device, f.x);
      const y = FUNCTIONS[name as keyof typeof FUNCTIONS](x);
      await assertClose(y, Float32Array.from(f.y.data), yTolerance, "y");
      sum(y).backward();
      await assertClose(x.grad!, Float32Array.from(f.dx.data), dxTolerance, "dx");
    },
  }),
);

const selectionCases: DeviceCase[] = [
  ...selections.triangles.map((c) => ({
    name: `${c.op}: as PyTorch, diagonal ${c.diagonal}`,
    async run(device: Device) {
      const x = stored(device, selections.x);
      const y = (c.op === "triu" ? triu : tril)(x, c.diagonal);
      await assertEqual(y, Float32Array.from(c.y.data), "y");
      sum(mul(y, stored(device, c.w))).backward();
      await assertEqual(x.grad!, Float32Array.from(c.grads.x.data), "dx");
    },
  })),
  ...selections.maskedFill.map((c) => ({
    name: `maskedFill: as PyTorch, ${c.name}`,
    async run(device: Device) {
      const x = stored(device, c.x);
      const y = maskedFill(x, stored(device, c.mask, "i32"), c.value);
      assertShape(y, c.y.shape);
      await assertEqual(y, Float32Array.from(c.y.data), "y");
      sum(mul(y, stored(device, c.w))).backward();
      await assertEqual(x.grad!, Float32Array.from(c.grads.x.data), "dx");
    },
  })),
  ...selections.where.map((c) => ({
    name: `where: as PyTorch, ${c.name}`,
    async run(device: Device) {
      const a = stored(device, c.a);
      const b = stored(device, c.b);
      const y = where(stored(device, c.condition, "i32"), a, b);
      assertShape(y, c.y.shape);
      await assertEqual(y, Float32Array.from(c.y.data), "y");
      sum(mul(y, stored(device, c.w))).backward();
      // Sums of a few numbers around 1.
      await assertClose(a.grad!, c.grads.a.data, 1e-6, "da");
      await assertClose(b.grad!, c.grads.b.data, 1e-6, "db");
    },
  })),
  {
    name: "where: i32, numbers, and masks that do not fit",
    async run(device) {
      const mask = tensor([[1], [0]], { device, dtype: "i32" });
      const ids = tensor([5, 6, 7], { device, dtype: "i32" });
      const y = where(mask, ids, -1);
      assert(y.dtype === "i32", `dtype is ${y.dtype}`);
      await assertEqual(y, [5, 6, 7, -1, -1, -1]);
      const z = where(mask, 0.5, 2);
      assert(z.dtype === "f32", `dtype is ${z.dtype}`);
      await assertEqual(z, [0.5, 2]);
      await assertThrows(
        () => where(cast(mask, "f32"), ids, -1),
        "where: condition [2, 1] is f32, expected i32",
      );
      await assertThrows(() => maskedFill(ids, mask, 0), "mask [2, 1] does not broadcast to x [3]");
      await assertThrows(() => triu(ids), "triu: x is [3], expected at least two axes");
      await assertEqual(triu(tensor(Int32Array.of(1, 2, 3, 4), { device, shape: [2, 2] })), [1, 2, 0, 4]);
    },
  },
];

const arithmeticCases: DeviceCase[] = [
  {
    name: "binary: broadcasting, numbers and views",
    async run(device) {
      const a = tensor([[1, 2, 3]], { device });
      const b = tensor([[10], [20]], { device });
      await assertEqual(add(a, b), [11, 12, 13, 21, 22, 23]);
      await assertEqual(sub(1, a), [0, -1, -2]);
      await assertEqual(mul(transpose(a), transpose(b)), [10, 20, 20, 40, 30, 60]);
      // Division may be off by 2.5 units in the last place, pow by its exp2 and log2.
      await assertClose(div(a, 4), [0.25, 0.5, 0.75], 3e-7);
      await assertClose(pow(a, 2), [1, 4, 9], 2e-6);
      await assertThrows(() => add(1, 2), "add: both operands are numbers (1 and 2)");
    },
  },
  {
    name: "binary: equal elements share the gradient of maximum and minimum, as in PyTorch",
    async run(device) {
      for (const [op, da, db] of [
        [maximum, [0, 0.5, 1], [1, 0.5, 0]],
        [minimum, [1, 0.5, 0], [0, 0.5, 1]],
      ] as const) {
        const a = tensor([1, 2, 3], { device, requiresGrad: true });
        const b = tensor([2, 2, 1], { device, requiresGrad: true });
        sum(op(a, b)).backward();
        await assertEqual(a.grad!, da, "da");
        await assertEqual(b.grad!, db, "db");
      }
    },
  },
  {
    name: "clamp: values and gradient, limits included",
    async run(device) {
      const x = tensor([0, 1, 2, 3, 4], { device, requiresGrad: true });
      const y = clamp(x, 1, 3);
      await assertEqual(y, [1, 1, 2, 3, 3]);
      sum(y).backward();
      await assertEqual(x.grad!, [0, 1, 1, 1, 0]);
      await assertEqual(clamp(x, Number.NEGATIVE_INFINITY, 2), [0, 1, 2, 2, 2]);
      await assertEqual(clamp(cast(x, "i32"), 2, Number.POSITIVE_INFINITY), [2, 2, 2, 3, 4]);
      await assertThrows(() => clamp(x, 2, 1), "clamp: the range [2, 1] is empty");
    },
  },
  {
    name: "binary: i32 stays i32, and dtypes do not mix",
    async run(device) {
      const a = tensor(Int32Array.of(7, -7, 2147483647, 16777217), { device });
      const b = tensor(Int32Array.of(2, 2, 1, 1), { device });
      await assertEqual(add(a, b), [9, -5, -2147483648, 16777218]);
      await assertEqual(sub(a, b), [5, -9, 2147483646, 16777216]);
      await assertEqual(mul(a, b), [14, -14, 2147483647, 16777217]);
      await assertEqual(div(a, b), [3, -3, 2147483647, 16777217]);
      await assertEqual(remainder(a, 5), [2, 3, 2, 2]);
      await assertEqual(maximum(a, 0), [7, 0, 2147483647, 16777217]);
      await assertEqual(minimum(a, b), [2, -7, 1, 1]);
      assert(add(a, 1).dtype === "i32", "a sum of i32 is i32");
      const x = tensor([0.5, 1, 2, 3], { device });
      await assertThrows(
        () => add(x, a),
        'add: left [4] is f32 and right [4] is i32; convert one with cast(x, "f32") or cast(x, "i32")',
      );
      await assertThrows(
        () => mul(a, 0.5),
        "0.5 is no i32, which the other operand [4] is; convert that with cast",
      );
      await assertThrows(() => pow(a, b), "pow: left [4] is i32, expected f32");
      await assertThrows(() => remainder(x, x), "remainder: left [4] is f32, expected i32");
    },
  },
  {
    name: "cast: toward zero, exact back, no gradient",
    async run(device) {
      const x = tensor([-1.7, 1.7, -0.5, 12], { device, requiresGrad: true });
      const whole = cast(x, "i32");
      assert(whole.dtype === "i32" && !whole.requiresGrad, "i32 has no gradient");
      await assertEqual(whole, [-1, 1, 0, 12]);
      await assertEqual(cast(whole, "f32"), [-1, 1, 0, 12]);
      assert(cast(x, "f32") === x, "a cast to the same dtype is the tensor itself");
      await assertThrows(() => cast(x, "f16" as "f32"), 'cast: unknown dtype "f16"; known: f32, i32');
    },
  },
  {
    name: "compare: masks of 0 and 1",
    async run(device) {
      for (const dtype of ["f32", "i32"] as const) {
        const a = tensor([1, 2, 3], { device, dtype });
        const b = tensor([[2], [3]], { device, dtype });
        const table = [
          [equal, [0, 1, 0, 0, 0, 1]],
          [notEqual, [1, 0, 1, 1, 1, 0]],
          [less, [1, 0, 0, 1, 1, 0]],
          [lessEqual, [1, 1, 0, 1, 1, 1]],
          [greater, [0, 0, 1, 0, 0, 0]],
          [greaterEqual, [0, 1, 1, 0, 0, 1]],
        ] as const;
        for (const [op, expected] of table) {
          const mask = op(a, b);
          assertShape(mask, [2, 3]);
          assert(mask.dtype === "i32", `${op.name} gives ${mask.dtype}`);
          await assertEqual(mask, expected, op.name);
        }
        await assertEqual(greater(a, 2), [0, 0, 1]);
      }
    },
  },
];

export const elementwiseCases: DeviceCase[] = [...unaryCases, ...selectionCases, ...arithmeticCases];
