/** Several products with blocks of shared weights as one node, as attention's packed projections need them. */
import { record } from "../autograd.ts";
import { REDUCE } from "../backend/operations.ts";
import { ShapeError } from "../errors.ts";
import { formatShape } from "../shape.ts";
import { emptyTensor, type Tensor, viewOf } from "../tensor.ts";
import { asMatrix, expectDtype, fillInto, sameDevice } from "./launch.ts";
import { matmulInto, turned } from "./matmul.ts";
import { reduceInto } from "./reduce.ts";

/** x · weight[first … first + rows − 1]ᵀ + bias[biasFirst …]. */
export interface ProjectionBlock {
  /** [..., in] */
  x: Tensor;
  /** [rows of all blocks, in] */
  weight: Tensor;
  first: number;
  rows: number;
  biasFirst: number;
}

/** A block of rows of a contiguous tensor, not recorded. */
function rowBlock(x: Tensor, first: number, rows: number): Tensor {
  const inner = x.strides[0];
  return viewOf(x, [rows, ...x.shape.slice(1)], x.strides, x.offset + first * inner);
}

/**
 * The products of all blocks, [..., rows] each, a launch for each. They are one node, so that the gradients of a shared
 * weight (and of the bias) are written block by block in place. Blocks of one weight must not overlap, and together
 * cover it, as those of the bias do.
 */
export function projectBlocks(where: string, blocks: readonly ProjectionBlock[], bias?: Tensor): Tensor[] {
  for (const [i, { x, weight }] of blocks.entries()) {
    expectDtype(where, "input", x, "f32");
    if (x.shape.at(-1) !== weight.shape[1])
      throw new ShapeError(
        `${where}: input ${i + 1} is ${formatShape(x.shape)}, expected [..., ${weight.shape[1]}] ` +
          `for a weight of ${formatShape(weight.shape)}`,
      );
  }
  const weights = [...new Set(blocks.map(({ weight }) => weight))];
  const inputs = [...new Set([...blocks.map(({ x }) => x), ...weights, ...(bias ? [bias] : [])])];
  const device = sameDevice(where, ...inputs);
  const sources = blocks.map(({ x }) => asMatrix(x));
  const outputs = blocks.map(({ x, weight, first, rows, biasFirst }, i) => {
    const out = emptyTensor(device, [...x.shape.slice(0, -1), rows]);
    matmulInto(sources[i], turned(rowBlock(weight, first, rows)), asMatrix(out), {
      bias: bias && rowBlock(bias, biasFirst, rows),
    });
    return out;
  });
  record(where, inputs, outputs, [...sources, ...weights], (gradients, sink) => {
    const douts = gradients.map((dout) => dout && asMatrix(dout));
    for (const [i, { x, weight, first, rows }] of blocks.entries()) {
      const dout = douts[i];
      if (dout)
        sink.into(x, (dx, accumulate) =>
          matmulInto(dout, rowBlock(weight, first, rows), asMatrix(dx), { accumulate }),
        );
    }
    for (const weight of weights)
      sink.into(weight, (dw, accumulate) => {
        for (const [i, block] of blocks.entries())
          if (block.weight === weight)
            gradientBlock(douts[i], rowBlock(dw, block.first, block.rows), accumulate, (dout, out) =>
              matmulInto(turned(dout), sources[i], out, { accumulate }),
            );
      });
    if (bias)
      sink.into(bias, (db, accumulate) => {
        for (const [i, { biasFirst, rows }] of blocks.entries())
          gradientBlock(douts[i], rowBlock(db, biasFirst, rows), accumulate, (dout, out) =>
            reduceInto(dout, [0], out, { operation: REDUCE.sum, accumulate }),
          );
      });
  });
  return outputs;
}

/** Writes a block of a gradient: zeros where its output got none. */
function gradientBlock(
  dout: Tensor | null,
  out: Tensor,
  accumulate: boolean,
  write: (dout: Tensor, out: Tensor) => void,
): void {
  if (dout) write(dout, out);
  else if (!accumulate) fillInto(out, 0);
}
