/** softmax and logSoftmax: PyTorch's numbers, masks, large scores. */
import {
  add,
  type Device,
  expand,
  logSoftmax,
  maskedFill,
  mul,
  softmax,
  sum,
  tensor,
  triu,
  ones,
  cast,
} from "../../src/index.ts";
import fixture from "../fixtures/softmax.json" with { type: "json" };
import { assertClose, assertEqual, assertThrows, type DeviceCase } from "./case.ts";

const fixtureCases = fixture.cases.map(
  (c): DeviceCase => ({
    name: `${c.name}: as PyTorch`,
    async run(device) {
      const x = tensor(fixture.x.data, { device, shape: fixture.x.shape, requiresGrad: true });
      const y = (c.op === "softmax" ? softmax : logSoftmax)(x, c.dim);
      // exp may err by 3 + 2|x| units in the last place; differences of scores reach 8 here.
      await assertClose(y, c.y.data, 3e-6, "y");
      sum(mul(y, tensor(c.w.data, { device, shape: c.w.shape }))).backward();
      await assertClose(x.grad!, c.grads.x.data, 5e-6, "dx");
    },
  }),
);

export const softmaxCases: DeviceCase[] = [
  ...fixtureCases,
  {
    name: "softmax: large scores, masked elements, wholly masked rows",
    async run(device: Device) {
      const x = tensor(
        [
          [1000, 1000, -1000],
          [0, -3e38, 0],
          [-3e38, -3e38, -3e38],
          [-1e9, -1e9, -1e9],
        ],
        { device, requiresGrad: true },
      );
      const y = softmax(x);
      const third = 1 / 3;
      await assertClose(y, [0.5, 0.5, 0, 0.5, 0, 0.5, 0, 0, 0, third, third, third], 3e-7);
      sum(mul(y, tensor([1, 2, 3], { device }))).backward();
      const dx = [-0.25, 0.25, 0, -0.5, 0, 0.5, 0, 0, 0, -third, 0, third];
      await assertClose(x.grad!, dx, 1e-6, "dx");
      x.zeroGrad();
      const log = logSoftmax(x);
      const half = -Math.log(2);
      const masked = Math.fround(-3e38);
      const thirds = [-Math.log(3), -Math.log(3), -Math.log(3)];
      const expected = [half, half, half - 2000, half, masked, half, masked, masked, masked, ...thirds];
      await assertClose(log, expected, 1e-6, "log");
      sum(mul(log, tensor([1, 0, 0], { device }))).backward();
      const dlog = [0.5, -0.5, 0, 0.5, 0, -0.5, 0, 0, 0, 2 * third, -third, -third];
      await assertClose(x.grad!, dlog, 1e-6, "dlog");
    },
  },
  {
    name: "softmax: a causal mask over many columns, gradient of a view added to another",
    async run(device) {
      const length = 70;
      const future = cast(triu(ones([length, length], { device }), 1), "i32");
      const x = tensor(new Float32Array(length), { device, requiresGrad: true });
      const rows = expand(x, [length, length]);
      const y = softmax(maskedFill(rows, future, -3e38));
      const sums = await sum(y, { axis: -1 }).data();
      await assertClose(sums, new Float32Array(length).fill(1), 1e-6, "rows add up to 1");
      const values = await y.data();
      await assertClose([values[0], values[1], values[length], values[length + 2]], [1, 0, 0.5, 0], 1e-6);
      add(sum(y), sum(x)).backward();
      await assertClose(x.grad!, new Float32Array(length).fill(1), 1e-5, "dx");
    },
  },
  {
    name: "softmax: what it refuses",
    async run(device) {
      const x = tensor([1, 2], { device });
      await assertThrows(() => softmax(x, 1), "softmax: axis 1 is outside a tensor of rank 1");
      await assertThrows(() => logSoftmax(cast(x, "i32")), "logSoftmax: x [2] is i32, expected f32");
      await assertEqual(softmax(tensor([[5]], { device })), [1]);
    },
  },
];
