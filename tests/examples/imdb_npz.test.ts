/** numpy's files and shuffling, against what numpy wrote: tests/fixtures/generate_npz.py. */
import { readFileSync } from "node:fs";
import { strToU8, zipSync } from "fflate";
import { describe, expect, it } from "vitest";
import { type KerasImdbOptions, loadKerasImdb, parseWordIndex } from "../../examples/imdb/keras_imdb.ts";
import { integerLists, readNpy, readNpz } from "../../examples/imdb/npz.ts";
import { unpickleObjectArray } from "../../examples/imdb/pickle.ts";
import { RandomState } from "../../examples/imdb/random_state.ts";
import { FileFormatError, ValueError } from "../../src/index.ts";

const fixture = JSON.parse(readFileSync(new URL("../fixtures/npz.json", import.meta.url), "utf8"));
const bytesOf = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));

/** CRC-32, as zlib's. */
function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

describe("readNpy", () => {
  it.each(Object.entries<{ npy: string; shape: number[]; data: number[] }>(fixture.numbers))(
    "reads numbers: %s",
    (_, { npy, shape, data }) => {
      const array = readNpy(bytesOf(npy), "a.npy");
      expect(array.shape).toEqual(shape);
      // Python's booleans are 0 and 1 here.
      expect([...array.data]).toEqual(data.map(Number));
    },
  );

  it.each(Object.entries<{ npy: string; lists: number[][] }>(fixture.lists))(
    "reads lists: %s",
    (_, { npy, lists }) => {
      expect(integerLists(readNpy(bytesOf(npy), "a.npy"), "a.npy")).toEqual(lists);
    },
  );

  it.each([
    ["os.system, protocol 2", /the pickle asks for posix\.system, .*could run code in Python/],
    ["os.system, protocol 4", /the pickle asks for posix\.system, .*could run code in Python/],
    ["a set", /asks for __builtin__\.set|asks for builtins\.set/],
    ["a float", /operation 0x47 at byte \d+ is not one that numpy writes/],
    ["a string", /element 0 is not a list of whole numbers \(place 0 has "a"\)/],
    ["no list", /element 1 is not a list of whole numbers \(a number\)/],
    ["arrays inside", /an array of i8 is inside; expected an array of Python lists/],
    ["protocol 0", /does not start as a pickle of protocol 2 to 5/],
    ["strings", /arrays of type "<U2" are not read/],
    ["columns first", /stored column by column; save np\.ascontiguousarray/],
    ["too large", /the number 2147483648 at 0 does not fit 32 bits/],
  ])("refuses %s", (name, message) => {
    const read = (): unknown => integerLists(readNpy(bytesOf(fixture.refused[name]), "a.npy"), "a.npy");
    expect(read).toThrow(message);
    expect(read).toThrow(FileFormatError);
  });

  it("refuses a pickle that is not an array, and objects that were never made", () => {
    const list = bytesOf(fixture.refused["pickle alone"]).subarray(128);
    expect(() => unpickleObjectArray(list, "x")).toThrow(/holds a list, expected an array of objects/);
    expect(() => unpickleObjectArray(Uint8Array.of(0x80, 3, 0x68, 9), "x")).toThrow(/refers to object 9/);
    expect(() => unpickleObjectArray(Uint8Array.of(0x80, 3, 0x2e), "x")).toThrow(/empty stack/);
    expect(() => unpickleObjectArray(Uint8Array.of(0x80, 3, 0x81), "x")).toThrow(/0x81 \(NEWOBJ\)/);
    expect(() => unpickleObjectArray(Uint8Array.of(0x80, 6), "x")).toThrow(/pickle protocol 6/);
  });

  it("says truncated wherever the file is cut, and never reads on", () => {
    for (const npy of [
      fixture.lists["protocol 2"].npy,
      fixture.lists["protocol 4"].npy,
      fixture.numbers.i8.npy,
    ]) {
      const whole = bytesOf(npy);
      for (let length = 10; length < whole.length; length++)
        expect(() => readNpy(whole.slice(0, length), "cut.npy"), `${length} bytes`).toThrow(
          /^cut\.npy.*truncated$/,
        );
    }
  });

  it("refuses other files by their first bytes", () => {
    expect(() => readNpy(strToU8("id,sentiment"), "a.npy")).toThrow(
      /not a \.npy file: it starts with "id,senti"/,
    );
    const future = bytesOf(fixture.numbers.i4.npy);
    future[6] = 9;
    expect(() => readNpy(future, "a.npy")).toThrow(/version 9 of the \.npy format/);
  });
});

