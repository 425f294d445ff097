/** The numeric self-checks of `npm run doctor`. */

import { pcg4d, toUniform } from "../src/random.ts";
import {
  abs,
  type Device,
  dropout,
  exp,
  Generator,
  log,
  lstm,
  matmul,
  max,
  maximum,
  minimum,
  mul,
  neg,
  relu,
  sigmoid,
  sqrt,
  sum,
  tanh,
  type Tensor,
  tensor,
} from "../src/index.ts";

export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What came out, in a few words. */
  readonly detail: string;
  /** The kernels that it ran, for whoever has to look for the cause. */
  readonly kernels: readonly string[];
}

/** A check may tell more closely which kernels failed. */
type Outcome = Pick<Check, "ok" | "detail"> & Partial<Check>;

const CHECK_MILLISECONDS = 20_000;

/** Runs every check on `device`; `reference` is a CPU device to compare with. */
export async function runChecks(device: Device, reference: Device): Promise<Check[]> {
  const checks: [name: string, kernels: string[], run: () => Promise<Outcome>][] = [
    ["tanh of large numbers is 1", ["unary"], () => checkTanh(device)],
    ["NaN stays NaN, numbers stay numbers", ["unary", "binary", "reduce"], () => checkNaN(device)],
    ["dropout mask is pcg4d, bit for bit", ["dropout"], () => checkDropout(device)],
    ["matmul 33×17 · 17×31", ["matmul", "matmul_direct"], () => checkMatmul(device, reference)],
    [
      "LSTM forward and backward, by steps",
      ["lstm_cell", "lstm_cell_backward", "matmul"],
      () => checkLstm(device, reference, "cell"),
    ],
    [
      "LSTM forward and backward, in one go",
      ["lstm_sequence", "lstm_sequence_backward", "matmul"],
      () => checkLstm(device, reference, "sequence"),
    ],
  ];
  const done: Check[] = [];
  for (const [name, kernels, run] of checks)
    done.push({ name, kernels, ...(await inTime(run).catch(failure)) });
  return done;
}

function failure(error: unknown): Outcome {
  return { ok: false, detail: error instanceof Error ? error.message : String(error) };
}

/** A broken driver may never answer. */
export async function inTime<T>(run: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`no answer within ${CHECK_MILLISECONDS / 1000} s`)),
      CHECK_MILLISECONDS,
    );
  });
  return await Promise.race([run(), late]).finally(() => clearTimeout(timer));
}

async function checkTanh(device: Device): Promise<Outcome> {
  const out = [...(await tanh(tensor([20, 89, 500, -500], { device })).data())];
  const right = out.every((v, i) => v === (i < 3 ? 1 : -1));
  return { ok: right, detail: `tanh(20, 89, 500, −500) = ${out.join(", ")}` };
}

async function checkNaN(device: Device): Promise<Outcome> {
  const x = tensor([1, Number.NaN, 2], { device });
  const one = tensor([1, 1, 1], { device });
  const ops: [kernel: string, name: string, out: Tensor][] = [
    ["unary", "neg", neg(x)],
    ["unary", "relu", relu(x)],
    ["unary", "tanh", tanh(x)],
    ["unary", "sigmoid", sigmoid(x)],
    ["unary", "exp", exp(x)],
    ["unary", "log", log(x)],
    ["unary", "sqrt", sqrt(x)],
    ["unary", "abs", abs(x)],
    ["binary", "mul", mul(x, one)],
    ["binary", "maximum", maximum(x, one)],
    ["binary", "minimum", minimum(x, one)],
    ["reduce", "sum", sum(x)],
    ["reduce", "max", max(x)],
  ];
  const lost = [];
  for (const [kernel, name, out] of ops) {
    const nans = Array.from(await out.data(), isNaNByBits);
    // One NaN must show in the result of a row; element by element it must stay alone.
    if (String(nans) !== (out.size === 1 ? "true" : "false,true,false")) lost.push({ kernel, name });
  }
  if (lost.length === 0) return { ok: true, detail: `${ops.length} ops, by bit pattern` };
  const names = lost.map(({ name }) => name).join(", ");
  return {
    ok: false,
    detail: `${lost.length} of ${ops.length} ops fail: ${names}`,
    kernels: [...new Set(lost.map(({ kernel }) => kernel))],
  };
}

