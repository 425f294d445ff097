/**
 * Reads the Python pickles that numpy writes for an array of objects, and nothing else.
 *
 * A pickle is a small program for a stack machine: it pushes values, collects them into lists and tuples, and may call
 * any function that Python can import, which is how a downloaded file takes over a computer. This reader knows the
 * operations that build numbers, strings, lists, tuples and a numpy array, and the four functions that numpy's own
 * pickles call; it runs none of them, and refuses every other name.
 *
 *   unpickleObjectArray(bytes, where) -> { shape, items }    items in the order of the file, row-major unless `fortran`
 *
 * Protocols 2 to 5, as numpy on Python 2 and 3 writes them. Source: Python's `pickletools`, which documents each byte.
 */
import { FileFormatError } from "../../src/index.ts";

/** An array of Python objects. */
export interface ObjectArray {
  readonly shape: readonly number[];
  /** Numbers, strings, booleans, null, bytes, or arrays of those for lists. */
  readonly items: readonly unknown[];
  /** True when the first index runs fastest. */
  readonly fortran: boolean;
}

/** A Python tuple; lists are plain arrays. */
class Tuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

class Global {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class Dtype {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class NdArray {
  shape: readonly number[] = [];
  dtype = "";
  fortran = false;
  items: readonly unknown[] = [];
}

/** What numpy's pickles name, old and new place of the module; protocol 2 spells bytes as a call of `_codecs.encode`. */
const KNOWN = new Map([
  ["numpy.core.multiarray._reconstruct", "reconstruct"],
  ["numpy._core.multiarray._reconstruct", "reconstruct"],
  ["numpy.ndarray", "ndarray"],
  ["numpy.dtype", "dtype"],
  ["_codecs.encode", "encode"],
]);

/** Operations that numpy never writes, named where it helps to know what a file tried. */
const REFUSED: Readonly<Record<number, string>> = {
  80: "PERSID",
  81: "BINPERSID",
  105: "INST",
  111: "OBJ",
  129: "NEWOBJ",
  130: "EXT1",
  131: "EXT2",
  132: "EXT4",
  146: "NEWOBJ_EX",
};

/** The array in a pickle; `where` is for errors. Throws a FileFormatError for anything but an array of objects. */
export function unpickleObjectArray(bytes: Uint8Array, where: string): ObjectArray {
  const value = new Unpickler(bytes, where).run();
  if (!(value instanceof NdArray) || value.dtype !== "O8")
    throw new FileFormatError(`${where}: the pickle holds ${describe(value)}, expected an array of objects`);
  const { shape, items, fortran } = value;
  const size = shape.reduce((product, length) => product * length, 1);
  if (items.length !== size)
    throw new FileFormatError(
      `${where}: an array of ${size} objects holds ${items.length}; the file is damaged`,
    );
  return { shape, items, fortran };
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #where: string;
  #at = 0;
  #stack: unknown[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#where = where;
  }

  run(): unknown {
    if (this.#bytes.length > 0 && this.#bytes[0] !== 0x80)
      throw this.#error(`it does not start as a pickle of protocol 2 to 5 (byte ${hex(this.#bytes[0])})`);
    for (;;) {
      const start = this.#at;
      const code = this.#byte();
      switch (code) {
        case 0x80: {
          const protocol = this.#byte();
          if (protocol < 2 || protocol > 5) throw this.#error(`pickle protocol ${protocol}, expected 2 to 5`);
          break;
        }
        case 0x95: // FRAME: how much to read at once
          this.#take(8);
          break;
        case 0x2e: // STOP
          return this.#pop();

        case 0x4b: // BININT1
          this.#stack.push(this.#byte());
          break;
        case 0x4d: // BININT2
          this.#stack.push(this.#view.getUint16(this.#take(2), true));
          break;
        case 0x4a: // BININT
          this.#stack.push(this.#view.getInt32(this.#take(4), true));
          break;
        case 0x8a: // LONG1
          this.#stack.push(this.#long(this.#byte()));
          break;
        case 0x4e:
          this.#stack.push(null);
          break;
        case 0x88:
          this.#stack.push(true);
          break;
        case 0x89:
          this.#stack.push(false);
          break;

        case 0x43: // SHORT_BINBYTES
          this.#stack.push(this.#slice(this.#byte()));
          break;
        case 0x42: // BINBYTES
          this.#stack.push(this.#slice(this.#uint32()));
          break;
        case 0x8c: // SHORT_BINUNICODE
          this.#stack.push(this.#text(this.#byte()));
          break;
        case 0x58: // BINUNICODE
          this.#stack.push(this.#text(this.#uint32()));
          break;
        case 0x55: // SHORT_BINSTRING, Python 2's str
          this.#stack.push(this.#text(this.#byte()));
          break;

        case 0x28:
          this.#marks.push(this.#stack.length);
          break;
        case 0x5d:
          this.#stack.push([]);
          break;
        case 0x61: // APPEND
          this.#append([this.#pop()]);
          break;
        case 0x65: // APPENDS
          this.#append(this.#popToMark());
          break;
        case 0x29:
          this.#stack.push(new Tuple([]));
          break;
        case 0x85: // TUPLE1, TUPLE2, TUPLE3
        case 0x86:
        case 0x87:
          this.#stack.push(new Tuple(this.#popMany(code - 0x84)));
          break;
        case 0x74:
          this.#stack.push(new Tuple(this.#popToMark()));
          break;

        case 0x71: // BINPUT
          this.#memo.set(this.#byte(), this.#top());
          break;
        case 0x72: // LONG_BINPUT
          this.#memo.set(this.#uint32(), this.#top());
          break;
        case 0x94: // MEMOIZE
          this.#memo.set(this.#memo.size, this.#top());
          break;
        case 0x68: // BINGET
          this.#stack.push(this.#remembered(this.#byte()));
          break;
        case 0x6a: // LONG_BINGET
          this.#stack.push(this.#remembered(this.#uint32()));
          break;

        case 0x63: // GLOBAL
          this.#stack.push(this.#global(this.#line(), this.#line()));
          break;
        case 0x93: {
          const [module, name] = this.#popMany(2);
          this.#stack.push(this.#global(String(module), String(name)));
          break;
        }
        case 0x52: {
          const [callable, args] = this.#popMany(2);
          this.#stack.push(this.#reduce(callable, args));
          break;
        }
        case 0x62: {
          const state = this.#pop();
          this.#build(this.#top(), state);
          break;
        }
        default: {
          const name = REFUSED[code] === undefined ? "" : ` (${REFUSED[code]})`;
          throw this.#error(
            `operation ${hex(code)}${name} at byte ${start} is not one that numpy writes for lists of whole numbers; ` +
              "a pickle can run code in Python, so nothing else is read",
          );
        }
      }
    }
  }

