import type { ElementType, TypedArray } from "../backend.ts";

type Words = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

const ARRAYS = { f32: Float32Array, i32: Int32Array, u32: Uint32Array } as const;

/** Numbers as a buffer of this type stores them; no copy when they are that already. */
export function toWords(type: ElementType, data: ArrayLike<number>): Words {
  const Words = ARRAYS[type];
  return data instanceof Words && data.buffer instanceof ArrayBuffer ? (data as Words) : Words.from(data);
}

/** The bytes of a buffer of this type as numbers. */
export function fromBytes(type: ElementType, bytes: ArrayBuffer): TypedArray {
  return new ARRAYS[type](bytes);
}
