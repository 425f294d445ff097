/** Recurrent networks once more, as plain ops on one step after the other: slow, and independent of the fused kernels. */
import {
  add,
  type Device,
  manualSeed,
  matmul,
  mul,
  openDevice,
  type RecurrentOptions,
  type RecurrentWeights,
  select,
  sigmoid,
  slice,
  stack,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  transpose,
  where,
  zeros,
} from "../../src/index.ts";
import { type RecurrentMasks, recurrentMasks } from "../../src/ops/input_projection.ts";
import { assertClose, testNumbers } from "../cases/case.ts";

type Cell = (product: Products, h: Tensor) => Tensor;

/** The products of one step, with dropout: Wx·x + b of a gate, and Wh·v + b of a gate for any v. */
interface Products {
  input(gate: number): Tensor;
  recurrent(gate: number, v: Tensor, dropped?: boolean): Tensor;
  kept(gate: number, v: Tensor): Tensor;
}

/** h = f(Wx·x + Wh·h + b). */
export const rnnCell =
  (f: typeof tanh): Cell =>
  (p, h) =>
    f(add(p.input(0), p.recurrent(0, h)));

/** h = (1 − z) ∘ n + z ∘ h, with r after the product or before it. */
export const gruCell =
  (resetAfter: boolean): Cell =>
  (p, h) => {
    const r = sigmoid(add(p.input(0), p.recurrent(0, h)));
    const z = sigmoid(add(p.input(1), p.recurrent(1, h)));
    const product = resetAfter ? mul(r, p.recurrent(2, h)) : p.recurrent(2, mul(r, p.kept(2, h)), false);
    const n = tanh(add(p.input(2), product));
    return add(mul(sub(1, z), n), mul(z, h));
  };

function reference(
  cell: Cell,
  x: Tensor,
  w: RecurrentWeights,
  { initial, mask, reverse }: RecurrentOptions,
  masks: RecurrentMasks,
): { output: Tensor; hn: Tensor } {
  const [batch, steps] = x.shape;
  const hidden = w.weightHh.shape[1];
  const block = (t: Tensor, gate: number): Tensor => slice(t, 0, gate * hidden, (gate + 1) * hidden);
  const maskOf = (m: Tensor | undefined, gate: number, v: Tensor): Tensor =>
    m ? mul(v, select(m, 0, m.shape[0] === 1 ? 0 : gate)) : v;
  let h = initial ?? zeros([batch, hidden], { device: x.device });
  const outputs: Tensor[] = [];
  for (let n = 0; n < steps; n++) {
    const t = reverse ? steps - 1 - n : n;
    const kept = (gate: number, v: Tensor): Tensor => maskOf(masks.state, gate, v);
    const next = cell(
      {
        input: (gate) =>
          add(
            matmul(maskOf(masks.input, gate, select(x, 1, t)), transpose(block(w.weightIh, gate), 0, 1)),
            w.biasIh ? block(w.biasIh, gate) : 0,
          ),
        recurrent: (gate, v, dropped = true) =>
          add(
            matmul(dropped ? kept(gate, v) : v, transpose(block(w.weightHh, gate), 0, 1)),
            w.biasHh ? block(w.biasHh, gate) : 0,
          ),
        kept,
      },
      h,
    );
    h = mask ? where(slice(mask, 1, t, t + 1), next, h) : next;
    outputs[t] = h;
  }
  return { output: stack(outputs, 1), hn: h };
}

/** Compares an op with its reference in double precision: results, and the gradients of everything. */
export async function compareWithReference(
  gates: number,
  cell: Cell,
  op: (x: Tensor, w: RecurrentWeights, options: RecurrentOptions) => { output: Tensor; hn: Tensor },
  options: Pick<RecurrentOptions, "reverse" | "dropout" | "recurrentDropout" | "launch">,
): Promise<void> {
  const device = await openDevice("cpu", { precision: 64 });
  const [batch, steps, input, hidden] = [3, 4, 5, 6];
  const run = async (fused: boolean): Promise<[string, ArrayLike<number>][]> => {
    const leaf = makeLeaf(device);
    const x = leaf([batch, steps, input], 1);
    const initial = leaf([batch, hidden], 2);
    const weights = {
      weightIh: leaf([gates * hidden, input], 3),
      weightHh: leaf([gates * hidden, hidden], 4),
      biasIh: leaf([gates * hidden], 5),
      biasHh: leaf([gates * hidden], 6),
    };
    const mask = tensor(
      Int32Array.from({ length: batch * steps }, (_, i) => (i % 5 === 3 ? 0 : 1)),
      { device, shape: [batch, steps] },
    );
    manualSeed(8); // the same masks for both
    const all = { ...options, initial, mask };
    const { output, hn } = fused
      ? op(x, weights, all)
      : reference(cell, x, weights, all, recurrentMasks(device, gates, { batch, input, hidden }, options));
    const weigh = (y: Tensor): Tensor =>
      sum(mul(y, tensor(testNumbers(y.size, 7), { device, shape: y.shape })));
    add(weigh(output), weigh(hn)).backward();
    const grads = Object.entries({ x, initial, ...weights }).map(
      ([name, t]) => [`gradient of ${name}`, t.grad!] as const,
    );
    const results = [["output", output], ["hn", hn], ...grads] as const;
    return Promise.all(
      results.map(async ([name, t]) => [name, await t.data()] as [string, ArrayLike<number>]),
    );
  };
  const fused = await run(true);
  const plain = await run(false);
  // The same sums in double precision, in another order.
  for (const [i, [name, values]] of fused.entries()) await assertClose(values, plain[i][1], 1e-12, name);
  device.dispose();
}

function makeLeaf(device: Device): (shape: number[], seed: number) => Tensor {
  return (shape, seed) =>
    tensor(
      Float64Array.from(
        testNumbers(
          shape.reduce((a, b) => a * b, 1),
          seed,
        ),
      ),
      { device, shape, requiresGrad: true },
    );
}
