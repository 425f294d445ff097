import { record } from "../autograd.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import { emptyTensor, scratchTensor, type Tensor, viewOf } from "../tensor.ts";
import { checkIds } from "./ids.ts";
import { contiguousOf, expectDtype, sameDevice } from "./launch.ts";
import { checkReduction, lossMemory, type Reduction, upstream } from "./loss.ts";

/** What `crossEntropy` takes beside logits and targets. */
export interface CrossEntropyOptions {
  /** Rows with this target count for nothing; default −100. */
  ignoreIndex?: number;
  /** Share of the target's weight that is spread evenly over all classes; default 0. */
  labelSmoothing?: number;
  /** `mean` (default) divides by the number of rows that are not ignored. */
  reduction?: Reduction;
}

function check(where: string, logits: Tensor, targets: Tensor, options: CrossEntropyOptions): void {
  checkOptions(where, options, ["ignoreIndex", "labelSmoothing", "reduction"]);
  const { ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" } = options;
  checkReduction(where, reduction);
  if (!(labelSmoothing >= 0 && labelSmoothing <= 1))
    throw new ValueError(`${where}: labelSmoothing is ${labelSmoothing}, expected a number from 0 to 1`);
  if (!Number.isInteger(ignoreIndex))
    throw new ValueError(`${where}: ignoreIndex is ${ignoreIndex}, expected a whole number`);
  expectDtype(where, "logits", logits, "f32");
  if (logits.shape.length === 0)
    throw new ShapeError(`${where}: logits are a scalar, expected [..., classes]`);
  const expected = logits.shape.slice(0, -1);
  if (!sameShape(targets.shape, expected))
    throw new ShapeError(
      `${where}: targets are ${formatShape(targets.shape)}, expected class ids ${formatShape(expected)} ` +
        `for logits ${formatShape(logits.shape)}`,
    );
  expectDtype(where, "targets", targets, "i32");
  const classes = logits.shape.at(-1)!;
  checkIds(`${where}: target`, targets, classes, `is outside 0..${classes - 1}`, ignoreIndex);
}

/** Launches the rows and, for a reduced loss or the accuracy, the total over them; records the gradient. */
function run(
  where: string,
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions,
  wantsAccuracy: boolean,
): { loss: Tensor; accuracy: Tensor | null } {
  check(where, logits, targets, options);
  const { ignoreIndex = -100, labelSmoothing = 0, reduction = "mean" } = options;
  const device = sameDevice(where, logits, targets);
  const x = contiguousOf(logits);
  const ids = contiguousOf(targets);
  const rows = ids.size;
  const shared = {
    classes: logits.shape.at(-1)!,
    logits_offset: x.offset,
    targets_offset: ids.offset,
    ignore_index: ignoreIndex,
    smoothing: labelSmoothing,
  };
  const losses = lossMemory(device, targets.shape, reduction);
  const lse = scratchTensor(device, [rows]);
  const correct = scratchTensor(device, [rows]);
  device.backend.run(
    "cross_entropy",
    { rows, ...shared },
    {
      logits: x.storage.bind(),
      targets: ids.storage.bind(),
      loss: losses.storage.bind(),
      lse: lse.storage.bind(),
      correct: correct.storage.bind(),
    },
  );
  const reduced = reduction !== "none";
  const result = reduced || wantsAccuracy ? emptyTensor(device, [3]) : null;
  if (result)
    device.backend.run(
      "cross_entropy_total",
      { rows, targets_offset: ids.offset, ignore_index: ignoreIndex, mean: reduction === "mean" ? 1 : 0 },
      {
        loss: losses.storage.bind(),
        correct: correct.storage.bind(),
        targets: ids.storage.bind(),
        result: result.storage.bind(),
      },
    );
  const loss = reduced ? viewOf(result!, [], [], 0) : losses;
  const saved = [x, ids, lse, ...(reduced ? [result!] : [])];
  record(where, [logits], [loss], saved, ([dout], sink) => {
    if (!dout) return;
    const { source, ...douts } = upstream(dout);
    sink.into(logits, (dlogits, accumulate) =>
      device.backend.run(
        "cross_entropy_backward",
        {
          count: x.size,
          ...shared,
          ...douts,
          divided: reduced ? 1 : 0,
          accumulate: accumulate ? 1 : 0,
        },
        {
          logits: x.storage.bind(),
          targets: ids.storage.bind(),
          lse: lse.storage.bind(),
          dout: source.storage.bind(),
          ...(reduced ? { result: result!.storage.bind() } : {}),
          dlogits: dlogits.storage.bind(),
        },
      ),
    );
  });
  for (const scratch of [lse, correct, ...(reduced ? [losses] : [])]) scratch.storage.release();
  return { loss, accuracy: wantsAccuracy ? viewOf(result!, [], [], 1) : null };
}

/**
 * −log softmax(logits)[target], as torch.nn.functional.cross_entropy: logits [..., classes], targets [...] class ids
 * as i32. Two launches forward (one without reduction), one backward. A mean over nothing but ignored rows is 0,
 * where PyTorch has NaN. Throws a ShapeError when the shapes do not fit, and a ValueError for a target outside the
 * classes where the targets are known on the host; on the device they are clamped.
 */
export function crossEntropy(logits: Tensor, targets: Tensor, options: CrossEntropyOptions = {}): Tensor {
  return run("crossEntropy", logits, targets, options, false).loss;
}

/**
 * The loss of `crossEntropy`, and with it `accuracy`: the share of rows, ignored ones left out, whose largest logit
 * (the first of equal ones) is the target's. It is a scalar that no gradient flows through; with a reduced loss it
 * costs no launch.
 */
export function crossEntropyStats(
  logits: Tensor,
  targets: Tensor,
  options: CrossEntropyOptions = {},
): { loss: Tensor; accuracy: Tensor } {
  const { loss, accuracy } = run("crossEntropyStats", logits, targets, options, true);
  return { loss, accuracy: accuracy! };
}
