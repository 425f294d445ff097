/** Models that continue a sentence word by word: SimpleLLM of `npm start -- mots --save FILE`, or any of the lab's. */
import {
  type Device,
  padSequences,
  unpackCheckpoint,
  ValueError,
  type WordVocabulary,
} from "../../../src/index.ts";
import { loadModel, type Sequential } from "../../../src/keras/index.ts";
import { readCorpus, tokenize } from "../../mots/corpus.ts";
import { SimpleLLM } from "../../mots/simple_llm.ts";
import { PADDING } from "../../mots/training.ts";
import type { Input, ServedModel } from "../served_model.ts";
import type { ModelKind } from "./index.ts";

export const WORDS: ModelKind = {
  saved: "mots --save",
  recognizes: ({ simpleLLM, mots }) => simpleLLM !== undefined || mots !== undefined,
  load: (bytes, device, where) => {
    const { state } = unpackCheckpoint(bytes, where);
    if (state.simpleLLM !== undefined) return servedSimpleLLM(SimpleLLM.load(bytes, { device, where }));
    // The lab keeps the corpus itself: its words are the vocabulary.
    const { text } = state.mots as { text: string };
    const { vocabulary, sentences } = readCorpus(text);
    return servedWords({
      title: "Le mot suivant d'une phrase",
      model: loadModel(bytes, { device, where }),
      vocabulary,
      read: (beginning) => tokenize(vocabulary, beginning),
      examples: sentences.slice(0, 8).map((sentence) => sentence.split(" ").slice(0, 3).join(" ")),
    });
  },
};

/** A trained SimpleLLM behind the server. */
export function servedSimpleLLM(llm: SimpleLLM): ServedModel<ArrayLike<number>> {
  const { vocabulary } = llm;
  const wanted = ["bonjour", "ils regardaient", "tu apprendras", "ils écoutaient", "tu liras"];
  const known = wanted.filter((text) => text.split(" ").every((word) => vocabulary.has(word)));
  const examples = known.length > 0 ? known : vocabulary.words.slice(0, 8);
  const read = (text: string): ArrayLike<number> => llm.tokenize(text);
  return servedWords({ title: "SimpleLLM, mot par mot", model: llm.model, vocabulary, read, examples });
}

interface WordModel {
  readonly title: string;
  readonly model: Sequential;
  readonly vocabulary: WordVocabulary;
  /** The ids of a text's words. */
  read(text: string): ArrayLike<number>;
  readonly examples: readonly string[];
}

function servedWords({
  title,
  model,
  vocabulary,
  read,
  examples,
}: WordModel): ServedModel<ArrayLike<number>> {
  const device: Device = model.device;
  const { size } = vocabulary;
  const width = model.inputShape[1]!;
  const encode = (input: Input): ArrayLike<number> => {
    if (typeof input !== "string")
      throw new ValueError("ce modèle lit un texte, dans le champ « text », et non des nombres");
    return read(input);
  };
  return {
    title,
    device,
    parameters: model.countParams(),
    classes: size,
    examples,
    label: (id) => vocabulary.decode([id])[0] ?? PADDING,
    encode,
    async run(rows) {
      const x = padSequences(rows, { maxLength: width, padding: "post" });
      const { data } = await model.predict(x, { batchSize: rows.length, verbose: 0 });
      // A word at each position, or one for the whole row: either way the last one answers.
      const perRow = data.length / rows.length;
      return rows.map((_, i) => data.slice((i + 1) * perRow - size, (i + 1) * perRow));
    },
    writing: {
      unit: "mot",
      examples,
      open(beginning) {
        const ids = Array.from(encode(beginning));
        return {
          start: beginning.trimEnd(),
          row: () => ids.slice(),
          push(id) {
            // 0 is the end of a sentence, or padding.
            if (id === 0) return null;
            ids.push(id);
            return ` ${vocabulary.decode([id])[0]}`;
          },
        };
      },
    },
  };
}
