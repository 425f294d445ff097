import {
  add,
  contiguous,
  type Device,
  embedding,
  indexSelect,
  mul,
  oneHot,
  permute,
  sum,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.ts";
import fixture from "../fixtures/embedding.json" with { type: "json" };
import {
  assert,
  assertClose,
  assertEqual,
  assertShape,
  assertThrows,
  type DeviceCase,
  testNumbers,
} from "./case.ts";
import { launchCase, output } from "./launch.ts";

/** Ids as words in a text are: half of them are id 0, the others rarer and rarer. */
function zipf(count: number, rows: number): Int32Array {
  const draws = testNumbers(count, 77);
  return Int32Array.from(draws, (v, i) => (i % 2 === 0 ? 0 : Math.floor(rows ** ((v + 2) / 4)) % rows));
}

/** The twin's answer to a counting sort, written as a sort. */
function sorted(ids: Int32Array, rows: number): { starts: Uint32Array; order: Uint32Array } {
  const order = Uint32Array.from(ids.keys()).sort((a, b) => ids[a] - ids[b] || a - b);
  const starts = Uint32Array.from({ length: rows + 1 }, (_, r) => ids.filter((id) => id < r).length);
  return { starts, order };
}

/** [ids, rows, width], around the blocks of 256 ids, the 256 chunks of rows and the 32 columns. */
const SIZES = [
  [1, 1, 1],
  [5, 3, 33],
  [256, 300, 4],
  [700, 257, 20],
  [6000, 50, 8],
] as const;

const launches = SIZES.flatMap(([count, rows, width], i) => {
  const ids = zipf(count, rows);
  const { starts, order } = sorted(ids, rows);
  const size = `${count} ids, [${rows}, ${width}]`;
  const inner_count = count % 2 === 0 ? count / 2 : count;
  return [
    launchCase(
      "embedding",
      size,
      { count, rows, width, ids_offset: 0, table_offset: 0, table_row: width },
      { ids, table: testNumbers(rows * width, i), out: output(count * width) },
    ),
    launchCase(
      "embedding_sort",
      size,
      { count, rows, ids_offset: 0 },
      { ids, starts: output(rows + 1), order: output(count) },
    ),
    ...(["embedding_backward", "embedding_backward_direct"] as const).map((kernel) =>
      launchCase(
        kernel,
        `${size}${i % 2 ? ", added, but for row 0" : ""}`,
        {
          rows,
          width,
          inner_count,
          dout_offset: 0,
          // Positions two by two, as a gradient that is kept by time has them.
          dout_outer: width,
          dout_inner: (count / inner_count) * width,
          padding_row: i % 2 ? 0 : 0xffffffff,
          accumulate: i % 2,
        },
        {
          starts,
          order,
          dout: testNumbers(count * width, i + 10),
          dtable: i % 2 ? testNumbers(rows * width, i + 20) : output(rows * width),
        },
      ),
    ),
  ];
});

/** The table's gradient, added up on the host. */
function expectedGradient(
  ids: ArrayLike<number>,
  w: ArrayLike<number>,
  rows: number,
  width: number,
): Float64Array {
  const gradient = new Float64Array(rows * width);
  for (let i = 0; i < ids.length; i++)
    for (let c = 0; c < width; c++) gradient[ids[i] * width + c] += w[i * width + c];
  return gradient;
}

function table(device: Device, rows: number, width: number): Tensor {
  return tensor(testNumbers(rows * width, 5), { device, shape: [rows, width], requiresGrad: true });
}

export const embeddingCases: DeviceCase[] = [
  ...launches,
  ...fixture.cases.map(
    (c): DeviceCase => ({
      name: `embedding: as PyTorch, ${c.name}`,
      async run(device) {
        const weight = tensor(c.weight.data, { device, shape: c.weight.shape, requiresGrad: true });
        const ids = tensor(Int32Array.from(c.ids.data), { device, shape: c.ids.shape });
        const y = embedding(ids, weight, c.paddingIdx === null ? {} : { paddingIdx: c.paddingIdx });
        assertShape(y, c.output.shape);
        await assertEqual(y, Float32Array.from(c.output.data), "output");
        sum(mul(y, tensor(c.w.data, { device, shape: c.w.shape }))).backward();
        // Sums of a few numbers in f32.
        await assertClose(weight.grad!, c.grads.weight.data, 1e-6, "dweight");
      },
    }),
  ),
  {
    name: "embedding: the gradient of 6,000 ids, 3,000 of them equal, repeats bit for bit",
    async run(device) {
      const [count, rows, width] = [6000, 400, 40];
      const ids = zipf(count, rows);
      const w = testNumbers(count * width, 6);
      const gradient = async (): Promise<ArrayLike<number>> => {
        const weight = table(device, rows, width);
        const y = embedding(tensor(ids, { device, shape: [60, 100] }), weight);
        y.backward(tensor(w, { device, shape: [60, 100, width] }));
        return weight.grad!.data();
      };
      const first = await gradient();
      await assertEqual(await gradient(), first, "gradient of the second run");
      // Sums of up to 3,000 numbers up to 2: 1e-6 · √3000 · 2.
      await assertClose(first, expectedGradient(ids, w, rows, width), 1e-4, "gradient");
    },
  },
  {
    name: "embedding: a gradient kept by time needs no copy, and one of three axes gets one",
    async run(device) {
      const [rows, width] = [11, 5];
      const ids = zipf(12, rows);
      const w = testNumbers(12 * width, 8);
      const expected = expectedGradient(ids, w, rows, width);
      const weight = table(device, rows, width);
      const byTime = contiguous(permute(tensor(w, { device, shape: [3, 4, width] }), [1, 0, 2]));
      const y = embedding(tensor(ids, { device, shape: [3, 4] }), weight);
      const before = device.stats().dispatches;
      y.backward(permute(byTime, [1, 0, 2]));
      const launched = device.stats().dispatches - before;
      assert(launched === 2, `${launched} launches, expected 2`);
      await assertClose(weight.grad!, expected, 1e-6, "by time");
      // Added to what is there.
      const deep = embedding(tensor(ids, { device, shape: [2, 3, 2] }), weight);
      const turned = contiguous(permute(tensor(w, { device, shape: [2, 3, 2, width] }), [2, 1, 0, 3]));
      deep.backward(permute(turned, [2, 1, 0, 3]));
      await assertClose(
        weight.grad!,
        expected.map((v) => 2 * v),
        1e-6,
        "by three axes, added",
      );
    },
  },
  {
    name: "embedding: two uses of one table add up, the padding row stays out",
    async run(device) {
      const weight = table(device, 4, 3);
      const ids = tensor(Int32Array.of(1, 2, 2), { device });
      const y = add(embedding(ids, weight, { paddingIdx: -2 }), embedding(ids, weight, { paddingIdx: 2 }));
      sum(y).backward();
      await assertEqual(weight.grad!, [0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0], "dweight");
    },
  },
  {
    name: "embedding: ids that are known on the device only are clamped",
    async run(device) {
      const weight = table(device, 3, 2);
      const ids = contiguous(transpose(tensor(Int32Array.of(-5, 1, 9, 0), { device, shape: [2, 2] })));
      const values = await weight.data();
      await assertEqual(
        embedding(ids, weight),
        [0, 1, 4, 5, 2, 3, 0, 1].map((i) => values[i]),
      );
    },
  },
  {
    name: "embedding: what does not fit is named",
    async run(device) {
      const weight = tensor(new Float32Array(5000), { device, shape: [5000, 1] });
      const wrong = new Int32Array(80);
      wrong[3 * 20 + 17] = 5000;
      await assertThrows(
        () => embedding(tensor(wrong, { device, shape: [4, 20] }), weight),
        "embedding: id 5000 at [3, 17] is outside the table of 5000 rows",
      );
      await assertThrows(() => embedding(tensor([1, 2], { device }), weight), "ids [2] is f32, expected i32");
      const ids = tensor(Int32Array.of(1), { device });
      await assertThrows(() => embedding(ids, weight, { paddingIdx: 5000 }), "paddingIdx 5000 is outside");
      await assertThrows(
        () => embedding(ids, tensor([1, 2], { device })),
        "the table is [2], expected [rows, width]",
      );
    },
  },
  {
    name: "indexSelect: any axis, any shape of ids, f32 and i32",
    async run(device) {
      const numbers = testNumbers(2 * 3 * 4, 9);
      const x = tensor(numbers, { device, shape: [2, 3, 4], requiresGrad: true });
      const ids = tensor(Int32Array.of(2, 0, 2, 2), { device, shape: [2, 2] });
      const y = indexSelect(x, 1, ids);
      assertShape(y, [2, 2, 2, 4]);
      const expected: number[] = [];
      for (const b of [0, 1])
        for (const k of [2, 0, 2, 2]) for (let c = 0; c < 4; c++) expected.push(numbers[b * 12 + k * 4 + c]);
      await assertEqual(y, expected, "axis 1");
      sum(y).backward();
      const hits = [1, 0, 3].flatMap((n) => [n, n, n, n]);
      await assertEqual(x.grad!, [...hits, ...hits], "dx");
      // 2²⁴ + 1 would not survive a move as f32.
      const whole = tensor(Int32Array.of(7, 16777217, -3), { device });
      const picked = indexSelect(whole, 0, tensor(Int32Array.of(1, 1, 2), { device }));
      await assertEqual(picked, [16777217, 16777217, -3], "i32");
    },
  },
  {
    name: "oneHot: ids as rows",
    async run(device) {
      const ids = tensor(Int32Array.of(2, 0, 1, 2), { device, shape: [2, 2] });
      const rows = oneHot(ids, 3);
      assertShape(rows, [2, 2, 3]);
      await assertEqual(rows, [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1]);
      await assertThrows(() => oneHot(ids, 2), "oneHot: id 2 at [0, 0] is outside 0..1");
    },
  },
  launchCase(
    "one_hot",
    "70 ids of 3 classes",
    { count: 70, classes: 3, ids_offset: 0 },
    {
      ids: Int32Array.from({ length: 70 }, (_, i) => (i % 5) - 1),
      out: output(210),
    },
  ),
];
