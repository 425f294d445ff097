import { record, withGrad } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import { type Tensor, viewOf } from "../tensor.ts";
import { add } from "./binary.ts";
import { fillInto } from "./launch.ts";
import { reduceInto } from "./reduce.ts";

/**
 * x [batch, length, width] plus rows start to start + length − 1 of a table [positions, width], in one dispatch. The
 * gradient of x is that of the result; the table's, its sum over the batch, is written in place.
 */
export function addPositions(x: Tensor, table: Tensor, start: number): Tensor {
  const [, length, width] = x.shape;
  const rows = (of: Tensor): Tensor => viewOf(of, [length, width], [width, 1], of.offset + start * width);
  const out = withGrad(false, () => add(x, rows(table)));
  record("addPositions", [x, table], [out], [], ([dout], sink) => {
    if (!dout) return;
    sink.into(table, (dtable, accumulate) => {
      const part = length < table.shape[0];
      if (part && !accumulate) fillInto(dtable, 0);
      reduceInto(dout, [0], rows(dtable), { operation: REDUCE.sum, accumulate: accumulate || part });
    });
    sink.give(x, dout);
  });
  return out;
}
