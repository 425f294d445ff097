import { add, gelu, matmul, linear, mul, relu, sum, tensor, transpose, slice } from "../../src/index.ts";
import fixture from "../fixtures/matmul.json" with { type: "json" };
import linearFixture from "../fixtures/linear.json" with { type: "json" };
import { assert, assertClose, assertShape, assertThrows, type DeviceCase, testNumbers } from "./case.ts";
import { ACTIVATION, MASKED, REDUCE, VECTORS } from "../../src/backend/operations.ts";
import { matmulInto } from "../../src/ops/matmul.ts";
import { reduceInto } from "../../src/ops/reduce.ts";
import { sizeOf } from "../../src/shape.ts";
import { viewOf } from "../../src/tensor.ts";
import { launchCase, output } from "./launch.ts";

/** Sizes on both sides of the 32×32 tile, the 4×4 register block and a strip of 16. */
const SIZES = [
  [1, 1, 1],
  [3, 5, 2],
  [33, 17, 31],
  [64, 16, 32],
  [5, 70, 65],
] as const;

const launches = SIZES.flatMap(([rows, inner, columns], i) =>
  [false, true].flatMap((turned) => {
    const [act, activation] = Object.entries(ACTIVATION)[i % 4];
    const how = `${turned ? "operands stored transposed, added" : "bias"}, ${act}`;
    const name = `[${rows}, ${inner}] · [${inner}, ${columns}], ${how}`;
    // Every other one writes into the middle of a larger buffer.
    const out_offset = i % 2 === 0 ? 0 : 2 * columns;
    const outSize = rows * columns + 2 * out_offset;
    const params = {
      batch: 1,
      batch_inner: 1,
      rows,
      inner,
      columns,
      accumulate: turned ? 1 : 0,
      has_bias: turned ? 0 : 1,
      keep_pre: i % 3 === 0 ? 0 : 1,
      activation,
      a_offset: 0,
      a_row: turned ? 1 : inner,
      a_column: turned ? rows : 1,
      a_batch: 0,
      a_batch_inner: 0,
      b_offset: 0,
      b_row: turned ? 1 : columns,
      b_column: turned ? inner : 1,
      b_batch: 0,
      b_batch_inner: 0,
      bias_offset: 3,
      out_offset,
    };
    const buffers = {
      a: testNumbers(rows * inner, i),
      b: testNumbers(inner * columns, i + 20),
      ...(turned ? {} : { bias: testNumbers(columns + 3, i + 40) }),
      ...(i % 3 === 0 ? {} : { pre: output(rows * columns) }),
      out: turned ? testNumbers(outSize, i + 60) : output(outSize),
    };
    return [
      launchCase("matmul", name, { ...params, a_by_column: turned, b_by_column: turned }, buffers),
      launchCase("matmul_direct", name, { ...params, a_vectors: 0, b_vectors: 0 }, buffers),
    ];
  }),
);

