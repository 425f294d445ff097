/** How many characters per second does the main job's model write? */
import { generateTexts, type Sampling } from "../examples/moliere/generation.ts";
import { MoliereModel } from "../examples/moliere/model.ts";
import { CharacterVocabulary, type Device } from "../src/index.ts";
import { type Answer, columns, type Figures, type Setting, show } from "./question.ts";

const FULL = { window: 60, embedding: 128, units: 256, length: 300, milliseconds: 2500 };
const QUICK = { window: 12, embedding: 32, units: 64, length: 8, milliseconds: 300 };
/** The notebook writes at five temperatures; all texts share a batch. */
const TEMPERATURES = [0.2, 0.5, 1, 1.2, 1.5];

/** 80 characters, as the notebook's text has. */
const ALPHABET = Array.from({ length: 80 }, (_, i) => String.fromCharCode(32 + i)).join("");

export async function generation(device: Device, setting: Setting): Promise<Answer> {
  const { window, embedding, units, length, milliseconds } = setting.quick ? QUICK : FULL;
  const vocabulary = CharacterVocabulary.from(ALPHABET);
  const model = new MoliereModel(vocabulary.size, {
    device,
    embedding,
    units,
    dropout: 0.2,
    predict: "every",
  });

  /** Characters per second of each text; the first one, which may compile or read the whole window, apart. */
  const measure = async (sampling: Sampling, texts: number): Promise<{ speed: number; first: number }> => {
    const times = [performance.now()];
    await generateTexts(model, vocabulary, {
      prompt: "MOLIERE",
      temperatures: TEMPERATURES.slice(0, texts),
      length,
      sampling,
      window,
      seed: 1,
      onCharacter: () => {
        times.push(performance.now());
        return times.length < 4 || performance.now() - times[0] < milliseconds;
      },
    });
    const end = times[times.length - 1];
    return { speed: (1000 * (times.length - 2)) / (end - times[1]), first: times[1] - times[0] };
  };

  const figures: Figures[] = [];
  const rows: string[][] = [];
  for (const sampling of ["window", "stateful"] as const)
    for (const texts of [1, TEMPERATURES.length]) {
      await measure(sampling, texts); // compiles and fills the pool
      const { speed, first } = await measure(sampling, texts);
      rows.push([sampling, String(texts), show(first), show(speed), show(speed * texts)]);
      figures.push({ sampling, texts, firstMs: first, charactersPerSecond: speed * texts });
    }
  const headers = ["sampling", "texts", "first ms", "characters/s of each", "of all"];
  return { text: columns(headers, rows), figures: { window, embedding, units, runs: figures } };
}
