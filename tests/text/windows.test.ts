import { describe, expect, it } from "vitest";
import { ValueError } from "../../src/errors.ts";
import { CharacterVocabulary } from "../../src/text/vocabulary.ts";
import { CharacterWindows } from "../../src/text/windows.ts";

const counting = (length: number): Int32Array => Int32Array.from({ length }, (_, i) => i);

describe("CharacterWindows", () => {
  it("are n − w at stride 1, as many as the Keras notebook makes", () => {
    expect(new CharacterWindows(new Int32Array(582_535), { window: 60 }).length).toBe(582_475);
    expect(new CharacterWindows(counting(61), { window: 60 }).length).toBe(1);
    for (const [n, window, stride] of [
      [10, 3, 1],
      [10, 3, 2],
      [10, 3, 6],
      [10, 3, 7],
      [11, 1, 4],
    ]) {
      let expected = 0;
      for (let start = 0; start + window < n; start += stride) expected++;
      expect(new CharacterWindows(counting(n), { window, stride }).length).toBe(expected);
    }
  });

  it("give the next character after a window", () => {
    const windows = new CharacterWindows(counting(10), { window: 4 });
    expect(windows.batch([0, 5, 2])).toEqual({
      inputs: { data: Int32Array.of(0, 1, 2, 3, 5, 6, 7, 8, 2, 3, 4, 5), shape: [3, 4] },
      targets: { data: Int32Array.of(4, 9, 6), shape: [3] },
    });
    expect(windows.get(5)).toEqual({
      inputs: { data: Int32Array.of(5, 6, 7, 8), shape: [4] },
      targets: { data: Int32Array.of(9), shape: [] },
    });
  });

  it("give the next character at every place", () => {
    const windows = new CharacterWindows(counting(10), { window: 3, stride: 3, target: "every" });
    expect(windows.length).toBe(3);
    expect(windows.batch([2, 0])).toEqual({
      inputs: { data: Int32Array.of(6, 7, 8, 0, 1, 2), shape: [2, 3] },
      targets: { data: Int32Array.of(7, 8, 9, 1, 2, 3), shape: [2, 3] },
    });
    expect(windows.get(1).targets).toEqual({ data: Int32Array.of(4, 5, 6), shape: [3] });
  });

  it("show the notebook's example: the target is the input shifted by one", () => {
    const text = "Quand l'Amour à vos yeux";
    const vocabulary = CharacterVocabulary.from(text);
    const ids = vocabulary.encode(text);
    const every = new CharacterWindows(ids, { window: 13, target: "every" }).get(0);
    expect(vocabulary.decode(every.inputs.data)).toBe("Quand l'Amour");
    expect(vocabulary.decode(every.targets.data)).toBe("uand l'Amour ");
    const last = new CharacterWindows(ids, { window: 13 }).get(10);
    expect(vocabulary.decode(last.inputs.data) + vocabulary.decode(last.targets.data)).toBe("our à vos yeux");
  });

  it("give copies: a changed batch leaves the text as it is", () => {
    const windows = new CharacterWindows(counting(10), { window: 4 });
    windows.batch([0]).inputs.data.fill(99);
    expect(windows.get(0).inputs.data).toEqual(Int32Array.of(0, 1, 2, 3));
  });

  it("refuse a text that is too short, in words for the command line", () => {
    for (const length of [0, 40, 60]) {
      const make = () => new CharacterWindows(counting(length), { window: 60 });
      expect(make).toThrow(ValueError);
      expect(make).toThrow(
        `the text has ${length} characters, fewer than one window of 60 and its next character; ` +
          "use a shorter --window or a longer text",
      );
    }
  });

  it("refuse options and indices that do not exist", () => {
    const ids = counting(10);
    expect(() => new CharacterWindows(ids, { window: 0 })).toThrow(
      "CharacterWindows: window is 0, expected a whole number from 1",
    );
    expect(() => new CharacterWindows(ids, { window: 2.5 })).toThrow("CharacterWindows: window is 2.5");
    expect(() => new CharacterWindows(ids, { window: 3, stride: -1 })).toThrow(
      "CharacterWindows: stride is -1",
    );
    expect(() => new CharacterWindows(ids, { window: 3, target: "next" as "last" })).toThrow(
      'CharacterWindows: target is "next", expected "last" or "every"',
    );
    expect(() => new CharacterWindows(ids, { window: 3, strides: 2 } as { window: number })).toThrow(
      'CharacterWindows: unknown option "strides"; did you mean "stride"?',
    );
    const windows = new CharacterWindows(ids, { window: 3 });
    for (const index of [7, -1, 0.5])
      expect(() => windows.get(index)).toThrow(
        `CharacterWindows: there is no window ${index}, they are 0 to 6`,
      );
  });
});
