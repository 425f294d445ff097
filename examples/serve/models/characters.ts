/** The character model of `npm start -- moliere --save FILE`, or of the lab: what comes next? */
import {
  CharacterVocabulary,
  checkFits,
  contiguous,
  type Device,
  noGrad,
  select,
  softmaxHost,
  tensor,
  unpackCheckpoint,
  ValueError,
} from "../../../src/index.ts";
import { type CharacterModel, makeModel } from "../../moliere/character_model.ts";
import { promptWindow } from "../../moliere/generation.ts";
import { type Settings, settingsOf } from "../../moliere/settings.ts";
import type { ServedModel } from "../served_model.ts";
import type { ModelKind } from "./index.ts";

const BEGINNINGS = ["Quand l'Amour", "LE MARI.", "Bonjour", "Ma sœur", "La nuit", "Le pain", "Je", "A"];

export const CHARACTERS: ModelKind = {
  saved: "moliere --save",
  recognizes: ({ settings, vocabulary }) =>
    (settings as { window?: unknown } | undefined)?.window !== undefined && vocabulary !== undefined,
  load: (bytes, device, where) => {
    const { model: weights, state } = unpackCheckpoint(bytes, where);
    const vocabulary = CharacterVocabulary.fromJSON(state.vocabulary);
    const settings = settingsOf(state.settings as Settings);
    const model = makeModel(vocabulary.size, settings, device);
    checkFits(where, weights, new Map(model.namedParameters()));
    model.loadStateDict(weights);
    return servedCharacters(model, vocabulary, settings, device);
  },
};

/** A trained model behind the server; its classes are characters. */
export function servedCharacters(
  model: CharacterModel,
  vocabulary: CharacterVocabulary,
  { window }: Pick<Settings, "window">,
  device: Device,
): ServedModel<readonly number[]> {
  model.eval();
  const { size } = vocabulary;
  const read = (text: string): readonly number[] => promptWindow(vocabulary, text, window);
  const known = BEGINNINGS.filter((text) =>
    [...vocabulary.normalize(text)].every((character) => vocabulary.has(character)),
  );
  const examples = known.length > 0 ? known : [vocabulary.characters.slice(-8).join("")];
  return {
    title: "Texte, caractère par caractère",
    device,
    parameters: model.countParameters(),
    classes: size,
    examples,
    label: (id) => vocabulary.characters[id],
    encode(input) {
      if (typeof input !== "string")
        throw new ValueError("ce modèle lit un texte, dans le champ « text », et non des nombres");
      return read(input);
    },
    async run(rows) {
      const ids = tensor(rows.flat(), { shape: [rows.length, window], device, dtype: "i32" });
      // Models that predict at every position say the same at the last one as those that predict there only.
      const logits = noGrad(() => {
        const given = model.forward(ids);
        return given.shape.length === 3 ? contiguous(select(given, 1, -1)) : given;
      });
      const values = await logits.data();
      for (const used of [ids, logits]) used.dispose();
      return rows.map((_, i) => Float32Array.from(softmaxHost(values.subarray(i * size, (i + 1) * size))));
    },
    writing: {
      unit: "caractère",
      examples,
      open(beginning) {
        let ids = read(beginning);
        return {
          start: beginning,
          row: () => ids,
          push(id) {
            ids = [...ids.slice(1), id];
            return vocabulary.characters[id];
          },
        };
      },
    },
  };
}
