import type { GradientSink } from "../autograd.ts";
import { ValueError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import { weightGradientInto } from "./input_projection.ts";
import {
  backwardLaunch,
  finishRun,
  forwardLaunch,
  inputGradients,
  launches,
  type RecurrentOptions,
  type RecurrentRun,
  type RecurrentWeights,
  rowsWithState,
  startRun,
  statesBefore,
  sumRows,
} from "./recurrent.ts";
import { asMatrix } from "./launch.ts";

/** What `rnn` takes beside input and weights. */
export interface RnnOptions extends RecurrentOptions {
  /** The function of each step; "tanh" when left out. */
  nonlinearity?: "tanh" | "relu";
}

/**
 * A whole sequence through one layer of a plain recurrent network, h = f(Wx·x + b + Wh·h): one matmul for Wx·x over
 * all time steps, then kernels/rnn_sequence.wgsl.
 *
 * x [batch, time, input] → output [batch, time, hidden], and the last state hn [batch, hidden]. Weights as in PyTorch:
 * weightIh [hidden, input], weightHh [hidden, hidden], biases [hidden].
 * Throws a ShapeError when a size does not fit, a ValueError for a rate outside [0, 1). Source: Elman 1990.
 */
export function rnn(
  x: Tensor,
  weights: RecurrentWeights,
  options: RnnOptions = {},
): { output: Tensor; hn: Tensor } {
  const { nonlinearity = "tanh" } = options;
  if (nonlinearity !== "tanh" && nonlinearity !== "relu")
    throw new ValueError(`rnn: nonlinearity is "${nonlinearity}", expected "tanh" or "relu"`);
  const run = startRun("rnn", 1, x, weights, options, { bias: "both", more: ["nonlinearity"] });
  const relu = nonlinearity === "relu";
  const { params, buffers } = forwardLaunch(run);
  for (const part of launches(run, run.sizes.steps))
    run.device.backend.run(
      "rnn_sequence",
      { ...params, ...part, relu },
      { ...buffers, pre: run.pre.storage.bind() },
    );
  return finishRun(run, [run.pre, run.h], (dout, dhn, sink) => backward(run, relu, dout, dhn, sink));
}

function backward(
  run: RecurrentRun,
  relu: boolean,
  dout: Tensor | null,
  dhn: Tensor | null,
  sink: GradientSink,
): void {
  const { pre, weights, masks } = run;
  const { params, buffers, turns, dhCarry } = backwardLaunch(run, dout, dhn, sink);
  for (const part of launches(run, turns))
    run.device.backend.run(
      "rnn_sequence_backward",
      { ...params, ...part, relu },
      { ...buffers, dpre: pre.storage.bind() },
    );
  inputGradients(run, dhCarry, sink);
  sumRows(weights.biasHh, asMatrix(pre), sink);
  sink.into(weights.weightHh, (dw, accumulate) =>
    weightGradientInto(rowsWithState(run, pre), statesBefore(run), dw, { accumulate, masks: masks.state }),
  );
}
