/** Views, copies made of them, and their gradients. */
import {
  add,
  arange,
  concat,
  contiguous,
  detach,
  type Device,
  expand,
  flatten,
  mul,
  noGrad,
  openDevice,
  permute,
  repeat,
  reshape,
  select,
  slice,
  split,
  squeeze,
  stack,
  sum,
  type Tensor,
  tensor,
  transpose,
  unsqueeze,
} from "../../src/index.ts";
import { assert, assertEqual, assertShape, assertThrows, type DeviceCase } from "./case.ts";

/** 0, 1, 2, … in this shape, as f32 with a gradient or as i32. */
function count(device: Device, shape: readonly number[], dtype: "f32" | "i32" = "f32"): Tensor {
  const size = shape.reduce((n, axis) => n * axis, 1);
  const values = Array.from({ length: size }, (_, i) => i);
  return tensor(values, { device, shape, dtype, requiresGrad: dtype === "f32" });
}

/** Element order of a permutation, walked on the host. */
function permuted(shape: readonly number[], order: readonly number[]): number[] {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((n, size) => n * size, 1));
  let indices = [0];
  for (const axis of order)
    indices = indices.flatMap((at) => Array.from({ length: shape[axis] }, (_, i) => at + i * strides[axis]));
  return indices;
}

export const viewCases: DeviceCase[] = [
  {
    name: "reshape: plain, of a transposed tensor, with −1",
    async run(device) {
      const x = count(device, [2, 3]);
      await assertEqual(reshape(transpose(x), [6]), [0, 3, 1, 4, 2, 5]);
      assertShape(reshape(x, [3, -1]), [3, 2]);
      assertShape(reshape(x, [1, 6, 1]), [1, 6, 1]);
      assertShape(flatten(count(device, [2, 3, 4]), 0, 1), [6, 4]);
      assertShape(flatten(tensor(1, { device })), [1]);
      sum(mul(reshape(transpose(x), [6]), tensor([1, 2, 3, 4, 5, 6], { device }))).backward();
      await assertEqual(x.grad!, [1, 3, 5, 2, 4, 6], "dx");
      await assertThrows(() => reshape(x, [4]), "reshape: [2, 3] has 6 elements, which do not fill [4]");
      await assertThrows(() => reshape(x, [-1, 4]), "do not fill [-1, 4]");
      await assertThrows(() => reshape(x, [-1, -1]), "do not fill [-1, -1]");
      await assertThrows(() => flatten(x, 1, 0), "flatten: axis 0 lies before axis 1");
    },
  },
  {
    name: "reshape: splits axes of a slice without a copy",
    async run(device) {
      const x = count(device, [2, 3, 8]);
      await x.data();
      const before = device.stats().dispatches;
      const heads = reshape(slice(x, 2, 4, 8), [2, 3, 2, 2]);
      const merged = reshape(permute(x, [1, 0, 2]), [3, 2, 4, 2]);
      assert(device.stats().dispatches === before, "reshape launched a kernel");
      await assertEqual(select(heads, 0, 1), [28, 29, 30, 31, 36, 37, 38, 39, 44, 45, 46, 47]);
      await assertEqual(select(merged, 0, 0), [0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31]);
    },
  },
  {
    name: "permute: five axes, contiguous",
    async run(device) {
      const shape = [2, 3, 2, 2, 5];
      for (const order of [
        [4, 2, 0, 3, 1],
        [1, 0, 2, 4, 3],
        [4, 3, 2, 1, 0],
      ])
        for (const dtype of ["f32", "i32"] as const) {
          const y = contiguous(permute(count(device, shape, dtype), order));
          assertShape(
            y,
            order.map((axis) => shape[axis]),
          );
          await assertEqual(y, permuted(shape, order), `${dtype} ${order}`);
        }
      const x = count(device, shape);
      const weights = tensor(permuted(shape, [4, 2, 0, 3, 1]), { device, shape: [5, 2, 2, 2, 3] });
      sum(mul(contiguous(permute(x, [4, 2, 0, 3, 1])), weights)).backward();
      await assertEqual(x.grad!, await x.data(), "dx");
      await assertThrows(() => permute(x, [0, 1, 2, 3]), "permute: [0, 1, 2, 3] does not name each axis");
      await assertThrows(() => transpose(x, 0, 5), "transpose: axis 5 is outside a tensor of rank 5");
    },
  },
  {
    name: "slice and select: steps, negative ends, gradients that overlap",
    async run(device) {
      const x = count(device, [3, 6]);
      await assertEqual(slice(x, 1, 1, 6, 2), [1, 3, 5, 7, 9, 11, 13, 15, 17]);
      await assertEqual(slice(x, -1, -2), [4, 5, 10, 11, 16, 17]);
      await assertEqual(slice(x, 1, 0, -4), [0, 1, 6, 7, 12, 13]);
      await assertEqual(slice(x, 0, 1, 99), [6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17]);
      await assertEqual(select(x, 0, -1), [12, 13, 14, 15, 16, 17]);
      await assertEqual(select(select(x, 1, 2), 0, 1), [8]);
      add(sum(slice(x, 1, 0, 3, 2)), add(sum(select(x, 0, 0)), sum(slice(x, 1, 2, 4)))).backward();
      await assertEqual(x.grad!, [2, 1, 3, 2, 1, 1, 1, 0, 2, 1, 0, 0, 1, 0, 2, 1, 0, 0], "dx");
      await assertThrows(
        () => slice(x, 1, 4, 2),
        "slice: [4, 2) by 1 along axis 1 of [3, 6] is empty or outside",
      );
      await assertThrows(() => slice(x, 1, 0, 4, 0), "by 0 along axis 1");
      await assertThrows(() => slice(x, 1, 0.5), "[0.5, 6) by 1");
      await assertThrows(() => select(x, 0, 3), "select: index 3 is outside axis 0 of [3, 6]");
    },
  },
  {
    name: "expand and repeat: values and gradients",
    async run(device) {
      const x = count(device, [2, 1]);
      const wide = expand(x, [3, -1, 2]);
      await assertEqual(wide, [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]);
      sum(mul(wide, count(device, [3, 2, 2]))).backward();
      await assertEqual(x.grad!, [0 + 1 + 4 + 5 + 8 + 9, 2 + 3 + 6 + 7 + 10 + 11], "dx");
      const y = count(device, [2, 3]);
      const tiled = repeat(y, [2, 1, 2]);
      assertShape(tiled, [2, 2, 6]);
      await assertEqual(select(tiled, 0, 1), [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]);
      sum(tiled).backward();
      await assertEqual(y.grad!, new Float32Array(6).fill(4), "dy");
      await assertEqual(repeat(count(device, [2], "i32"), [3]), [0, 1, 0, 1, 0, 1]);
      await assertThrows(() => expand(y, [4, 3]), "expand: [2, 3] does not repeat to [4, 3]");
      await assertThrows(() => expand(y, [-1, 2, 3]), "expand: [2, 3] does not repeat to [-1, 2, 3]");
      await assertThrows(
        () => repeat(y, [2]),
        "repeat: expected a whole number for each axis of [2, 3], got [2]",
      );
    },
  },
  {
    name: "squeeze and unsqueeze",
    async run(device) {
      const x = count(device, [1, 2, 1, 3]);
      assertShape(squeeze(x), [2, 3]);
      assertShape(squeeze(x, -2), [1, 2, 3]);
      assertShape(unsqueeze(x, -1), [1, 2, 1, 3, 1]);
      assertShape(unsqueeze(x, 0), [1, 1, 2, 1, 3]);
      sum(mul(unsqueeze(squeeze(transpose(x, 1, 3)), 1), count(device, [3, 1, 2]))).backward();
      await assertEqual(x.grad!, [0, 2, 4, 1, 3, 5], "dx");
      await assertThrows(() => squeeze(x, 1), "squeeze: axis 1 of [1, 2, 1, 3] has size 2, not 1");
      await assertThrows(() => unsqueeze(x, 6), "unsqueeze: axis 6 is outside a tensor of rank 5");
    },
  },
  {
    name: "concat, stack and split: every axis, i32, gradients",
    async run(device) {
      const a = count(device, [2, 2]);
      const b = transpose(count(device, [3, 2]));
      await assertEqual(concat([a, b], 1), [0, 1, 0, 2, 4, 2, 3, 1, 3, 5]);
      await assertEqual(concat([a, transpose(b)]), [0, 1, 2, 3, 0, 1, 2, 3, 4, 5]);
      const ids = count(device, [2, 2], "i32");
      const joined = concat([ids, ids], -1);
      assert(joined.dtype === "i32", `dtype is ${joined.dtype}`);
      await assertEqual(joined, [0, 1, 0, 1, 2, 3, 2, 3]);
      await assertEqual(stack([a, a], -1), [0, 0, 1, 1, 2, 2, 3, 3]);
      sum(mul(concat([a, b, a], 1), count(device, [2, 7]))).backward();
      await assertEqual(a.grad!, [5, 7, 19, 21], "da: both places");

      const x = count(device, [2, 5]);
      const parts = split(x, 2, 1);
      assert(parts.length === 3, `${parts.length} parts`);
      await assertEqual(parts[2], [4, 9]);
      add(sum(parts[0]), sum(mul(parts[2], parts[2]))).backward();
      await assertEqual(x.grad!, [1, 1, 0, 0, 8, 1, 1, 0, 0, 18], "dx: zero for the part that is not used");
      assertShape(split(x, [1, 4], -1)[1], [2, 4]);
      await assertThrows(
        () => split(x, [2, 2], 1),
        "split: sizes [2, 2] are not positive or do not add up to 5",
      );
      await assertThrows(() => split(x, 0, 1), "do not add up to 5");
      await assertThrows(() => concat([a, x], 0), "concat: [2, 2] f32 and [2, 5] f32 differ outside axis 0");
      await assertThrows(() => concat([a, ids], 0), "[2, 2] f32 and [2, 2] i32 differ");
      await assertThrows(() => concat([]), "concat: no tensors were given");
    },
  },
  {
    name: "noGrad: views of leaves are freed with the rest, and last when they are returned",
    async run({ kind }) {
      // A device of its own: what other cases left may go at any time.
      const device = await openDevice(kind);
      const { liveBytes } = device.stats();
      const leaf = tensor([[1, 2, 3]], { device });
      const inner = noGrad(() => sum(reshape(leaf, [3, 1])));
      inner.dispose();
      leaf.dispose();
      await device.finish();
      assert(device.stats().liveBytes === liveBytes, "a view made in noGrad kept its leaf's memory");

      const base = tensor([1, 2, 3, 4], { device });
      const view = noGrad(() => noGrad(() => reshape(base, [2, 2])));
      base.dispose();
      // Two steps end, and with them all that belonged to them; a view of a leaf belongs to none.
      for (let step = 0; step < 2; step++) await device.endStep();
      await assertEqual(await view.data(), [1, 2, 3, 4], "a view of a leaf, after its base was disposed of");
      view.dispose();
      assert(device.stats().liveBytes === liveBytes, "the returned view's memory was not given back");
      device.dispose();
    },
  },
  {
    name: "autograd: tensors used twice, views beside their base, gradients of one storage",
    async run(device) {
      const x = count(device, [2, 2]);
      const y = mul(x, 2);
      add(sum(mul(y, transpose(y))), sum(add(y, y))).backward();
      // d/dx of Σ 4 x xᵀ + 4 x is 8 xᵀ + 4.
      await assertEqual(x.grad!, [4, 20, 12, 28], "dx");
      sum(add(x, detach(mul(x, 5)))).backward();
      await assertEqual(x.grad!, [5, 21, 13, 29], "dx adds up until zeroGrad");
      x.zeroGrad();
      assert(x.grad === null, "zeroGrad forgets");
      const z = add(x, 1);
      const loss = sum(add(add(z, z), reshape(reshape(z, [4]), [2, 2])));
      loss.backward();
      await assertEqual(x.grad!, [3, 3, 3, 3], "three uses");
      await assertThrows(() => loss.backward(), "was already used");
      await assertThrows(() => z.backward(), "backward: this tensor is [2, 2], not a scalar");
      await assertThrows(() => arange(0, 3, 1, { device }).backward(), "depends on nothing that requires");
    },
  },
];
