import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stackSamples, toTensors } from "../../src/data/batch.ts";
import { TensorDataset } from "../../src/data/dataset.ts";
import { type Device, openDevice } from "../../src/device.ts";
import { ShapeError, ValueError } from "../../src/errors.ts";
import { tensor } from "../../src/ops/create.ts";
import { emptyTensor } from "../../src/tensor.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

const x = () => ({ data: Float32Array.of(1, 2, 3, 4, 5, 6), shape: [3, 2] });
const y = () => ({ data: Int32Array.of(7, 8, 9), shape: [3] });

describe("TensorDataset", () => {
  it("gives rows of every array", () => {
    const dataset = new TensorDataset(x(), y());
    expect(dataset.length).toBe(3);
    const [inputs, targets] = dataset.batch([2, 0]);
    expect(inputs).toEqual({ data: Float32Array.of(5, 6, 1, 2), shape: [2, 2] });
    expect(targets).toEqual({ data: Int32Array.of(9, 7), shape: [2] });
    expect(dataset.get(1)).toEqual([
      { data: Float32Array.of(3, 4), shape: [2] },
      { data: Int32Array.of(8), shape: [] },
    ]);
  });

  it("knows the kind of each array, and gives copies", () => {
    const source = x();
    const [inputs, targets] = new TensorDataset(source, y()).get(0);
    const floats: Float32Array = inputs.data;
    const ids: Int32Array = targets.data;
    floats.fill(0);
    ids.fill(0);
    expect(source.data[0]).toBe(1);
  });

  it("takes tensors made from data", () => {
    const inputs = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { device },
    );
    const dataset = new TensorDataset(inputs, tensor(Int32Array.of(5, 6), { device }));
    expect(dataset.get(1)).toEqual([
      { data: Float32Array.of(3, 4), shape: [2] },
      { data: Int32Array.of(6), shape: [] },
    ]);
  });

  it("refuses arrays that do not belong together", () => {
    expect(() => new TensorDataset()).toThrow("TensorDataset: expected at least one array");
    const longer = { data: Int32Array.of(1, 2, 3, 4), shape: [4] };
    expect(() => new TensorDataset(x(), longer)).toThrow(ShapeError);
    expect(() => new TensorDataset(x(), longer)).toThrow(
      "TensorDataset: first sizes differ: array 0 is [3, 2], array 1 is [4]",
    );
    expect(() => new TensorDataset({ data: Float32Array.of(1), shape: [2, 2] })).toThrow(
      "TensorDataset: array 0 has 1 values, its shape [2, 2] needs 4",
    );
    expect(() => new TensorDataset({ data: Float32Array.of(1), shape: [] })).toThrow(
      "TensorDataset: array 0 is a scalar; its first axis must count the samples",
    );
    expect(() => new TensorDataset({ data: [1] as unknown as Float32Array, shape: [1] })).toThrow(
      "TensorDataset: array 0 is neither a tensor nor",
    );
    expect(() => new TensorDataset(emptyTensor(device, [2, 2]))).toThrow(
      "TensorDataset: the values of array 0 are on the device only; pass { data: await x.data(), shape: x.shape }",
    );
  });

  it("refuses rows that do not exist", () => {
    for (const index of [3, -1, 0.5])
      expect(() => new TensorDataset(x()).get(index)).toThrow(
        `TensorDataset: there is no sample ${index}, they are 0 to 2`,
      );
  });
});

describe("stackSamples", () => {
  it("gives each array a first axis, under names or by place", () => {
    const named = stackSamples([
      { ids: { data: Int32Array.of(1, 2), shape: [2] }, label: { data: Float32Array.of(0.5), shape: [] } },
      { ids: { data: Int32Array.of(3, 4), shape: [2] }, label: { data: Float32Array.of(1), shape: [] } },
    ]);
    expect(named).toEqual({
      ids: { data: Int32Array.of(1, 2, 3, 4), shape: [2, 2] },
      label: { data: Float32Array.of(0.5, 1), shape: [2] },
    });
    expect(stackSamples([[y()], [y()]])).toEqual([{ data: Int32Array.of(7, 8, 9, 7, 8, 9), shape: [2, 3] }]);
  });

  it("refuses samples that differ", () => {
    const short = { data: Int32Array.of(1), shape: [1] };
    expect(() => stackSamples([{ ids: y() }, { ids: short }])).toThrow(ShapeError);
    expect(() => stackSamples([{ ids: y() }, { ids: short }])).toThrow(
      'batch: "ids" of sample 1 is [1] (1 values), that of sample 0 is [3]; pad or cut them to one shape',
    );
    const other = { data: Float32Array.of(1, 2, 3), shape: [3] };
    expect(() => stackSamples<{ ids: typeof short | typeof other }>([{ ids: y() }, { ids: other }])).toThrow(
      ValueError,
    );
    expect(() => stackSamples([{ ids: y() }, {} as { ids: typeof short }])).toThrow(
      '"ids" of sample 1 is missing',
    );
    const list = { data: [1] as unknown as Float32Array, shape: [1] };
    expect(() => stackSamples([[list]])).toThrow(
      '"0" of sample 0 is a Array, expected an Int32Array or a Float32Array',
    );
  });
});

describe("toTensors", () => {
  it("keeps names, shapes and kinds", async () => {
    const { inputs, targets } = toTensors({ inputs: x(), targets: y() }, device);
    expect([inputs.shape, inputs.dtype, inputs.device]).toEqual([[3, 2], "f32", device]);
    expect([targets.shape, targets.dtype]).toEqual([[3], "i32"]);
    expect(await inputs.data()).toEqual(x().data);
    expect(await targets.data()).toEqual(y().data);
  });

  it("keeps places", async () => {
    const [inputs, targets] = toTensors([x(), y()] as const, device);
    expect(await inputs.data()).toEqual(x().data);
    expect(await targets.data()).toEqual(y().data);
  });

  it("refuses arrays that do not fill their shape", () => {
    expect(() => toTensors([{ data: Int32Array.of(1), shape: [2] }], device)).toThrow(ShapeError);
  });
});
