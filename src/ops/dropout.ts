import { record } from "../autograd.ts";
import { type DeviceBuffer, whole } from "../backend/backend.ts";
import type { Device } from "../device.ts";
import { ValueError } from "../errors.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { expectDtype, overFourAxes } from "./launch.ts";

/** Launches kernels/dropout.wgsl on x, or on a gradient of its shape: the same counter gives the same mask. */
export function dropoutInto(
  x: Tensor,
  out: Tensor,
  rate: number,
  operation: number,
  counter: DeviceBuffer,
  accumulate = false,
): void {
  const {
    shape,
    strides: [x_strides],
    tensors: [source],
  } = overFourAxes(x);
  x.device.backend.run(
    "dropout",
    {
      count: x.size,
      operation,
      threshold: dropoutThreshold(rate),
      scale: 1 / (1 - rate),
      x_offset: source.offset,
      accumulate: accumulate ? 1 : 0,
      shape,
      x_strides,
    },
    { x: source.storage.bind(), counter: whole(counter), out: out.storage.bind() },
  );
}

/** Throws a ValueError unless 0 ≤ rate < 1. */
export function checkRate(where: string, name: string, rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new ValueError(`${where}: ${name} must lie in [0, 1), got ${rate}`);
}

/** The number that the upper 24 of 32 random bits must reach for an element to be kept. */
export function dropoutThreshold(rate: number): number {
  return Math.round(rate * 2 ** 24);
}

/**
 * Calls `launch` with a [seed, step] buffer as it was in the step of `state`: the device's own while that step still
 * runs, which is the rule, since a step ends after its backward pass; else a copy made for this launch.
 */
export function withCounter(
  device: Device,
  state: { seed: number; step: number },
  current: DeviceBuffer,
  launch: (counter: DeviceBuffer) => void,
): void {
  const now = device.randomState;
  if (now.seed === state.seed && now.step === state.step) {
    launch(current);
    return;
  }
  const { backend } = device;
  const counter = backend.alloc("u32", 2, true);
  backend.write(counter, Uint32Array.of(state.seed, state.step));
  launch(counter);
  backend.free(counter);
}

/**
 * While training, sets elements to zero with probability `rate` and multiplies the others by 1 / (1 − rate);
 * otherwise returns x. Which elements depends on `manualSeed`, the device's step and the op's place in the step, so
 * every call draws another mask and a run repeats bit for bit, on every device alike. No mask is stored: the
 * gradient draws it again.
 * Throws a ValueError unless 0 ≤ rate < 1.
 */
export function dropout(x: Tensor, rate = 0.5, training = true): Tensor {
  checkRate("dropout", "rate", rate);
  expectDtype("dropout", "x", x, "f32");
  if (!training || rate === 0) return x;
  const { device } = x;
  const { operation, counter } = device.nextRandom();
  const state = device.randomState;
  const out = emptyTensor(device, x.shape);
  dropoutInto(x, out, rate, operation, counter);
  record("dropout", [x], [out], [], ([dout], sink) => {
    if (!dout) return;
    sink.into(x, (dx, accumulate) =>
      withCounter(device, state, counter, (words) =>
        dropoutInto(dout, dx, rate, operation, words, accumulate),
      ),
    );
  });
  return out;
}
