import { describe, it } from "vitest";
import {
  abs,
  add,
  clamp,
  cos,
  div,
  exp,
  floor,
  gelu,
  less,
  log,
  maskedFill,
  maximum,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  relu,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  sub,
  sum,
  tanh,
  tensor,
  transpose,
  tril,
  triu,
  where,
} from "../../src/index.ts";
import { testNumbers } from "../cases/case.ts";
import { gradcheck } from "./gradcheck.ts";

/** Numbers away from 0, where abs, relu and sign have corners. */
const apart = { shape: [3, 4], data: testNumbers(12, 5).map((v) => v + Math.sign(v) * 0.1) };
const positive = { shape: [3, 4], data: testNumbers(12, 6).map((v) => Math.abs(v) + 0.3) };

describe("elementwise gradients against finite differences", () => {
  const anywhere = { neg, exp, square, sigmoid, tanh, gelu, silu, softplus, sin, cos };
  for (const [name, f] of Object.entries(anywhere)) {
    it(name, () => gradcheck((x) => f(x), [[3, 4]]));
    it(`${name}, of a transposed input with a broadcast gradient`, () =>
      gradcheck((x) => mul(sum(f(transpose(x)), { axis: 0 }), f(x)), [[4, 4]]));
  }
  for (const [name, f] of Object.entries({ log, sqrt, reciprocal }))
    it(name, () => gradcheck((x) => f(x), [positive]));
  for (const [name, f] of Object.entries({ abs, relu, floor, sign }))
    it(name, () => gradcheck((x) => f(x), [apart]));
  it("gelu, approximated by tanh", () => gradcheck((x) => gelu(x, "tanh"), [[3, 4]]));

  for (const [name, f] of Object.entries({ add, sub, mul, maximum, minimum })) {
    it(name, () =>
      gradcheck(f, [
        [3, 4],
        [3, 4],
      ]),
    );
    it(`${name}, broadcast both ways`, () =>
      gradcheck(f, [
        [2, 1, 4],
        [3, 1],
      ]));
  }
  it("div", () => gradcheck(div, [[3, 4], positive]));
  it("div, broadcast", () => gradcheck(div, [[2, 3, 4], { shape: [4], data: [1, -2, 0.7, 3] }]));
  it("pow", () => gradcheck(pow, [positive, [4]]));
  it("pow by a number", () => gradcheck((x) => pow(x, 3), [[3, 4]]));
  it("numbers on either side", () => gradcheck((x) => sub(div(1, add(x, 3)), mul(2, x)), [[3]]));

  it("where", () =>
    gradcheck(
      (a, b) => where(less(a, b), mul(a, 2), b),
      [
        [3, 4],
        [2, 1, 4],
      ],
    ));
  it("maskedFill", () =>
    gradcheck((x) => maskedFill(x, tensor(Int32Array.of(0, 1, 0), { device: x.device }), -3), [[2, 3]]));
  it("triu and tril", () => gradcheck((x) => add(triu(x, 1), tril(mul(x, x))), [[2, 3, 4]]));
  it("clamp", () => gradcheck((x) => clamp(x, -0.9, 1.1), [[5, 5]]));
});

describe("tensors used more than once", () => {
  it("as both operands", () => gradcheck((x) => add(mul(x, x), add(x, x)), [[3, 3]]));
  it("beside their transpose", () => gradcheck((x) => mul(add(x, transpose(x)), x), [[3, 3]]));
  it("along branches of different length", () =>
    gradcheck(
      (x) => {
        const y = tanh(x);
        return add(mul(y, sigmoid(y)), sub(exp(y), transpose(y)));
      },
      [[3, 3]],
    ));
  it("as an output and on the way to another", () =>
    gradcheck(
      (x) => {
        const y = square(x);
        return [y, sin(y), mul(y, y)];
      },
      [[4]],
    ));
});
