import { describe, expect, it } from "vitest";
import { wordTokens } from "../../src/text/word_tokenizer.ts";

describe("wordTokens", () => {
  it("lowers, splits at spaces and at Keras's filtered marks, keeps apostrophes", () => {
    expect(wordTokens("It's NOT bad -- I'd say: 8/10!  Well-acted, (mostly).\tSee_it\n")).toEqual(
      "it's not bad i'd say 8 10 well acted mostly see it".split(" "),
    );
    // Each of Keras's filters alone: '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'.
    for (const mark of '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n')
      expect(wordTokens(`a${mark}b`)).toEqual(["a", "b"]);
    for (const kept of "'’éß£…") expect(wordTokens(`a${kept}b`)).toEqual([`a${kept}b`]);
  });

  it("takes out HTML line breaks, not the letters br", () => {
    expect(wordTokens("Loved it.<br /><br />Twice.<BR>Really<br/>a br b")).toEqual(
      "loved it twice really a br b".split(" "),
    );
  });

  it("finds no words where there are none", () => {
    expect(wordTokens("")).toEqual([]);
    expect(wordTokens(" <br /> ... \n")).toEqual([]);
  });
});
