import { record, willRecord } from "../autograd.ts";
import { ACTIVATION, REDUCE } from "../backend/operations.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import {
  broadcastShapes,
  broadcastStrides,
  collapseAxes,
  contiguousStrides,
  formatShape,
  type Shape,
  sizeOf,
} from "../shape.ts";
import { contiguousCopy, emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import { asMatrix, expectDtype, sameDevice } from "./launch.ts";
import { reduceInto, sumTo } from "./reduce.ts";
import { unaryBackwardInto } from "./unary_backward.ts";
import { reshape, select, unsqueeze } from "./view.ts";

/** A function that a product goes through before it is stored. */
export type Activation = Exclude<keyof typeof ACTIVATION, "none">;

const ACTIVATIONS: readonly Activation[] = ["relu", "gelu", "geluTanh"];

export interface MatmulLaunch {
  /** [columns], contiguous; a block of a larger one will do. */
  bias?: Tensor;
  activation?: Activation;
  /** Of out's shape, contiguous and without an offset: what went into the activation. */
  pre?: Tensor;
  accumulate?: boolean;
}

/** The last two axes exchanged, not recorded. */
export function turned(x: Tensor): Tensor {
  const swap = (values: Shape): number[] => [...values.slice(0, -2), values.at(-1)!, values.at(-2)!];
  return viewOf(x, swap(x.shape), swap(x.strides), x.offset);
}

/**
 * Launches kernels/matmul.wgsl: out [..., rows, columns] = a [..., rows, inner] · b [..., inner, columns], where the
 * leading axes broadcast. Operands may have any strides; only batch axes that need more than two strides are copied. `out`
 * is contiguous, but may be a block of a larger tensor.
 */
export function matmulInto(a: Tensor, b: Tensor, out: Tensor, launch: MatmulLaunch = {}): void {
  const batchShape = out.shape.slice(0, -2);
  const batchOf = (x: Tensor): number[] =>
    broadcastStrides(x.shape.slice(0, -2), x.strides.slice(0, -2), batchShape);
  const { shape, strides } = collapseAxes(batchShape, [batchOf(a), batchOf(b)]);
  if (shape.length > 2) {
    matmulInto(fullBatch(a, batchShape), fullBatch(b, batchShape), out, launch);
    return;
  }
  const [outerSize, innerSize] = [...new Array<number>(2 - shape.length).fill(1), ...shape];
  const [aBatch, bBatch] = strides.map((s) => [...new Array<number>(2 - s.length).fill(0), ...s]);
  out.device.backend.run(
    "matmul",
    {
      batch: outerSize * innerSize,
      batch_inner: innerSize,
      rows: out.shape.at(-2)!,
      inner: a.shape.at(-1)!,
      columns: out.shape.at(-1)!,
      accumulate: launch.accumulate ? 1 : 0,
      has_bias: launch.bias ? 1 : 0,
      keep_pre: launch.pre ? 1 : 0,
      activation: ACTIVATION[launch.activation ?? "none"],
      a_offset: a.offset,
      a_row: a.strides.at(-2)!,
      a_column: a.strides.at(-1)!,
      a_batch: aBatch[0],
      a_batch_inner: aBatch[1],
      b_offset: b.offset,
      b_row: b.strides.at(-2)!,
      b_column: b.strides.at(-1)!,
      b_batch: bBatch[0],
      b_batch_inner: bBatch[1],
      bias_offset: launch.bias?.offset ?? 0,
      out_offset: out.offset,
      a_by_column: a.strides.at(-1) !== 1 && a.strides.at(-2) === 1,
      b_by_column: b.strides.at(-1) !== 1 && b.strides.at(-2) === 1,
    },
    {
      a: a.storage.bind(),
      b: b.storage.bind(),
      bias: launch.bias?.storage.bind(),
      pre: launch.pre?.storage.bind(),
      out: out.storage.bind(),
    },
  );
}

/** The operand with its batch axes repeated in memory. */
function fullBatch(x: Tensor, batchShape: Shape): Tensor {
  const shape = [...batchShape, ...x.shape.slice(-2)];
  return contiguousCopy(viewOf(x, shape, broadcastStrides(x.shape, x.strides, shape), x.offset));
}

/** Gradients of a product; each is the same kernel with strides exchanged. */
function gradients(
  a: Tensor,
  b: Tensor,
  dout: Tensor,
  into: Parameters<Parameters<typeof record>[4]>[1],
): void {
  const productInto = (left: Tensor, right: Tensor, target: Tensor): void => {
    if (!into.needs(target)) return;
    const shape = [...dout.shape.slice(0, -2), left.shape.at(-2)!, right.shape.at(-1)!];
    if (sizeOf(shape) === target.size) {
      into.into(target, (out, accumulate) =>
        matmulInto(left, right, viewOf(out, shape, contiguousStrides(shape), out.offset), { accumulate }),
      );
      return;
    }
    const full = emptyTensor(dout.device, shape);
    matmulInto(left, right, full);
    sumTo(full, target, into);
  };
  productInto(dout, turned(b), a);
  productInto(turned(a), dout, b);
}

/**
 * Products of matrices: [..., rows, inner] · [..., inner, columns], leading axes broadcast, transposed and sliced
 * operands without copies. Vectors of rank 1 count as a row on the left and a column on the right, as in NumPy.
 */
export function matmul(x: Tensor, w: Tensor): Tensor {
  expectDtype("matmul", "x", x, "f32");
  expectDtype("matmul", "w", w, "f32");
  sameDevice("matmul", x, w);
  if (x.shape.length === 0 || w.shape.length === 0)
    throw new ShapeError(
      `matmul: x ${formatShape(x.shape)} · w ${formatShape(w.shape)}: scalars have no matrix product; use mul`,
    );
  if (x.shape.length === 1) return select(matmul(unsqueeze(x, 0), w), -2, 0);
  if (w.shape.length === 1) return select(matmul(x, unsqueeze(w, 1)), -1, 0);
  const inner = x.shape.at(-1)!;
  if (inner !== w.shape.at(-2))
    throw new ShapeError(
      `matmul: inner sizes differ: x ${formatShape(x.shape)} · w ${formatShape(w.shape)} (${inner} ≠ ${w.shape.at(-2)})`,
    );
  if (w.shape.length === 2 && x.shape.length > 2 && x.isContiguous) {
    // One matrix for the whole batch: its rows are simply more rows.
    const flat = matmul(reshape(x, [-1, inner]), w);
    return reshape(flat, [...x.shape.slice(0, -1), w.shape[1]]);
  }
  const batch = broadcastShapes("matmul", x.shape.slice(0, -2), w.shape.slice(0, -2));
  const out = emptyTensor(x.device, [...batch, x.shape.at(-2)!, w.shape.at(-1)!]);
  matmulInto(x, w, out);
  record("matmul", [x, w], [out], [x, w], ([dout], sink) => dout && gradients(x, w, dout, sink));
  return out;
}

/** What `linear` takes beside its operands. */
export interface LinearOptions {
  /** A function for the result, in the same dispatch; "geluTanh" is gelu's tanh approximation. */
  activation?: Activation;
}

/** Throws a ValueError unless the name is that of an activation. */
export function checkActivation(where: string, name: string): void {
  if (!ACTIVATIONS.includes(name as Activation))
    throw new ValueError(`${where}: unknown activation "${name}"; known: ${ACTIVATIONS.join(", ")}`);
}

/**
 * x · weightᵀ + bias, then the activation, in one dispatch. x [..., in], weight [out, in] (PyTorch's layout),
 * bias [out]. Throws a ShapeError when the sizes do not fit.
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor, options: LinearOptions = {}): Tensor {
  checkOptions("linear", options, ["activation"]);
  const { activation } = options;
  if (activation !== undefined) checkActivation("linear", activation);
  expectDtype("linear", "x", x, "f32");
  const inputs = bias ? [x, weight, bias] : [x, weight];
  const device = sameDevice("linear", ...inputs);
  const [outSize, inSize] = weight.shape;
  if (x.shape.at(-1) !== inSize)
    throw new ShapeError(
      `linear: x is ${formatShape(x.shape)}, expected [..., ${inSize}] for a weight of ${formatShape(weight.shape)}`,
    );
  const rows = asMatrix(x);
  const out = emptyTensor(device, [...x.shape.slice(0, -1), outSize]);
  // The slope of relu can be seen in its result; gelu's needs what went in.
  const keeps = activation !== undefined && activation !== "relu" && willRecord(...inputs);
  const pre = keeps ? emptyTensor(device, out.shape) : undefined;
  matmulInto(rows, turned(weight), asMatrix(out), { bias, activation, pre });
  const saved = activation ? [rows, weight, pre ?? out] : [rows, weight];
  record("linear", inputs, [out], saved, ([gradient], sink) => {
    if (!gradient) return;
    const slope = activation ? emptyTensor(device, out.shape) : null;
    if (slope) unaryBackwardInto(activation!, pre ?? out, pre ?? out, gradient, slope);
    const dout = asMatrix(slope ?? gradient);
    sink.into(x, (dx, accumulate) => matmulInto(dout, weight, asMatrix(dx), { accumulate }));
    sink.into(weight, (dw, accumulate) => matmulInto(turned(dout), rows, dw, { accumulate }));
    if (bias)
      sink.into(bias, (db, accumulate) => reduceInto(dout, [0], db, { operation: REDUCE.sum, accumulate }));
  });
  return out;
}
