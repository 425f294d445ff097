import { record } from "../autograd.ts";
import { TARGETS } from "../backend/operations.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { formatShape, type Shape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { checkIds } from "./ids.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";
import {
  checkNoGradient,
  checkReduction,
  lossMemory,
  lossScale,
  reduceLosses,
  type Reduction,
  upstream,
} from "./loss.ts";

/** What `binaryCrossEntropy` takes beside probabilities and targets. */
export interface BinaryCrossEntropyOptions {
  /** Default mean. */
  reduction?: Reduction;
  /** Keep probabilities within clip … 1 − clip, as Keras does with 1e-7; default 0, PyTorch's way. */
  clip?: number;
}

function withoutOnes(shape: Shape): Shape {
  return shape.filter((n) => n !== 1);
}

/** How the kernels read these targets; throws when they do not fit x. */
function targetsKind(where: string, x: Tensor, targets: Tensor): number {
  const shape = withoutOnes(targets.shape);
  if (sameShape(shape, withoutOnes(x.shape))) {
    if (targets.dtype === "f32") return TARGETS.numbers;
    checkIds(`${where}: target`, targets, 2, "is not 0 or 1");
    return TARGETS.integers;
  }
  const classes = x.shape.at(-1) ?? 1;
  if (targets.dtype !== "i32" || !sameShape(shape, withoutOnes(x.shape.slice(0, -1))))
    throw new ShapeError(
      `${where}: targets are ${formatShape(targets.shape)} ${targets.dtype}, expected ${formatShape(x.shape)}, ` +
        `or class ids ${formatShape(x.shape.slice(0, -1))} i32`,
    );
  checkIds(`${where}: target`, targets, classes, `is outside 0..${classes - 1}`);
  return TARGETS.classIds;
}

function run(
  where: string,
  x: Tensor,
  targets: Tensor,
  from_logits: boolean,
  options: BinaryCrossEntropyOptions,
): Tensor {
  const { reduction = "mean", clip = 0 } = options;
  checkReduction(where, reduction);
  checkNoGradient(where, targets);
  if (!(clip >= 0 && clip < 0.5))
    throw new ValueError(`${where}: clip is ${clip}, expected a number from 0 to 0.5`);
  expectDtype(where, "predictions", x, "f32");
  const device = sameDevice(where, x, targets);
  const targets_kind = targetsKind(where, x, targets);
  const source = contiguousOf(x);
  const wanted = contiguousOf(targets);
  const shared = {
    count: x.size,
    columns: x.shape.at(-1) ?? 1,
    x_offset: source.offset,
    targets_offset: wanted.offset,
    clip,
    from_logits,
    targets_kind,
  };
  const losses = lossMemory(device, x.shape, reduction);
  device.backend.run("binary_cross_entropy", shared, {
    x: source.storage.bind(),
    targets: wanted.storage.bind(),
    out: losses.storage.bind(),
  });
  const loss = reduceLosses(losses, reduction);
  record(where, [x], [loss], [source, wanted], ([dout], sink) => {
    if (!dout) return;
    const { source: g, ...douts } = upstream(dout);
    sink.into(x, (dx, accumulate) =>
      device.backend.run(
        "binary_cross_entropy_backward",
        { ...shared, ...douts, scale: lossScale(reduction, x.size), accumulate: accumulate ? 1 : 0 },
        {
          x: source.storage.bind(),
          targets: wanted.storage.bind(),
          dout: g.storage.bind(),
          dx: dx.storage.bind(),
        },
      ),
    );
  });
  return loss;
}

/**
 * −t · log p − (1 − t) · log(1 − p) for probabilities of any shape, as torch.nn.functional.binary_cross_entropy, or
 * with `clip: 1e-7` as Keras. Targets: numbers from 0 to 1 of the same shape (axes of size 1 aside), i32 or f32; or
 * i32 class ids without the last axis, which stand for one-hot rows. Throws a ShapeError when the shapes do not fit,
 * and a ValueError for an id outside the classes where the targets are known on the host.
 */
export function binaryCrossEntropy(
  probabilities: Tensor,
  targets: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  checkOptions("binaryCrossEntropy", options, ["reduction", "clip"]);
  return run("binaryCrossEntropy", probabilities, targets, false, options);
}

/**
 * The binary cross-entropy of sigmoid(logits), computed so that no large logit overflows, as
 * torch.nn.functional.binary_cross_entropy_with_logits. Targets and errors as for `binaryCrossEntropy`.
 */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  targets: Tensor,
  options: { reduction?: Reduction } = {},
): Tensor {
  checkOptions("binaryCrossEntropyWithLogits", options, ["reduction"]);
  return run("binaryCrossEntropyWithLogits", logits, targets, true, options);
}
