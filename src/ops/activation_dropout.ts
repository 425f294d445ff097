import { record } from "../autograd.ts";
import { whole } from "../backend/backend.ts";
import { ACTIVATION } from "../backend/operations.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { checkRate, dropoutThreshold, withCounter } from "./dropout.ts";
import { contiguousOf, expectDtype } from "./launch.ts";
import { type Activation, checkActivation } from "./matmul.ts";
import { gelu, relu } from "./unary.ts";

/**
 * dropout(f(x)) in one dispatch, and its gradient in one: the middle of a feed-forward block. f is relu, gelu or
 * geluTanh. Draws the same elements as `dropout` would in its place. Throws a ValueError for another activation, and
 * unless 0 ≤ rate < 1.
 */
export function activationDropout(x: Tensor, activation: Activation, rate = 0.5, training = true): Tensor {
  const where = "activationDropout";
  checkActivation(where, activation);
  checkRate(where, "rate", rate);
  expectDtype(where, "x", x, "f32");
  if (!training || rate === 0)
    return activation === "relu" ? relu(x) : gelu(x, activation === "gelu" ? "none" : "tanh");
  const { device } = x;
  const { operation, counter } = device.nextRandom();
  const state = device.randomState;
  const source = contiguousOf(x);
  const out = emptyTensor(device, x.shape);
  const shared = {
    activation: ACTIVATION[activation],
    count: x.size,
    operation,
    threshold: dropoutThreshold(rate),
    scale: 1 / (1 - rate),
    x_offset: source.offset,
  };
  device.backend.run("activation_dropout", shared, {
    x: source.storage.bind(),
    counter: whole(counter),
    out: out.storage.bind(),
  });
  record(where, [x], [out], [source], ([gradient], sink) => {
    if (!gradient) return;
    const dout = contiguousOf(gradient);
    sink.into(x, (dx, accumulate) =>
      withCounter(device, state, counter, (words) =>
        device.backend.run(
          "activation_dropout_backward",
          { ...shared, dout_offset: dout.offset, accumulate: accumulate ? 1 : 0 },
          {
            x: source.storage.bind(),
            dout: dout.storage.bind(),
            counter: whole(words),
            dx: dx.storage.bind(),
          },
        ),
      ),
    );
  });
  return out;
}