/** Operands whose rows, or columns, start on multiples of four elements, with NaN in the gaps between them. */
const vectorLaunches = [VECTORS.rows, VECTORS.columns].flatMap((a_vectors) =>
  [VECTORS.rows, VECTORS.columns].map((b_vectors) => {
    const [batch, rows, inner, columns] = [2, 67, 10, 9];
    const operand = (down: number, across: number, along: number, seed: number) => {
      const [lines, length] = along === VECTORS.rows ? [down, across] : [across, down];
      const stride = Math.ceil(length / 4) * 4;
      const data = new Float32Array(4 + batch * lines * stride).fill(Number.NaN);
      const numbers = testNumbers(batch * lines * length, seed);
      for (let line = 0; line < batch * lines; line++)
        data.set(numbers.subarray(line * length, (line + 1) * length), 4 + line * stride);
      const [row, column] = along === VECTORS.rows ? [stride, 1] : [1, stride];
      return { data, row, column, batch: lines * stride };
    };
    const a = operand(rows, inner, a_vectors, 1);
    const b = operand(inner, columns, b_vectors, 2);
    const by = (vectors: number): string => (vectors === VECTORS.rows ? "rows" : "columns");
    return launchCase(
      "matmul_direct",
      `four at a time, a along its ${by(a_vectors)}, b along its ${by(b_vectors)}`,
      {
        batch,
        batch_inner: batch,
        rows,
        inner,
        columns,
        accumulate: 0,
        has_bias: 0,
        keep_pre: 0,
        activation: ACTIVATION.none,
        a_offset: 4,
        a_row: a.row,
        a_column: a.column,
        a_batch: 0,
        a_batch_inner: a.batch,
        b_offset: 4,
        b_row: b.row,
        b_column: b.column,
        b_batch: 0,
        b_batch_inner: b.batch,
        bias_offset: 0,
        out_offset: 0,
        a_vectors,
        b_vectors,
      },
      { a: a.data, b: b.data, out: output(batch * rows * columns) },
    );
  }),
);

/** Masked products: gates that share an operand or write side by side, mask rows that do not divide the rows. */
const maskedLaunches = [
  { batch: 1, rows: 7, inner: 5, columns: 3, mask_rows: 2 },
  { batch: 4, rows: 33, inner: 18, columns: 9, mask_rows: 5 },
  { batch: 3, rows: 36, inner: 20, columns: 68, mask_rows: 3 },
  { batch: 4, rows: 11, inner: 8, columns: 12, mask_rows: 11 },
].flatMap(({ batch, rows, inner, columns, mask_rows }, seed) =>
  Object.entries(MASKED).flatMap(([place, masked]) => {
    // As the recurrent layers do: pre from x and Wᵀ, dW from dpreᵀ and x, dx from dpre and W.
    const wide = batch * columns;
    const across = { row: wide, column: 1, batch: columns, size: inner * wide };
    const a = {
      a: { row: inner, column: 1, batch: 0, size: rows * inner },
      b: { row: 1, column: batch * rows, batch: rows, size: batch * rows * inner },
      out: { row: batch * inner, column: 1, batch: inner, size: rows * batch * inner },
    }[place as keyof typeof MASKED];
    const b = {
      a: { row: 1, column: inner, batch: inner * columns, size: batch * inner * columns },
      b: { row: columns, column: 1, batch: 0, size: inner * columns },
      out: across,
    }[place as keyof typeof MASKED];
    const width = masked === MASKED.a ? inner : columns;
    const params = {
      batch,
      rows,
      inner,
      columns,
      accumulate: masked === MASKED.a ? 0 : 1,
      has_bias: masked === MASKED.a ? 1 : 0,
      a_offset: 0,
      a_row: a.row,
      a_column: a.column,
      a_batch: a.batch,
      b_offset: 0,
      b_row: b.row,
      b_column: b.column,
      b_batch: b.batch,
      mask_offset: 4,
      mask_rows,
      out_offset: 0,
      out_row: masked === MASKED.a ? wide : columns,
      out_batch: masked === MASKED.a ? columns : rows * columns,
      masked,
    };
    const buffers = {
      a: testNumbers(a.size, seed),
      b: testNumbers(b.size, seed + 20),
      mask: testNumbers(4 + batch * mask_rows * width, seed + 30).map((v) => (v > -0.5 ? 1.25 : 0)),
      ...(masked === MASKED.a ? { bias: testNumbers(wide, seed + 40) } : {}),
      out: masked === MASKED.a ? output(rows * wide) : testNumbers(batch * rows * columns, seed + 60),
    };
    const name = `on ${place}, ${batch} × [${rows}, ${inner}] · [${inner}, ${columns}], ${mask_rows} rows of masks`;
    const by_column = { a_by_column: a.column !== 1, b_by_column: b.column !== 1 };
    const plain = launchCase("matmul_masked", name, { ...params, ...by_column }, buffers);
    const vectors = (column: number): number => (column === 1 ? VECTORS.rows : VECTORS.columns);
    const by_vectors = { a_vectors: vectors(a.column), b_vectors: vectors(b.column) };
    const wholeVectors = [inner, columns, a.column === 1 ? 4 : rows].every((n) => n % 4 === 0);
    return wholeVectors
      ? [plain, launchCase("matmul_masked_direct", name, { ...params, ...by_vectors }, buffers)]
      : [plain];
  }),
);

