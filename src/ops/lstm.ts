import { type GradientSink, record, willRecord, withGrad } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import { ShapeError } from "../errors.ts";
import { inScope } from "../memory.ts";
import { formatShape, sameShape, type Shape } from "../shape.ts";
import { contiguousCopy, copyElements, emptyTensor, scratchTensor, type Tensor, viewOf } from "../tensor.ts";
import { add } from "./binary.ts";
import { filledOnDevice } from "./create.ts";
import { checkRate } from "./dropout.ts";
import { asMatrix, expectDtype, fillInto, sameDevice } from "./launch.ts";
import { inputGradientInto, projectInto, recurrentMasks, weightGradientInto } from "./input_projection.ts";
import { type LstmRun, type LstmWeights, launchBackward, launchForward } from "./lstm_launch.ts";
import { WHOLE_SEQUENCE } from "./recurrent.ts";
import { reduceInto } from "./reduce.ts";
import { contiguous, select, transpose, unsqueeze } from "./view.ts";

export type { LstmWeights } from "./lstm_launch.ts";

/** The state of an LSTM layer between two steps. */
export interface LstmState {
  /** [batch, hidden] */
  h: Tensor;
  /** [batch, hidden] */
  c: Tensor;
}

/** What `lstm` takes beside input and weights. */
export interface LstmOptions {
  /** The state before the first step; zeros when left out. */
  initial?: Partial<LstmState>;
  /** [batch, time] i32; 0 marks padding, through which the state passes unchanged. */
  mask?: Tensor;
  /** Runs from the last time step to the first. */
  reverse?: boolean;
  /** One dispatch for the whole sequence, or one per step; chosen by size when left out. Both give the same numbers. */
  launch?: "sequence" | "cell";
  /** Share of the input dropped while training, drawn once per sequence and reused at every step, as Keras; 0. */
  dropout?: number;
  /** Share of the state dropped on its way to the gates, likewise; inputs and states then have a mask per gate; 0. */
  recurrentDropout?: number;
}

function check(
  x: Tensor,
  w: LstmWeights,
  options: LstmOptions,
): { batch: number; steps: number; hidden: number } {
  expectDtype("lstm", "input", x, "f32");
  const [rows, inputSize] = w.weightIh.shape;
  const hidden = rows / 4;
  if (x.shape.length !== 3 || x.shape[2] !== inputSize)
    throw new ShapeError(
      `lstm: input is ${formatShape(x.shape)}, expected [batch, time, ${inputSize}]` +
        (x.shape.length === 2 ? "; is an Embedding missing before it?" : ""),
    );
  const [batch, steps] = x.shape;
  if (batch === 0 || steps === 0) throw new ShapeError(`lstm: input ${formatShape(x.shape)} is empty`);
  const expect = (name: string, tensor: Tensor | undefined, shape: Shape): void => {
    if (tensor && !sameShape(tensor.shape, shape))
      throw new ShapeError(`lstm: ${name} is ${formatShape(tensor.shape)}, expected ${formatShape(shape)}`);
  };
  expect("weightHh", w.weightHh, [4 * hidden, hidden]);
  expect("biasIh", w.biasIh, [4 * hidden]);
  expect("biasHh", w.biasHh, [4 * hidden]);
  expect("the initial h", options.initial?.h, [batch, hidden]);
  expect("the initial c", options.initial?.c, [batch, hidden]);
  expect("mask", options.mask, [batch, steps]);
  if (options.mask) expectDtype("lstm", "mask", options.mask, "i32");
  for (const name of ["dropout", "recurrentDropout"] as const) checkRate("lstm", name, options[name] ?? 0);
  return { batch, steps, hidden };
}

/**
 * A whole sequence through one LSTM layer: one matmul for Wx·x over all time steps, then one fused dispatch per
 * step (kernels/lstm_cell.wgsl), and as many backward.
 *
 * x [batch, time, input] → output [batch, time, hidden], and the last state hn, cn [batch, hidden].
 * Throws a ShapeError when a size does not fit. Source: Hochreiter & Schmidhuber 1997; Gers et al. 2000.
 */
