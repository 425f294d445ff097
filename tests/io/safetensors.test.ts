import { describe, expect, it } from "vitest";
import { FileFormatError, ShapeError, ValueError } from "../../src/errors.ts";
import {
  type HostTensor,
  readSafetensors,
  type TensorMap,
  writeSafetensors,
} from "../../src/io/safetensors.ts";
import { float32, int32, REFERENCE, safetensorsFile } from "./by_hand.ts";

const f32 = (shape: number[], ...values: number[]): HostTensor => ({
  shape,
  dtype: "f32",
  data: Float32Array.from(values),
});
const i32 = (shape: number[], ...values: number[]): HostTensor => ({
  shape,
  dtype: "i32",
  data: Int32Array.from(values),
});

function expectReference(bytes: ArrayBuffer | Uint8Array): void {
  const { tensors, metadata } = readSafetensors(bytes, "reference.safetensors");
  expect(metadata).toEqual({ licence: "Molière ’" });
  expect([...tensors.keys()]).toEqual(["ids", "weight", "counts", "brain", "half", "bytes", "mask"]);
  const expected: Record<string, [number[], Float32Array | Int32Array]> = {
    ids: [[3], Int32Array.of(-2147483648, 7, 2147483647)],
    weight: [[2, 3], Float32Array.of(1.5, -2.25, 0.1, 3e38, -0, 2 ** -149)],
    counts: [[1, 2], Int32Array.of(-5, 6)],
    brain: [[3], Float32Array.of(1, -3.140625, Infinity)],
    half: [
      [12],
      Float32Array.of(
        0,
        -0,
        2 ** -24,
        -1023 * 2 ** -24,
        2 ** -14,
        1,
        -2,
        65504,
        Infinity,
        -Infinity,
        NaN,
        1365 / 4096,
      ),
    ],
    bytes: [[3], Int32Array.of(0, 128, 255)],
    mask: [[], Int32Array.of(1)],
  };
  for (const [name, [shape, data]] of Object.entries(expected)) {
    const tensor = tensors.get(name)!;
    expect(tensor.shape, name).toEqual(shape);
    expect(tensor.dtype, name).toBe(data instanceof Float32Array ? "f32" : "i32");
    expect(tensor.data, name).toStrictEqual(data);
  }
}

describe("readSafetensors", () => {
  it("reads what the reference implementation wrote", () => expectReference(REFERENCE));

  it("reads an ArrayBuffer, a Node Buffer and bytes at any offset", () => {
    expectReference(REFERENCE.buffer);
    expectReference(Buffer.from(REFERENCE));
    for (let offset = 1; offset < 9; offset++) {
      const shifted = new Uint8Array(REFERENCE.length + 20);
      shifted.set(REFERENCE, offset);
      expectReference(shifted.subarray(offset, offset + REFERENCE.length));
    }
  });

  it("gives views where the data lie aligned, and keeps the caller's bytes as they are", () => {
    const file = writeSafetensors(new Map([["x", f32([2], 1, 2)]]));
    const data = readSafetensors(file).tensors.get("x")!.data;
    expect(data.buffer).toBe(file.buffer);
    const before = REFERENCE.slice();
    expectReference(REFERENCE);
    expect(REFERENCE).toEqual(before);
  });

  it("converts when read: an I64 value beyond i32 stops only its own tensor", () => {
    const words = int32(5, 0, 0, 1, -1, -1);
    const file = safetensorsFile(
      '{"big":{"dtype":"I64","shape":[3],"data_offsets":[0,24]},"x":{"dtype":"F32","shape":[1],"data_offsets":[24,28]}}',
      words,
      float32(0.5),
    );
    const { tensors } = readSafetensors(file, "ids.safetensors");
    expect(tensors.get("x")!.data).toEqual(Float32Array.of(0.5));
    expect(() => tensors.get("big")!.data).toThrow(
      'ids.safetensors: tensor "big" is I64 and has 4294967296 at element 1; wgrad reads I64 as i32, which ends at 2147483647',
    );
    expect(() => tensors.get("big")!.data).toThrow(FileFormatError);
    const low = safetensorsFile(
      '{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}',
      int32(2147483647, -1),
    );
    expect(() => readSafetensors(low).tensors.get("n")!.data).toThrow(
      "has -2147483649 at element 0; wgrad reads I64 as i32, which ends at -2147483648",
    );
  });

  it("reads an empty file, scalars and empty tensors", () => {
    expect(readSafetensors(safetensorsFile("{}")).tensors.size).toBe(0);
    const file = safetensorsFile(
      '{"b":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"I32","shape":[3,0],"data_offsets":[0,0]}}',
      float32(7),
    );
    const { tensors, metadata } = readSafetensors(file);
    expect(metadata).toEqual({});
    expect(tensors.get("a")).toMatchObject({ shape: [3, 0], dtype: "i32", data: new Int32Array(0) });
    expect(tensors.get("b")!.data).toEqual(Float32Array.of(7));
  });

  it("treats every byte of a BOOL other than 0 as 1", () => {
    const file = safetensorsFile(
      '{"m":{"dtype":"BOOL","shape":[3],"data_offsets":[0,3]}}',
      Uint8Array.of(0, 1, 255),
    );
    expect(readSafetensors(file).tensors.get("m")!.data).toEqual(Int32Array.of(0, 1, 1));
  });

  it("takes a tensor named __proto__ for what it is", () => {
    const file = safetensorsFile(
      '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"__proto__":"text"}}',
      float32(1),
    );
    const { tensors, metadata } = readSafetensors(file);
    expect([...tensors.keys()]).toEqual(["__proto__"]);
    expect(Object.entries(metadata)).toEqual([["__proto__", "text"]]);
  });
});

