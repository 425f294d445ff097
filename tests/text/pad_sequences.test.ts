import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { type PadSequencesOptions, padSequences } from "../../src/text/pad_sequences.ts";

const sequences = [[1, 2, 3, 4, 5], [6, 7], [], [8, 9, 10]];

/** Rows, for people to read. */
function rows(options: PadSequencesOptions, of: readonly ArrayLike<number>[] = sequences): number[][] {
  const { data, shape } = padSequences(of, options);
  return Array.from({ length: shape[0] }, (_, i) => [...data.subarray(i * shape[1], (i + 1) * shape[1])]);
}

describe("padSequences", () => {
  it("fills and cuts at the front, to the longest, as Keras does by default", () => {
    expect(padSequences(sequences)).toEqual({
      data: Int32Array.of(1, 2, 3, 4, 5, 0, 0, 0, 6, 7, 0, 0, 0, 0, 0, 0, 0, 8, 9, 10),
      shape: [4, 5],
    });
    expect(rows({ maxLength: 3 })).toEqual([
      [3, 4, 5],
      [0, 6, 7],
      [0, 0, 0],
      [8, 9, 10],
    ]);
  });

  it("fills and cuts each at the side it is told", () => {
    expect(rows({ maxLength: 3, padding: "post" })).toEqual([
      [3, 4, 5],
      [6, 7, 0],
      [0, 0, 0],
      [8, 9, 10],
    ]);
    expect(rows({ maxLength: 3, truncating: "post" })).toEqual([
      [1, 2, 3],
      [0, 6, 7],
      [0, 0, 0],
      [8, 9, 10],
    ]);
    expect(rows({ maxLength: 4, padding: "post", truncating: "post", value: -1 })).toEqual([
      [1, 2, 3, 4],
      [6, 7, -1, -1],
      [-1, -1, -1, -1],
      [8, 9, 10, -1],
    ]);
  });

  it("takes typed arrays, and no sequence at all when the length is given", () => {
    expect(rows({ maxLength: 2 }, [Int32Array.of(1, 2, 3), Uint8Array.of(4)])).toEqual([
      [2, 3],
      [0, 4],
    ]);
    expect(padSequences([], { maxLength: 7 })).toEqual({ data: new Int32Array(0), shape: [0, 7] });
  });

  it.each<[of: unknown, options: unknown, message: string]>([
    [[], {}, "padSequences: there is no sequence, so the length of a row is unknown; pass maxLength"],
    [
      [[], []],
      {},
      "padSequences: every sequence is empty, so the length of a row is unknown; pass maxLength",
    ],
    [[[1]], { maxLength: 0 }, "padSequences: maxLength is 0, expected a whole number from 1"],
    [[[1]], { maxLength: 2.5 }, "padSequences: maxLength is 2.5, expected a whole number from 1"],
    [[[1]], { maxlen: 3 }, 'padSequences: unknown option "maxlen"'],
    [[[1]], { padding: "left" }, 'padSequences: padding is "left", expected "pre" or "post"'],
    [[[1]], { truncating: "end" }, 'padSequences: truncating is "end", expected "pre" or "post"'],
    [[[1]], { value: 0.5 }, "padSequences: value is 0.5, expected a 32-bit whole number"],
    [[[1], [2, 3.5]], {}, "padSequences: sequence 1 has 3.5 at 1, expected a 32-bit whole number"],
    [
      [[1], ["chat"]],
      {},
      'padSequences: sequence 1 has "chat" at 0, expected a 32-bit whole number; encode words',
    ],
    [[[2 ** 31]], {}, "padSequences: sequence 0 has 2147483648 at 0"],
    [[[1, NaN]], {}, "padSequences: sequence 0 has NaN at 1"],
    [
      [1, 2],
      {},
      "padSequences: sequence 0 is 1, expected a list of ids; for one sequence write padSequences([ids])",
    ],
  ])("refuses %j with %j", (of, options, message) => {
    const act = () => padSequences(of as number[][], options as PadSequencesOptions);
    expect(act).toThrow(ValueError);
    expect(act).toThrow(message);
  });
});
