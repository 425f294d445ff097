import { describe, expect, it } from "vitest";
import { FileFormatError } from "../../src/errors.ts";
import { readSafetensors } from "../../src/io/safetensors.ts";
import { float32, REFERENCE, safetensorsFile } from "./by_hand.ts";

describe("readSafetensors refuses", () => {
  const x = (entry: string): string => `{"x":${entry}}`;
  const refusals: [string, Uint8Array, string][] = [
    [
      "an empty file",
      new Uint8Array(0),
      "truncated safetensors file: it has 0 bytes, the header's length alone takes 8",
    ],
    [
      "a file cut in its header",
      REFERENCE.subarray(0, 100),
      "truncated safetensors file: the header takes 464 bytes, the file has 92",
    ],
    [
      "a file cut in its data",
      REFERENCE.subarray(0, REFERENCE.length - 10),
      "truncated safetensors file: header says 90 bytes of data, the file has 80",
    ],
    [
      "bytes behind the end",
      Uint8Array.of(...REFERENCE, 0),
      "safetensors file with bytes behind its end: header says 90 bytes of data, the file has 91",
    ],
    [
      "a header that is too long",
      Uint8Array.of(1, 0xe1, 0xf5, 5, 0, 0, 0, 0, 1),
      "not a safetensors file: it would have a header of 100000001 bytes, at most 100000000 are allowed",
    ],
    [
      "a header beyond 2^53",
      new Uint8Array(16).fill(255),
      "not a safetensors file: it would have a header of 18446744073709551615 bytes",
    ],
    ["a header that is not JSON", safetensorsFile('{"x":'), "the safetensors header is not JSON: "],
    [
      "a header that is not UTF-8",
      safetensorsFile('{"\u0000"}').fill(0xff, 10, 11),
      "the safetensors header is not JSON: ",
    ],
    ["a header that is a list", safetensorsFile("[]"), "the safetensors header is not a JSON object"],
    ["a zip archive", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0, 0, 0), "this is a zip archive (PyTorch's .pt"],
    [
      "an HDF5 file",
      Uint8Array.of(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10),
      "this is an HDF5 file (Keras's .h5)",
    ],
    ["a web page", new TextEncoder().encode("<!DOCTYPE html>"), "this is an HTML or XML page"],
    [
      "a Git LFS pointer",
      new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\n"),
      "this is a Git LFS pointer",
    ],
    ["metadata that is a list", safetensorsFile('{"__metadata__":[]}'), "__metadata__ is not a JSON object"],
    [
      "metadata that is no text",
      safetensorsFile('{"__metadata__":{"a":1}}'),
      '__metadata__ "a" is not a string',
    ],
    ["an entry that is no object", safetensorsFile(x("3")), 'tensor "x" is not a JSON object in the header'],
    [
      "another type",
      safetensorsFile(x('{"dtype":"F64","shape":[1],"data_offsets":[0,8]}'), new Uint8Array(8)),
      'tensor "x" is F64; wgrad reads F32, F16, BF16, I64, I32, I8, U8, BOOL',
    ],
    [
      "a type named after a method",
      safetensorsFile(x('{"dtype":"toString","shape":[],"data_offsets":[0,0]}')),
      'tensor "x" is toString; wgrad reads F32',
    ],
    ["no type", safetensorsFile(x('{"shape":[],"data_offsets":[0,0]}')), 'tensor "x" is of no type'],
    [
      "a negative size",
      safetensorsFile(x('{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}'), float32(1)),
      'tensor "x" has a shape that is no list of sizes: [-1]',
    ],
    [
      "offsets that run backwards",
      safetensorsFile(x('{"dtype":"F32","shape":[1],"data_offsets":[4,0]}'), float32(1)),
      'tensor "x" has data_offsets that are no [start, end]: [4,0]',
    ],
    [
      "one offset",
      safetensorsFile(x('{"dtype":"F32","shape":[1],"data_offsets":[0]}'), float32(1)),
      'tensor "x" has data_offsets that are no [start, end]: [0]',
    ],
    [
      "a shape that does not fit the bytes",
      safetensorsFile(x('{"dtype":"F32","shape":[2,3],"data_offsets":[0,20]}'), new Uint8Array(20)),
      'tensor "x" is F32 [2, 3], 24 bytes; its data_offsets span 20',
    ],
    [
      "a size beyond all memory",
      safetensorsFile(x('{"dtype":"U8","shape":[9007199254740991,4],"data_offsets":[0,4]}'), float32(1)),
      'tensor "x" is U8 [9007199254740991, 4]',
    ],
    [
      "offsets outside the file",
      safetensorsFile(x('{"dtype":"U8","shape":[9],"data_offsets":[0,9]}'), float32(1)),
      "truncated safetensors file: header says 9 bytes of data, the file has 4",
    ],
    [
      "tensors that overlap",
      safetensorsFile(
        '{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}',
        float32(1),
      ),
      'tensors "a" and "b" overlap: one ends at byte 3, the other starts at 2',
    ],
    [
      "a hole",
      safetensorsFile(
        '{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}',
        float32(1),
      ),
      'no tensor covers bytes 1 to 2 of the data, before "b"',
    ],
  ];
  for (const [what, bytes, message] of refusals)
    it(what, () => {
      const read = (): unknown => readSafetensors(bytes, "w.safetensors");
      expect(read).toThrow(FileFormatError);
      expect(read).toThrow(`w.safetensors: ${message}`);
    });

  it("every shortened copy of a good file", () => {
    for (let length = 0; length < REFERENCE.length; length++)
      expect(() => readSafetensors(REFERENCE.subarray(0, length))).toThrow(FileFormatError);
  });

  it("what is not bytes", () => {
    expect(() => readSafetensors("{}" as unknown as Uint8Array)).toThrow(
      "readSafetensors: expected the file's bytes as an ArrayBuffer or a Uint8Array",
    );
  });
});
