/** Kernels that walk along an axis, against their twins. */
import { REDUCE } from "../../src/backend/operations.ts";
import { type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";

const LENGTHS = [1, 7, 300, 5000];
const INNERS = [1, 3, 70];

const reduceCases = LENGTHS.flatMap((length, l) =>
  INNERS.flatMap((inner, k) => {
    const outer = length === 5000 ? 1 : 3;
    // Every second combination is read transposed: the reduced axis is then the one with neighbours in memory.
    const turned = (l + k) % 2 === 1;
    const layout = {
      outer,
      length,
      inner,
      lanes: inner === 1 ? 1 : 32,
      x_offset: 2,
      x_outer: length * inner,
      x_length: turned ? 1 : inner,
      x_inner: turned ? length : 1,
    };
    const x = testNumbers(2 + outer * length * inner, l + 10 * k);
    const name = `[${outer}, ${length}, ${inner}]${turned ? ", turned" : ""}`;
    const rest = { scale: 1, power: 1, accumulate: 0, out_offset: 2 * k };
    return [
      launchCase(
        "reduce",
        `sum of ${name}, halved and added`,
        { operation: REDUCE.sum, ...layout, ...rest, scale: 0.5, accumulate: 1 },
        { x, out: testNumbers(outer * inner + 4 * k, 4) },
      ),
      launchCase(
        "reduce",
        `sum of squares of ${name}`,
        { operation: REDUCE.sum, ...layout, ...rest, power: 2 },
        { x, out: output(outer * inner + 4 * k) },
      ),
      ...(["max", "min"] as const).map((op) =>
        launchCase(
          "reduce",
          `${op} of ${name}`,
          { operation: REDUCE[op], ...layout, ...rest },
          { x, out: output(outer * inner + 4 * k) },
        ),
      ),
      ...[false, true].map((smallest) =>
        launchCase(
          "argmax",
          `${smallest ? "smallest" : "largest"} of ${name}, with ties`,
          { smallest, ...layout },
          { x: x.map((v) => Math.round(v * 20)), out: output(outer * inner) },
        ),
      ),
    ];
  }),
);

const specialCases = [
  launchCase(
    "argmax",
    "NaN never wins, −∞ can",
    {
      smallest: false,
      outer: 4,
      length: 3,
      inner: 1,
      lanes: 1,
      x_offset: 0,
      x_outer: 3,
      x_length: 1,
      x_inner: 0,
    },
    {
      x: [
        Number.NaN,
        1,
        2,
        Number.NaN,
        Number.NaN,
        Number.NaN,
        Number.NaN,
        -Infinity,
        Number.NaN,
        5,
        Number.NaN,
        5,
      ],
      out: output(4),
    },
  ),
  launchCase(
    "reduce",
    "nothing adds up to 0",
    {
      operation: REDUCE.sum,
      outer: 2,
      length: 0,
      inner: 3,
      lanes: 32,
      x_offset: 0,
      x_outer: 0,
      x_length: 3,
      x_inner: 1,
      scale: 1,
      power: 1,
      accumulate: 0,
      out_offset: 0,
    },
    { x: [1], out: output(6) },
  ),
];

const SHAPES = [
  [1, 1],
  [3, 5],
  [67, 32],
  [5, 33],
  [3, 64],
  [2, 1000],
];

/** Scores of which some are masked, one row wholly. */
function scores(rows: number, columns: number): Float32Array {
  const x = testNumbers(2 + rows * columns, columns).map((v) => v * 4);
  for (let i = 2; i < x.length; i += 7) x[i] = -3e38;
  if (rows > 2) x.fill(-3e38, 2 + 2 * columns, 2 + 3 * columns);
  return x;
}

const softmaxCases = SHAPES.flatMap(([rows, columns]) => {
  const count = rows * columns;
  const lanes = columns <= 32 ? 1 : 64;
  const name = `[${rows}, ${columns}]`;
  const weights = testNumbers(count, 3).map((v) => Math.abs(v) / columns);
  const logs = weights.map((v, i) => (i % 7 === 2 ? -3e38 : Math.log(v + 1e-3)));
  const params = { rows, columns, lanes };
  return [
    launchCase("softmax", name, { ...params, x_offset: 2 }, { x: scores(rows, columns), out: output(count) }),
    launchCase(
      "log_softmax",
      name,
      { ...params, x_offset: 2 },
      { x: scores(rows, columns), out: output(count) },
    ),
    ...[0, 1].flatMap((accumulate) => {
      const dout = testNumbers(count + 1, 8);
      const dx = accumulate ? testNumbers(count, 2) : output(count);
      const rest = { ...params, dout_offset: 1, accumulate };
      const added = accumulate ? `${name}, added` : name;
      return [
        launchCase("softmax_backward", added, rest, { y: weights, dout, dx }),
        launchCase("log_softmax_backward", added, rest, { y: logs, dout, dx }),
      ];
    }),
  ];
});

export const rowKernelCases: DeviceCase[] = [...reduceCases, ...specialCases, ...softmaxCases];
