import { type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";

/** [rows, classes]: one of each, and sizes around and far beyond the 64 threads of a row. */
const SIZES = [
  [1, 1],
  [7, 1],
  [1, 65],
  [3, 64],
  [5, 80],
  [2, 3000],
] as const;

function classIds(rows: number, classes: number): Int32Array {
  return Int32Array.from({ length: rows }, (_, r) => (r % 3 === 2 ? -100 : (r * 17 + classes) % classes));
}

function positive(length: number, seed: number): Float32Array {
  return testNumbers(length, seed).map((v) => Math.abs(v) / 2 + 0.01);
}

const crossEntropy = SIZES.flatMap(([rows, classes], i) => {
  const logits = testNumbers(rows * classes, i).map((v) => 4 * v);
  const targets = classIds(rows, classes);
  const shared = {
    classes,
    logits_offset: 0,
    targets_offset: 0,
    ignore_index: -100,
    smoothing: i % 2 ? 0.1 : 0,
  };
  return [
    ...(["cross_entropy", "cross_entropy_direct"] as const).map((kernel) =>
      launchCase(
        kernel,
        `[${rows}, ${classes}]`,
        { rows, ...shared },
        { logits, targets, loss: output(rows), lse: output(rows), correct: output(rows) },
      ),
    ),
    launchCase(
      "cross_entropy_backward",
      `[${rows}, ${classes}]${i % 2 ? ", a gradient per row, added" : ", divided"}`,
      {
        count: rows * classes,
        ...shared,
        dout_offset: 0,
        dout_stride: i % 2 ? 1 : 0,
        divided: i % 2 ? 0 : 1,
        accumulate: i % 2,
      },
      {
        logits,
        targets,
        lse: Float32Array.from({ length: rows }, () => 8 + Math.log(classes)),
        dout: testNumbers(rows, i + 9),
        ...(i % 2 ? {} : { result: [1, 0, 3] }),
        dlogits: i % 2 ? testNumbers(rows * classes, i + 30) : output(rows * classes),
      },
    ),
  ];
});

const totals = [1, 255, 1000].map((rows) =>
  launchCase(
    "cross_entropy_total",
    `${rows} rows`,
    { rows, targets_offset: 0, ignore_index: -100, mean: rows === 255 ? 0 : 1 },
    {
      loss: positive(rows, 4),
      correct: Float32Array.from({ length: rows }, (_, r) => r % 2),
      targets: classIds(rows, 80),
      result: output(3),
    },
  ),
);

const binary = [true, false].flatMap((from_logits) =>
  [0, 1, 2].flatMap((targets_kind) => {
    const [rows, columns] = [9, 13];
    const count = rows * columns;
    const x = from_logits
      ? testNumbers(count, 3).map((v) => 9 * v)
      : positive(count, 3).map((v) => Math.min(v, 1));
    const shared = {
      count,
      columns,
      x_offset: 0,
      targets_offset: 0,
      clip: targets_kind === 1 ? 1e-7 : 0,
      from_logits,
      targets_kind,
    };
    const targets = [
      positive(count, 5),
      Int32Array.from({ length: count }, (_, i) => i % 2),
      Int32Array.from({ length: rows }, (_, r) => r % columns),
    ][targets_kind];
    const name = `${from_logits ? "logits" : "probabilities"}, targets of kind ${targets_kind}`;
    return [
      launchCase("binary_cross_entropy", name, shared, { x, targets, out: output(count) }),
      launchCase(
        "binary_cross_entropy_backward",
        name,
        {
          ...shared,
          dout_offset: 0,
          dout_stride: targets_kind === 1 ? 1 : 0,
          scale: 0.25,
          accumulate: targets_kind === 2 ? 1 : 0,
        },
        {
          x,
          targets,
          dout: testNumbers(count, 6),
          dx: targets_kind === 2 ? testNumbers(count, 8) : output(count),
        },
      ),
    ];
  }),
);

const categorical = SIZES.flatMap(([rows, classes], i) => {
  const integer_targets = i % 2 === 0;
  const p = positive(rows * classes, i);
  const targets = integer_targets ? classIds(rows, classes) : positive(rows * classes, i + 50);
  const shared = { classes, p_offset: 0, targets_offset: 0, clip: 1e-7, integer_targets };
  const name = `[${rows}, ${classes}]${integer_targets ? " by id" : ""}`;
  return [
    launchCase(
      "categorical_cross_entropy",
      name,
      { rows, ...shared },
      { p, targets, loss: output(rows), sums: output(rows), inside: output(rows) },
    ),
    launchCase(
      "categorical_cross_entropy_backward",
      name,
      {
        count: rows * classes,
        ...shared,
        dout_offset: 0,
        dout_stride: integer_targets ? 1 : 0,
        scale: 0.5,
        accumulate: i % 2,
      },
      {
        p,
        targets,
        sums: Float32Array.from({ length: rows }, () => classes / 2),
        inside: positive(rows, 11),
        dout: testNumbers(rows, i + 9),
        dp: i % 2 ? testNumbers(rows * classes, i + 30) : output(rows * classes),
      },
    ),
  ];
});

export const lossKernelCases: DeviceCase[] = [...crossEntropy, ...totals, ...binary, ...categorical];
