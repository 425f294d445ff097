/** Writes small ONNX models: the few messages of its protobuf schema that a graph of known operators needs. */

/** Wire types of protobuf: a varint, or bytes with their length before them. */
const [VARINT, BYTES] = [0, 2];
const [FLOAT, INT32, INT64] = [1, 6, 7];
/** Kinds of attribute. */
const [ATTRIBUTE_INT, ATTRIBUTE_INTS] = [2, 7];

type Part = number[];

function varint(value: number): Part {
  const out: number[] = [];
  let rest = value;
  while (rest >= 128) {
    out.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...out, rest];
}

const int = (field: number, value: number): Part => [...varint(field * 8 + VARINT), ...varint(value)];

function bytes(field: number, content: ArrayLike<number>): Part {
  const out = [...varint(field * 8 + BYTES), ...varint(content.length)];
  for (let i = 0; i < content.length; i++) out.push(content[i]);
  return out;
}

const text = (field: number, value: string): Part => bytes(field, new TextEncoder().encode(value));
const message = (field: number, ...parts: Part[]): Part => bytes(field, parts.flat());

/** An operator: its inputs and outputs by name, and whole numbers or lists of them as attributes. */
export function node(
  operator: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Record<string, number | readonly number[]> = {},
): Part {
  return message(
    1,
    ...inputs.map((name) => text(1, name)),
    ...outputs.map((name) => text(2, name)),
    text(4, operator),
    ...Object.entries(attributes).map(([name, value]) =>
      typeof value === "number"
        ? message(5, text(1, name), int(3, value), int(20, ATTRIBUTE_INT))
        : message(5, text(1, name), ...value.map((each) => int(8, each)), int(20, ATTRIBUTE_INTS)),
    ),
  );
}

/** A constant. */
export function constant(
  name: string,
  data: Float32Array | Int32Array | BigInt64Array,
  shape: readonly number[],
): Part {
  const type = data instanceof Float32Array ? FLOAT : data instanceof Int32Array ? INT32 : INT64;
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(5, ...shape.map((size) => int(1, size)), int(2, type), text(8, name), bytes(9, raw));
}

function value(field: number, name: string, type: number, shape: readonly number[]): Part {
  const sizes = shape.map((size) => message(1, int(1, size)));
  return message(field, text(1, name), message(2, message(1, int(1, type), message(2, ...sizes))));
}

export const idsInput = (name: string, shape: readonly number[]): Part => value(11, name, INT32, shape);
export const floatOutput = (name: string, shape: readonly number[]): Part => value(12, name, FLOAT, shape);

/** A model of these parts, for operators as of version 17. */
export function onnxModel(parts: readonly Part[]): Uint8Array {
  const graph = message(7, ...parts, text(2, "graph"));
  return Uint8Array.from([...int(1, 8), ...graph, ...message(8, int(2, 17))]);
}
