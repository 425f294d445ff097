import { describe, expect, it } from "vitest";
import { bfloatToFloat, halfToFloat } from "../../src/io/half.ts";

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits);

describe("16-bit floats", () => {
  it("gives every half precision number the value that its definition has", () => {
    const floats = halfToFloat(all);
    const wrong: number[] = [];
    for (const bits of all) {
      const sign = bits >= 0x8000 ? -1 : 1;
      const exponent = (bits >> 10) % 32;
      const fraction = bits % 1024;
      let expected = sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
      if (exponent === 0) expected = sign * fraction * 2 ** -24;
      if (exponent === 31) expected = fraction === 0 ? sign * Infinity : NaN;
      if (!Object.is(floats[bits], expected)) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
  });

  it("names the values that matter", () => {
    const named: [number, number][] = [
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x8000, -0],
      [0x3c00, 1],
      [0x7bff, 65504],
      [0xfc00, -Infinity],
      [0x7e00, NaN],
    ];
    for (const [bits, value] of named) expect(halfToFloat(Uint16Array.of(bits))[0]).toBe(value);
  });

  it("gives every bfloat16 the f32 that it is the upper half of", () => {
    const floats = bfloatToFloat(all);
    const view = new DataView(new ArrayBuffer(4));
    const wrong: number[] = [];
    for (const bits of all) {
      view.setUint16(0, bits);
      if (!Object.is(floats[bits], view.getFloat32(0))) wrong.push(bits);
    }
    expect(wrong).toEqual([]);
    expect(bfloatToFloat(Uint16Array.of(0x0001, 0x7f80, 0x3f80))).toEqual(
      Float32Array.of(2 ** -133, Infinity, 1),
    );
  });

  it("keeps NaN payloads and their signs", () => {
    const bits = (floats: Float32Array): Uint32Array => new Uint32Array(floats.buffer);
    expect(bits(halfToFloat(Uint16Array.of(0x7c01, 0xfe00)))).toEqual(Uint32Array.of(0x7f802000, 0xffc00000));
    expect(bits(bfloatToFloat(Uint16Array.of(0x7f81, 0xffc0)))).toEqual(
      Uint32Array.of(0x7f810000, 0xffc00000),
    );
  });
});
