/** dropout: the same bits as the host's pcg4d, the right rate, masks that differ where they must. */
import {
  add,
  type Device,
  dropout,
  mul,
  ones,
  sum,
  type Tensor,
  tensor,
  transpose,
} from "../../src/index.ts";
import { dropoutThreshold } from "../../src/ops/dropout.ts";
import { pcg4d } from "../../src/random.ts";
import { assert, assertClose, assertEqual, assertThrows, type DeviceCase, testNumbers } from "./case.ts";
import { launchCase, output } from "./launch.ts";

/** Which elements stay, drawn on the host. */
function expectedMask(length: number, rate: number, seed: number, step: number, operation: number): number[] {
  const bits = new Uint32Array(4);
  return Array.from({ length }, (_, i) => {
    pcg4d(seed, step, operation, Math.floor(i / 4), bits);
    return bits[i % 4] >>> 8 >= dropoutThreshold(rate) ? 1 : 0;
  });
}

/** Runs `fn` from a given random state, then puts the device's own back. */
async function fromState(device: Device, seed: number, step: number, fn: () => Promise<void>): Promise<void> {
  const before = device.randomState;
  device.randomState = { seed, step };
  try {
    await fn();
  } finally {
    device.randomState = before;
  }
}

async function maskOf(y: Tensor): Promise<number[]> {
  return Array.from(await y.data(), (v) => (v === 0 ? 0 : 1));
}

const launches = [1, 4, 1003].map((count) =>
  launchCase(
    "dropout",
    `${count} elements${count === 4 ? ", added" : ""}`,
    {
      count,
      operation: 5,
      threshold: dropoutThreshold(0.4),
      scale: 1 / 0.6,
      x_offset: 1,
      accumulate: count === 4 ? 1 : 0,
      shape: [1, 1, 1, count],
      x_strides: [0, 0, 0, 2],
    },
    {
      x: testNumbers(2 * count + 1),
      counter: [4294967295, 77],
      out: count === 4 ? testNumbers(count) : output(count),
    },
  ),
);

export const dropoutCases: DeviceCase[] = [
  ...launches,
  {
    name: "dropout: the host's bits, for strided inputs too; the gradient has the same mask",
    run: (device) =>
      fromState(device, 123456789, 7, async () => {
        const x = tensor(testNumbers(35), { device, shape: [5, 7], requiresGrad: true });
        const y = dropout(transpose(x), 0.3);
        const mask = expectedMask(35, 0.3, 123456789, 7, 0);
        const turned = await transpose(x).data();
        await assertClose(
          y,
          Array.from(turned, (v, i) => (v * mask[i]) / 0.7),
          1e-6,
          "y",
        );
        sum(y).backward();
        const gradient = Array.from({ length: 35 }, (_, i) => mask[(i % 7) * 5 + Math.floor(i / 7)] / 0.7);
        await assertClose(x.grad!, gradient, 1e-6, "dx");
      }),
  },
  {
    name: "dropout: the rate, and other masks for other ops and steps",
    run: (device) =>
      fromState(device, 42, 0, async () => {
        const length = 20_000;
        const x = ones([length], { device, requiresGrad: true });
        const first = dropout(x, 0.25);
        const second = dropout(x, 0.25);
        const a = await maskOf(first);
        const b = await maskOf(second);
        const kept = a.reduce((n, v) => n + v, 0) / length;
        const sigma = Math.sqrt((0.25 * 0.75) / length);
        assert(Math.abs(kept - 0.75) < 4 * sigma, `kept ${kept} of the elements`);
        await assertEqual(b, expectedMask(length, 0.25, 42, 0, 1), "the second op");
        // Two independent masks agree on 0.75² + 0.25² = 5/8 of the elements.
        const agree = a.filter((v, i) => v === b[i]).length / length;
        assert(Math.abs(agree - 0.625) < 0.02, `two ops agree on ${agree} of the elements`);
        add(sum(first), sum(second)).backward();
        const sums = a.map((v, i) => (v + b[i]) / 0.75);
        await assertClose(x.grad!, sums, 1e-6, "dx adds both masks");
        await device.endStep();
        await assertEqual(
          await maskOf(dropout(x, 0.25)),
          expectedMask(length, 0.25, 42, 1, 0),
          "the next step",
        );
        device.randomState = { seed: 42, step: 0 };
        await assertEqual(await maskOf(dropout(x, 0.25)), a, "the same seed and step");
      }),
  },
  {
    name: "dropout: a gradient that runs a step late still has its mask",
    run: (device) =>
      fromState(device, 9, 3, async () => {
        const x = ones([50], { device, requiresGrad: true });
        const late = sum(dropout(x, 0.5));
        const other = ones([1], { device, requiresGrad: true });
        sum(mul(other, 2)).backward();
        await device.endStep();
        dropout(x, 0.5);
        late.backward();
        const mask = expectedMask(50, 0.5, 9, 3, 0);
        await assertEqual(
          x.grad!,
          mask.map((v) => 2 * v),
        );
      }),
  },
  {
    name: "dropout: nothing to do outside training, and rates it refuses",
    async run(device) {
      const x = tensor([1, 2, 3], { device });
      assert(dropout(x, 0.5, false) === x, "in evaluation x itself comes back");
      assert(dropout(x, 0) === x, "with rate 0 too");
      await assertThrows(() => dropout(x, 1), "dropout: rate must lie in [0, 1), got 1");
      await assertThrows(() => dropout(x, -0.1), "got -0.1");
      await assertThrows(
        () => dropout(tensor(Int32Array.of(1), { device })),
        "dropout: x [1] is i32, expected f32",
      );
    },
  },
];
