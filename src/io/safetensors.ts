/**
 * The safetensors file format: a u64 header length, a JSON header, then the tensors' bytes without gaps, all
 * little-endian (as is every machine that runs these engines). Bytes in, bytes out; reading and writing files is
 * the caller's.
 *
 * Source: https://github.com/huggingface/safetensors#format
 */
import { FileFormatError, ShapeError, ValueError } from "../errors.ts";
import { formatShape, sizeOf } from "../shape.ts";
import type { Dtype } from "../tensor.ts";
import { bfloatToFloat, halfToFloat } from "./half.ts";
import { parseHeader, type StoredTensor, type StoredType } from "./safetensors_header.ts";

type StoredDtype = Dtype | "i8";
type StoredArray = Float32Array | Int32Array | Int8Array;

/** A tensor's values in host memory, row-major. */
export interface HostTensor {
  readonly shape: number[];
  /** i8 is a type of files and of quantized modules; tensors hold f32 or i32. */
  readonly dtype: StoredDtype;
  /** `sizeOf(shape)` values: Float32Array for f32, Int32Array for i32, Int8Array for i8. */
  readonly data: StoredArray;
}

/** Tensors by name. */
export type TensorMap = Map<string, HostTensor>;

/** What a safetensors file holds. */
export interface SafetensorsFile {
  /**
   * The tensors, in the order of their bytes. `data` is made when it is read: a view of the file's bytes for I8, and
   * for F32 and I32 that lie aligned, else a converted copy that is held weakly, so that reading tensor by tensor needs
   * memory for one conversion only. Reading an I64 tensor throws a FileFormatError when a value is beyond i32.
   */
  tensors: TensorMap;
  /** The strings under `__metadata__`; {} when there are none. */
  metadata: Record<string, string>;
}

const F32: readonly StoredType[] = ["F32", "F16", "BF16"];

/**
 * Reads a safetensors file. F32, F16 and BF16 become f32; I32, I64, U8 and BOOL become i32; I8 stays i8.
 * `where` is the file's name for errors. Throws a FileFormatError when the file is truncated, malformed, another
 * format, or holds another type.
 */
export function readSafetensors(bytes: ArrayBuffer | Uint8Array, where = "readSafetensors"): SafetensorsFile {
  if (!(bytes instanceof ArrayBuffer) && !(bytes instanceof Uint8Array))
    throw new ValueError(`${where}: expected the file's bytes as an ArrayBuffer or a Uint8Array`);
  // A plain view, because slices of a Node Buffer are not copies.
  const file =
    bytes instanceof ArrayBuffer
      ? new Uint8Array(bytes)
      : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { stored, metadata, dataStart } = parseHeader(file, where);
  const tensors: TensorMap = new Map();
  for (const entry of stored)
    tensors.set(
      entry.name,
      new LazyTensor(where, entry, file.subarray(dataStart + entry.start, dataStart + entry.end)),
    );
  return { tensors, metadata };
}

class LazyTensor implements HostTensor {
  readonly shape: number[];
  readonly dtype: StoredDtype;
  readonly #where: string;
  readonly #stored: StoredTensor;
  readonly #bytes: Uint8Array;
  #converted: WeakRef<StoredArray> | undefined;

  constructor(where: string, stored: StoredTensor, bytes: Uint8Array) {
    this.shape = stored.shape;
    this.dtype = F32.includes(stored.type) ? "f32" : stored.type === "I8" ? "i8" : "i32";
    this.#where = where;
    this.#stored = stored;
    this.#bytes = bytes;
  }

