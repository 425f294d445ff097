/** What recurrent ops share: checks, memory, the order of launches, gradients (the LSTM has its own, for its two states). */
import { type GradientSink, record, willRecord, withGrad } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import type { Device } from "../device.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { inScope } from "../memory.ts";
import { formatShape, sameShape, type Shape } from "../shape.ts";
import { contiguousCopy, copyElements, emptyTensor, scratchTensor, type Tensor, viewOf } from "../tensor.ts";
import { add } from "./binary.ts";
import { checkRate } from "./dropout.ts";
import {
  inputGradientInto,
  projectInto,
  type RecurrentMasks,
  recurrentMasks,
  weightGradientInto,
} from "./input_projection.ts";
import { asMatrix, expectDtype, sameDevice } from "./launch.ts";
import { reduceInto } from "./reduce.ts";
import { contiguous, select, transpose } from "./view.ts";

/** The weights of one recurrent layer and direction, in PyTorch's layout; rows are gate blocks, one after the other. */
export interface RecurrentWeights {
  /** [gates · hidden, input] */
  weightIh: Tensor;
  /** [gates · hidden, hidden] */
  weightHh: Tensor;
  /** [gates · hidden] */
  biasIh?: Tensor;
  /** [gates · hidden] */
  biasHh?: Tensor;
}

/** What `rnn` and `gru` take beside input and weights. */
export interface RecurrentOptions {
  /** The state before the first step, [batch, hidden]; zeros when left out. */
  initial?: Tensor;
  /** [batch, time] i32; 0 marks padding, through which the state passes unchanged. */
  mask?: Tensor;
  /** Runs from the last time step to the first. */
  reverse?: boolean;
  /** One launch for the whole sequence, or one per step; chosen by size when left out. Both give the same numbers. */
  launch?: "sequence" | "cell";
  /** Share of the input that is dropped, in [0, 1); one mask per sequence for all its steps. For training only. */
  dropout?: number;
  /** Share of the state that is dropped on its way into Wh, one mask per gate and sequence. For training only. */
  recurrentDropout?: number;
}

/**
 * Below this much work in a step (batch · hidden²), a step is too little for a dispatch of its own; above it, one
 * workgroup per four sequences leaves most of a device idle.
 */
export const WHOLE_SEQUENCE = 2e6;

/** One run of one layer and direction: what its forward launches made and its backward launches need. */
export interface RecurrentRun {
  where: string;
  device: Device;
  sizes: { batch: number; hidden: number; steps: number };
  reverse: boolean;
  wholeSequence: boolean;
  /** [time, batch, input] */
  xt: Tensor;
  /** [time, batch, gates · hidden]: Wx·x + b; kernels make the activated gates of it, and then its gradient. */
  pre: Tensor;
  /** [time + 1, batch, hidden] */
  h: Tensor;
  mask: Tensor | undefined;
  masks: RecurrentMasks;
  weights: RecurrentWeights;
  initial: Tensor | undefined;
}

function check(where: string, gates: number, x: Tensor, w: RecurrentWeights, options: RecurrentOptions) {
  expectDtype(where, "input", x, "f32");
  const [rows, inputSize] = w.weightIh.shape;
  const hidden = rows / gates;
  if (x.shape.length !== 3 || x.shape[2] !== inputSize)
    throw new ShapeError(
      `${where}: input is ${formatShape(x.shape)}, expected [batch, time, ${inputSize}]` +
        (x.shape.length === 2 ? "; is an Embedding missing before it?" : ""),
    );
  const [batch, steps] = x.shape;
  if (batch === 0 || steps === 0) throw new ShapeError(`${where}: input ${formatShape(x.shape)} is empty`);
  const expect = (name: string, tensor: Tensor | undefined, shape: Shape): void => {
    if (tensor && !sameShape(tensor.shape, shape))
      throw new ShapeError(
        `${where}: ${name} is ${formatShape(tensor.shape)}, expected ${formatShape(shape)}`,
      );
  };
  if (!Number.isInteger(hidden))
    throw new ShapeError(
      `${where}: weightIh is ${formatShape(w.weightIh.shape)}, expected [${gates} · hidden, input]`,
    );
  expect("weightHh", w.weightHh, [rows, hidden]);
  expect("biasIh", w.biasIh, [rows]);
  expect("biasHh", w.biasHh, [rows]);
  expect("the initial state", options.initial, [batch, hidden]);
  expect("mask", options.mask, [batch, steps]);
  if (options.mask) expectDtype(where, "mask", options.mask, "i32");
  for (const name of ["dropout", "recurrentDropout"] as const) checkRate(where, name, options[name] ?? 0);
  return { batch, steps, hidden };
}

