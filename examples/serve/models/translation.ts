/** The translator of `npm start -- translation --save FILE`: numbers in English words or digits to French words. */
import {
  checkFits,
  type Device,
  noGrad,
  padSequences,
  softmaxHost,
  tensor,
  unpackCheckpoint,
  ValueError,
} from "../../../src/index.ts";
import { NumberTranslator } from "../../translation/model.ts";
import type { Settings } from "../../translation/settings.ts";
import { END, MAX_TARGET, PAD, START, TARGET } from "../../translation/tokens.ts";
import { readSource, UnreadableError } from "../../translation/translate.ts";
import type { Continuation, ServedModel } from "../served_model.ts";
import type { ModelKind } from "./index.ts";

/** A source, and the beginning of its translation. */
interface Row {
  readonly source: Int32Array;
  readonly target: readonly number[];
}

export const TRANSLATION: ModelKind = {
  saved: "translation --save",
  recognizes: ({ settings, items }) =>
    (settings as { validateEvery?: unknown } | undefined)?.validateEvery !== undefined && items !== undefined,
  load: (bytes, device, where) => {
    const { model: weights, state } = unpackCheckpoint(bytes, where);
    const model = new NumberTranslator({ ...(state.settings as Settings), device });
    checkFits(where, weights, new Map(model.namedParameters()));
    model.loadStateDict(weights);
    return servedTranslator(model, device);
  },
};

/** A trained model behind the server; its classes are French words, and /generate gives the translation. */
export function servedTranslator(model: NumberTranslator, device: Device): ServedModel<Row> {
  model.eval();
  const { size } = TARGET;
  const read = (text: string): Int32Array => {
    try {
      return readSource(text);
    } catch (error) {
      throw error instanceof UnreadableError ? new ValueError(error.reason) : error;
    }
  };
  return {
    title: "Traduction des nombres, de l'anglais au français",
    device,
    parameters: model.countParameters(),
    classes: size,
    examples: ["nineteen eighty-four", "1984", "eighty-one", "two hundred", "999999", "seventeen", "zero"],
    label: (id) => (id === END ? "(fin)" : (TARGET.decode([id])[0] ?? "(remplissage)")),
    // The first word of the translation.
    encode: (input) => ({
      source: read(typeof input === "string" ? input : input.join("")),
      target: [START],
    }),
    async run(rows) {
      // Padding goes in front of a source, whose places count from its end, and behind a target, where nobody looks.
      const of = (ids: readonly ArrayLike<number>[], padding: "pre" | "post") => {
        const { data, shape } = padSequences(ids, { padding, value: PAD });
        return tensor(data, { device, shape });
      };
      const source = of(
        rows.map((row) => row.source),
        "pre",
      );
      const target = of(
        rows.map((row) => row.target),
        "post",
      );
      const logits = noGrad(() => model.forward(source, target)); // [rows, longest target, words]
      const values = await logits.data();
      const longest = logits.shape[1];
      for (const used of [source, target, logits]) used.dispose();
      return rows.map(({ target: { length } }, i) => {
        const at = (i * longest + length - 1) * size;
        return Float32Array.from(softmaxHost(values.subarray(at, at + size)));
      });
    },
    writing: {
      unit: "mot",
      examples: ["nineteen eighty-four", "1984", "eighty-one", "999999", "seventeen"],
      open(text): Continuation<Row> {
        const source = read(text);
        const target: number[] = [START];
        return {
          start: "",
          row: () => (target.length > MAX_TARGET ? null : { source, target: [...target] }),
          push(id) {
            if (id === END || id === PAD || id === START) return null;
            const word = TARGET.decode([id])[0];
            const gap = target.length === 1 || word.startsWith("-") ? "" : " ";
            target.push(id);
            return gap + word;
          },
        };
      },
    },
  };
}