  #global(module: string, name: string): Global {
    const full = `${module}.${name}`;
    const known = KNOWN.get(full);
    if (known === undefined)
      throw this.#error(
        `the pickle asks for ${full}, which numpy's arrays do not need; such a file could run code in Python, ` +
          "so it is refused: get it from a source that you trust",
      );
    return new Global(known);
  }

  #reduce(callable: unknown, args: unknown): unknown {
    const name = callable instanceof Global ? callable.name : "";
    const items = args instanceof Tuple ? args.items : [];
    if (name === "reconstruct") return new NdArray();
    if (name === "dtype" && typeof items[0] === "string") return new Dtype(items[0]);
    if (name === "encode" && typeof items[0] === "string" && items[1] === "latin1")
      return Uint8Array.from(items[0], (character) => character.charCodeAt(0));
    throw this.#error(`the pickle calls ${name || describe(callable)} in a way that numpy does not`);
  }

  /** Gives an array or a dtype what belongs into it: numpy's `__setstate__`. */
  #build(target: unknown, state: unknown): void {
    const items = state instanceof Tuple ? state.items : [];
    // The state of a dtype is byte order and alignment, which objects do not have.
    if (target instanceof Dtype) return;
    const [, shape, dtype, fortran, content] = items;
    if (!(target instanceof NdArray && shape instanceof Tuple && dtype instanceof Dtype))
      throw this.#error(`the pickle gives a state to ${describe(target)} in a way that numpy does not`);
    if (!Array.isArray(content))
      throw this.#error(`an array of ${dtype.name} is inside; expected an array of Python lists (dtype O8)`);
    target.shape = shape.items as number[];
    target.dtype = dtype.name;
    target.fortran = fortran === true;
    target.items = content;
  }

  #append(items: unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#error(`the pickle appends to ${describe(list)}`);
    for (const item of items) list.push(item);
  }

  #byte(): number {
    return this.#bytes[this.#take(1)];
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** A whole number of any length, least significant byte first, two's complement. */
  #long(length: number): number {
    const bytes = this.#slice(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    const number = Number(BigInt.asIntN(8 * length, value));
    if (!Number.isSafeInteger(number)) throw this.#error(`the number ${number} does not fit`);
    return number;
  }

  #slice(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }

  #text(length: number): string {
    return new TextDecoder().decode(this.#slice(length));
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw this.#truncated();
    const text = this.#text(end - this.#at);
    this.#at++;
    return text;
  }

  /** Steps over some bytes and returns where they start. */
  #take(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw this.#truncated();
    this.#at = start + length;
    return start;
  }

  #top(): unknown {
    if (this.#stack.length === 0) throw this.#error("the pickle takes from an empty stack");
    return this.#stack[this.#stack.length - 1];
  }

  #pop(): unknown {
    const top = this.#top();
    this.#stack.pop();
    return top;
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length < count) throw this.#error("the pickle takes from an empty stack");
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined || mark > this.#stack.length) throw this.#error("the pickle has no mark here");
    return this.#stack.splice(mark);
  }

  #remembered(key: number): unknown {
    if (!this.#memo.has(key)) throw this.#error(`the pickle refers to object ${key}, which it has not made`);
    return this.#memo.get(key);
  }

  #truncated(): FileFormatError {
    return this.#error(
      `the pickle ends at byte ${this.#bytes.length}, before it is complete; the file is truncated`,
    );
  }

  #error(what: string): FileFormatError {
    return new FileFormatError(`${this.#where}: ${what}`);
  }
}

function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, "0")}`;
}

function describe(value: unknown): string {
  if (value instanceof NdArray) return `an array of ${value.dtype || "nothing"}`;
  if (value instanceof Global) return value.name;
  if (value instanceof Tuple) return "a tuple";
  if (value instanceof Dtype) return "a dtype";
  if (value instanceof Uint8Array) return "bytes";
  if (Array.isArray(value)) return "a list";
  return value === null ? "None" : `a ${typeof value}`;
}
