/** How fast are products of matrices, in the shapes that training meets? */
import { type Device, matmul, noGrad, openDevice, type Tensor, tensor, transpose } from "../src/index.ts";
import { numbers, torchContender } from "./contenders.ts";
import { type Contender, type Entry, pair } from "./paired.ts";
import type { JaxArray, JaxPeer } from "./peers/jax.ts";
import type { TfjsPeer, TfTensor } from "./peers/tfjs.ts";
import { encoded } from "./peers/encoded.ts";
import type { Answer, Figures, Setting } from "./question.ts";

interface Product {
  name: string;
  rows: number;
  columns: number;
  inner: number;
  /** Stored the other way round and read so, as training does. */
  turned?: "a" | "b";
}

const FULL: readonly Product[] = [
  { name: "A·B, one time step", rows: 64, columns: 1024, inner: 256 },
  { name: "A·B, square", rows: 512, columns: 512, inner: 512 },
  { name: "A·B, large square", rows: 1024, columns: 1024, inner: 1024 },
  { name: "A·Bᵀ, inputs to gates", rows: 3840, columns: 1024, inner: 128, turned: "b" },
  { name: "Aᵀ·B, gradient of weights", rows: 1024, columns: 256, inner: 3840, turned: "a" },
];
const QUICK: readonly Product[] = FULL.map((p) => ({
  ...p,
  rows: Math.min(p.rows, 64),
  columns: Math.min(p.columns, 64),
  inner: Math.min(p.inner, 96),
}));

/** Two orders of summation differ by some roundings of 2⁻²⁴ of the partial sums, which grow as √inner. */
const TOLERANCE = 2e-5;

const aShape = (p: Product): [number, number] => (p.turned === "a" ? [p.inner, p.rows] : [p.rows, p.inner]);
const bShape = (p: Product): [number, number] =>
  p.turned === "b" ? [p.columns, p.inner] : [p.inner, p.columns];
const aData = (p: Product): Float32Array => numbers(p.rows * p.inner, 1);
const bData = (p: Product): Float32Array => numbers(p.inner * p.columns, 2);

function operands(device: Device, p: Product): [Tensor, Tensor] {
  const a = tensor(aData(p), { device, shape: aShape(p) });
  const b = tensor(bData(p), { device, shape: bShape(p) });
  return [p.turned === "a" ? transpose(a, 0, 1) : a, p.turned === "b" ? transpose(b, 0, 1) : b];
}

function ours(device: Device, p: Product): Contender {
  const [a, b] = operands(device, p);
  return {
    name: "wgrad",
    async run(times) {
      noGrad(() => {
        for (let i = 0; i < times; i++) matmul(a, b).dispose();
      });
      await device.finish();
    },
    answer: () => noGrad(() => matmul(a, b)).data(),
    dispose() {
      for (const operand of [a, b]) operand.dispose();
    },
  };
}

function tfjs({ tf, label, enter, finish }: TfjsPeer, p: Product): Contender {
  let operands: [TfTensor, TfTensor] | undefined;
  const product = (): TfTensor => {
    operands ??= [tf.tensor2d(aData(p), aShape(p)), tf.tensor2d(bData(p), bShape(p))];
    return tf.matMul(operands[0], operands[1], p.turned === "a", p.turned === "b");
  };
  return {
    name: label,
    enter,
    async run(times) {
      for (let i = 0; i < times; i++) product().dispose();
      await finish();
    },
    async answer() {
      const result = product();
      const data = await result.data();
      result.dispose();
      return data;
    },
    dispose: () => operands?.forEach((operand) => void operand.dispose()),
  };
}

function jaxJs({ jax, label, enter, finish }: JaxPeer, p: Product): Contender {
  const { numpy: np } = jax;
  let operands: [JaxArray, JaxArray] | undefined;
  const product = (): JaxArray => {
    operands ??= [np.array(aData(p)).reshape(aShape(p)), np.array(bData(p)).reshape(bShape(p))];
    const [a, b] = operands.map((operand) => operand.ref);
    return np.matmul(p.turned === "a" ? np.transpose(a) : a, p.turned === "b" ? np.transpose(b) : b);
  };
  return {
    name: label,
    enter,
    async run(times) {
      const results = Array.from({ length: times }, product);
      await finish(results);
      for (const result of results) result.dispose();
    },
    answer: () => product().data(),
    dispose: () => operands?.forEach((operand) => void operand.dispose()),
  };
}

function entries(device: Device, p: Product, { peers }: Setting): Entry[] {
  const { torch } = peers;
  return [
    { name: "wgrad", make: async () => ours(device, p) },
    ...peers.tfjs.map((peer) => ({ name: peer.label, make: async () => tfjs(peer, p) })),
    ...peers.jax.map((peer) => ({ name: peer.label, make: async () => jaxJs(peer, p) })),
    ...(torch
      ? [
          {
            name: torch.label,
            make: () =>
              torchContender(torch, "matmul", {
                a: encoded(aData(p)),
                b: encoded(bData(p)),
                aShape: aShape(p),
                bShape: bShape(p),
                turned: p.turned ?? "",
              }),
          },
        ]
      : []),
  ];
}

/** The largest difference from the CPU twin's product; throws when it is more than rounding explains. */
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

export async function matrixProducts(device: Device, setting: Setting): Promise<Answer> {
  const cpu = await openDevice("cpu");
  const products: Figures[] = [];
  const texts: string[] = [];
  const wrong: string[] = [];
  try {
    for (const p of setting.quick ? QUICK : FULL) {
      const shape = `${p.rows}×${p.columns}×${p.inner}`;
      const offCpu = await check(device, cpu, p);
      const outcome = await pair(
        {
          entries: entries(device, p, setting),
          tolerance: TOLERANCE,
          warmUp: 2,
          roundMilliseconds: setting.quick ? 5 : 200,
          budgetMilliseconds: setting.quick ? 60 : 4000,
          flop: 2 * p.rows * p.columns * p.inner,
        },
        setting,
      );
      texts.push(
        `${p.name}, ${shape} (rows×columns×inner), off the CPU twin by ${offCpu.toExponential(0)}\n\n${outcome.text}`,
      );
      products.push({ name: p.name, shape, offCpu, ...outcome.figures });
      wrong.push(...outcome.wrong.map((name) => `${name} at ${shape}`));
    }
  } finally {
    cpu.dispose();
  }
  return { text: texts.join("\n\n"), figures: { products }, wrong };
}
