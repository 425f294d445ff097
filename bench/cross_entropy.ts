/** How long do softmax and cross-entropy over many classes take, with the gradient of the logits? */
import { crossEntropy, type Device, tensor } from "../src/index.ts";
import {
  askOne,
  integers,
  jaxContender,
  joined,
  numbers,
  ourContender,
  tfjsContender,
  torchContender,
} from "./contenders.ts";
import type { Entry } from "./paired.ts";
import { encoded } from "./peers/encoded.ts";
import type { Answer, Setting } from "./question.ts";

const FULL = { rows: 64, classes: 10_000 };
const QUICK = { rows: 4, classes: 50 };

/** exp and log of three libraries, and sums of all classes. */
const TOLERANCE = 1e-5;

export function crossEntropyTime(device: Device, setting: Setting): Promise<Answer> {
  const { rows, classes } = setting.quick ? QUICK : FULL;
  const logits = numbers(rows * classes, 1, 4);
  const targets = integers(rows, 2, classes);
  const shape: [number, number] = [rows, classes];
  const { tfjs, jax, torch } = setting.peers;

  const ours = (): Entry => ({
    name: "wgrad",
    async make() {
      const x = tensor(logits, { device, shape, requiresGrad: true });
      const ids = tensor(targets, { device });
      let loss = crossEntropy(x, ids);
      return ourContender(
        device,
        () => {
          x.zeroGrad();
          loss.dispose();
          loss = crossEntropy(x, ids);
          loss.backward();
        },
        async () => joined([await loss.data(), await x.grad!.data()]),
      );
    },
  });
  const entries: Entry[] = [ours()];
  for (const peer of tfjs)
    entries.push({
      name: peer.label,
      async make() {
        await peer.enter();
        const { tf } = peer;
        const x = tf.tensor2d(logits, shape);
        const ids = tf.tensor1d(targets, "int32");
        const both = tf.valueAndGrad((y) => tf.losses.softmaxCrossEntropy(tf.oneHot(ids, classes), y));
        return tfjsContender(peer, () => {
          const { value, grad } = both(x);
          return [value, grad];
        });
      },
    });
  for (const peer of jax)
    entries.push({
      name: peer.label,
      async make() {
        await peer.enter();
        const { numpy: np, nn } = peer.jax;
        const x = np.array(logits, { shape });
        const ids = np.array(targets);
        const loss = (y: typeof x, t: typeof x) =>
          np.sum(nn.logSoftmax(y, -1).mul(nn.oneHot(t, classes))).mul(-1 / rows);
        const both = peer.jax.jit(peer.jax.valueAndGrad(loss));
        return jaxContender(peer, () => both(x.ref, ids.ref));
      },
    });
  if (torch)
    entries.push({
      name: torch.label,
      make: () =>
        torchContender(torch, "cross_entropy", { logits: encoded(logits), shape, targets: encoded(targets) }),
    });
  return askOne(
    `softmax and cross-entropy of ${rows} rows of ${classes} classes, loss and gradient`,
    { entries, tolerance: TOLERANCE },
    setting,
  );
}