export function lstm(
  x: Tensor,
  weights: LstmWeights,
  options: LstmOptions = {},
): { output: Tensor; hn: Tensor; cn: Tensor } {
  const { batch, steps, hidden } = check(x, weights, options);
  const { weightIh, weightHh, biasIh, biasHh } = weights;
  const { h: h0, c: c0 } = options.initial ?? {};
  const inputs = [weightIh, weightHh, biasIh, biasHh, h0, c0].filter((t): t is Tensor => t !== undefined);
  const device = sameDevice("lstm", x, ...inputs, ...(options.mask ? [options.mask] : []));
  const mask = options.mask && (options.mask.isContiguous ? options.mask : contiguousCopy(options.mask));
  const reverse = options.reverse ?? false;
  const hasState = h0 !== undefined || c0 !== undefined;

  // Time first, so that the rows of one step are neighbours, for all steps' matmuls as for each step's own.
  const xt = contiguous(transpose(x, 0, 1));
  const masks = recurrentMasks(device, 4, { batch, input: x.shape[2], hidden }, options);
  const gates = scratchTensor(device, [steps, batch, 4 * hidden]);
  const bias = biasIh && biasHh ? withGrad(false, () => add(biasIh, biasHh)) : (biasIh ?? biasHh);
  // In a scope, so that the view of the gates does not hold them beyond the backward pass.
  inScope(() => projectInto(asMatrix(xt), weightIh, asMatrix(gates), { bias, masks: masks.input }));

  const h = scratchTensor(device, [steps + 1, batch, hidden]);
  const c = scratchTensor(device, [steps + 1, batch, hidden]);
  const first = reverse ? steps : 0;
  if (hasState) {
    startState(h, first, h0);
    startState(c, first, c0);
  }
  const wholeSequence =
    (options.launch ?? (batch * hidden * hidden <= WHOLE_SEQUENCE ? "sequence" : "cell")) === "sequence";
  const run: LstmRun = {
    device,
    sizes: { batch, hidden, steps },
    reverse,
    hasState,
    wholeSequence,
    xt,
    gates,
    h,
    c,
    mask,
    masks,
    weights,
    h0,
    c0,
  };
  launchForward(run);

  const slot = batch * hidden;
  const last = (reverse ? 0 : steps) * slot;
  const output = viewOf(h, [batch, steps, hidden], [hidden, slot, 1], reverse ? 0 : slot);
  const hn = viewOf(h, [batch, hidden], [hidden, 1], last);
  const cn = viewOf(c, [batch, hidden], [hidden, 1], last);
  const optional = [mask, masks.input, masks.state].filter((t) => t !== undefined);
  const saved = [xt, gates, h, c, weightIh, weightHh, ...optional];
  if (willRecord(xt, ...inputs))
    record("lstm", [xt, ...inputs], [output, hn, cn], saved, (grads, sink) => backward(run, grads, sink));
  for (const scratch of [gates, h, c]) scratch.storage.release();
  return { output, hn, cn };
}

function backward(run: LstmRun, [dout, dhn, dcn]: readonly (Tensor | null)[], sink: GradientSink): void {
  const { device, reverse, hasState, xt, gates, h, masks, weights, h0, c0 } = run;
  const { batch, steps, hidden } = run.sizes;
  const carry = (gradient: Tensor | null): Tensor => {
    if (!dhn && !dcn) return emptyTensor(device, [batch, hidden]);
    if (!gradient) return filledOnDevice(device, [batch, hidden], 0);
    return contiguousCopy(gradient);
  };
  const dhCarry = carry(dhn);
  const dcCarry = carry(dcn);
  launchBackward(run, dout, [dhCarry, dcCarry], dhn !== null || dcn !== null);

  // The gates now hold dpre, the gradient of Wx·x + Wh·h + b.
  const dpre = asMatrix(gates);
  sink.into(weights.weightIh, (dw, accumulate) =>
    weightGradientInto(dpre, asMatrix(xt), dw, { accumulate, masks: masks.input }),
  );
  sink.into(weights.weightHh, (dw, accumulate) => {
    // Without an initial state the first step's h_prev is zero, and its slot was never written.
    const skipped = hasState ? 0 : 1;
    const rows = (steps - skipped) * batch;
    const firstRow = reverse ? 0 : skipped * batch;
    const firstSlot = reverse ? batch : skipped * batch;
    const dpreRows = viewOf(gates, [rows, 4 * hidden], [4 * hidden, 1], firstRow * 4 * hidden);
    const hPrev = viewOf(h, [rows, hidden], [hidden, 1], firstSlot * hidden);
    weightGradientInto(dpreRows, hPrev, dw, { accumulate, masks: masks.state });
  });
  for (const bias of [weights.biasIh, weights.biasHh])
    if (bias)
      sink.into(bias, (db, accumulate) => reduceInto(dpre, [0], db, { operation: REDUCE.sum, accumulate }));
  sink.into(xt, (dx, accumulate) =>
    inputGradientInto(dpre, weights.weightIh, asMatrix(dx), { accumulate, masks: masks.input }),
  );
  if (h0)
    sink.into(h0, (dh, accumulate) => {
      const dpreFirst = viewOf(
        gates,
        [batch, 4 * hidden],
        [4 * hidden, 1],
        (reverse ? steps - 1 : 0) * batch * 4 * hidden,
      );
      inputGradientInto(dpreFirst, weights.weightHh, dh, { accumulate, masks: masks.state });
      dh.addFrom(dhCarry);
    });
  if (c0) sink.give(c0, dcCarry);
}

/** One step of an LSTM: x [batch, input] and the state before it → the state after it. */
export function lstmCell(x: Tensor, state: Partial<LstmState> | undefined, weights: LstmWeights): LstmState {
  const { hn, cn } = lstm(unsqueeze(x, 1), weights, { initial: state });
  return { h: hn, c: cn };
}

function startState(states: Tensor, index: number, initial: Tensor | undefined): void {
  const slot = withGrad(false, () => select(states, 0, index));
  if (initial) {
    copyElements(initial, slot);
    return;
  }
  fillInto(slot, 0);
}