export const matmulCases: DeviceCase[] = [
  ...launches,
  ...vectorLaunches,
  ...maskedLaunches,
  ...fixture.cases
    .filter((c) => c.expression.includes("matmul"))
    .map(
      (c): DeviceCase => ({
        name: `matmul: as PyTorch, ${c.name}`,
        async run(device) {
          const a = tensor(c.a.data, { device, shape: c.a.shape, requiresGrad: true });
          const b = tensor(c.b.data, { device, shape: c.b.shape, requiresGrad: true });
          const y = matmul(a, b);
          assertShape(y, c.y.shape);
          // Sums of four products in f32: a few units of 6e-8.
          await assertClose(y, c.y.data, 1e-6, "y");
          sum(mul(y, tensor(c.w.data, { device, shape: c.w.shape }))).backward();
          await assertClose(a.grad!, c.grads.a.data, 2e-6, "da");
          await assertClose(b.grad!, c.grads.b.data, 2e-6, "db");
        },
      }),
    ),
  {
    name: "linear: as PyTorch",
    async run(device) {
      const f = linearFixture;
      const x = tensor(f.x.data, { device, shape: f.x.shape, requiresGrad: true });
      const weight = tensor(f.stateDict.weight.data, {
        device,
        shape: f.stateDict.weight.shape,
        requiresGrad: true,
      });
      const bias = tensor(f.stateDict.bias.data, {
        device,
        shape: f.stateDict.bias.shape,
        requiresGrad: true,
      });
      const y = linear(x, weight, bias);
      await assertClose(y, f.y.data, 1e-6, "y");
      sum(mul(y, tensor(f.w.data, { device, shape: f.w.shape }))).backward();
      await assertClose(x.grad!, f.grads.x.data, 2e-6, "dx");
      await assertClose(weight.grad!, f.grads.weight.data, 2e-6, "dweight");
      await assertClose(bias.grad!, f.grads.bias.data, 2e-6, "dbias");
    },
  },
  {
    name: "matmul: transposed and sliced operands need no copy",
    async run(device) {
      const a = tensor(testNumbers(6 * 5), { device, shape: [6, 5] });
      const b = tensor(testNumbers(6 * 4, 2), { device, shape: [6, 4] });
      const before = device.stats().dispatches;
      const y = matmul(transpose(slice(a, 0, 1, 5)), slice(b, 0, 1, 5));
      assertShape(y, [5, 4]);
      const launched = device.stats().dispatches - before;
      if (launched !== 1) throw new Error(`${launched} dispatches, expected 1`);
      const rows = await a.data();
      const columns = await b.data();
      const expected: number[] = [];
      for (let r = 0; r < 5; r++)
        for (let c = 0; c < 4; c++) {
          let total = 0;
          for (let k = 1; k < 5; k++) total += rows[k * 5 + r] * columns[k * 4 + c];
          expected.push(total);
        }
      await assertClose(y, expected, 1e-6);
    },
  },
  {
    name: "matmul, reduce: blocks of a larger tensor, nothing around them touched",
    async run(device) {
      // As the gradient of packed projections: rows 2 to 5 of [6, 3], and a bias of which only a part is added.
      const [a, b] = [testNumbers(8, 1), testNumbers(6, 2)];
      const [left, right] = [tensor(a, { device, shape: [4, 2] }), tensor(b, { device, shape: [2, 3] })];
      const bias = tensor([9, 9, 1, 2, 3, 9], { device });
      const packed = tensor(testNumbers(21, 3), { device, shape: [7, 3] });
      const expected = testNumbers(21, 3);
      const rows = viewOf(packed, [4, 3], [3, 1], 6);
      matmulInto(left, right, rows, { bias: viewOf(bias, [3], [1], 2) });
      for (let r = 0; r < 4; r++)
        for (let c = 0; c < 3; c++)
          expected[6 + 3 * r + c] = a[2 * r] * b[c] + a[2 * r + 1] * b[3 + c] + c + 1;
      await assertClose(packed, expected, 1e-6);
      reduceInto(left, [0], viewOf(packed, [2], [1], 19), { operation: REDUCE.sum, accumulate: true });
      for (let r = 0; r < 4; r++) for (const c of [0, 1]) expected[19 + c] += a[2 * r + c];
      await assertClose(packed, expected, 1e-6);
    },
  },
  ...(["relu", "gelu", "geluTanh"] as const).map(
    (activation): DeviceCase => ({
      name: `linear: ${activation} inside is ${activation} behind it, gradients too, in one dispatch each`,
      async run(device) {
        const leaf = (shape: number[], seed: number) =>
          tensor(testNumbers(sizeOf(shape), seed), { device, shape, requiresGrad: true });
        const upstream = tensor(testNumbers(2 * 5 * 7, 9), { device, shape: [2, 5, 7] });
        const run = (fused: boolean) => {
          const leaves = [leaf([2, 5, 3], 1), leaf([7, 3], 2), leaf([7], 3)];
          const [x, weight, bias] = leaves;
          const counts = [device.stats().dispatches];
          const y = fused
            ? linear(x, weight, bias, { activation })
            : activation === "relu"
              ? relu(linear(x, weight, bias))
              : gelu(linear(x, weight, bias), activation === "gelu" ? "none" : "tanh");
          counts.push(device.stats().dispatches);
          y.backward(upstream);
          counts.push(device.stats().dispatches);
          return { y, leaves, forward: counts[1] - counts[0], backward: counts[2] - counts[1] };
        };
        const [one, two] = [run(true), run(false)];
        // gelu is written in another way in the product's kernel: f32 rounding and 1.5e-7 of the approximated erf.
        await assertClose(one.y, two.y, 2e-6, "y");
        for (const i of [0, 1, 2])
          await assertClose(one.leaves[i].grad!, two.leaves[i].grad!, 2e-6, `leaf ${i}`);
        assert(one.forward === 1, `${one.forward} dispatches forward`);
        // The slope, dx, dweight, dbias.
        assert(one.backward === 4, `${one.backward} dispatches backward`);
      },
    }),
  ),
  {
    name: "linear: NaN passes through every activation, an unknown one is refused",
    async run(device) {
      const x = tensor([Number.NaN, -1], { device, shape: [2, 1] });
      const one = tensor([1], { device, shape: [1, 1] });
      for (const activation of ["relu", "gelu", "geluTanh"] as const) {
        const [bad, good] = await linear(x, one, undefined, { activation }).data();
        assert(Number.isNaN(bad) && good > -0.2 && good <= 0, `${activation}: ${bad}, ${good}`);
      }
      const options = { activation: "selu" as "relu" };
      await assertThrows(
        () => linear(x, one, undefined, options),
        'linear: unknown activation "selu"; known: relu',
      );
    },
  },
  {
    name: "matmul: sizes that do not fit are named",
    async run(device) {
      const x = tensor(testNumbers(6), { device, shape: [2, 3] });
      const w = tensor(testNumbers(20), { device, shape: [4, 5] });
      await assertThrows(() => matmul(x, w), "inner sizes differ: x [2, 3] · w [4, 5] (3 ≠ 4)");
      await assertThrows(() => add(x, w), "shapes do not broadcast: [2, 3] and [4, 5] (3 ≠ 5)");
    },
  },
];
