/** The launches behind `lstm`: one per step, or one for the whole sequence. */
import type { Device } from "../device.ts";
import { contiguousCopy, type Tensor } from "../tensor.ts";
import type { RecurrentMasks } from "./input_projection.ts";

/** The weights of one LSTM layer and direction, in PyTorch's layout; the gate blocks are i f g o. */
export interface LstmWeights {
  /** [4 · hidden, input] */
  weightIh: Tensor;
  /** [4 · hidden, hidden] */
  weightHh: Tensor;
  /** [4 · hidden] */
  biasIh?: Tensor;
  /** [4 · hidden]; PyTorch has two biases, Keras one. */
  biasHh?: Tensor;
}

/** One run of one layer and direction: what its forward launches made and its backward launches need. */
export interface LstmRun {
  device: Device;
  sizes: { batch: number; hidden: number; steps: number };
  reverse: boolean;
  hasState: boolean;
  wholeSequence: boolean;
  xt: Tensor;
  gates: Tensor;
  h: Tensor;
  c: Tensor;
  mask: Tensor | undefined;
  masks: RecurrentMasks;
  weights: LstmWeights;
  h0: Tensor | undefined;
  c0: Tensor | undefined;
}

/** Turns pre = Wx·x + b in `gates` into the activated gates, and fills h and c. */
export function launchForward({
  device,
  sizes,
  reverse,
  hasState,
  wholeSequence,
  gates,
  h,
  c,
  mask,
  masks,
  weights,
}: LstmRun): void {
  const { backend } = device;
  const buffers = {
    gates: gates.storage.bind(),
    wh: contiguousWeights(weights.weightHh).storage.bind(),
    h: h.storage.bind(),
    c: c.storage.bind(),
    ...(mask ? { mask: mask.storage.bind() } : {}),
    ...(masks.state ? { keep: masks.state.storage.bind() } : {}),
  };
  const common = { ...sizes, has_mask: mask ? 1 : 0, recurrent_dropout: masks.state !== undefined };
  if (wholeSequence) {
    backend.run(
      "lstm_sequence",
      { ...common, reverse: reverse ? 1 : 0, has_state: hasState ? 1 : 0 },
      buffers,
    );
    return;
  }
  for (const [n, { time, from, to }] of schedule(sizes.steps, reverse).entries())
    backend.run(
      "lstm_cell",
      { ...common, time, from_slot: from, to_slot: to, has_state: n > 0 || hasState ? 1 : 0 },
      buffers,
    );
}

/** Turns the gates into dpre; the carries go in with the gradients of the last state and come out with the first's. */
export function launchBackward(
  run: LstmRun,
  dout: Tensor | null,
  carries: Tensor[],
  hasCarry: boolean,
): void {
  const { sizes, reverse, hasState, mask, masks } = run;
  const { backend } = run.device;
  const buffers = {
    gates: run.gates.storage.bind(),
    wh: contiguousWeights(run.weights.weightHh).storage.bind(),
    c: run.c.storage.bind(),
    ...(dout ? { dout: dout.storage.bind() } : {}),
    dh_carry: carries[0].storage.bind(),
    dc_carry: carries[1].storage.bind(),
    ...(mask ? { mask: mask.storage.bind() } : {}),
    ...(masks.state ? { keep: masks.state.storage.bind() } : {}),
  };
  const common = {
    ...sizes,
    has_dout: dout ? 1 : 0,
    has_mask: mask ? 1 : 0,
    dout_offset: dout?.offset ?? 0,
    dout_batch: dout?.strides[0] ?? 0,
    dout_time: dout?.strides[1] ?? 0,
    dout_unit: dout?.strides[2] ?? 0,
    recurrent_dropout: masks.state !== undefined,
  };
  const flag = (on: boolean): number => (on ? 1 : 0);
  if (run.wholeSequence) {
    const params = {
      ...common,
      reverse: flag(reverse),
      has_carry: flag(hasCarry),
      has_state: flag(hasState),
    };
    backend.run("lstm_sequence_backward", params, buffers);
    return;
  }
  const order = schedule(sizes.steps, reverse);
  for (let n = sizes.steps - 1; n >= 0; n--) {
    const last = n === sizes.steps - 1;
    const params = {
      ...common,
      time: order[n].time,
      next_time: order[n + 1]?.time ?? 0,
      from_slot: order[n].from,
      to_slot: order[n].to,
      has_next: flag(!last),
      has_carry: flag(!last || hasCarry),
      has_state: flag(n > 0 || hasState),
    };
    backend.run("lstm_cell_backward", params, buffers);
  }
}

/** The steps of one run in the order in which they are done, with the state slots that each reads and writes. */
function schedule(steps: number, reverse: boolean): { time: number; from: number; to: number }[] {
  return Array.from({ length: steps }, (_, n) =>
    reverse ? { time: steps - 1 - n, from: steps - n, to: steps - 1 - n } : { time: n, from: n, to: n + 1 },
  );
}

/** The cell kernels read Wh row by row from the start of its buffer. */
function contiguousWeights(wh: Tensor): Tensor {
  return wh.isContiguous && wh.offset === 0 ? wh : contiguousCopy(wh);
}
