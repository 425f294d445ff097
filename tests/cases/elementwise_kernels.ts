/** Elementwise kernels against their twins, at ragged sizes, strided and broadcast. */
import { at } from "../../src/backend/cpu/math.ts";
import { FUNCTIONS } from "../../src/backend/cpu/unary.ts";
import { BINARY, BINARY_INTEGER, COMPARE, UNARY } from "../../src/backend/operations.ts";
import { type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";

/** A [7, 5, 3, 2] tensor seen with its axes turned around, behind 4 other elements. */
const TURNED = { offset: 4, shape: [2, 3, 5, 7], strides: [1, 2, 6, 30], size: 214, count: 210 };
/** A contiguous tensor that fills no whole workgroup. */
const PLAIN = { offset: 0, shape: [1, 1, 1, 1001], strides: [0, 0, 0, 1], size: 1001, count: 1001 };

function inputsOf(name: string, length: number, seed: number): Float32Array {
  const numbers = testNumbers(length, seed);
  const positive = ["log", "sqrt", "reciprocal"].includes(name);
  return positive ? numbers.map((v) => Math.abs(v) + 0.1) : numbers;
}

const unaryCases = Object.entries(UNARY).flatMap(([name, operation], seed) =>
  [TURNED, PLAIN].flatMap((layout, accumulate) => {
    const { offset, shape, strides, size, count } = layout;
    const x = inputsOf(name, size, seed);
    const y = Float32Array.from({ length: count }, (_, i) =>
      FUNCTIONS[operation](x[offset + at(i, shape, strides)]),
    );
    const out = accumulate === 1 ? testNumbers(count, 5) : output(count);
    const where = `${name}, ${layout === TURNED ? "turned" : "plain"}`;
    const forward = launchCase(
      "unary",
      where,
      { operation, count, x_offset: offset, accumulate, shape, x_strides: strides },
      { x, out },
    );
    // The identity only moves gradients; it has none of its own.
    if (name === "identity") return [forward];
    return [
      forward,
      launchCase(
        "unary_backward",
        where,
        {
          operation,
          count,
          x_offset: offset,
          dout_offset: 1,
          accumulate,
          shape,
          x_strides: strides,
          // A gradient that is the same along the last axis, as the gradient of a sum is.
          dout_strides: [shape[1] * shape[2], shape[2], 1, 0],
        },
        { x, y, dout: testNumbers(count + 1, 9), dx: out },
      ),
    ];
  }),
);

/** [5, 1] and [4] against each other as [3, 5, 4], the first behind two other elements. */
const BROADCAST = {
  count: 60,
  a_offset: 2,
  b_offset: 0,
  shape: [1, 3, 5, 4],
  a_strides: [0, 0, 1, 0],
  b_strides: [0, 0, 0, 1],
};
const SAME = {
  count: 333,
  a_offset: 0,
  b_offset: 0,
  shape: [1, 1, 1, 333],
  a_strides: [0, 0, 0, 1],
  b_strides: [0, 0, 0, 1],
};

const integers = (length: number, seed: number): Int32Array =>
  Int32Array.from(testNumbers(length, seed), (v) => Math.round(v * 3));

const pairs = [
  { name: "broadcast", params: BROADCAST, sizes: [7, 4] },
  { name: "same shape", params: SAME, sizes: [333, 333] },
];

const binaryCases = pairs.flatMap(({ name, params, sizes }, accumulate) => [
  ...Object.entries(BINARY).map(([op, operation]) => {
    const base = testNumbers(sizes[0], operation);
    return launchCase(
      "binary",
      `${op}, ${name}${accumulate ? ", added" : ""}`,
      { ...params, operation, accumulate },
      {
        a: op === "pow" ? base.map((v) => Math.abs(v) + 0.1) : base,
        b: testNumbers(sizes[1], operation + 20).map((v) => (op === "div" ? v + 2.5 : v)),
        out: accumulate ? testNumbers(params.count, 3) : output(params.count),
      },
    );
  }),
  ...Object.entries(BINARY_INTEGER).map(([op, operation]) =>
    launchCase(
      "binary_integer",
      `${op}, ${name}`,
      { ...params, operation },
      { a: integers(sizes[0], operation), b: integers(sizes[1], operation + 20), out: output(params.count) },
    ),
  ),
  ...Object.entries(COMPARE).flatMap(([op, operation]) =>
    [false, true].map((integer) => {
      const a = integers(sizes[0], operation);
      const b = integers(sizes[1], operation + 20);
      return launchCase(
        "compare",
        `${op}, ${integer ? "i32" : "f32"}, ${name}`,
        { ...params, operation, integer },
        {
          a: integer ? a : Float32Array.from(a, (v) => v / 4),
          b: integer ? b : Float32Array.from(b, (v) => v / 4),
          out: output(params.count),
        },
      );
    }),
  ),
]);

const EXTREMES = Int32Array.of(-(2 ** 31), 2 ** 31 - 1, -1, 0, 1, 7, -7, 46341, -46341);

const edgeCases = [
  ...Object.entries(BINARY_INTEGER).map(([op, operation]) =>
    launchCase(
      "binary_integer",
      `${op} at the ends of i32, by zero and by −1`,
      {
        operation,
        count: 81,
        a_offset: 0,
        b_offset: 0,
        shape: [1, 1, 9, 9],
        a_strides: [0, 0, 1, 0],
        b_strides: [0, 0, 0, 1],
      },
      { a: EXTREMES, b: EXTREMES, out: output(81) },
    ),
  ),
  launchCase(
    "binary",
    "whole powers of negative numbers",
    { ...SAME, count: 6, shape: [1, 1, 1, 6], operation: BINARY.pow, accumulate: 0 },
    { a: [-2, -2, -1.5, -3, 0, 0], b: [2, 3, -1, 0, 0, 2], out: output(6) },
  ),
  ...[true, false].map((integer) => {
    const values = integer
      ? EXTREMES
      : Float32Array.of(-1.7, 1.7, -0.4, 0, 3e9, -3e9, 2147483520, 16777217, 5);
    return launchCase(
      "convert",
      integer ? "i32 to f32" : "f32 to i32: toward zero, clamped",
      { to_integer: !integer, count: 9, x_offset: 0, shape: [1, 1, 3, 3], x_strides: [0, 0, 1, 3] },
      { x: values, out: output(9, !integer) },
    );
  }),
  ...[true, false].map((integer) =>
    launchCase(
      "where_select",
      `${integer ? "i32" : "f32"}, all three broadcast`,
      {
        count: 60,
        condition_offset: 1,
        a_offset: 0,
        b_offset: 2,
        shape: [1, 3, 5, 4],
        condition_strides: [0, 0, 1, 0],
        a_strides: [0, 0, 0, 1],
        b_strides: [0, 1, 0, 0],
      },
      {
        condition: Int32Array.of(1, 0, 1, 5, 0, -1),
        a: integer ? integers(4, 1) : testNumbers(4, 1),
        b: integer ? integers(5, 2) : testNumbers(5, 2),
        out: output(60, integer),
      },
    ),
  ),
  ...[true, false].map((integer) =>
    launchCase(
      "copy_strided",
      `${integer ? "i32" : "f32"}, from a turned view into every other column`,
      {
        count: 210,
        x_offset: 4,
        out_offset: 3,
        shape: TURNED.shape,
        x_strides: TURNED.strides,
        out_strides: [210, 70, 14, 2],
      },
      {
        x: integer ? integers(214, 3) : testNumbers(214, 3),
        out: integer ? new Int32Array(424).fill(9) : new Float32Array(424).fill(9),
      },
    ),
  ),
  launchCase(
    "fill",
    "a stretch in the middle",
    { count: 131, offset: 5, value: 0.1 },
    { out: testNumbers(140) },
  ),
];

export const elementwiseKernelCases: DeviceCase[] = [...unaryCases, ...binaryCases, ...edgeCases];