describe("readNpz", () => {
  it("reads stored and compressed archives alike", () => {
    const stored = readNpz(bytesOf(fixture.keras.npz), "a.npz");
    expect([...stored.keys()].sort()).toEqual(["x_test", "x_train", "y_test", "y_train"]);
    expect(readNpz(bytesOf(fixture.keras.compressed), "b.npz")).toEqual(stored);
  });

  it("refuses what is not a zip archive, and what is cut", () => {
    expect(() => readNpz(strToU8("<html>Welcome"), "a.npz")).toThrow(
      /^a\.npz is not an npz file: expected a zip archive, which starts with "PK", got "<html>We"$/,
    );
    expect(() => readNpz(new Uint8Array(0), "a.npz")).toThrow(/the file is empty/);
    expect(() => readNpz(Uint8Array.of(0x1f, 0x8b, 8, 0), "a.npz")).toThrow(/got bytes 1f 8b 08 00/);
    const whole = bytesOf(fixture.keras.compressed);
    for (const share of [0.1, 0.5, 0.99])
      expect(() => readNpz(whole.slice(0, whole.length * share), "a.npz")).toThrow(
        /^a\.npz: the zip archive cannot be read \(.+\); it is truncated or damaged, get it again$/,
      );
    expect(() => readNpz(zipSync({ "readme.txt": strToU8("hello") }), "a.npz")).toThrow(
      /holds no \.npy file/,
    );
    expect(() => readNpz(zipSync({ "x.npy": strToU8("hello") }), "a.npz")).toThrow(
      /^a\.npz, x\.npy is not a \.npy file/,
    );
  });
});

describe("RandomState", () => {
  it("shuffles as numpy, again and again", () => {
    for (const { seed, orders } of fixture.shuffles.short) {
      const random = new RandomState(seed);
      for (const order of orders) expect([...random.shuffled(order.length)]).toEqual(order);
    }
  });

  it("gives both orders of the 25,000 reviews", () => {
    const random = new RandomState(113);
    for (const { first, crc } of fixture.shuffles.imdb) {
      const order = random.shuffled(25000);
      expect([...order.subarray(0, 8)]).toEqual(first);
      expect(crc32(new Uint8Array(order.buffer))).toBe(crc);
    }
  });

  it("refuses a seed that does not fit", () => {
    for (const seed of [-1, 0.5, 2 ** 32]) expect(() => new RandomState(seed)).toThrow(ValueError);
  });
});

describe("loadKerasImdb", () => {
  const npz = bytesOf(fixture.keras.npz);
  const index = JSON.stringify(fixture.keras.word_index);
  const NAMES: Record<string, keyof KerasImdbOptions> = {
    num_words: "numWords",
    skip_top: "skipTop",
    maxlen: "maxLen",
    seed: "seed",
    start: "startChar",
    oov: "oovChar",
    index_from: "indexFrom",
  };

  it.each<{ options: Record<string, number | null>; [part: string]: unknown }>(fixture.keras.results)(
    "gives what load_data gives: $options",
    ({ options, x_train, y_train, x_test, y_test }) => {
      const ours = Object.fromEntries(Object.entries(options).map(([name, value]) => [NAMES[name], value]));
      const { train, test, wordIndex } = loadKerasImdb(npz, index, ours as KerasImdbOptions);
      expect(train).toEqual({ ids: x_train, labels: y_train });
      expect(test).toEqual({ ids: x_test, labels: y_test });
      expect(Object.fromEntries(wordIndex)).toEqual(fixture.keras.word_index);
    },
  );

  it("names the array that is missing, and what is there", () => {
    expect(() => loadKerasImdb(bytesOf(fixture.keras["other names"]), index)).toThrow(
      /^imdb\.npz: no array "x_train" in it, it holds x, labels$/,
    );
    expect(() => loadKerasImdb(npz, index, { maxLen: 2 })).toThrow(
      /maxLen 2 leaves no review in the train part/,
    );
  });

  it("refuses a word index of another kind", () => {
    expect(() => parseWordIndex("<html>")).toThrow(/^imdb_word_index\.json is not JSON/);
    expect(() => parseWordIndex('{"the": "1"}')).toThrow(/got "the": "1"/);
    for (const json of ["{}", "[1]", "null"]) expect(() => parseWordIndex(json)).toThrow(FileFormatError);
  });
});
