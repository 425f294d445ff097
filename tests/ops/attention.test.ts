import { describe, it } from "vitest";
import {
  type AttentionOptions,
  cast,
  type Device,
  manualSeed,
  scaledDotProductAttention,
  tensor,
  type Tensor,
  transpose,
} from "../../src/index.ts";
import { testNumbers } from "../cases/case.ts";
import { projectBlocks } from "../../src/ops/projection.ts";
import { gradcheck } from "./gradcheck.ts";

/** The output alone, with options that may need the device. */
function attention(options: (device: Device) => AttentionOptions = () => ({})) {
  return (q: Tensor, k: Tensor, v: Tensor): Tensor => {
    // The same counter for every call, so that dropout draws the same weights.
    manualSeed(5);
    return scaledDotProductAttention(q, k, v, options(q.device)).output;
  };
}

const marks = (length: number, every: number) =>
  Int32Array.from({ length }, (_, i) => Number(i % every === 1));

/** Two sequences of two heads: 3 queries of 5 keys. */
const CROSS = [
  [2, 2, 3, 4],
  [2, 2, 5, 4],
  [2, 2, 5, 4],
];

describe("gradients of scaledDotProductAttention against finite differences", () => {
  it("of queries, keys and values, of other lengths than each other", () => gradcheck(attention(), CROSS));
  it("with one head and no batch, of width 1", () =>
    gradcheck(attention(), [
      [2, 1],
      [3, 1],
      [3, 1],
    ]));
  it("causal", () =>
    gradcheck(
      attention(() => ({ causal: true })),
      CROSS,
    ));
  it("with padding, one sequence of it throughout", () =>
    gradcheck(
      attention((device) => ({
        keyPaddingMask: tensor([1, 1, 1, 1, 1, 0, 1, 0, 0, 1], { device, shape: [2, 5], dtype: "i32" }),
      })),
      CROSS,
    ));
  it("with numbers added to the scores, and another scale", () =>
    gradcheck(
      attention((device) => ({
        attnMask: tensor(testNumbers(30), { device, shape: [2, 1, 3, 5] }),
        scale: 0.3,
      })),
      CROSS,
    ));
  it("with forbidden pairs, one query without any key", () =>
    gradcheck(
      attention((device) => ({
        attnMask: tensor([...[1, 1, 1, 1, 1], ...marks(10, 3)], { device, shape: [3, 5], dtype: "i32" }),
      })),
      CROSS,
    ));
  it("with dropout, and all masks", () =>
    gradcheck(
      attention((device) => ({
        dropout: 0.4,
        causal: true,
        attnMask: tensor(testNumbers(60), { device, shape: [4, 3, 5] }),
        keyPaddingMask: cast(tensor([0, 0, 1, 0, 0, 0, 0, 0, 0, 1], { device, shape: [2, 5] }), "i32"),
      })),
      CROSS,
    ));
  it("of more queries than a block of the twin has", () =>
    gradcheck(
      attention(() => ({ causal: true })),
      [
        [35, 2],
        [34, 2],
        [34, 2],
      ],
    ));
  it("of transposed operands", () =>
    gradcheck(
      (q, k, v) =>
        scaledDotProductAttention(transpose(q, 1, 2), transpose(k, 1, 2), transpose(v), { causal: true })
          .output,
      [
        [2, 3, 2, 4],
        [2, 5, 2, 4],
        [2, 2, 4, 5],
      ],
    ));
  it("of one tensor for all three", () =>
    gradcheck((x) => scaledDotProductAttention(x, x, x).output, [[2, 4, 3]]));
  it("of a mask (the plain path)", () =>
    gradcheck(
      (q, k, v, attnMask) => scaledDotProductAttention(q, k, v, { attnMask, causal: true }).output,
      [...CROSS, [3, 5]],
    ));
  it("of output and weights (the plain path), with dropout", () =>
    gradcheck((q, k, v) => {
      manualSeed(5);
      const { output, weights } = scaledDotProductAttention(q, k, v, { needWeights: true, dropout: 0.3 });
      return [output, weights!];
    }, CROSS));
});

describe("gradients of attention's projections against finite differences", () => {
  const block = (x: Tensor, weight: Tensor, first: number, rows: number, biasFirst = first) => ({
    x,
    weight,
    first,
    rows,
    biasFirst,
  });
  it("of one input, blocks of one weight and bias", () =>
    gradcheck(
      (x, w, bias) => projectBlocks("test", [block(x, w, 0, 2), block(x, w, 2, 3)], bias),
      [[2, 3, 4], [5, 4], [5]],
    ));
  it("of several inputs and weights", () =>
    gradcheck(
      (x, y, w, u, bias) => projectBlocks("test", [block(x, w, 0, 2), block(y, u, 0, 3, 2)], bias),
      [[3, 4], [2, 2, 5], [2, 4], [3, 5], [5]],
    ));
  it("of a result that nothing uses: its block of the weight gets zeros", () =>
    gradcheck(
      (x, w, bias) => projectBlocks("test", [block(x, w, 0, 2), block(x, w, 2, 3)], bias)[0],
      [[3, 4], [5, 4], [5]],
    ));
  it("of transposed inputs", () =>
    gradcheck(
      (x, w) => projectBlocks("test", [block(transpose(x), w, 0, 2)]),
      [
        [3, 4, 2],
        [2, 4],
      ],
    ));
});