const OPTIONS = ["initial", "mask", "reverse", "launch", "dropout", "recurrentDropout"];

/**
 * Checks everything, and does what comes before the first step: time first, Wx·x + b for all steps in one matmul, the
 * initial state in its slot. `bias` says which biases go into that sum.
 */
export function startRun(
  where: string,
  gates: number,
  x: Tensor,
  weights: RecurrentWeights,
  options: RecurrentOptions,
  { bias, more = [] }: { bias: "input" | "both"; more?: readonly string[] },
): RecurrentRun {
  checkOptions(where, options, [...OPTIONS, ...more]);
  const sizes = check(where, gates, x, weights, options);
  const { batch, steps, hidden } = sizes;
  const { weightIh, biasIh, biasHh } = weights;
  const { initial } = options;
  const device = sameDevice(where, x, ...trained(weights, initial), ...(options.mask ? [options.mask] : []));
  const masks = recurrentMasks(device, gates, { batch, hidden, input: weightIh.shape[1] }, options);
  // Time first, so that the rows of one step are neighbours, for all steps' matmuls as for each step's own.
  const xt = contiguous(transpose(x, 0, 1));
  const pre = scratchTensor(device, [steps, batch, gates * hidden]);
  const sum =
    bias === "both" && biasIh && biasHh
      ? withGrad(false, () => add(biasIh, biasHh))
      : (biasIh ?? (bias === "both" ? biasHh : undefined));
  // In a scope, so that the view does not hold the memory beyond the backward pass.
  inScope(() => projectInto(asMatrix(xt), weightIh, asMatrix(pre), { bias: sum, masks: masks.input }));
  const h = scratchTensor(device, [steps + 1, batch, hidden]);
  const reverse = options.reverse ?? false;
  if (initial)
    copyElements(
      initial,
      withGrad(false, () => select(h, 0, reverse ? steps : 0)),
    );
  const launch = options.launch ?? (batch * hidden * hidden <= WHOLE_SEQUENCE ? "sequence" : "cell");
  const mask = options.mask && (options.mask.isContiguous ? options.mask : contiguousCopy(options.mask));
  const wholeSequence = launch === "sequence";
  return { where, device, sizes, reverse, wholeSequence, xt, pre, h, mask, masks, weights, initial };
}

/** Records the run and gives its results; `scratch` is memory of `scratchTensor` that belongs to the run. */
export function finishRun(
  run: RecurrentRun,
  scratch: readonly Tensor[],
  backward: (dout: Tensor | null, dhn: Tensor | null, sink: GradientSink) => void,
): { output: Tensor; hn: Tensor } {
  const { batch, steps, hidden } = run.sizes;
  const { xt, h, reverse, weights, initial, mask, masks } = run;
  const slot = batch * hidden;
  const output = viewOf(h, [batch, steps, hidden], [hidden, slot, 1], reverse ? 0 : slot);
  const hn = viewOf(h, [batch, hidden], [hidden, 1], (reverse ? 0 : steps) * slot);
  const inputs = [xt, ...trained(weights, initial)];
  const saved = [xt, ...scratch, weights.weightIh, weights.weightHh, mask, masks.input, masks.state];
  if (willRecord(...inputs))
    record(
      run.where,
      inputs,
      [output, hn],
      saved.filter((t): t is Tensor => t !== undefined),
      ([dout, dhn], sink) => backward(dout, dhn, sink),
    );
  for (const tensor of scratch) tensor.storage.release();
  return { output, hn };
}

function trained({ weightIh, weightHh, biasIh, biasHh }: RecurrentWeights, initial?: Tensor): Tensor[] {
  return [weightIh, weightHh, biasIh, biasHh, initial].filter((t): t is Tensor => t !== undefined);
}

