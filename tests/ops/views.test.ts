import { describe, it } from "vitest";
import {
  add,
  concat,
  contiguous,
  expand,
  flatten,
  mul,
  permute,
  repeat,
  reshape,
  select,
  slice,
  split,
  square,
  squeeze,
  stack,
  transpose,
  unsqueeze,
} from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

describe("gradients of views against finite differences", () => {
  it("reshape", () => gradcheck((x) => mul(reshape(x, [4, 3]), reshape(x, [4, 3])), [[2, 6]]));
  it("reshape of a transposed tensor", () =>
    gradcheck((x) => square(reshape(transpose(x), [2, 6])), [[4, 3]]));
  it("reshape that splits an axis of a slice", () =>
    gradcheck((x) => square(reshape(slice(x, 2, 2, 6), [2, 3, 2, 2])), [[2, 3, 8]]));
  it("flatten", () => gradcheck((x) => square(flatten(x, 1)), [[2, 3, 2]]));
  it("permute", () => gradcheck((x) => square(permute(x, [2, 0, 1])), [[2, 3, 4]]));
  it("permute of five axes, contiguous", () =>
    gradcheck((x) => square(contiguous(permute(x, [4, 2, 0, 3, 1]))), [[2, 3, 2, 1, 2]]));
  it("slice with a step", () => gradcheck((x) => square(slice(x, 1, 1, 6, 2)), [[2, 6]]));
  it("slices that overlap", () =>
    gradcheck((x) => mul(slice(x, 0, 0, 3), add(slice(x, 0, 1, 4), slice(x, 0, 2))), [[5, 2]]));
  it("select", () => gradcheck((x) => mul(select(x, 1, -1), select(x, 1, 0)), [[3, 4]]));
  it("a tensor and its own slice", () => gradcheck((x) => mul(x, slice(x, 0, 0, 1)), [[3, 4]]));
  it("expand", () => gradcheck((x) => square(expand(x, [3, -1, 4])), [[2, 1]]));
  it("expand, used twice", () =>
    gradcheck((x) => mul(expand(x, [2, 3]), transpose(expand(x, [3, 2]), 0, 1)), [[1]]));
  it("repeat", () => gradcheck((x) => square(repeat(x, [2, 1, 3])), [[2, 3]]));
  it("squeeze and unsqueeze", () =>
    gradcheck((x) => square(unsqueeze(squeeze(transpose(x), 1), 0)), [[2, 3, 1]]));
  it("concat", () =>
    gradcheck(
      (a, b) => square(concat([a, transpose(b), a], 1)),
      [
        [2, 3],
        [2, 2],
      ],
    ));
  it("stack", () =>
    gradcheck(
      (a, b) => square(stack([a, b, a], -1)),
      [
        [2, 3],
        [2, 3],
      ],
    ));
  it("split, one part unused", () =>
    gradcheck(
      (x) => {
        const [first, , third] = split(x, [2, 1, 2], 1);
        return mul(first, square(third));
      },
      [[3, 5]],
    ));
});
