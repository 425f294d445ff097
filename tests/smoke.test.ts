/** The first page to read: a tensor, an op, a gradient, and a model that learns. */
import { expect, it } from "vitest";
import { Adam, Linear, manualSeed, mse, mul, sum, tensor, useDevice } from "../src/index.ts";

it("computes, differentiates and learns", async () => {
  await useDevice("cpu");
  manualSeed(1);

  const x = tensor([1, 2, 3], { requiresGrad: true });
  const y = sum(mul(x, x)); // x₁² + x₂² + x₃²
  expect(await y.item()).toBe(14);

  y.backward(); // dy/dx = 2x
  expect([...(await x.grad!.data())]).toEqual([2, 4, 6]);

  // A line through four points of y = 3x − 1, found by gradient descent.
  const inputs = tensor([[-1], [0], [1], [2]]);
  const targets = tensor([[-4], [-1], [2], [5]]);
  const model = new Linear(1, 1);
  const optimizer = new Adam(model.parameters(), { lr: 0.1 });
  for (let step = 0; step < 200; step++) {
    optimizer.zeroGrad();
    mse(model.forward(inputs), targets).backward();
    await optimizer.step();
  }
  expect((await model.weight.data())[0]).toBeCloseTo(3, 3);
  expect((await model.bias!.data())[0]).toBeCloseTo(-1, 3);
});