  get data(): StoredArray {
    let data = this.#converted?.deref();
    if (!data) {
      data = decode(this.#where, this.#stored, this.#bytes);
      this.#converted = new WeakRef(data);
    }
    return data;
  }
}

function decode(where: string, { name, type, shape }: StoredTensor, bytes: Uint8Array): StoredArray {
  const size = sizeOf(shape);
  // Typed arrays need offsets that are multiples of their element; copies start at 0.
  const aligned = (to: number): Uint8Array => (bytes.byteOffset % to === 0 ? bytes : bytes.slice());
  const words = aligned(type === "F16" || type === "BF16" ? 2 : 4);
  switch (type) {
    case "F32":
      return new Float32Array(words.buffer, words.byteOffset, size);
    case "F16":
      return halfToFloat(new Uint16Array(words.buffer, words.byteOffset, size));
    case "BF16":
      return bfloatToFloat(new Uint16Array(words.buffer, words.byteOffset, size));
    case "I32":
      return new Int32Array(words.buffer, words.byteOffset, size);
    case "I64":
      return narrow(where, name, new Int32Array(words.buffer, words.byteOffset, 2 * size));
    case "I8":
      return new Int8Array(bytes.buffer, bytes.byteOffset, size);
    case "U8":
      return new Int32Array(bytes);
    case "BOOL":
      return new Int32Array(bytes).map((byte) => (byte === 0 ? 0 : 1));
  }
}

/** I64 values, given as low and high words, that all fit i32. */
function narrow(where: string, name: string, words: Int32Array): Int32Array {
  const values = new Int32Array(words.length / 2);
  for (let i = 0; i < values.length; i++) {
    const low = words[2 * i];
    const high = words[2 * i + 1];
    if (high !== low >> 31) {
      const value = (BigInt(high) << 32n) | BigInt(low >>> 0);
      throw new FileFormatError(
        `${where}: tensor "${name}" is I64 and has ${value} at element ${i}; wgrad reads I64 as i32, which ends at ` +
          (value < 0n ? "-2147483648" : "2147483647"),
      );
    }
    values[i] = low;
  }
  return values;
}

/**
 * Writes tensors, in the order of the map, and strings as a safetensors file that every reader of the format opens.
 * Throws a ShapeError when a tensor's values do not fill its shape, a ValueError when its dtype is not that of its
 * values, for a tensor named `__metadata__` and for metadata that is not strings.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, HostTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header: [string, unknown][] = [];
  for (const [key, value] of Object.entries(metadata))
    if (typeof value !== "string")
      throw new ValueError(`writeSafetensors: metadata "${key}" is a ${typeof value}, expected a string`);
  if (Object.keys(metadata).length > 0) header.push(["__metadata__", metadata]);
  const chunks: Uint8Array[] = [];
  let end = 0;
  for (const [name, tensor] of tensors) {
    const { shape, dtype } = tensor;
    const data = checkedData(name, tensor);
    chunks.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const start = end;
    end += data.byteLength;
    header.push([name, { dtype: dtype.toUpperCase(), shape, data_offsets: [start, end] }]);
  }
  // Written pair by pair, because an object would put names like "0" first.
  const json = header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(",");
  const text = new TextEncoder().encode(`{${json}}`);
  const headerLength = Math.ceil(text.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.fill(0x20, 8, 8 + headerLength);
  file.set(text, 8);
  let offset = 8 + headerLength;
  for (const chunk of chunks) {
    file.set(chunk, offset);
    offset += chunk.length;
  }
  return file;
}

const ARRAYS = { f32: Float32Array, i32: Int32Array, i8: Int8Array };

function checkedData(name: string, { shape, dtype, data }: HostTensor): StoredArray {
  if (name === "__metadata__")
    throw new ValueError(
      'writeSafetensors: the format keeps the name "__metadata__" for itself; rename the tensor',
    );
  if (!Object.hasOwn(ARRAYS, dtype) || !(data instanceof ARRAYS[dtype]))
    throw new ValueError(
      `writeSafetensors: tensor "${name}" has dtype ${dtype} and its values are a ${data?.constructor.name}; ` +
        "expected f32 with a Float32Array, i32 with an Int32Array or i8 with an Int8Array",
    );
  if (data.length !== sizeOf(shape))
    throw new ShapeError(
      `writeSafetensors: tensor "${name}" has ${data.length} values, its shape ${formatShape(shape)} needs ${sizeOf(shape)}`,
    );
  return data;
}
