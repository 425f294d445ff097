import type { GradientSink } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import { copyElements, emptyTensor, scratchTensor, type Tensor, viewOf } from "../tensor.ts";
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
import { reduceInto } from "./reduce.ts";
import { asMatrix } from "./launch.ts";

/** What `gru` takes beside input and weights. */
export interface GruOptions extends RecurrentOptions {
  /**
   * Where the reset gate acts: after the product with Wh, r ∘ (Wh·h + b), as PyTorch and Keras have it (true, when left
   * out); or before it, Wh·(r ∘ h), as published and as Keras's reset_after=False.
   */
  resetAfter?: boolean;
}

/** One run: `q` [time, batch, hidden] is Wh·h + b of the candidate, or r ∘ h with the reset gate before the product. */
interface GruRun extends RecurrentRun {
  q: Tensor;
  resetAfter: boolean;
}

/**
 * A whole sequence through one GRU layer: one matmul for Wx·x over all time steps, then kernels/gru_sequence.wgsl (or
 * gru_before_sequence.wgsl). Weights as in PyTorch, with gate blocks in the order r z n: weightIh [3 · hidden, input],
 * weightHh [3 · hidden, hidden], biases [3 · hidden].
 *
 * x [batch, time, input] → output [batch, time, hidden], and the last state hn [batch, hidden].
 * Throws a ShapeError when a size does not fit, a ValueError for a rate outside [0, 1). Source: Cho et al. 2014.
 */
export function gru(
  x: Tensor,
  weights: RecurrentWeights,
  options: GruOptions = {},
): { output: Tensor; hn: Tensor } {
  const { resetAfter = true } = options;
  // Only the recurrent bias of a product that r multiplies is another thing than the input's.
  const bias = resetAfter ? "input" : "both";
  const start = startRun("gru", 3, x, weights, options, { bias, more: ["resetAfter"] });
  const { batch, steps, hidden } = start.sizes;
  const run: GruRun = { ...start, q: scratchTensor(start.device, [steps, batch, hidden]), resetAfter };
  launchForward(run);
  return finishRun(run, [run.pre, run.q, run.h], (dout, dhn, sink) => {
    const { dhCarry } = launchBackward(run, dout, dhn, sink);
    inputGradients(run, dhCarry, sink);
    recurrentGradients(run, sink);
  });
}

function launchForward(run: GruRun): void {
  const { backend } = run.device;
  const { params, buffers } = forwardLaunch(run);
  const memory = { ...buffers, gates: run.pre.storage.bind(), q: run.q.storage.bind() };
  const { biasHh } = run.weights;
  for (const part of launches(run, run.sizes.steps)) {
    if (run.resetAfter)
      backend.run(
        "gru_sequence",
        { ...params, ...part, has_bias: biasHh ? 1 : 0 },
        { ...memory, ...(biasHh ? { bias: biasHh.storage.bind() } : {}) },
      );
    else
      for (const halves of run.wholeSequence ? [3] : [1, 2])
        backend.run("gru_before_sequence", { ...params, ...part, halves }, memory);
  }
}

function launchBackward(run: GruRun, dout: Tensor | null, dhn: Tensor | null, sink: GradientSink) {
  const { backend } = run.device;
  const launch = backwardLaunch(run, dout, dhn, sink);
  const memory = { ...launch.buffers, gates: run.pre.storage.bind(), q: run.q.storage.bind() };
  for (const part of launches(run, launch.turns)) {
    const params = { ...launch.params, ...part };
    if (run.resetAfter) backend.run("gru_sequence_backward", params, memory);
    else
      for (const halves of run.wholeSequence ? [3] : [1, 2])
        backend.run("gru_before_sequence_backward", { ...params, halves }, memory);
  }
  return launch;
}

/**
 * The gradients of Wh and its bias. Their rows for r and z come from dpre and h. Those for n come from dq and h; with
 * the reset gate before the product from dpre and r ∘ h.
 */
function recurrentGradients(run: GruRun, sink: GradientSink): void {
  const { pre, q, weights, resetAfter } = run;
  const { hidden } = run.sizes;
  const states = statesBefore(run);
  const dpre = rowsWithState(run, pre);
  const gates = columns(dpre, 0, 2 * hidden);
  const rows = rowsWithState(run, q);
  sink.into(weights.weightHh, (dw, accumulate) =>
    inTwoParts(
      dw,
      2 * hidden,
      accumulate,
      (out) => weightGradientInto(gates, states, out, { accumulate: false, masks: masksOf(run, 0, 2) }),
      (out) =>
        resetAfter
          ? weightGradientInto(rows, states, out, { accumulate: false, masks: masksOf(run, 2, 1) })
          : weightGradientInto(columns(dpre, 2 * hidden, hidden), rows, out, { accumulate: false }),
    ),
  );
  const { biasHh } = weights;
  if (!resetAfter) sumRows(biasHh, asMatrix(pre), sink);
  else if (biasHh)
    sink.into(biasHh, (db, accumulate) =>
      inTwoParts(
        db,
        2 * hidden,
        accumulate,
        (out) => reduceInto(columns(asMatrix(pre), 0, 2 * hidden), [0], out, { operation: REDUCE.sum }),
        (out) => reduceInto(asMatrix(q), [0], out, { operation: REDUCE.sum }),
      ),
    );
}

/** The recurrent dropout of some of the gates. */
function masksOf({ masks }: GruRun, gate: number, count: number): Tensor | undefined {
  const { state } = masks;
  if (!state) return undefined;
  const { shape, strides, offset } = state;
  return viewOf(state, [count, ...shape.slice(1)], strides, offset + gate * strides[0]);
}

/** Fills the first rows of `out`, and the others by way of memory of their own: kernels write at a buffer's start. */
function inTwoParts(
  out: Tensor,
  rows: number,
  accumulate: boolean,
  first: (part: Tensor) => void,
  second: (part: Tensor) => void,
): void {
  const whole = accumulate ? emptyTensor(out.device, out.shape) : out;
  first(rowsFrom(whole, 0, rows));
  const rest = emptyTensor(out.device, [out.shape[0] - rows, ...out.shape.slice(1)]);
  second(rest);
  copyElements(rest, rowsFrom(whole, rows, out.shape[0] - rows));
  if (accumulate) out.addFrom(whole);
}

function rowsFrom(x: Tensor, start: number, count: number): Tensor {
  return viewOf(x, [count, ...x.shape.slice(1)], x.strides, x.offset + start * x.strides[0]);
}

function columns(x: Tensor, start: number, count: number): Tensor {
  return viewOf(x, [x.shape[0], count], x.strides, x.offset + start);
}
