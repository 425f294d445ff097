/** How fast are products of matrices, in the shapes that training meets? */
import {
  type Device,
  Generator,
  matmul,
  noGrad,
  openDevice,
  type Tensor,
  tensor,
  transpose,
} from "../src/index.ts";
import { type Answer, columns, type Figures, type Setting, show, spread, timed } from "./question.ts";

interface Product {
  name: string;
  rows: number;
  columns: number;
  inner: number;
  /** Stored the other way round and read by its strides, as training does. */
  turned?: "a" | "b";
}

const FULL: readonly Product[] = [
  { name: "A·B   one time step", rows: 64, columns: 1024, inner: 256 },
  { name: "A·B   square", rows: 512, columns: 512, inner: 512 },
  { name: "A·Bᵀ  inputs to gates", rows: 3840, columns: 1024, inner: 128, turned: "b" },
  { name: "Aᵀ·B  gradient of weights", rows: 1024, columns: 256, inner: 3840, turned: "a" },
];
const QUICK: readonly Product[] = FULL.map((p) => ({
  ...p,
  rows: Math.min(p.rows, 64),
  columns: Math.min(p.columns, 64),
  inner: Math.min(p.inner, 96),
}));

/** Each shape is timed for about this long, in batches of at least a tenth of it. */
const MILLISECONDS = { full: 1500, quick: 60 };

function numbers(count: number, seed: number): Float32Array {
  const random = new Generator(seed);
  return Float32Array.from({ length: count }, () => random.uniform() - 0.5);
}

function operand(device: Device, data: Float32Array, shape: [number, number], turned: boolean): Tensor {
  return turned
    ? transpose(tensor(data, { device, shape: [shape[1], shape[0]] }), 0, 1)
    : tensor(data, { device, shape });
}

function operands(device: Device, p: Product): [Tensor, Tensor] {
  const a = operand(device, numbers(p.rows * p.inner, 1), [p.rows, p.inner], p.turned === "a");
  const b = operand(device, numbers(p.inner * p.columns, 2), [p.inner, p.columns], p.turned === "b");
  return [a, b];
}

/** The largest difference from the CPU's product; throws when it is more than rounding explains. */
async function check(device: Device, cpu: Device, p: Product): Promise<number> {
  const [got, expected] = await Promise.all(
    [device, cpu].map((where) => noGrad(() => matmul(...operands(where, p))).data()),
  );
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(got[i] - expected[i]));
  // Sums of `inner` terms of at most 1/4 in two orders: each addition rounds by at most 2⁻²⁴ of a partial sum.
  const allowed = p.inner * 2 ** -24 * Math.sqrt(p.inner);
  if (!(largest <= allowed))
    throw new Error(`matmul ${p.rows}×${p.columns}×${p.inner}: differs from the CPU by ${largest}`);
  return largest;
}

/** Milliseconds of one product: medians over batches of launches that are waited for together. */
async function measure(device: Device, p: Product, budget: number): Promise<number> {
  const [a, b] = operands(device, p);
  const batch = (launches: number): Promise<number> =>
    timed(async () => {
      noGrad(() => {
        for (let i = 0; i < launches; i++) matmul(a, b).dispose();
      });
      await device.finish();
    });
  await batch(1);
  // Long enough that neither a clock nor a runtime that asks the device every few milliseconds matters.
  let launches = 1;
  while (launches < 4096 && (await batch(launches)) < Math.max(30, budget / 10)) launches *= 2;
  const times: number[] = [];
  const start = performance.now();
  while (times.length < 3 || performance.now() - start < budget) times.push(await batch(launches));
  return spread(times).median / launches;
}

export async function matrixProducts(device: Device, setting: Setting): Promise<Answer> {
  const cpu = await openDevice("cpu");
  const products: Figures[] = [];
  const rows: string[][] = [];
  try {
    for (const p of setting.quick ? QUICK : FULL) {
      const difference = await check(device, cpu, p);
      const milliseconds = await measure(device, p, setting.quick ? MILLISECONDS.quick : MILLISECONDS.full);
      const gflopPerSecond = (2 * p.rows * p.columns * p.inner) / 1e6 / milliseconds;
      const shape = `${p.rows}×${p.columns}×${p.inner}`;
      rows.push([p.name, shape, show(milliseconds), show(gflopPerSecond), difference.toExponential(0)]);
      products.push({ name: p.name.replace(/\s+/g, " "), shape, milliseconds, gflopPerSecond, difference });
    }
  } finally {
    cpu.dispose();
  }
  return {
    text: columns(["product", "rows×columns×inner", "ms", "GFLOP/s", "off the CPU by"], rows),
    figures: { products },
  };
}
