/**
 * numpy's files: `.npy` holds one array, `.npz` is a zip archive of them.
 *
 *   readNpz(bytes, where) -> Map from name ("x_train") to array
 *   readNpy(bytes, where) -> { shape, dtype, data }      data: Int32Array, Float64Array, or an array of objects
 *   integerLists(array, where) -> number[][]             the lists of whole numbers in an array of objects
 *
 * Whole numbers come as Int32Array with a range check, whatever their width in the file; floats as Float64Array;
 * arrays of Python objects go through the restricted reader of pickle.ts. Format: numpy.lib.format, versions 1 to 3.
 */
import { unzipSync } from "fflate";
import { FileFormatError } from "../../src/index.ts";
import { unpickleObjectArray } from "./pickle.ts";

/** One array of a file. */
export interface NpyArray {
  readonly shape: readonly number[];
  /** As numpy writes it: "<i8", "|O", … */
  readonly dtype: string;
  /** Row-major. */
  readonly data: Int32Array | Float64Array | readonly unknown[];
}

/** What a damaged or hostile archive may unpack to; Keras's imdb.npz takes some 70 MB. */
const MAX_BYTES = 2 ** 30;

/** The arrays of an `.npz` file by name. Throws a FileFormatError that says what is wrong with it. */
export function readNpz(bytes: Uint8Array, where: string): Map<string, NpyArray> {
  if (bytes.length < 4 || bytes[0] !== 0x50 || bytes[1] !== 0x4b)
    throw new FileFormatError(
      `${where} is not an npz file: expected a zip archive, which starts with "PK", got ${startOf(bytes)}`,
    );
  let files: Record<string, Uint8Array>;
  let total = 0;
  try {
    files = unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!name.endsWith(".npy")) return false;
        total += originalSize;
        if (total > MAX_BYTES) throw new Error(`it unpacks to more than ${MAX_BYTES / 2 ** 20} MiB`);
        return true;
      },
    });
  } catch (error) {
    throw new FileFormatError(
      `${where}: the zip archive cannot be read (${(error as Error).message}); it is truncated or damaged, get it again`,
    );
  }
  const names = Object.keys(files);
  if (names.length === 0) throw new FileFormatError(`${where}: the archive holds no .npy file`);
  return new Map(
    names.map((name) => [name.slice(0, -".npy".length), readNpy(files[name], `${where}, ${name}`)]),
  );
}

/** Array `name` of an archive; throws a FileFormatError naming what is in it. */
export function arrayOf(arrays: ReadonlyMap<string, NpyArray>, name: string, where: string): NpyArray {
  const array = arrays.get(name);
  if (array === undefined)
    throw new FileFormatError(
      `${where}: no array "${name}" in it, it holds ${[...arrays.keys()].join(", ")}`,
    );
  return array;
}

