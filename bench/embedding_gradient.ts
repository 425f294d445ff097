/** How long does the gradient of an embedding take, when few words make up most of a text? */
import { type Device, embedding, Generator, tensor } from "../src/index.ts";
import { askOne, jaxContender, numbers, ourContender, tfjsContender, torchContender } from "./contenders.ts";
import type { Entry } from "./paired.ts";
import { encoded } from "./peers/encoded.ts";
import type { Answer, Setting } from "./question.ts";

/** The ids of 128 reviews of 200 words. */
const FULL = { count: 25_600, rows: 5000, width: 128 };
const QUICK = { count: 40, rows: 12, width: 4 };

/** The most frequent row sums thousands of upstream rows, in the order that the engine likes. */
const TOLERANCE = 2e-5;

/** Ids whose frequency falls as 1 / rank (Zipf 1935), as words do. */
export function zipfIds(count: number, rows: number, seed: number): Int32Array {
  const cumulative = new Float64Array(rows);
  let total = 0;
  for (let i = 0; i < rows; i++) cumulative[i] = total += 1 / (i + 1);
  const random = new Generator(seed);
  return Int32Array.from({ length: count }, () => {
    const at = random.uniform() * total;
    const found = cumulative.findIndex((sum) => at < sum);
    return found === -1 ? rows - 1 : found;
  });
}

export function embeddingGradient(device: Device, setting: Setting): Promise<Answer> {
  const { count, rows, width } = setting.quick ? QUICK : FULL;
  const table = numbers(rows * width, 1);
  const upstream = numbers(count * width, 2);
  const ids = zipfIds(count, rows, 3);
  const tableShape: [number, number] = [rows, width];
  const { tfjs, jax, torch } = setting.peers;

  const entries: Entry[] = [
    {
      name: "wgrad",
      async make() {
        const weights = tensor(table, { device, shape: tableShape, requiresGrad: true });
        const looked = tensor(ids, { device });
        const dout = tensor(upstream, { device, shape: [count, width] });
        return ourContender(
          device,
          () => {
            weights.zeroGrad();
            embedding(looked, weights).backward(dout);
          },
          () => weights.grad!.data(),
        );
      },
    },
  ];
  for (const peer of tfjs)
    entries.push({
      name: peer.label,
      async make() {
        await peer.enter();
        const { tf } = peer;
        const weights = tf.tensor2d(table, tableShape);
        const looked = tf.tensor1d(ids, "int32");
        const dout = tf.tensor2d(upstream, [count, width]);
        const gradient = tf.grad((w) => tf.gather(w, looked));
        return tfjsContender(peer, () => [gradient(weights, dout)]);
      },
    });
  for (const peer of jax)
    entries.push({
      name: peer.label,
      async make() {
        await peer.enter();
        const { numpy: np } = peer.jax;
        const weights = np.array(table, { shape: tableShape });
        const looked = np.array(ids);
        const dout = np.array(upstream, { shape: [count, width] });
        const weighted = (w: typeof weights, i: typeof weights, d: typeof weights) =>
          np.sum(np.take(w, i, 0).mul(d));
        const gradient = peer.jax.jit(peer.jax.grad(weighted));
        return jaxContender(peer, () => [gradient(weights.ref, looked.ref, dout.ref)]);
      },
    });
  if (torch)
    entries.push({
      name: torch.label,
      make: () =>
        torchContender(torch, "embedding", {
          table: encoded(table),
          tableShape,
          ids: encoded(ids),
          upstream: encoded(upstream),
          count,
        }),
    });
  return askOne(
    `lookup and gradient of ${count} ids, distributed as words are, in a table ${rows}×${width}`,
    { entries, tolerance: TOLERANCE },
    setting,
  );
}
