import { type GradientSink, record } from "../autograd.ts";
import { type DeviceBuffer, whole } from "../backend/backend.ts";
import { WRITE } from "../backend/operations.ts";
import { checkOptions } from "../errors.ts";
import { emptyTensor, type Tensor } from "../tensor.ts";
import { checkRate, dropoutInto, dropoutThreshold, withCounter } from "./dropout.ts";
import { checkResidual } from "./dropout_add.ts";
import { intoBoth, type Target } from "./into_both.ts";
import { checkNorm, type LayerNormOptions, normWeightGradients } from "./layer_norm.ts";
import { contiguousOf } from "./launch.ts";

/** What `residualNorm` takes beside its operands. */
export interface ResidualNormOptions extends LayerNormOptions {
  /** Share of the sublayer's elements that is dropped while training; 0. */
  dropout?: number;
  /** Whether dropout is on; true. */
  training?: boolean;
}

/** What `residualNorm` gives back. */
export interface ResidualNormResult {
  /** The norm of the sum. */
  output: Tensor;
  /** x + dropout(sublayer), where a block that norms first goes on from. */
  sum: Tensor;
}

/**
 * A residual connection and the norm behind it in one dispatch: sum = x + dropout(sublayer) and
 * output = layerNorm(sum). Draws the same elements as `dropout` would in its place. One dispatch computes the
 * gradients of x and sublayer, two those of weight and bias. Throws a ShapeError when the shapes do not fit, and a
 * ValueError unless 0 ≤ dropout < 1.
 */
export function residualNorm(
  x: Tensor,
  sublayer: Tensor,
  options: ResidualNormOptions = {},
): ResidualNormResult {
  const where = "residualNorm";
  checkOptions(where, options, ["weight", "bias", "eps", "dropout", "training"]);
  const { dropout = 0, training = true } = options;
  checkRate(where, "dropout", dropout);
  checkResidual(where, x, sublayer);
  const norm = checkNorm(where, x, options);
  const { device, rows, columns, lanes, eps, weight, bias } = norm;
  const rate = training ? dropout : 0;
  const random = rate > 0 ? device.nextRandom() : null;
  const state = device.randomState;
  const [left, right] = [contiguousOf(x), contiguousOf(sublayer)];
  const [output, sum] = [emptyTensor(device, x.shape), emptyTensor(device, x.shape)];
  const stats = emptyTensor(device, [rows, 2]);
  const shared = {
    rows,
    columns,
    lanes,
    operation: random?.operation ?? 0,
    threshold: dropoutThreshold(rate),
    scale: 1 / (1 - rate),
    weight_offset: weight?.offset ?? 0,
    has_weight: weight ? 1 : 0,
  };
  device.backend.run(
    "residual_norm",
    {
      ...shared,
      eps,
      x_offset: left.offset,
      sublayer_offset: right.offset,
      bias_offset: bias?.offset ?? 0,
      has_bias: bias ? 1 : 0,
    },
    {
      x: left.storage.bind(),
      sublayer: right.storage.bind(),
      counter: random ? whole(random.counter) : undefined,
      weight: weight?.storage.bind(),
      bias: bias?.storage.bind(),
      sum: sum.storage.bind(),
      out: output.storage.bind(),
      stats: stats.storage.bind(),
    },
  );

  /** The gradients of both inputs, or of the one that has somewhere to go. */
  const backward = (
    dout: Tensor,
    dsum: Tensor | null,
    counter: DeviceBuffer | undefined,
    dx: Target | null,
    dsublayer: Target | null,
  ): void =>
    device.backend.run(
      "residual_norm_backward",
      {
        ...shared,
        dout_offset: dout.offset,
        dsum_offset: dsum?.offset ?? 0,
        has_dsum: dsum ? 1 : 0,
        write_x: dx?.write ?? WRITE.nothing,
        write_sublayer: dsublayer?.write ?? WRITE.nothing,
      },
      {
        sum: sum.storage.bind(),
        stats: stats.storage.bind(),
        weight: weight?.storage.bind(),
        dout: dout.storage.bind(),
        dsum: dsum?.storage.bind(),
        counter: counter && whole(counter),
        dx: dx?.out.storage.bind(),
        dsublayer: dsublayer?.out.storage.bind(),
      },
    );
  /** Where the norm was not used: the gradient of a plain residual connection. */
  const sumOnly = (dsum: Tensor, sink: GradientSink): void => {
    if (random)
      sink.into(sublayer, (out, accumulate) =>
        withCounter(device, state, random.counter, (words) =>
          dropoutInto(dsum, out, rate, random.operation, words, accumulate),
        ),
      );
    else sink.give(sublayer, dsum);
    sink.give(x, dsum);
  };

  const saved = weight ? [sum, stats, weight] : [sum, stats];
  record(where, [x, sublayer, ...norm.trained], [output, sum], saved, ([given, fromSum], sink) => {
    if (!given) {
      if (fromSum) sumOnly(fromSum, sink);
      return;
    }
    const dout = contiguousOf(given);
    const dsum = fromSum && contiguousOf(fromSum);
    if (random)
      withCounter(device, state, random.counter, (words) =>
        intoBoth(sink, x, sublayer, (dx, dsublayer) => backward(dout, dsum, words, dx, dsublayer)),
      );
    else if (sink.needs(x) || sink.needs(sublayer)) {
      // Without dropout both have one gradient, and it is stored once.
      const d = emptyTensor(device, x.shape);
      backward(dout, dsum, undefined, { out: d, write: WRITE.over }, null);
      sink.give(x, d);
      sink.give(sublayer, d);
    }
    normWeightGradients(sink, options, norm, { x: sum, stats, dout });
  });
  return { output, sum };
}
