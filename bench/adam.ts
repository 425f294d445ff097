/** How long does a step of Adam take? */
import { Adam, type Device, Parameter, tensor } from "../src/index.ts";
import { askOne, numbers, ourContender, tfjsContender, torchContender } from "./contenders.ts";
import type { Entry } from "./paired.ts";
import { encoded } from "./peers/encoded.ts";
import type { Answer, Setting } from "./question.ts";

const FULL = 5_000_000;
const QUICK = 2000;
/** Parameters that are compared. */
const SEEN = 1000;

/** Two steps of 0.001 on numbers up to 0.5. */
const TOLERANCE = 1e-5;

export function adamTime(device: Device, setting: Setting): Promise<Answer> {
  const count = setting.quick ? QUICK : FULL;
  const start = numbers(count, 1);
  const gradient = numbers(count, 2, 0.01);
  const { tfjs, jax, torch } = setting.peers;

  const entries: Entry[] = [
    {
      name: "wgrad",
      async make() {
        const parameter = new Parameter(device, start, [count]);
        const optimizer = new Adam([parameter]);
        const g = tensor(gradient, { device });
        parameter.writeGrad((out) => out.copyFrom(g));
        return ourContender(
          device,
          () => void optimizer.step(),
          async () => (await parameter.data()).subarray(0, SEEN),
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
        const parameter = tf.variable(tf.tensor1d(start));
        const g = tf.tensor1d(gradient);
        const optimizer = tf.train.adam(0.001, 0.9, 0.999, 1e-8);
        const step = () => {
          optimizer.applyGradients([{ name: parameter.name, tensor: g }]);
          return [];
        };
        return tfjsContender(peer, step, {
          answer: () => [tf.slice(parameter, 0, SEEN)],
          dispose: () => void optimizer.dispose(),
        });
      },
    });
  if (torch)
    entries.push({
      name: torch.label,
      make: () =>
        torchContender(torch, "adam", { parameter: encoded(start), gradient: encoded(gradient), count }),
    });
  const absent = jax.map(({ label }) => `\n${label}: has no optimizers of its own`);
  return askOne(`Adam on ${count} parameters`, { entries, tolerance: TOLERANCE }, setting).then((answer) => ({
    ...answer,
    text: answer.text + absent.join(""),
  }));
}
