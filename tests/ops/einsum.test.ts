import { describe, it } from "vitest";
import { einsum } from "../../src/index.ts";
import { gradcheck } from "./gradcheck.ts";

describe("gradients of einsum against finite differences", () => {
  const table: [string, ...number[][]][] = [
    ["ij,jk->ik", [2, 3], [3, 4]],
    ["bhqd,bhkd->bhqk", [2, 2, 3, 2], [2, 2, 4, 2]],
    ["bqhd,bkhd->bhqk", [2, 3, 2, 2], [2, 4, 2, 2]],
    ["i,j->ji", [2], [3]],
    ["bij,j->bi", [2, 3, 4], [4]],
    ["ijk,kjd->id", [2, 3, 2], [2, 3, 2]],
    ["ijd,ijk->dk", [2, 3, 2], [2, 3, 4]],
    ["ij,kl->k", [2, 3], [2, 3]],
    ["ijk->kj", [2, 3, 4]],
  ];
  for (const [equation, ...shapes] of table)
    it(equation, () => gradcheck((...operands) => einsum(equation, ...operands), shapes));
});