/** The array of an `.npy` file. Throws a FileFormatError for a damaged file and for types that are not read. */
export function readNpy(bytes: Uint8Array, where: string): NpyArray {
  const isNumpy = bytes[0] === 0x93 && new TextDecoder().decode(bytes.subarray(1, 6)) === "NUMPY";
  if (!isNumpy) throw new FileFormatError(`${where} is not a .npy file: it starts with ${startOf(bytes)}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = bytes[6];
  if (!(version >= 1 && version <= 3))
    throw new FileFormatError(`${where}: version ${version} of the .npy format, expected 1, 2 or 3`);
  const fields = version === 1 ? 10 : 12;
  const truncated = (): FileFormatError =>
    new FileFormatError(
      `${where} ends at byte ${bytes.length}, before its array does; the file is truncated`,
    );
  if (bytes.length < fields) throw truncated();
  const start = fields + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < start) throw truncated();
  const header = new TextDecoder(version === 3 ? "utf-8" : "latin1").decode(bytes.subarray(fields, start));
  const { dtype, fortran, shape } = parseHeader(header, where);
  const size = shape.reduce((product, length) => product * length, 1);

  if (/^[|<>]?O8?$/.test(dtype)) {
    const array = unpickleObjectArray(bytes.subarray(start), where);
    if (array.items.length !== size)
      throw new FileFormatError(
        `${where}: the header says ${size} objects, the pickle holds ${array.items.length}`,
      );
    // As for numbers below: the order of one axis is the same in both.
    if (array.fortran && shape.length > 1) throw wrongOrder(where);
    return { shape, dtype, data: array.items };
  }
  if (fortran && shape.length > 1) throw wrongOrder(where);
  const [, order, kind, width] = /^([|<>=])([biuf])([1248])$/.exec(dtype) ?? [];
  if (kind === undefined || (kind === "f" && Number(width) < 4))
    throw new FileFormatError(
      `${where}: arrays of type ${JSON.stringify(dtype)} are not read; expected whole numbers, floats or objects`,
    );
  if (bytes.length < start + size * Number(width)) throw truncated();
  const read = reader(view, kind, Number(width), order !== ">");
  if (kind === "f") {
    const data = new Float64Array(size);
    for (let i = 0; i < size; i++) data[i] = Number(read(start + i * Number(width)));
    return { shape, dtype, data };
  }
  const data = new Int32Array(size);
  for (let i = 0; i < size; i++) {
    const value = Number(read(start + i * Number(width)));
    data[i] = value;
    if (data[i] !== value)
      throw new FileFormatError(`${where}: the number ${value} at ${i} does not fit 32 bits`);
  }
  return { shape, dtype, data };
}

/** The elements of an array of objects that are lists of whole numbers; throws a FileFormatError naming the first that is not. */
export function integerLists(array: NpyArray, where: string): number[][] {
  const { data } = array;
  if (!Array.isArray(data))
    throw new FileFormatError(`${where}: the array is ${array.dtype}, expected lists of ids`);
  data.forEach((list: unknown, i) => {
    const wrong = Array.isArray(list) ? list.findIndex((id) => !Number.isInteger(id)) : 0;
    if (wrong >= 0)
      throw new FileFormatError(
        `${where}: element ${i} is not a list of whole numbers` +
          (Array.isArray(list)
            ? ` (place ${wrong} has ${JSON.stringify(list[wrong])})`
            : ` (a ${typeof list})`),
      );
  });
  return data as number[][];
}

/** The three entries of the header, a Python dictionary: `{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }`. */
function parseHeader(header: string, where: string): { dtype: string; fortran: boolean; shape: number[] } {
  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const fortran = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(((?:\s*\d+L?\s*,?)*)\s*\)/.exec(header)?.[1];
  if (dtype === undefined || fortran === undefined || shape === undefined)
    throw new FileFormatError(
      `${where}: the header ${JSON.stringify(header.trim().slice(0, 80))} is not one of a plain array`,
    );
  return { dtype, fortran: fortran === "True", shape: (shape.match(/\d+/g) ?? []).map(Number) };
}

/** Reads one number at a byte of the file. */
function reader(
  view: DataView,
  kind: string,
  width: number,
  little: boolean,
): (at: number) => number | bigint {
  if (kind === "f")
    return width === 4 ? (at) => view.getFloat32(at, little) : (at) => view.getFloat64(at, little);
  const signed = kind === "i";
  switch (width) {
    case 1:
      return signed ? (at) => view.getInt8(at) : (at) => view.getUint8(at);
    case 2:
      return signed ? (at) => view.getInt16(at, little) : (at) => view.getUint16(at, little);
    case 4:
      return signed ? (at) => view.getInt32(at, little) : (at) => view.getUint32(at, little);
    default:
      return signed ? (at) => view.getBigInt64(at, little) : (at) => view.getBigUint64(at, little);
  }
}

function wrongOrder(where: string): FileFormatError {
  return new FileFormatError(`${where}: the array is stored column by column; save np.ascontiguousarray(x)`);
}

/** The first bytes of a file, for people. */
function startOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return "nothing: the file is empty";
  const start = bytes.subarray(0, 8);
  const text = new TextDecoder("latin1").decode(start);
  return /^[ -~\s]+$/.test(text)
    ? JSON.stringify(text)
    : `bytes ${[...start].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}