describe("writeSafetensors", () => {
  it("writes, byte for byte, what a writer by hand does", () => {
    const tensors: TensorMap = new Map([
      ["lstm.weight", f32([2, 2], 1, -0, 0.1, Infinity)],
      ["0", i32([], -7)],
      ['é’"', f32([0, 3])],
    ]);
    const written = writeSafetensors(tensors, { author: "Molière" });
    const byHand = safetensorsFile(
      '{"__metadata__":{"author":"Molière"},' +
        '"lstm.weight":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' +
        '"0":{"dtype":"I32","shape":[],"data_offsets":[16,20]},' +
        '"é’\\"":{"dtype":"F32","shape":[0,3],"data_offsets":[20,20]}}',
      float32(1, -0, 0.1, Infinity),
      int32(-7),
    );
    expect(written).toEqual(byHand);
    expect(Number(new DataView(written.buffer).getBigUint64(0, true)) % 8).toBe(0);
  });

  it("leaves __metadata__ out when there is none, and writes parts of larger arrays", () => {
    const data = Float32Array.of(1, 2, 3, 4).subarray(1, 3);
    expect(writeSafetensors(new Map([["x", { shape: [2], dtype: "f32" as const, data }]]))).toEqual(
      safetensorsFile('{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', float32(2, 3)),
    );
    expect(writeSafetensors(new Map())).toEqual(safetensorsFile("{}"));
  });

  it("reads back every bit, NaN payloads included", () => {
    const bits = Uint32Array.of(0x7fc00001, 0xffffffff, 0x00000001, 0x80000000, 0x7f7fffff);
    const x: HostTensor = { shape: [5], dtype: "f32", data: new Float32Array(bits.buffer) };
    const { data } = readSafetensors(writeSafetensors(new Map([["x", x]]))).tensors.get("x")!;
    expect(new Uint32Array(data.buffer, data.byteOffset, 5)).toEqual(bits);
  });

  it("refuses values that do not fill the shape, dtypes that are not the values', and reserved names", () => {
    expect(() => writeSafetensors(new Map([["x", f32([2, 3], 1)]]))).toThrow(ShapeError);
    expect(() => writeSafetensors(new Map([["x", f32([2, 3], 1)]]))).toThrow(
      'writeSafetensors: tensor "x" has 1 values, its shape [2, 3] needs 6',
    );
    const wrong = { ...f32([1], 1), dtype: "i32" as const };
    expect(() => writeSafetensors(new Map([["x", wrong]]))).toThrow(
      'writeSafetensors: tensor "x" has dtype i32 and its values are a Float32Array',
    );
    const doubles = { shape: [1], dtype: "f32", data: Float64Array.of(1) } as unknown as HostTensor;
    expect(() => writeSafetensors(new Map([["x", doubles]]))).toThrow(ValueError);
    expect(() => writeSafetensors(new Map([["__metadata__", f32([1], 1)]]))).toThrow(
      'the format keeps the name "__metadata__" for itself',
    );
    expect(() => writeSafetensors(new Map(), { epoch: 3 as unknown as string })).toThrow(
      'writeSafetensors: metadata "epoch" is a number, expected a string',
    );
  });
});
