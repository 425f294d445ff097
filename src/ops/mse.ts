import { checkOptions, ShapeError } from "../errors.ts";
import { formatShape, sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { sub } from "./binary.ts";
import { checkReduction, type Reduction } from "./loss.ts";
import { mean, sum } from "./reduce.ts";
import { square } from "./unary.ts";

/**
 * (x − target)², as torch.nn.functional.mse_loss; the mean unless told otherwise. Gradients flow to both. Throws a
 * ShapeError when the shapes differ: [n, 1] and [n] would broadcast to [n, n], which nobody wants.
 */
export function mse(x: Tensor, target: Tensor, options: { reduction?: Reduction } = {}): Tensor {
  checkOptions("mse", options, ["reduction"]);
  const { reduction = "mean" } = options;
  checkReduction("mse", reduction);
  if (!sameShape(x.shape, target.shape))
    throw new ShapeError(
      `mse: x is ${formatShape(x.shape)} and target ${formatShape(target.shape)}; reshape one to the other`,
    );
  const squares = square(sub(x, target));
  if (reduction === "none") return squares;
  return reduction === "sum" ? sum(squares) : mean(squares);
}