const word = new DataView(new ArrayBuffer(4));

export function isNaNByBits(value: number): boolean {
  word.setFloat32(0, value);
  return (word.getUint32(0) & 0x7fffffff) > 0x7f800000;
}

async function checkDropout(device: Device): Promise<Outcome> {
  const [seed, step, rate, count] = [20_240, 3, 0.3, 10_007];
  const before = device.randomState;
  device.randomState = { seed, step };
  const out = await dropout(tensor(new Float32Array(count).fill(1), { device }), rate).data();
  device.randomState = before;
  const bits = new Uint32Array(4);
  let wrong = 0;
  let kept = 0;
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) pcg4d(seed, step, 0, i / 4, bits);
    const keep = toUniform(bits[i % 4]) >= Math.round(rate * 2 ** 24) * 2 ** -24;
    if (keep) kept++;
    if (keep !== (out[i] !== 0)) wrong++;
  }
  const share = `${((100 * kept) / count).toFixed(1)} % kept at rate ${rate}`;
  return { ok: wrong === 0, detail: `${wrong} of ${count} elements differ, ${share}` };
}

/** The same numbers in [−1, 1) on every device. */
export function numbers(stream: number, length: number): Float32Array {
  const random = new Generator(1, stream);
  return Float32Array.from({ length }, () => 2 * random.uniform() - 1);
}

async function checkMatmul(device: Device, reference: Device): Promise<Outcome> {
  const product = (on: Device) =>
    matmul(
      tensor(numbers(1, 33 * 17), { device: on, shape: [33, 17] }),
      tensor(numbers(2, 17 * 31), { device: on, shape: [17, 31] }),
    ).data();
  return close(farthest([await product(device)], [await product(reference)]), 1e-5);
}

/** Three steps of a batch of two, with all gradients. */
async function checkLstm(device: Device, reference: Device, launch: "cell" | "sequence"): Promise<Outcome> {
  const [batch, time, input, hidden] = [2, 3, 5, 7];
  const run = async (on: Device) => {
    const leaf = (stream: number, ...shape: number[]) =>
      tensor(
        numbers(
          stream,
          shape.reduce((a, b) => a * b),
        ),
        { device: on, shape, requiresGrad: true },
      );
    const x = leaf(1, batch, time, input);
    const weights = {
      weightIh: leaf(2, 4 * hidden, input),
      weightHh: leaf(3, 4 * hidden, hidden),
      biasIh: leaf(4, 4 * hidden),
    };
    const { output } = lstm(x, weights, { launch });
    const towards = tensor(numbers(5, batch * time * hidden), { device: on, shape: output.shape });
    sum(mul(output, towards)).backward();
    const all = [output, ...[x, ...Object.values(weights)].map((leaf) => leaf.grad!)];
    return await Promise.all(all.map((part) => part.data()));
  };
  // WGSL allows tanh an error of 1e-5, which the gradients of three steps add up.
  return close(farthest(await run(device), await run(reference)), 1e-4);
}

/** The largest distance between two lists of arrays; NaN wherever one is. */
function farthest(ours: ArrayLike<number>[], theirs: ArrayLike<number>[]): number {
  return Math.max(...ours.flatMap((part, k) => Array.from(part, (v, i) => Math.abs(v - theirs[k][i]))));
}

function close(distance: number, allowed: number): Outcome {
  return {
    ok: distance <= allowed,
    detail: `largest difference ${distance.toExponential(1)} (allowed ${allowed.toExponential(0)})`,
  };
}
