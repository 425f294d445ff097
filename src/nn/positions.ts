import { checkOptions, ShapeError, ValueError } from "../errors.ts";
import { checkRate, dropout } from "../ops/dropout.ts";
import { expectDtype } from "../ops/launch.ts";
import { addPositions } from "../ops/positions.ts";
import { formatShape } from "../shape.ts";
import { leafTensor, type Parameter, type Tensor } from "../tensor.ts";
import { initialized, normal } from "./init.ts";
import { checkSize } from "./linear.ts";
import { Module, moduleDevice, type ModuleOptions } from "./module.ts";

/** What a table of positions is made of. */
export interface PositionsOptions extends ModuleOptions {
  /** Share of the result that is dropped while training; 0. */
  dropout?: number;
}

/** What `forward` of a table of positions takes beside x. */
export interface PositionsCall {
  /** Position of the first token: a cache's length, when decoding; 0. */
  start?: number;
}

/** Adds rows of a table; throws when there are not enough of them. */
function withPositions(
  where: string,
  x: Tensor,
  table: Tensor,
  rate: number,
  options: PositionsCall,
): Tensor {
  checkOptions(where, options, ["start"]);
  const { start = 0 } = options;
  const [positions, width] = table.shape;
  expectDtype(where, "x", x, "f32");
  if (x.shape.length !== 3 || x.shape[2] !== width)
    throw new ShapeError(`${where}: x is ${formatShape(x.shape)}, expected [batch, length, ${width}]`);
  if (!Number.isInteger(start) || start < 0)
    throw new ValueError(`${where}: start must be a whole number of at least 0, got ${start}`);
  const end = start + x.shape[1];
  if (end > positions)
    throw new ShapeError(
      `${where}: x ${formatShape(x.shape)} from position ${start} needs ${end} positions, the table has ${positions}; ` +
        "make it with a larger maxLength, or shorten the sequence",
    );
  return dropout(addPositions(x, table, start), rate);
}

/**
 * The positions of the 2017 paper, which are not trained: sin(p · ω) and cos(p · ω) side by side, with ω = 10000^(−2i /
 * dModel) for the pair of columns 2i and 2i + 1. They are not in the state dict.
 * Throws a ValueError for sizes and rates that cannot be. Source: Vaswani et al. 2017, section 3.5.
 */
export class SinusoidalPositions extends Module {
  /** [maxLength, dModel] */
  readonly table: Tensor;
  readonly dropout: number;

  constructor(dModel: number, options: PositionsOptions & { maxLength?: number } = {}) {
    super();
    checkOptions("SinusoidalPositions", options, ["device", "maxLength", "dropout"]);
    const { maxLength = 5000, dropout: rate = 0 } = options;
    checkSize("SinusoidalPositions", "dModel", dModel);
    checkSize("SinusoidalPositions", "maxLength", maxLength);
    checkRate("SinusoidalPositions", "dropout", rate);
    const values = new Float64Array(maxLength * dModel);
    for (let c = 0; c < dModel; c++) {
      const omega = 10_000 ** (-(c - (c % 2)) / dModel);
      const wave = c % 2 === 0 ? Math.sin : Math.cos;
      for (let p = 0; p < maxLength; p++) values[p * dModel + c] = wave(p * omega);
    }
    this.table = leafTensor(moduleDevice(options), values, [maxLength, dModel], "f32");
    this.dropout = rate;
  }

  /** x [batch, length, dModel] → x + positions. Throws a ShapeError for a sequence longer than the table. */
  forward(x: Tensor, options: PositionsCall = {}): Tensor {
    return withPositions("SinusoidalPositions", x, this.table, this.training ? this.dropout : 0, options);
  }
}

/**
 * Positions that are trained, as in BERT and GPT-2: weight [maxLength, dModel] from N(0, 0.02²).
 * Throws a ValueError for sizes and rates that cannot be.
 */
export class LearnedPositions extends Module {
  readonly weight: Parameter;
  readonly dropout: number;

  constructor(maxLength: number, dModel: number, options: PositionsOptions = {}) {
    super();
    checkOptions("LearnedPositions", options, ["device", "dropout"]);
    const { dropout: rate = 0 } = options;
    checkSize("LearnedPositions", "maxLength", maxLength);
    checkSize("LearnedPositions", "dModel", dModel);
    checkRate("LearnedPositions", "dropout", rate);
    this.weight = initialized([maxLength, dModel], normal(0, 0.02), { device: moduleDevice(options) });
    this.dropout = rate;
  }

  /** x [batch, length, dModel] → x + positions. Throws a ShapeError for a sequence longer than the table. */
  forward(x: Tensor, options: PositionsCall = {}): Tensor {
    return withPositions("LearnedPositions", x, this.weight, this.training ? this.dropout : 0, options);
  }
}
