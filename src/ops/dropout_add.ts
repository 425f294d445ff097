import { record } from "../autograd.ts";
import { whole } from "../backend/backend.ts";
import { ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { add } from "./binary.ts";
import { checkRate, dropoutInto, dropoutThreshold, withCounter } from "./dropout.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";

/** Throws unless what is added has the shape of what it is added to: a residual connection broadcasts nothing. */
export function checkResidual(where: string, x: Tensor, sublayer: Tensor): void {
  expectDtype(where, "x", x, "f32");
  expectDtype(where, "sublayer", sublayer, "f32");
  sameDevice(where, x, sublayer);
  if (!sameShape(x.shape, sublayer.shape))
    throw new ShapeError(
      `${where}: x is ${formatShape(x.shape)} and sublayer ${formatShape(sublayer.shape)}; they must be of one shape`,
    );
}

/**
 * x + dropout(sublayer) in one dispatch: a residual connection. Draws the same elements as `dropout` would in its
 * place. Throws a ShapeError when the shapes differ, and a ValueError unless 0 ≤ rate < 1.
 */
export function dropoutAdd(x: Tensor, sublayer: Tensor, rate = 0.5, training = true): Tensor {
  checkRate("dropoutAdd", "rate", rate);
  checkResidual("dropoutAdd", x, sublayer);
  if (!training || rate === 0) return add(x, sublayer);
  const { device } = x;
  const { operation, counter } = device.nextRandom();
  const state = device.randomState;
  const [left, right] = [contiguousOf(x), contiguousOf(sublayer)];
  const out = emptyTensor(device, x.shape);
  device.backend.run(
    "dropout_add",
    {
      count: x.size,
      operation,
      threshold: dropoutThreshold(rate),
      scale: 1 / (1 - rate),
      x_offset: left.offset,
      sublayer_offset: right.offset,
    },
    {
      x: left.storage.bind(),
      sublayer: right.storage.bind(),
      counter: whole(counter),
      out: out.storage.bind(),
    },
  );
  record("dropoutAdd", [x, sublayer], [out], [], ([dout], sink) => {
    if (!dout) return;
    sink.into(sublayer, (dsublayer, accumulate) =>
      withCounter(device, state, counter, (words) =>
        dropoutInto(dout, dsublayer, rate, operation, words, accumulate),
      ),
    );
    sink.give(x, dout);
  });
  return out;
}
