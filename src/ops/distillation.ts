import { withGrad } from "../autograd.ts";
import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { add, mul, sub } from "./binary.ts";
import { crossEntropy } from "./cross_entropy.ts";
import { expectDtype, sameDevice } from "./launch.ts";
import { sum } from "./reduce.ts";
import { logSoftmax } from "./softmax.ts";
import { exp } from "./unary.ts";

/** What `distillationLoss` takes beside logits and targets. */
export interface DistillationOptions {
  /** Logits of both are divided by it first: above 1, what the teacher holds for unlikely counts for more. Default 2. */
  temperature?: number;
  /** Weight of the teacher's answers, from 0 to 1; the true targets have the rest. Default 0.5. */
  alpha?: number;
}

/**
 * The loss of a student that learns from a teacher's answers and from the true ones (Hinton, Vinyals & Dean 2015):
 *
 *   alpha · T² · KL(softmax(teacher / T) ‖ softmax(student / T)) + (1 − alpha) · crossEntropy(student, targets)
 *
 * as means over the rows. T² keeps the first part's gradient of one size whatever the temperature. Logits
 * [..., classes], targets [...] class ids as i32. No gradient flows into the teacher; make its logits in noGrad.
 * Throws a ShapeError when the shapes differ, and a ValueError for a temperature that is not above 0 or an alpha
 * outside 0 to 1.
 */
export function distillationLoss(
  studentLogits: Tensor,
  teacherLogits: Tensor,
  targets: Tensor,
  options: DistillationOptions = {},
): Tensor {
  const where = "distillationLoss";
  checkOptions(where, options, ["temperature", "alpha"]);
  const { temperature = 2, alpha = 0.5 } = options;
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw new ValueError(`${where}: temperature is ${temperature}, expected a number above 0`);
  if (!(alpha >= 0 && alpha <= 1))
    throw new ValueError(`${where}: alpha is ${alpha}, expected a number from 0 to 1`);
  expectDtype(where, "teacherLogits", teacherLogits, "f32");
  sameDevice(where, studentLogits, teacherLogits);
  if (!sameShape(studentLogits.shape, teacherLogits.shape))
    throw new ShapeError(
      `${where}: student and teacher have different logits: ${formatShape(studentLogits.shape)} and ` +
        `${formatShape(teacherLogits.shape)}; both must tell the same classes apart`,
    );
  const hard = alpha < 1 ? mul(crossEntropy(studentLogits, targets), 1 - alpha) : null;
  if (alpha === 0) return hard!;

  const soften = (logits: Tensor): Tensor => logSoftmax(mul(logits, 1 / temperature));
  const teacher = withGrad(false, () => soften(teacherLogits));
  const divergence = sum(mul(exp(teacher), sub(teacher, soften(studentLogits))));
  const soft = mul(divergence, (alpha * temperature ** 2) / targets.size);
  return hard ? add(soft, hard) : soft;
}
