/** The header of a safetensors file: read, and checked against the bytes behind it. */
import { FileFormatError } from "../errors.ts";
import { formatShape } from "../shape.ts";

const BYTES = { F32: 4, F16: 2, BF16: 2, I64: 8, I32: 4, I8: 1, U8: 1, BOOL: 1 } as const;

/** The types that are read; others are refused by name. */
export type StoredType = keyof typeof BYTES;

/** One entry of the header; `start` and `end` count bytes from the first one after the header. */
export interface StoredTensor {
  readonly name: string;
  readonly type: StoredType;
  readonly shape: number[];
  readonly start: number;
  readonly end: number;
}

/** What the header says, and where the tensors' bytes start in the file. */
export interface Header {
  /** In the order of their bytes. */
  stored: StoredTensor[];
  metadata: Record<string, string>;
  dataStart: number;
}

/** The reference reader's limit. */
const MAX_HEADER = 100_000_000;

/** Reads and checks the header. Throws a FileFormatError that starts with `where`. */
export function parseHeader(file: Uint8Array, where: string): Header {
  const other = otherFormat(file);
  if (other) throw new FileFormatError(`${where}: ${other}`);
  if (file.length < 8)
    throw new FileFormatError(
      `${where}: truncated safetensors file: it has ${file.length} bytes, the header's length alone takes 8`,
    );
  const length = new DataView(file.buffer, file.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER))
    throw new FileFormatError(
      `${where}: not a safetensors file: it would have a header of ${length} bytes, at most ${MAX_HEADER} are allowed`,
    );
  const dataStart = 8 + Number(length);
  if (dataStart > file.length)
    throw new FileFormatError(
      `${where}: truncated safetensors file: the header takes ${length} bytes, the file has ${file.length - 8}`,
    );
  const header = parseJson(file.slice(8, dataStart), where);
  const stored: StoredTensor[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") metadata = checkMetadata(entry, where);
    else stored.push(checkEntry(name, entry, where));
  }
  stored.sort((a, b) => a.start - b.start || a.end - b.end);
  checkCoverage(stored, file.length - dataStart, where);
  return { stored, metadata, dataStart };
}

/** Names the format of files that are often taken for safetensors. */
function otherFormat(file: Uint8Array): string | null {
  const start = String.fromCharCode(...file.subarray(0, 20));
  if (start.startsWith("PK\x03\x04"))
    return "this is a zip archive (PyTorch's .pt, NumPy's .npz or Keras's .keras), not a safetensors file; save it with the safetensors package";
  if (start.startsWith("\x89HDF"))
    return "this is an HDF5 file (Keras's .h5), not a safetensors file; save it with the safetensors package";
  if (start.startsWith("version https://git-"))
    return "this is a Git LFS pointer, not the file itself; fetch the file with git lfs pull";
  if (start.startsWith("<"))
    return "this is an HTML or XML page, not a safetensors file; was the download refused?";
  return null;
}

function parseJson(bytes: Uint8Array, where: string): object {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new FileFormatError(`${where}: the safetensors header is not JSON: ${(error as Error).message}`);
  }
  if (!isRecord(header)) throw new FileFormatError(`${where}: the safetensors header is not a JSON object`);
  return header;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkMetadata(value: unknown, where: string): Record<string, string> {
  if (!isRecord(value)) throw new FileFormatError(`${where}: __metadata__ is not a JSON object`);
  for (const [key, text] of Object.entries(value))
    if (typeof text !== "string")
      throw new FileFormatError(`${where}: __metadata__ "${key}" is not a string`);
  return value as Record<string, string>;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function checkEntry(name: string, entry: unknown, where: string): StoredTensor {
  const fail = (what: string): never => {
    throw new FileFormatError(`${where}: tensor "${name}" ${what}`);
  };
  if (!isRecord(entry)) return fail("is not a JSON object in the header");
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string" || !Object.hasOwn(BYTES, dtype))
    return fail(
      `is ${typeof dtype === "string" ? dtype : "of no type"}; wgrad reads ${Object.keys(BYTES).join(", ")}`,
    );
  if (!Array.isArray(shape) || !shape.every(isCount))
    return fail(`has a shape that is no list of sizes: ${JSON.stringify(shape)}`);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount) || offsets[0] > offsets[1])
    return fail(`has data_offsets that are no [start, end]: ${JSON.stringify(offsets)}`);
  const [start, end] = offsets as [number, number];
  const type = dtype as StoredType;
  const expected = (shape as number[]).reduce((product, n) => product * n, BYTES[type]);
  if (expected !== end - start)
    return fail(`is ${type} ${formatShape(shape)}, ${expected} bytes; its data_offsets span ${end - start}`);
  return { name, type, shape, start, end };
}

/** The tensors must cover the data exactly, as the format demands: a hole or an overlap can hide other content. */
function checkCoverage(stored: readonly StoredTensor[], dataLength: number, where: string): void {
  let end = 0;
  let previous = "";
  for (const tensor of stored) {
    if (tensor.start < end)
      throw new FileFormatError(
        `${where}: tensors "${previous}" and "${tensor.name}" overlap: one ends at byte ${end}, the other starts at ${tensor.start}`,
      );
    if (tensor.start > end)
      throw new FileFormatError(
        `${where}: no tensor covers bytes ${end} to ${tensor.start} of the data, before "${tensor.name}"`,
      );
    end = tensor.end;
    previous = tensor.name;
  }
  if (end > dataLength)
    throw new FileFormatError(
      `${where}: truncated safetensors file: header says ${end} bytes of data, the file has ${dataLength}`,
    );
  if (end < dataLength)
    throw new FileFormatError(
      `${where}: safetensors file with bytes behind its end: header says ${end} bytes of data, the file has ${dataLength}`,
    );
}
