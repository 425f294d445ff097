/** The texts that the worker writes: live samples, and the ones that the page asks for. */
import { generateTexts } from "../moliere/generation.ts";
import type { MoliereTraining } from "../moliere/training.ts";
import type { Command, Report, SampleFacts, Voice } from "./protocol.ts";

const SAMPLE_LENGTH = 160;
/** A small model writes faster than the page lays out: its characters are sent together, this often. */
const SEND_MILLISECONDS = 25;

/** A sample in the page's voice; the beginning of the text stands in for a prompt that the model cannot spell. */
export async function writeSample(
  { model, vocabulary, settings, step }: MoliereTraining,
  voice: Voice,
  text: string,
  goOn: () => boolean,
): Promise<Omit<SampleFacts, "loss">> {
  const { temperature } = voice;
  const spelled = vocabulary.normalize(voice.prompt);
  const known = spelled !== "" && [...spelled].every((character) => vocabulary.has(character));
  const beginning = [...text.trimStart().slice(0, 60)].slice(0, 20).join("").split("\n")[0];
  const prompt = known ? spelled : beginning || vocabulary.characters[0];
  const [written] = await generateTexts(model, vocabulary, {
    prompt,
    temperatures: [temperature],
    length: SAMPLE_LENGTH,
    sampling: "stateful",
    window: settings.window,
    seed: settings.seed + step,
    onCharacter: goOn,
  });
  return { step, temperature, prompt, text: written.slice(prompt.length), otherPrompt: !known };
}

/** A text, sent as it grows until it is complete or `goOn` says no. */
export async function writeText(
  { model, vocabulary, settings }: MoliereTraining,
  { voice: { prompt, temperature }, length, sampling, seed }: Extract<Command, { type: "generate" }>,
  send: (report: Report) => void,
  goOn: () => boolean,
): Promise<void> {
  let sent = 0;
  let sentAt = 0;
  const pass = (written: string): void => {
    if (written.length > sent) send({ type: "written", first: sent === 0, text: written.slice(sent) });
    sent = written.length;
    sentAt = performance.now();
  };
  const [whole] = await generateTexts(model, vocabulary, {
    prompt,
    temperatures: [temperature],
    length,
    sampling,
    window: settings.window,
    seed,
    onCharacter: async ([written]) => {
      if (performance.now() - sentAt < SEND_MILLISECONDS) return true;
      pass(written);
      // Messages from the page come in here.
      await new Promise((resolve) => setTimeout(resolve, 0));
      return goOn();
    },
  });
  pass(whole);
}
