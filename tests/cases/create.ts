/** Tensors from numbers, ranges and generators. */
import {
  arange,
  full,
  Generator,
  ones,
  randomIntegers,
  randomNormal,
  randomUniform,
  tensor,
  zeros,
} from "../../src/index.ts";
import { assert, assertClose, assertEqual, assertShape, assertThrows, type DeviceCase } from "./case.ts";

export const createCases: DeviceCase[] = [
  {
    name: "tensor: nested and flat numbers, and rows that do not fit",
    async run(device) {
      const x = tensor(
        [
          [
            [1, 2],
            [3, 4],
          ],
        ],
        { device },
      );
      assertShape(x, [1, 2, 2]);
      await assertEqual(x, [1, 2, 3, 4]);
      assertShape(tensor(7, { device }), []);
      assert((await tensor(7, { device }).item()) === 7, "a scalar");
      assertShape(tensor([], { device }), [0]);
      assertShape(tensor([[], []], { device }), [2, 0]);
      assert(tensor(new Int32Array(2), { device }).dtype === "i32", "Int32Array makes i32");
      await assertEqual(
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          { device, shape: [4] },
        ),
        [1, 2, 3, 4],
      );
      await assertEqual(tensor([Float32Array.of(1, 2), [3, 4]], { device }), [1, 2, 3, 4]);
      await assertThrows(
        () => tensor([[1, 2], [3]], { device }),
        "tensor: rows along axis 1 differ in length: 1, expected 2",
      );
      await assertThrows(
        () => tensor([[1], 2] as number[][], { device }),
        "some rows hold numbers and others hold arrays",
      );
      await assertThrows(() => tensor([1, [2]] as number[], { device }), "tensor: ");
      await assertThrows(
        () => tensor([1, 2, 3], { device, shape: [2, 2] }),
        "tensor: 3 numbers do not fill shape [2, 2]",
      );
      await assertThrows(
        () => tensor(Int32Array.of(1), { device, requiresGrad: true }),
        "only f32 tensors have gradients",
      );
      await assertThrows(
        () => tensor([1], { device, requiredGrad: true } as object),
        'did you mean "requiresGrad"?',
      );
    },
  },
  {
    name: "zeros, ones, full, arange",
    async run(device) {
      await assertEqual(zeros([2, 2], { device }), [0, 0, 0, 0]);
      await assertEqual(ones([3], { device, dtype: "i32" }), [1, 1, 1]);
      await assertEqual(full([2], -0.5, { device }), [-0.5, -0.5]);
      const range = arange(2, 9, 3, { device });
      assert(range.dtype === "i32", `dtype is ${range.dtype}`);
      await assertEqual(range, [2, 5, 8]);
      await assertEqual(arange(3, 0, -1, { device }), [3, 2, 1]);
      assertShape(arange(3, 3, 1, { device }), [0]);
      const quarters = arange(0, 1, 0.25, { device });
      assert(quarters.dtype === "f32", "steps that are no whole numbers make f32");
      await assertEqual(quarters, [0, 0.25, 0.5, 0.75]);
      await assertThrows(() => arange(0, 5, 0, { device }), "arange: cannot walk from 0 to 5 by 0");
      await assertThrows(() => arange(0, Number.POSITIVE_INFINITY, 1, { device }), "arange: cannot walk");
    },
  },
  {
    name: "random: range, spread and determinism",
    async run(device) {
      const draw = async (seed: number): Promise<ArrayLike<number>> =>
        randomIntegers(-3, 4, [50, 20], { device, generator: new Generator(seed) }).data();
      const numbers = Array.from(await draw(1));
      for (let value = -3; value < 4; value++) {
        // 1000 / 7 = 143 on average, with a deviation of 11.
        const hits = numbers.filter((v) => v === value).length;
        assert(hits > 98 && hits < 188, `${value} came ${hits} times`);
      }
      assert(
        numbers.every((v) => Number.isInteger(v) && v >= -3 && v < 4),
        "inside the range",
      );
      await assertEqual(await draw(1), numbers, "the same seed");
      const other = Array.from(await draw(2));
      assert(
        other.some((v, i) => v !== numbers[i]),
        "another seed",
      );
      const normal = Array.from(await randomNormal([4000], { device, generator: new Generator(5) }).data());
      const mean = normal.reduce((a, b) => a + b, 0) / 4000;
      const variance = normal.reduce((a, b) => a + b * b, 0) / 4000;
      // Deviations of the two estimates: 1/√4000 = 0.016 and √(2/4000) = 0.022; four of each.
      await assertClose([mean, variance], [0, 1], 0.09);
      const uniform = await randomUniform([1000], {
        device,
        low: 2,
        high: 3,
        generator: new Generator(6),
      }).data();
      assert(
        uniform.every((v) => v >= 2 && v <= 3),
        "uniform inside the range",
      );
      await assertThrows(() => randomIntegers(3, 3, [1], { device }), "randomIntegers: the range [3, 3)");
      await assertThrows(() => randomIntegers(0, 1.5, [1], { device }), "randomIntegers: the range [0, 1.5)");
    },
  },
];