/** The launches of `count` steps or turns: all in one, or each by itself with its units spread over workgroups. */
export function launches(
  { wholeSequence, sizes }: RecurrentRun,
  count: number,
): { begin: number; end: number; spread: number }[] {
  if (wholeSequence) return [{ begin: 0, end: count, spread: 1 }];
  const spread = Math.ceil(sizes.hidden / 64);
  return Array.from({ length: count }, (_, n) => ({ begin: n, end: n + 1, spread }));
}

/** Params and buffers that the forward kernels have in common. */
export function forwardLaunch({ sizes, reverse, initial, mask, masks, weights, h }: RecurrentRun) {
  return {
    params: {
      ...sizes,
      reverse: reverse ? 1 : 0,
      has_state: initial ? 1 : 0,
      has_mask: mask ? 1 : 0,
      recurrent_dropout: masks.state !== undefined,
    },
    buffers: {
      wh: contiguousWeights(weights.weightHh).storage.bind(),
      h: h.storage.bind(),
      ...(mask ? { mask: mask.storage.bind() } : {}),
      ...(masks.state ? { keep: masks.state.storage.bind() } : {}),
    },
  };
}

/**
 * Params and buffers that the backward kernels have in common, how many turns they take, and `dhCarry`: after the last
 * turn, the gradient of the initial state where that is wanted.
 */
export function backwardLaunch(
  run: RecurrentRun,
  dout: Tensor | null,
  dhn: Tensor | null,
  sink: GradientSink,
) {
  const { batch, hidden, steps } = run.sizes;
  const { params, buffers } = forwardLaunch(run);
  const dhCarry = dhn ? contiguousCopy(dhn) : emptyTensor(run.device, [batch, hidden]);
  return {
    dhCarry,
    turns: run.initial && sink.needs(run.initial) ? steps + 1 : steps,
    params: {
      ...params,
      has_carry: dhn ? 1 : 0,
      has_dout: dout ? 1 : 0,
      dout_offset: dout?.offset ?? 0,
      dout_batch: dout?.strides[0] ?? 0,
      dout_time: dout?.strides[1] ?? 0,
      dout_unit: dout?.strides[2] ?? 0,
    },
    buffers: {
      ...buffers,
      dh_carry: dhCarry.storage.bind(),
      ...(dout ? { dout: dout.storage.bind() } : {}),
    },
  };
}

/** The gradients of what went into Wx·x + b, and of the initial state. `pre` holds dpre by now. */
export function inputGradients(run: RecurrentRun, dhCarry: Tensor, sink: GradientSink): void {
  const { xt, pre, weights, masks, initial } = run;
  const dpre = asMatrix(pre);
  sink.into(weights.weightIh, (dw, accumulate) =>
    weightGradientInto(dpre, asMatrix(xt), dw, { accumulate, masks: masks.input }),
  );
  sumRows(weights.biasIh, dpre, sink);
  sink.into(xt, (dx, accumulate) =>
    inputGradientInto(dpre, weights.weightIh, asMatrix(dx), { accumulate, masks: masks.input }),
  );
  if (initial) sink.give(initial, dhCarry);
}

/** The gradient of a bias that all rows have in common. */
export function sumRows(bias: Tensor | undefined, rows: Tensor, sink: GradientSink): void {
  if (bias)
    sink.into(bias, (db, accumulate) => reduceInto(rows, [0], db, { operation: REDUCE.sum, accumulate }));
}

/**
 * Rows [time · batch, width] of a time-first tensor without those of the first step, where that began at zero: its
 * h_prev was never written.
 */
export function rowsWithState({ sizes, reverse, initial }: RecurrentRun, x: Tensor): Tensor {
  const { batch, steps } = sizes;
  const skipped = initial ? 0 : 1;
  const width = x.shape[2];
  const offset = x.offset + (reverse ? 0 : skipped * batch) * width;
  return viewOf(x, [(steps - skipped) * batch, width], [width, 1], offset);
}

/** The state before each of those steps, in the same order. */
export function statesBefore({ sizes, reverse, initial, h }: RecurrentRun): Tensor {
  const { batch, steps, hidden } = sizes;
  const skipped = initial ? 0 : 1;
  const slot = reverse ? 1 : skipped;
  return viewOf(h, [(steps - skipped) * batch, hidden], [hidden, 1], slot * batch * hidden);
}

/** Kernels read Wh row by row from the start of its buffer. */
function contiguousWeights(wh: Tensor): Tensor {
  return wh.isContiguous && wh.offset === 0 ? wh : contiguousCopy(wh);
}
