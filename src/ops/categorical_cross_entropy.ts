import { record } from "../autograd.ts";
import { checkOptions, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import { scratchTensor, type Tensor } from "../tensor.ts";
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

/** Keras keeps probabilities this far from 0 and 1. */
const CLIP = 1e-7;

const WHERE = "categoricalCrossEntropy";

/** Whether the targets are class ids; throws when they do not fit the probabilities. */
function checkTargets(p: Tensor, targets: Tensor): boolean {
  const classes = p.shape.at(-1)!;
  const rows = p.shape.slice(0, -1);
  if (targets.dtype === "f32" && sameShape(targets.shape, p.shape)) return false;
  if (targets.dtype !== "i32" || !sameShape(targets.shape, rows))
    throw new ShapeError(
      `${WHERE}: targets are ${formatShape(targets.shape)} ${targets.dtype}, expected ${formatShape(p.shape)} f32, ` +
        `or class ids ${formatShape(rows)} i32`,
    );
  checkIds(`${WHERE}: target`, targets, classes, `is outside 0..${classes - 1}`);
  return true;
}

/**
 * −Σ t · log p along the last axis of probabilities [..., classes], as Keras's categorical_crossentropy: each row is
 * divided by its sum, then clipped to 1e-7 … 1 − 1e-7. Targets: distributions of the same shape, or i32 class ids
 * [...] that stand for one-hot rows. For logits, `crossEntropy` is more exact. Throws a ShapeError when the shapes
 * do not fit, and a ValueError for an id outside the classes where the targets are known on the host.
 */
export function categoricalCrossEntropy(
  probabilities: Tensor,
  targets: Tensor,
  options: { reduction?: Reduction } = {},
): Tensor {
  checkOptions(WHERE, options, ["reduction"]);
  const { reduction = "mean" } = options;
  checkReduction(WHERE, reduction);
  checkNoGradient(WHERE, targets);
  expectDtype(WHERE, "probabilities", probabilities, "f32");
  if (probabilities.shape.length === 0)
    throw new ShapeError(`${WHERE}: probabilities are a scalar, expected [..., classes]`);
  const device = sameDevice(WHERE, probabilities, targets);
  const integer_targets = checkTargets(probabilities, targets);
  const p = contiguousOf(probabilities);
  const wanted = contiguousOf(targets);
  const classes = p.shape.at(-1)!;
  const rows = p.size / classes;
  const shared = {
    classes,
    p_offset: p.offset,
    targets_offset: wanted.offset,
    clip: CLIP,
    integer_targets,
  };
  const losses = lossMemory(device, p.shape.slice(0, -1), reduction);
  const sums = scratchTensor(device, [rows]);
  const inside = scratchTensor(device, [rows]);
  device.backend.run(
    "categorical_cross_entropy",
    { rows, ...shared },
    {
      p: p.storage.bind(),
      targets: wanted.storage.bind(),
      loss: losses.storage.bind(),
      sums: sums.storage.bind(),
      inside: inside.storage.bind(),
    },
  );
  const loss = reduceLosses(losses, reduction);
  record(WHERE, [probabilities], [loss], [p, wanted, sums, inside], ([dout], sink) => {
    if (!dout) return;
    const { source, ...douts } = upstream(dout);
    sink.into(probabilities, (dp, accumulate) =>
      device.backend.run(
        "categorical_cross_entropy_backward",
        {
          count: p.size,
          ...shared,
          ...douts,
          scale: lossScale(reduction, rows),
          accumulate: accumulate ? 1 : 0,
        },
        {
          p: p.storage.bind(),
          targets: wanted.storage.bind(),
          sums: sums.storage.bind(),
          inside: inside.storage.bind(),
          dout: source.storage.bind(),
          dp: dp.storage.bind(),
        },
      ),
    );
  });
  sums.storage.release();
  inside.storage.release();
  return loss;
}
